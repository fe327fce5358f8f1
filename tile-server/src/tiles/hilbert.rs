//! The Hilbert curve: an order in which neighbours on the map are neighbours in memory.

use super::grid::Position;

/// Returns the place along the curve of the cell, one of 2¹⁶ × 2¹⁶ over a square of 2^`bits` units from `corner`.
pub(super) fn place_on_curve(position: Position, corner: Position, bits: u32) -> u32 {
    let shift = bits.saturating_sub(16);
    let [mut x, mut y] =
        [0, 1].map(|axis| (i64::from(position[axis]) - i64::from(corner[axis])) as u32 >> shift);
    let mut place = 0;
    for bit in (0..16).rev() {
        let (right, low) = (x >> bit & 1, y >> bit & 1);
        place = place << 2 | (3 * right) ^ low;
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
        cells.sort_by_key(|&cell| place_on_curve(cell, [0, 0], 16));
        for step in cells.windows(2) {
            let [a, b] = [step[0], step[1]];
            assert_eq!((a[0] - b[0]).abs() + (a[1] - b[1]).abs(), 1, "{a:?} {b:?}");
        }
    }
}
