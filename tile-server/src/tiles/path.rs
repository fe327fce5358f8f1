//! Paths in whole units: the parts of a geometry, as MVT thinks of them.

use geo_types::{Geometry, LineString, Polygon};

use super::grid::{Position, world_units};

/// One point, one line, or one ring (whose first position is not repeated at its end).
///
/// The ring of an outer border has a positive [`doubled_area`] and begins a polygon; the rings of its holes follow, with
/// negative areas. That is the order and orientation that MVT asks for.
pub(super) type Path = Vec<Position>;

/// What the paths of a layer are; the numbers are those of MVT's `GeomType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Point = 1,
    Line = 2,
    Area = 3,
}

impl Shape {
    /// Returns the fewest positions with which a path of this shape means something.
    pub(super) fn fewest(self) -> usize {
        self as usize
    }
}

/// Returns twice the area of a ring; positive when it runs clockwise as seen on the map (y grows to the south).
pub(super) fn doubled_area(ring: &[Position]) -> i64 {
    let Some(&[x0, y0]) = ring.first() else {
        return 0;
    };
    let from_first =
        |[x, y]: Position| (i64::from(x) - i64::from(x0), i64::from(y) - i64::from(y0));
    ring.windows(2)
        .map(|edge| {
            let ((ax, ay), (bx, by)) = (from_first(edge[0]), from_first(edge[1]));
            ax * by - bx * ay
        })
        .sum()
}

/// Returns the paths of a geometry in EPSG:5514, in world units.
pub(super) fn world_paths(geometry: &Geometry<f64>) -> Vec<Path> {
    match geometry {
        Geometry::Point(point) => vec![vec![world_units([point.x(), point.y()])]],
        Geometry::MultiPoint(points) => points
            .iter()
            .map(|point| vec![world_units([point.x(), point.y()])])
            .collect(),
        Geometry::LineString(line) => vec![world_path(line)],
        Geometry::MultiLineString(lines) => lines.iter().map(world_path).collect(),
        Geometry::Polygon(polygon) => world_rings(polygon).collect(),
        Geometry::MultiPolygon(polygons) => polygons.iter().flat_map(world_rings).collect(),
        _ => Vec::new(),
    }
}

fn world_path(line: &LineString<f64>) -> Path {
    line.coords().map(|at| world_units([at.x, at.y])).collect()
}

fn world_rings(polygon: &Polygon<f64>) -> impl Iterator<Item = Path> {
    let outer = std::iter::once((polygon.exterior(), 1));
    let holes = polygon.interiors().iter().map(|ring| (ring, -1));
    outer.chain(holes).map(|(ring, sign)| {
        let mut path = world_path(ring);
        path.pop();
        if doubled_area(&path).signum() == -sign {
            path.reverse();
        }
        path
    })
}

/// Returns the polygons that rings make, as other programs see them.
#[cfg(test)]
pub(super) fn polygons(rings: &[Path]) -> geo_types::MultiPolygon<f64> {
    let mut polygons: Vec<Polygon<f64>> = Vec::new();
    for ring in rings {
        let line: LineString<f64> = ring
            .iter()
            .map(|&[x, y]| (f64::from(x), f64::from(y)))
            .collect();
        match polygons.last_mut() {
            Some(polygon) if doubled_area(ring) < 0 => polygon.interiors_push(line),
            _ => polygons.push(Polygon::new(line, Vec::new())),
        }
    }
    geo_types::MultiPolygon(polygons)
}
