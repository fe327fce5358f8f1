//! Whether a geometry lies where another one does: on a grid of millimetres, or as a client's coordinates tell it.

use geo::{CoordsIter, MapCoords};
use geo_types::{Coord, Geometry, LineString, Polygon};
use rstar::RTree;

use crate::crs::{Crs, transform};
use crate::geojson::PARTS_OF_A_DEGREE;

/// The steps of the grid on which geometries are compared.
const STEPS_PER_METRE: f64 = 1000.0;
/// How far, in metres, a vertex may come back that was converted there and back and has not moved.
const THERE_AND_BACK: f64 = 0.005;
/// How many places of a ring are tried as the one where another ring begins.
const BEGINNINGS: usize = 8;

/// A place on the grid.
pub(super) type Cell = [i64; 2];

/// Returns the place of a position on the grid.
pub(super) fn cell(at: Coord<f64>) -> Cell {
    [at.x, at.y].map(|metres| (metres * STEPS_PER_METRE).round() as i64)
}

/// Whether two geometries (EPSG:5514) are the same on the grid; a ring may begin elsewhere and run the other way.
pub(super) fn same_place(one: &Geometry<f64>, other: &Geometry<f64>) -> bool {
    match (one, other) {
        (Geometry::Point(one), Geometry::Point(other)) => cell(one.0) == cell(other.0),
        (Geometry::LineString(one), Geometry::LineString(other)) => same_line(one, other),
        (Geometry::Polygon(one), Geometry::Polygon(other)) => same_area(one, other),
        (Geometry::MultiLineString(one), Geometry::MultiLineString(other)) => {
            all_same(&one.0, &other.0, same_line)
        }
        (Geometry::MultiPolygon(one), Geometry::MultiPolygon(other)) => {
            all_same(&one.0, &other.0, same_area)
        }
        _ => false,
    }
}

fn all_same<T>(one: &[T], other: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

fn same_line(one: &LineString<f64>, other: &LineString<f64>) -> bool {
    all_same(&one.0, &other.0, |one, other| cell(*one) == cell(*other))
}

fn same_area(one: &Polygon<f64>, other: &Polygon<f64>) -> bool {
    same_ring(one.exterior(), other.exterior())
        && all_same(one.interiors(), other.interiors(), same_ring)
}

fn same_ring(one: &LineString<f64>, other: &LineString<f64>) -> bool {
    if one.0.len() != other.0.len() || one.0.len() < 2 || same_line(one, other) {
        return one.0.len() == other.0.len();
    }
    // The last vertex repeats the first.
    let [one, other] = [one, other].map(|ring| {
        let open = &ring.0[1..];
        open.iter().map(|at| cell(*at)).collect::<Vec<_>>()
    });
    let length = one.len();
    let begins = (0..length).filter(|place| other[*place] == one[0]);
    begins.take(BEGINNINGS).any(|begin| {
        let forwards = (0..length).all(|step| one[step] == other[(begin + step) % length]);
        forwards || (0..length).all(|step| one[step] == other[(begin + length - step) % length])
    })
}

/// Returns a geometry that a client sent in EPSG:5514; none when nothing of it moved from where it is stored.
///
/// A vertex that is where the stored geometry has one keeps its stored coordinates to the last bit, so that a border
/// shared with a neighbour stays shared when another corner is moved. In EPSG:5514 that is within the same millimetre;
/// in another system within five, or where GeoJSON, which rounds degrees to seven decimals, shows the vertex.
pub fn moved_geometry(
    stored: &Geometry<f64>,
    sent: &Geometry<f64>,
    crs: Crs,
) -> Option<Geometry<f64>> {
    let vertices = stored.coords_iter().map(|at| [at.x, at.y]);
    let vertices = RTree::bulk_load(vertices.collect());
    let settled = sent.map_coords(|at| {
        let shown = [at.x, at.y];
        let meant = transform(crs, Crs::SJtsk, shown);
        // The tree cannot compare with what is no number.
        let is_number = meant.iter().all(|number| number.is_finite());
        let nearest = is_number.then(|| vertices.nearest_neighbor(&meant));
        let nearest = nearest.flatten();
        let kept = nearest.filter(|stored| lies_at(crs, **stored, shown, meant));
        kept.copied().unwrap_or(meant).into()
    });
    (!same_place(stored, &settled)).then_some(settled)
}

fn lies_at(crs: Crs, stored: [f64; 2], shown: [f64; 2], meant: [f64; 2]) -> bool {
    let off = (stored[0] - meant[0]).hypot(stored[1] - meant[1]);
    match crs {
        Crs::SJtsk => cell(stored.into()) == cell(meant.into()),
        Crs::WebMercator => off <= THERE_AND_BACK,
        Crs::Wgs84 => {
            off <= THERE_AND_BACK
                || as_shown(transform(Crs::SJtsk, Crs::Wgs84, stored)) == as_shown(shown)
        }
    }
}

/// Returns degrees as answers show them, in units of the seventh decimal.
fn as_shown(degrees: [f64; 2]) -> [i64; 2] {
    degrees.map(|degrees| (degrees * PARTS_OF_A_DEGREE).round() as i64)
}

#[cfg(test)]
mod tests {
    use geo_types::{line_string, point, polygon};

    use super::*;
    use crate::crs::transform_geometry;
    use crate::geojson::{read_geometry, write_geometry};

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
        let mut out = Vec::new();
        write_geometry(
            &mut out,
            Some(&transform_geometry(Crs::SJtsk, Crs::Wgs84, geometry)),
        );
        let json = serde_json::from_slice(&out).expect("JSON");
        read_geometry(&json).expect("a geometry").expect("one")
    }

    fn moved_by(metres: f64) -> Geometry<f64> {
        square().map_coords(|at| Coord {
            x: at.x + metres,
            y: at.y,
        })
    }

    #[test]
    fn what_was_shown_and_sent_back_has_not_moved() {
        assert_eq!(
            moved_geometry(&square(), &shown(&square()), Crs::Wgs84),
            None
        );
        assert_eq!(moved_geometry(&square(), &square(), Crs::SJtsk), None);
    }

    #[test]
    fn only_the_vertex_that_was_moved_gets_new_coordinates() {
        for (crs, step) in [
            (Crs::SJtsk, 0.7),
            (Crs::WebMercator, 1.1),
            (Crs::Wgs84, 0.000_01),
        ] {
            let mut sent = match crs {
                Crs::Wgs84 => shown(&square()),
                crs => transform_geometry(Crs::SJtsk, crs, &square()),
            };
            let Geometry::Polygon(area) = &mut sent else {
                panic!("not an area");
            };
            area.exterior_mut(|ring| ring.0[1].x += step);
            let moved = moved_geometry(&square(), &sent, crs).expect("it moved");
            let before: Vec<_> = square().coords_iter().collect();
            let kept = moved.coords_iter().filter(|at| before.contains(at)).count();
            assert_eq!((moved.coords_count(), kept), (5, 4), "{crs:?}");
        }
    }

    #[test]
    fn five_millimetres_are_nothing_in_another_system_and_a_move_in_ours() {
        for (crs, metres, has_moved) in [
            (Crs::WebMercator, 0.004, false),
            (Crs::WebMercator, 0.02, true),
            (Crs::Wgs84, 0.004, false),
            (Crs::Wgs84, 0.02, true),
            (Crs::SJtsk, 0.000_1, false),
            (Crs::SJtsk, 0.002, true),
        ] {
            let sent = transform_geometry(Crs::SJtsk, crs, &moved_by(metres));
            let moved = moved_geometry(&square(), &sent, crs);
            assert_eq!(moved.is_some(), has_moved, "{crs:?} {metres}");
        }
    }

    #[test]
    fn what_is_no_number_is_handed_on_for_the_checks_to_find() {
        let moved = moved_geometry(
            &square(),
            &point!(x: f64::NAN, y: f64::INFINITY).into(),
            Crs::SJtsk,
        );
        assert!(moved.is_some());
    }

    #[test]
    fn a_ring_may_begin_elsewhere_and_run_the_other_way() {
        let turned = |by: usize, backwards: bool| -> Geometry<f64> {
            let Geometry::Polygon(area) = square() else {
                panic!("not an area");
            };
            let mut open = area.exterior().0[1..].to_vec();
            open.rotate_left(by);
            if backwards {
                open.reverse();
            }
            Polygon::new(LineString::new(open), Vec::new()).into()
        };
        for by in 0..4 {
            assert!(same_place(&square(), &turned(by, false)));
            assert!(same_place(&square(), &turned(by, true)));
        }
        assert!(!same_place(&square(), &moved_by(0.002)));
        let line = |far: f64| line_string![(x: 0.0, y: 0.0), (x: 1.0, y: far)].into();
        assert!(same_place(&line(1.0), &line(1.000_1)));
        assert!(!same_place(&line(1.0), &line(1.001)));
        assert!(!same_place(&line(1.0), &square()));
        let backwards = line_string![(x: 1.0, y: 1.0), (x: 0.0, y: 0.0)].into();
        assert!(
            !same_place(&line(1.0), &backwards),
            "a line has a direction"
        );
    }
}
