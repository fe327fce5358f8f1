//! What of a geometry moved when it comes back from a client, whose degrees are rounded to seven decimals.

use std::collections::HashMap;

use geo::{CoordsIter, MapCoords};
use geo_types::{Coord, Geometry};

use super::write_geometry;
use crate::crs::{Crs, transform, transform_geometry};

/// Returns a geometry that a client sent (WGS 84) in EPSG:5514; none when nothing of it moved.
///
/// A vertex that is where the stored geometry shows one keeps its stored coordinates to the last bit, so that a
/// border shared with a neighbour stays shared when another corner is moved.
pub fn moved_geometry(stored: &Geometry<f64>, sent: &Geometry<f64>) -> Option<Geometry<f64>> {
    if written(&transform_geometry(Crs::SJtsk, Crs::Wgs84, stored)) == written(sent) {
        return None;
    }
    let shown: HashMap<[i64; 2], Coord<f64>> = stored
        .coords_iter()
        .map(|at| {
            (
                as_shown(transform(Crs::SJtsk, Crs::Wgs84, [at.x, at.y])),
                at,
            )
        })
        .collect();
    Some(sent.map_coords(|at| {
        let kept = shown.get(&as_shown([at.x, at.y])).copied();
        kept.unwrap_or_else(|| transform(Crs::Wgs84, Crs::SJtsk, [at.x, at.y]).into())
    }))
}

fn written(geometry: &Geometry<f64>) -> Vec<u8> {
    let mut out = Vec::new();
    write_geometry(&mut out, Some(geometry));
    out
}

/// Returns degrees as answers show them, in units of the seventh decimal.
fn as_shown(degrees: [f64; 2]) -> [i64; 2] {
    degrees.map(|degrees| (degrees * super::PARTS_OF_A_DEGREE).round() as i64)
}

#[cfg(test)]
mod tests {
    use geo_types::polygon;

    use super::*;
    use crate::geojson::read_geometry;

    fn square() -> Geometry<f64> {
        // Clockwise, so that the answer turns it round.
        polygon![
            (x: -790_000.123_456, y: -1_000_000.654_321),
            (x: -790_000.123_456, y: -999_990.111_111),
            (x: -789_990.222_222, y: -999_990.333_333),
            (x: -789_990.444_444, y: -1_000_000.555_555),
        ]
        .into()
    }

    fn shown(geometry: &Geometry<f64>) -> Geometry<f64> {
        let out = written(&transform_geometry(Crs::SJtsk, Crs::Wgs84, geometry));
        let json = serde_json::from_slice(&out).expect("JSON");
        read_geometry(&json).expect("a geometry").expect("one")
    }

    #[test]
    fn what_was_shown_and_sent_back_has_not_moved() {
        assert_eq!(moved_geometry(&square(), &shown(&square())), None);
    }

    #[test]
    fn only_the_vertex_that_was_moved_gets_new_coordinates() {
        let mut sent = shown(&square());
        let Geometry::Polygon(area) = &mut sent else {
            panic!("not an area");
        };
        area.exterior_mut(|ring| ring.0[1].x += 0.000_01);
        let moved = moved_geometry(&square(), &sent).expect("it moved");
        let before: Vec<_> = square().coords_iter().collect();
        let kept = moved.coords_iter().filter(|at| before.contains(at)).count();
        assert_eq!((moved.coords_count(), kept), (5, 4));
    }
}
