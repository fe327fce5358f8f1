//! Cutting geometry at the edge of a buffered tile, in whole units.

use super::grid::{Position, UnitBox};
use super::path::{Path, Shape, doubled_area};
use super::repair::repaired;

/// Returns what of some paths lies in a box; empty when nothing is left that a tile could show.
pub(super) fn clip(shape: Shape, paths: &[Path], area: UnitBox) -> Vec<Path> {
    match shape {
        Shape::Point => {
            let inside = |path: &&Path| path.iter().all(|at| area.holds(UnitBox::around([at])));
            paths.iter().filter(inside).cloned().collect()
        }
        Shape::Line => paths
            .iter()
            .flat_map(|path| clip_line(path, area))
            .collect(),
        Shape::Area => clip_rings(paths, area),
    }
}

/// One side of a box: the half plane of the positions on the right side of a line along an axis.
#[derive(Clone, Copy)]
struct Side {
    axis: usize,
    limit: i32,
    /// 1 keeps what is beyond the limit, -1 what is before it.
    sign: i32,
}

impl Side {
    fn all(area: UnitBox) -> [Self; 4] {
        [0, 1, 2, 3].map(|place| {
            let axis = place / 2;
            if place % 2 == 0 {
                Self {
                    axis,
                    limit: area.min[axis],
                    sign: 1,
                }
            } else {
                Self {
                    axis,
                    limit: area.max[axis],
                    sign: -1,
                }
            }
        })
    }

    fn keeps(self, position: Position) -> bool {
        (position[self.axis].cmp(&self.limit) as i32) * self.sign >= 0
    }

    /// Returns where an edge crosses the side; the same whichever way the edge is walked, so that neighbours agree.
    fn crossing(self, a: Position, b: Position) -> Position {
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        let (along, across) = (self.axis, 1 - self.axis);
        let [run, rise] = [along, across].map(|axis| f64::from(b[axis]) - f64::from(a[axis]));
        let share = (f64::from(self.limit) - f64::from(a[along])) / run;
        let mut at = [self.limit; 2];
        at[across] = (f64::from(a[across]) + share * rise).round() as i32;
        at
    }
}

/// Sutherland and Hodgman: what they leave along the box's edge is mended only when it crosses or touches itself.
fn clip_rings(rings: &[Path], area: UnitBox) -> Vec<Path> {
    let mut clipped = Vec::with_capacity(rings.len());
    let mut outer_is_left = false;
    for ring in rings {
        let is_outer = doubled_area(ring) > 0;
        let cut = Side::all(area)
            .into_iter()
            .fold(ring.clone(), |ring, side| cut_ring(&ring, side));
        let is_left = cut.len() >= 3 && doubled_area(&cut) != 0;
        if is_outer {
            outer_is_left = is_left;
        }
        if is_left && outer_is_left {
            clipped.push(cut);
        }
    }
    repaired(clipped)
}

fn cut_ring(ring: &[Position], side: Side) -> Path {
    let mut cut = Path::with_capacity(ring.len() + 4);
    let Some(mut previous) = ring.last().copied() else {
        return cut;
    };
    for &position in ring {
        if side.keeps(previous) != side.keeps(position) {
            push_new(&mut cut, side.crossing(previous, position));
        }
        if side.keeps(position) {
            push_new(&mut cut, position);
        }
        previous = position;
    }
    while cut.len() > 1 && cut.first() == cut.last() {
        cut.pop();
    }
    cut
}

fn clip_line(line: &[Position], area: UnitBox) -> Vec<Path> {
    let mut pieces: Vec<Path> = Vec::new();
    for edge in line.windows(2) {
        let Some([from, to]) = clip_edge([edge[0], edge[1]], area) else {
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => push_new(piece, to),
            _ => {
                let mut piece = vec![from];
                push_new(&mut piece, to);
                pieces.push(piece);
            }
        }
    }
    pieces.retain(|piece| piece.len() >= 2);
    pieces
}

fn clip_edge(edge: [Position; 2], area: UnitBox) -> Option<[Position; 2]> {
    Side::all(area)
        .into_iter()
        .try_fold(edge, |[from, to], side| {
            match (side.keeps(from), side.keeps(to)) {
                (true, true) => Some([from, to]),
                (true, false) => Some([from, side.crossing(from, to)]),
                (false, true) => Some([side.crossing(from, to), to]),
                (false, false) => None,
            }
        })
}

fn push_new(path: &mut Path, position: Position) {
    if path.last() != Some(&position) {
        path.push(position);
    }
}

#[cfg(test)]
mod tests {
    use geo::{Area, BooleanOps, Validation};
    use proptest::prelude::*;

    use super::super::path::polygons;
    use super::*;

    const AREA: UnitBox = UnitBox {
        min: [0, 0],
        max: [1000, 1000],
    };

    /// A star around a centre: concave, without crossings, often leaving and entering the box many times.
    fn any_star() -> impl Strategy<Value = Path> {
        let radii = prop::collection::vec(50..900, 3..40);
        (radii, -200..1200, -200..1200).prop_map(|(radii, x, y)| {
            let count = radii.len() as f64;
            let corner = |(place, radius): (usize, &i32)| {
                let angle = place as f64 / count * std::f64::consts::TAU;
                [
                    x + (angle.cos() * f64::from(*radius)).round() as i32,
                    y + (angle.sin() * f64::from(*radius)).round() as i32,
                ]
            };
            radii.iter().enumerate().map(corner).collect()
        })
    }

    fn any_line() -> impl Strategy<Value = Path> {
        prop::collection::vec([-500..1500, -500..1500], 2..20)
    }

    proptest! {
        #[test]
        fn clipped_areas_are_valid_and_as_large_as_they_should_be(star in any_star()) {
            prop_assume!(doubled_area(&star) > 0 && polygons(std::slice::from_ref(&star)).is_valid());
            let clipped = polygons(&clip(Shape::Area, std::slice::from_ref(&star), AREA));
            prop_assert!(clipped.is_valid(), "{clipped:?}");
            let window = vec![[0, 0], [1000, 0], [1000, 1000], [0, 1000]];
            let expected = polygons(&[window]).intersection(&polygons(&[star])).unsigned_area();
            // Each crossing is rounded to a whole unit, which moves an edge of some hundred units by half a unit.
            prop_assert!((clipped.unsigned_area() - expected).abs() < 20_000.0, "{} {expected}", clipped.unsigned_area());
        }

        #[test]
        fn clipped_areas_stay_inside_and_keep_their_orientation(star in any_star()) {
            prop_assume!(doubled_area(&star) > 0);
            let clipped = clip(Shape::Area, &[star], AREA);
            prop_assert!(clipped.iter().flatten().all(|at| AREA.holds(UnitBox::around([at]))));
            prop_assert!(clipped.iter().all(|ring| ring.len() >= 3 && ring.first() != ring.last()));
            prop_assert!(clipped.first().is_none_or(|ring| doubled_area(ring) > 0));
        }

        #[test]
        fn clipped_lines_stay_inside_and_lose_nothing_inside(line in any_line()) {
            let clipped = clip(Shape::Line, std::slice::from_ref(&line), AREA);
            prop_assert!(clipped.iter().flatten().all(|at| AREA.holds(UnitBox::around([at]))));
            let positions: Vec<_> = clipped.iter().flatten().collect();
            let inside = line.windows(2).filter(|edge| edge[0] != edge[1] && AREA.holds(UnitBox::around(*edge)));
            for edge in inside {
                prop_assert!(positions.windows(2).any(|piece| *piece[0] == edge[0] && *piece[1] == edge[1]));
            }
        }
    }

    #[test]
    fn a_hole_across_the_edge_becomes_a_bay() {
        let outer = vec![[-500, 100], [500, 100], [500, 900], [-500, 900]];
        let hole = vec![[-100, 200], [-100, 800], [100, 800], [100, 200]];
        let clipped = clip(Shape::Area, &[outer, hole], AREA);
        assert!(polygons(&clipped).is_valid());
        assert_eq!(clipped.len(), 1);
        assert_eq!(doubled_area(&clipped[0]), 2 * (500 * 800 - 100 * 600));
    }

    #[test]
    fn an_area_outside_leaves_nothing() {
        assert!(clip(Shape::Area, &[vec![[-9, -9], [-1, -9], [-1, -1]]], AREA).is_empty());
        assert!(clip(Shape::Line, &[vec![[-9, -9], [-1, -1]]], AREA).is_empty());
        assert!(clip(Shape::Point, &[vec![[-1, 0]]], AREA).is_empty());
        assert_eq!(clip(Shape::Point, &[vec![[0, 0]]], AREA).len(), 1);
    }
}
