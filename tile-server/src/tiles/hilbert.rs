//! The Hilbert curve: an order in which neighbours on the map are neighbours in memory.

use super::grid::Position;

/// Returns the place of a world position along the curve through the whole world: the same in every table.
pub(super) fn place_on_curve(position: Position) -> u64 {
    let [mut x, mut y] = position.map(|units| units.cast_unsigned() ^ 1 << 31);
    let mut place = 0;
    for bit in (0..32).rev() {
        let (right, low) = (x >> bit & 1, y >> bit & 1);
        place = place << 2 | u64::from((3 * right) ^ low);
        if low == 0 {
            if right == 1 {
                x = !x;
                y = !y;
            }
            std::mem::swap(&mut x, &mut y);
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_along_the_curve_is_one_cell() {
        let mut cells: Vec<_> = (0..64).flat_map(|x| (0..64).map(move |y| [x, y])).collect();
        cells.sort_by_key(|&cell| place_on_curve(cell));
        for step in cells.windows(2) {
            let [a, b] = [step[0], step[1]];
            assert_eq!((a[0] - b[0]).abs() + (a[1] - b[1]).abs(), 1, "{a:?} {b:?}");
        }
    }

    #[test]
    fn the_curve_goes_through_the_middle_of_the_world() {
        let around = [[-1, -1], [0, -1], [-1, 0], [0, 0], [i32::MIN, i32::MAX]];
        let places: std::collections::HashSet<_> = around.map(place_on_curve).into();
        assert_eq!(places.len(), around.len());
    }
}
