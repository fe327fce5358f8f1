//! By how much a geometry was changed: in metres and in vertices.

use std::collections::HashSet;

use geo::{CoordsIter, Distance, Euclidean};
use geo_types::{Coord, Geometry, Line, LineString, Point};

/// How many distances between vertices and edges are worked out at most.
const MOST_DISTANCES: usize = 2_000_000;

/// What two geometries differ by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moved {
    /// The largest distance of a vertex of either from the other, in metres of EPSG:5514; none when both have too many
    /// vertices to say.
    pub(crate) metres: Option<f64>,
    /// How many vertices there were.
    pub(crate) before: usize,
    /// How many there are.
    pub(crate) after: usize,
    /// How many of these are new.
    pub(crate) new: usize,
}

impl Moved {
    /// Compares two geometries in EPSG:5514.
    pub(crate) fn between(before: &Geometry<f64>, after: &Geometry<f64>) -> Self {
        let [old, new] = [before, after].map(|one| one.coords_iter().collect::<Vec<_>>());
        let key = |at: &Coord<f64>| [at.x.to_bits(), at.y.to_bits()];
        let alone = |some: &[Coord<f64>], others: &[Coord<f64>]| {
            let known: HashSet<_> = others.iter().map(key).collect();
            let unknown = some.iter().filter(|at| !known.contains(&key(at)));
            unknown.copied().collect::<Vec<_>>()
        };
        let (went, came) = (alone(&old, &new), alone(&new, &old));
        let is_few = (went.len() * new.len()).max(came.len() * old.len()) <= MOST_DISTANCES;
        Self {
            metres: is_few.then(|| farthest(&went, after).max(farthest(&came, before))),
            before: old.len(),
            after: new.len(),
            new: came.len(),
        }
    }
}

/// Returns the largest distance of a position from a geometry's points and edges.
fn farthest(positions: &[Coord<f64>], from: &Geometry<f64>) -> f64 {
    let edges = edges(from);
    let distance = |at: &Coord<f64>| {
        let to = edges
            .iter()
            .map(|edge| Euclidean.distance(&Point(*at), edge));
        to.fold(f64::INFINITY, f64::min)
    };
    let far = positions
        .iter()
        .map(distance)
        .filter(|metres| metres.is_finite());
    far.fold(0.0, f64::max)
}

fn edges(geometry: &Geometry<f64>) -> Vec<Line<f64>> {
    let of_line = |line: &LineString<f64>| line.lines().collect::<Vec<_>>();
    let of_area = |area: &geo_types::Polygon<f64>| {
        let rings = std::iter::once(area.exterior()).chain(area.interiors());
        rings.flat_map(of_line).collect::<Vec<_>>()
    };
    match geometry {
        Geometry::Point(point) => vec![Line::new(point.0, point.0)],
        Geometry::LineString(line) => of_line(line),
        Geometry::Polygon(area) => of_area(area),
        Geometry::MultiLineString(lines) => lines.iter().flat_map(of_line).collect(),
        Geometry::MultiPolygon(areas) => areas.iter().flat_map(of_area).collect(),
        // No layer has another geometry type.
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{line_string, point};

    use super::*;

    fn check(
        before: impl Into<Geometry<f64>>,
        after: impl Into<Geometry<f64>>,
        expected: (f64, usize, usize, usize),
    ) {
        let moved = Moved::between(&before.into(), &after.into());
        let (metres, before, after, new) = expected;
        let expected = Moved {
            metres: Some(metres),
            before,
            after,
            new,
        };
        assert_eq!(moved, expected);
    }

    #[test]
    fn a_move_is_told_in_metres_and_vertices() {
        check(
            point!(x: 0.0, y: 0.0),
            point!(x: 3.0, y: 4.0),
            (5.0, 1, 1, 1),
        );
        let line = line_string![(x: 0.0, y: 0.0), (x: 10.0, y: 0.0)];
        let bent = line_string![(x: 0.0, y: 0.0), (x: 5.0, y: 2.0), (x: 10.0, y: 0.0)];
        check(line.clone(), bent.clone(), (2.0, 2, 3, 1));
        let split = line_string![(x: 0.0, y: 0.0), (x: 5.0, y: 0.0), (x: 10.0, y: 0.0)];
        check(line.clone(), split, (0.0, 2, 3, 1));
        let shorter = line_string![(x: 0.0, y: 0.0), (x: 5.0, y: 2.0)];
        let left = Moved::between(&bent.into(), &shorter.into());
        assert_eq!((left.new, left.after), (0, 2));
        assert!(
            left.metres
                .is_some_and(|metres| (metres - 29_f64.sqrt()).abs() < 1e-9)
        );
    }
}
