//! Areas merged exactly: borders that two areas share cancel out, and every vertex stays as the register has it.

use std::collections::{BTreeMap, BTreeSet};

use geo::{Area, Contains, Winding};
use geo_types::{Coord, LineString, Point, Polygon};

/// A vertex in whole millimetres, which orders it; the register writes centimetres.
type Vertex = (i64, i64);

/// Merges areas that share whole edges, as the parcels of a cadastral map do.
pub(crate) fn dissolve<'a>(areas: impl Iterator<Item = &'a Polygon<f64>>) -> Vec<Polygon<f64>> {
    let mut edges = BTreeSet::new();
    for area in areas {
        for ring in oriented_rings(area) {
            for pair in ring.0.windows(2) {
                let edge = (vertex(pair[0]), vertex(pair[1]));
                if !edges.remove(&(edge.1, edge.0)) {
                    edges.insert(edge);
                }
            }
        }
    }
    polygons(rings(edges))
}

/// Returns the rings with the area to the left of each.
fn oriented_rings(area: &Polygon<f64>) -> impl Iterator<Item = LineString<f64>> {
    let mut exterior = area.exterior().clone();
    exterior.make_ccw_winding();
    let holes = area.interiors().iter().map(|hole| {
        let mut hole = hole.clone();
        hole.make_cw_winding();
        hole
    });
    std::iter::once(exterior).chain(holes)
}

fn vertex(coord: Coord<f64>) -> Vertex {
    let millimetres = |metres: f64| (metres * 1000.0).round() as i64;
    (millimetres(coord.x), millimetres(coord.y))
}

fn coord((x, y): Vertex) -> Coord<f64> {
    Coord {
        x: x as f64 / 1000.0,
        y: y as f64 / 1000.0,
    }
}

/// Joins edges to rings; a ring that meets itself is cut in two there.
fn rings(edges: BTreeSet<(Vertex, Vertex)>) -> Vec<LineString<f64>> {
    let mut next: BTreeMap<Vertex, Vec<Vertex>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().push(to);
    }
    let mut rings = Vec::new();
    while let Some((&start, _)) = next.first_key_value() {
        let mut path = vec![start];
        while let Some(here) = path.last().copied() {
            let Some(to) = take_edge(&mut next, here) else {
                break;
            };
            if let Some(place) = path.iter().position(|&seen| seen == to) {
                let mut ring = path.split_off(place);
                ring.push(to);
                rings.push(LineString::new(ring.into_iter().map(coord).collect()));
            }
            path.push(to);
        }
    }
    rings
}

fn take_edge(next: &mut BTreeMap<Vertex, Vec<Vertex>>, from: Vertex) -> Option<Vertex> {
    let choices = next.get_mut(&from)?;
    let to = choices.pop();
    if choices.is_empty() {
        next.remove(&from);
    }
    to
}

fn polygons(rings: Vec<LineString<f64>>) -> Vec<Polygon<f64>> {
    let (exteriors, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(Winding::is_ccw);
    let mut polygons: Vec<_> = exteriors
        .into_iter()
        .map(|ring| Polygon::new(ring, Vec::new()))
        .collect();
    polygons.sort_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
    let shells = polygons.clone();
    for hole in holes {
        let inside = Polygon::new(hole.clone(), Vec::new());
        let holder = shells.iter().position(|shell| {
            shell.unsigned_area() > inside.unsigned_area() && holds(shell, &hole)
        });
        if let Some(place) = holder {
            polygons[place].interiors_push(hole);
        }
    }
    polygons
}

/// Whether a ring lies inside a shell, which it may touch but never crosses.
fn holds(shell: &Polygon<f64>, hole: &LineString<f64>) -> bool {
    hole.lines()
        .map(|edge| Point::from((edge.start + edge.end) / 2.0))
        .any(|middle| shell.contains(&middle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Rect, Validation};

    fn square(x: f64, y: f64) -> Polygon<f64> {
        Rect::new((x, y), (x + 10.0, y + 10.0)).to_polygon()
    }

    fn check(squares: &[(f64, f64)], polygons: usize, holes: usize) {
        let squares: Vec<_> = squares.iter().map(|&(x, y)| square(x, y)).collect();
        let merged = dissolve(squares.iter());
        assert_eq!(merged.len(), polygons);
        let found: usize = merged.iter().map(|area| area.interiors().len()).sum();
        assert_eq!(found, holes);
        assert!(merged.iter().all(Validation::is_valid));
        let area: f64 = merged.iter().map(Area::unsigned_area).sum();
        assert!((area - 100.0 * squares.len() as f64).abs() < 1e-6);
    }

    #[test]
    fn squares_with_a_common_edge_become_one_area() {
        check(&[(0.0, 0.0), (10.0, 0.0)], 1, 0);
    }

    #[test]
    fn squares_that_touch_in_a_corner_stay_two() {
        check(&[(0.0, 0.0), (10.0, 10.0)], 2, 0);
    }

    #[test]
    fn a_ring_of_squares_has_a_hole() {
        let places = [0.0, 10.0, 20.0];
        let all = places
            .iter()
            .flat_map(|&x| places.iter().map(move |&y| (x, y)));
        let ring: Vec<_> = all.filter(|&place| place != (10.0, 10.0)).collect();
        check(&ring, 1, 1);
    }
}
