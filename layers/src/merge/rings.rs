//! Merging two geometries part by part: lines and rings by their vertices, and a whole that must be valid.

use std::collections::HashSet;

use geo::Winding;
use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPolygon, Polygon};

use super::unmoved::{Cell, cell};
use super::vertices::merge_vertices;
use crate::find_flaws;

/// Merges what two people made of one geometry (EPSG:5514); none when a person has to decide.
///
/// Both must have as many lines, areas and holes as the base, in its order.
pub(super) fn merge_geometries(
    base: &Geometry<f64>,
    theirs: &Geometry<f64>,
    mine: &Geometry<f64>,
) -> Option<Geometry<f64>> {
    let merged = match (base, theirs, mine) {
        (Geometry::LineString(base), Geometry::LineString(theirs), Geometry::LineString(mine)) => {
            merge_lines(base, theirs, mine)?.into()
        }
        (
            Geometry::MultiLineString(base),
            Geometry::MultiLineString(theirs),
            Geometry::MultiLineString(mine),
        ) => MultiLineString::new(each(&base.0, &theirs.0, &mine.0, merge_lines)?).into(),
        (Geometry::Polygon(base), Geometry::Polygon(theirs), Geometry::Polygon(mine)) => {
            merge_areas(base, theirs, mine)?.into()
        }
        (
            Geometry::MultiPolygon(base),
            Geometry::MultiPolygon(theirs),
            Geometry::MultiPolygon(mine),
        ) => MultiPolygon::new(each(&base.0, &theirs.0, &mine.0, merge_areas)?).into(),
        _ => return None,
    };
    find_flaws(&merged).is_empty().then_some(merged)
}

fn each<T>(
    base: &[T],
    theirs: &[T],
    mine: &[T],
    merge: impl Fn(&T, &T, &T) -> Option<T>,
) -> Option<Vec<T>> {
    if base.len() != theirs.len() || base.len() != mine.len() {
        return None;
    }
    let all = base.iter().zip(theirs).zip(mine);
    all.map(|((base, theirs), mine)| merge(base, theirs, mine))
        .collect()
}

fn merge_lines(
    base: &LineString<f64>,
    theirs: &LineString<f64>,
    mine: &LineString<f64>,
) -> Option<LineString<f64>> {
    merge_vertices(&base.0, &theirs.0, &mine.0).map(LineString::new)
}

fn merge_areas(
    base: &Polygon<f64>,
    theirs: &Polygon<f64>,
    mine: &Polygon<f64>,
) -> Option<Polygon<f64>> {
    let shell = merge_rings(base.exterior(), theirs.exterior(), mine.exterior())?;
    let holes = each(
        base.interiors(),
        theirs.interiors(),
        mine.interiors(),
        merge_rings,
    )?;
    Some(Polygon::new(shell, holes))
}

/// Merges rings, which may begin elsewhere and run the other way: all are turned to begin with a vertex that nobody
/// touched, and to run as theirs does.
fn merge_rings(
    base: &LineString<f64>,
    theirs: &LineString<f64>,
    mine: &LineString<f64>,
) -> Option<LineString<f64>> {
    let direction = theirs.winding_order();
    let [base, mine] = [base, mine].map(|ring| {
        let mut open = opened(ring);
        if ring.winding_order() != direction {
            open.reverse();
        }
        open
    });
    let theirs = opened(theirs);
    let [in_base, in_mine] =
        [&base, &mine].map(|ring| -> HashSet<Cell> { ring.iter().map(|at| cell(*at)).collect() });
    let mut places = theirs.iter().map(|at| cell(*at));
    let anchor = places.find(|at| in_base.contains(at) && in_mine.contains(at))?;
    let [base, theirs, mine] = [base, theirs, mine].map(|ring| closed_at(ring, anchor));
    merge_vertices(&base, &theirs, &mine).map(LineString::new)
}

/// Returns the vertices of a ring without the last, which repeats the first.
fn opened(ring: &LineString<f64>) -> Vec<Coord<f64>> {
    ring.0.iter().skip(1).copied().collect()
}

/// Closes a ring so that it begins and ends at the place, which it has.
fn closed_at(mut open: Vec<Coord<f64>>, place: Cell) -> Vec<Coord<f64>> {
    let begin = open.iter().position(|at| cell(*at) == place);
    open.rotate_left(begin.unwrap_or(0));
    open.extend(open.first().copied());
    open
}

#[cfg(test)]
mod tests {
    use geo_types::{point, polygon};

    use super::*;
    use crate::merge::unmoved::same_place;

    /// A square of ten metres, its corners moved by so much, with a hole if that is said.
    fn square(moves: [(f64, f64); 4], hole: Option<f64>) -> Polygon<f64> {
        let corners = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let corners = corners.into_iter().zip(moves);
        let ring = corners.map(|((x, y), (dx, dy))| Coord {
            x: x + dx,
            y: y + dy,
        });
        let hole = hole.map(|size| {
            let area = polygon![(x: 4.0, y: 4.0), (x: 4.0 + size, y: 4.0), (x: 4.0, y: 4.0 + size)];
            area.exterior().clone()
        });
        Polygon::new(ring.collect::<Vec<_>>().into(), hole.into_iter().collect())
    }

    const STILL: (f64, f64) = (0.0, 0.0);

    fn check(
        base: &Polygon<f64>,
        theirs: &Polygon<f64>,
        mine: &Polygon<f64>,
        expected: Option<&Polygon<f64>>,
    ) {
        for turn in 0..4 {
            let mut mine = mine.clone();
            mine.exterior_mut(|ring| {
                let mut open = opened(ring);
                open.rotate_left(turn);
                if turn > 1 {
                    open.reverse();
                }
                open.extend(open.first().copied());
                ring.0 = open;
            });
            let [base, theirs, mine] = [base, theirs, &mine].map(|area| area.clone().into());
            let merged = merge_geometries(&base, &theirs, &mine);
            match (merged, expected) {
                (Some(merged), Some(expected)) => {
                    assert!(same_place(&merged, &expected.clone().into()), "{merged:?}");
                }
                (None, None) => {}
                (merged, _) => panic!("turned by {turn}: {merged:?}"),
            }
        }
    }

    #[test]
    fn two_corners_are_moved_by_two_people() {
        let base = square([STILL; 4], None);
        let theirs = square([(-1.0, -1.0), STILL, STILL, STILL], None);
        let mine = square([STILL, STILL, (1.0, 2.0), STILL], None);
        let both = square([(-1.0, -1.0), STILL, (1.0, 2.0), STILL], None);
        check(&base, &theirs, &mine, Some(&both));
        let mine = square([STILL, (3.0, 0.0), STILL, STILL], None);
        let both = square([(-1.0, -1.0), (3.0, 0.0), STILL, STILL], None);
        check(&base, &theirs, &mine, Some(&both));
        let mine = square([(2.0, 2.0), STILL, STILL, STILL], None);
        check(&base, &theirs, &mine, None);
    }

    #[test]
    fn a_result_that_is_not_valid_is_left_to_a_person() {
        let base = square([STILL; 4], None);
        let theirs = square([STILL, (-6.0, 4.0), STILL, STILL], None);
        let mine = square([STILL, STILL, STILL, (6.0, -4.0)], None);
        for one in [&theirs, &mine] {
            assert!(find_flaws(&one.clone().into()).is_empty());
        }
        check(&base, &theirs, &mine, None);
    }

    #[test]
    fn holes_are_merged_as_rings_and_their_number_is_not() {
        let base = square([STILL; 4], Some(2.0));
        let theirs = square([STILL; 4], Some(3.0));
        let mine = square([(-1.0, 0.0), STILL, STILL, STILL], Some(2.0));
        let both = square([(-1.0, 0.0), STILL, STILL, STILL], Some(3.0));
        check(&base, &theirs, &mine, Some(&both));
        check(&base, &square([STILL; 4], None), &mine, None);
    }

    #[test]
    fn a_point_has_no_parts() {
        let at = |x: f64| point!(x: x, y: 0.0).into();
        assert_eq!(merge_geometries(&at(0.0), &at(1.0), &at(2.0)), None);
    }
}
