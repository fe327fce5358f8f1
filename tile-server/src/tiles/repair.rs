//! Polygons made valid on the whole-number grid, where rounding or cutting made their rings cross or touch.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::IntOverlayOptions;
use i_overlay::core::simplify::Simplify;
use i_overlay::i_float::int::point::IntPoint;

use super::grid::Position;
use super::path::{Path, doubled_area};

/// Returns rings of valid polygons that cover what the given ones did; most need nothing and come back as they are.
///
/// Rings may still meet each other in single points, as OGC Simple Features allow.
pub(super) fn repaired(rings: Vec<Path>) -> Vec<Path> {
    if is_clean(&rings) {
        rings
    } else {
        rebuilt(&rings)
    }
}

/// An edge of a ring, its ends from west to east, with its place: ring, number within the ring, edges of the ring.
struct Edge {
    west: Position,
    east: Position,
    ring: usize,
    number: usize,
    of: usize,
}

impl Edge {
    fn follows(&self, other: &Self) -> bool {
        self.ring == other.ring && (other.number + 1) % other.of == self.number
    }
}

/// Whether no two edges share a point, other than neighbours their corner.
fn is_clean(rings: &[Path]) -> bool {
    let mut edges: Vec<Edge> = rings
        .iter()
        .enumerate()
        .flat_map(|(n, ring)| edges_of(n, ring))
        .collect();
    edges.sort_unstable_by_key(|edge| edge.west[0]);
    edges.iter().enumerate().all(|(place, edge)| {
        let beside = edges[place + 1..]
            .iter()
            .take_while(|other| other.west[0] <= edge.east[0]);
        beside.into_iter().all(|other| !disturb(edge, other))
    })
}

fn edges_of(number: usize, ring: &Path) -> impl Iterator<Item = Edge> {
    let of = ring.len();
    (0..of).map(move |place| {
        let (a, b) = (ring[place], ring[(place + 1) % of]);
        let (west, east) = if a <= b { (a, b) } else { (b, a) };
        Edge {
            west,
            east,
            ring: number,
            number: place,
            of,
        }
    })
}

fn disturb(a: &Edge, b: &Edge) -> bool {
    let apart = |a: &Edge, b: &Edge| a.west[1].max(a.east[1]) < b.west[1].min(b.east[1]);
    if apart(a, b) || apart(b, a) {
        return false;
    }
    if a.follows(b) || b.follows(a) {
        return folds_back(a, b);
    }
    let across = |one: &Edge, other: &Edge| {
        turn(one.west, one.east, other.west).signum()
            * turn(one.west, one.east, other.east).signum()
            <= 0
    };
    across(a, b) && across(b, a)
}

/// Whether two edges with a common corner lie on each other.
fn folds_back(a: &Edge, b: &Edge) -> bool {
    let straight = turn(a.west, a.east, b.west) == 0 && turn(a.west, a.east, b.east) == 0;
    straight && !(a.east == b.west || b.east == a.west)
}

/// Returns twice the area of a triangle; zero when its corners lie on a line.
fn turn(a: Position, b: Position, c: Position) -> i64 {
    let [abx, aby] = [0, 1].map(|axis| i64::from(b[axis]) - i64::from(a[axis]));
    let [acx, acy] = [0, 1].map(|axis| i64::from(c[axis]) - i64::from(a[axis]));
    abx * acy - aby * acx
}

fn rebuilt(rings: &[Path]) -> Vec<Path> {
    // A corner on a straight edge may be where the ring touches itself, so that `simple_loops` must see it twice.
    let options = IntOverlayOptions::keep_output_points();
    let point = |&[x, y]: &Position| IntPoint::new(x, y);
    let contours: Vec<Vec<IntPoint>> = rings
        .iter()
        .map(|ring| ring.iter().map(point).collect())
        .collect();
    contours
        .simplify(FillRule::Positive, options)
        .into_iter()
        .flat_map(|shape| {
            let loops = shape
                .into_iter()
                .flat_map(|contour| simple_loops(contour.into_iter().map(|at| [at.x, at.y])));
            in_order(loops.collect())
        })
        .collect()
}

/// Cuts a ring that touches itself in corners into rings that do not.
fn simple_loops(ring: impl Iterator<Item = Position>) -> Vec<Path> {
    let mut loops = Vec::new();
    let mut open: Path = Vec::new();
    for corner in ring {
        if let Some(start) = open.iter().position(|&before| before == corner) {
            loops.push(open.split_off(start));
        }
        open.push(corner);
    }
    loops.push(open);
    loops.retain(|ring| ring.len() >= 3 && doubled_area(ring) != 0);
    loops
}

/// Returns the rings with each hole after the outer ring around it.
fn in_order(rings: Vec<Path>) -> Vec<Path> {
    let (outers, mut holes): (Vec<_>, Vec<_>) =
        rings.into_iter().partition(|ring| doubled_area(ring) > 0);
    let mut ordered = Vec::with_capacity(outers.len() + holes.len());
    for outer in outers {
        let (inside, elsewhere) = holes
            .into_iter()
            .partition(|hole: &Path| hole.iter().all(|&corner| !is_outside(corner, &outer)));
        holes = elsewhere;
        ordered.push(outer);
        ordered.extend::<Vec<Path>>(inside);
    }
    ordered
}

/// Whether a position is outside a ring; on its border is not.
fn is_outside(at: Position, ring: &[Position]) -> bool {
    let mut outside = true;
    for (place, &a) in ring.iter().enumerate() {
        let b = ring[(place + 1) % ring.len()];
        let side = turn(a, b, at);
        let between =
            |axis: usize| (a[axis].min(b[axis])..=a[axis].max(b[axis])).contains(&at[axis]);
        if side == 0 && between(0) && between(1) {
            return false;
        }
        if (a[1] > at[1]) != (b[1] > at[1]) && (side > 0) == (b[1] > a[1]) {
            outside = !outside;
        }
    }
    outside
}

#[cfg(test)]
mod tests {
    use geo::Validation;
    use proptest::prelude::*;

    use super::super::path::polygons;
    use super::*;

    #[track_caller]
    fn check(rings: &[Path], expected_rings: usize, expected_area: i64) {
        let repaired = repaired(rings.to_vec());
        assert!(polygons(&repaired).is_valid(), "{repaired:?}");
        let area: i64 = repaired.iter().map(|ring| doubled_area(ring)).sum();
        assert_eq!(
            (repaired.len(), area),
            (expected_rings, expected_area),
            "{repaired:?}"
        );
    }

    #[test]
    fn a_clean_ring_stays_as_it_is() {
        let ring = vec![[0, 0], [10, 0], [10, 10], [0, 10]];
        assert_eq!(repaired(vec![ring.clone()]), [ring]);
    }

    #[test]
    fn a_spike_is_cut_off() {
        check(
            &[vec![[0, 0], [10, 0], [20, 0], [10, 0], [10, 10], [0, 10]]],
            1,
            200,
        );
    }

    #[test]
    fn a_ring_that_touches_itself_becomes_two() {
        check(
            &[vec![[0, 0], [10, 0], [5, 5], [10, 10], [0, 10], [5, 5]]],
            2,
            100,
        );
    }

    #[test]
    fn a_hole_on_the_border_becomes_a_bay() {
        let hole = vec![[0, 2], [0, 4], [4, 4], [4, 2]];
        check(
            &[vec![[0, 0], [10, 0], [10, 10], [0, 10]], hole],
            1,
            200 - 16,
        );
    }

    #[test]
    fn a_hole_that_meets_the_border_in_a_corner_stays_a_hole() {
        let hole = vec![[5, 0], [3, 4], [7, 4]];
        check(
            &[vec![[0, 0], [10, 0], [10, 10], [0, 10]], hole],
            2,
            200 - 16,
        );
    }

    proptest! {
        #[test]
        fn whatever_is_repaired_is_valid(ring in prop::collection::vec([0..40, 0..40], 3..14)) {
            let repaired = repaired(vec![ring]);
            prop_assert!(polygons(&repaired).is_valid(), "{repaired:?}");
        }
    }

    #[test]
    fn a_hole_inside_stays_a_hole() {
        let hole = vec![[2, 2], [2, 4], [4, 4], [4, 2]];
        check(
            &[vec![[0, 0], [10, 0], [10, 10], [0, 10]], hole],
            2,
            200 - 8,
        );
    }
}
