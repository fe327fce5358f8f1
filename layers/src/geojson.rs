//! GeoJSON (RFC 7946): features in WGS 84, longitude first, seven decimals (a centimetre), outer rings anticlockwise.

mod json;
mod read;

use std::io::Write;

use geo::Winding;
use geo_types::{Coord, Geometry, LineString, Polygon};

use crate::{Feature, Field, FieldType, LayerView, Value, to_json};

pub use self::json::geometry_to_json;
pub use self::read::read_geometry;

/// How finely degrees are written: about a centimetre.
pub(crate) const PARTS_OF_A_DEGREE: f64 = 1e7;

/// Writes the value of a GeoJSON `geometry` member: the feature's in WGS 84 degrees, or `null`.
pub fn write_geometry(out: &mut Vec<u8>, geometry: Option<&Geometry<f64>>) {
    match geometry {
        Some(geometry) => write_present(out, geometry),
        None => put(out, "null"),
    }
}

/// Writes the pairs of a GeoJSON `properties` member, without its braces: the values of a feature read through the view.
pub fn write_properties(out: &mut Vec<u8>, view: &LayerView, feature: &Feature) {
    write_pairs(out, view.fields().zip(&feature.values));
}

/// Writes some of the pairs of a GeoJSON `properties` member: those of the fields at these places in the view, which rise.
pub fn write_some_properties(
    out: &mut Vec<u8>,
    view: &LayerView,
    feature: &Feature,
    places: &[usize],
) {
    let all = view.fields().zip(&feature.values).enumerate();
    let some = all.filter(|(place, _)| places.binary_search(place).is_ok());
    write_pairs(out, some.map(|(_, pair)| pair));
}

fn write_pairs<'a>(out: &mut Vec<u8>, pairs: impl Iterator<Item = (&'a Field, &'a Value)>) {
    for (place, (field, value)) in pairs.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_text(out, &field.name);
        out.push(b':');
        write_value(out, &field.field_type, value);
    }
}

/// Writes a JSON string, quoted and escaped.
///
/// # Panics
/// Never: a vector takes every byte.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a vector takes every byte");
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn write_value(out: &mut Vec<u8>, field_type: &FieldType, value: &Value) {
    match value {
        Value::Null => put(out, "null"),
        Value::Text(text) => write_text(out, text),
        Value::Integer(number) => write!(out, "{number}").expect("a vector takes every byte"),
        Value::Boolean(flag) => put(out, if *flag { "true" } else { "false" }),
        value => {
            serde_json::to_writer(out, &to_json(field_type, value))
                .expect("a vector takes every byte");
        }
    }
}

fn write_present(out: &mut Vec<u8>, geometry: &Geometry<f64>) {
    match geometry {
        Geometry::Point(point) => wrap(out, "Point", |out| write_position(out, point.0)),
        Geometry::LineString(line) => wrap(out, "LineString", |out| write_line(out, line)),
        Geometry::Polygon(polygon) => wrap(out, "Polygon", |out| write_polygon(out, polygon)),
        Geometry::MultiLineString(lines) => {
            wrap(out, "MultiLineString", |out| {
                write_list(out, &lines.0, write_line);
            });
        }
        Geometry::MultiPolygon(polygons) => {
            wrap(out, "MultiPolygon", |out| {
                write_list(out, &polygons.0, write_polygon);
            });
        }
        // No layer has another geometry type.
        _ => put(out, "null"),
    }
}

fn wrap(out: &mut Vec<u8>, name: &str, coordinates: impl FnOnce(&mut Vec<u8>)) {
    put(out, "{\"type\":\"");
    put(out, name);
    put(out, "\",\"coordinates\":");
    coordinates(out);
    out.push(b'}');
}

fn write_list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

fn write_line(out: &mut Vec<u8>, line: &LineString<f64>) {
    write_list(out, &line.0, |out, position| write_position(out, *position));
}

fn write_polygon(out: &mut Vec<u8>, polygon: &Polygon<f64>) {
    out.push(b'[');
    write_ring(out, polygon.exterior(), polygon.exterior().is_cw());
    for hole in polygon.interiors() {
        out.push(b',');
        write_ring(out, hole, hole.is_ccw());
    }
    out.push(b']');
}

fn write_ring(out: &mut Vec<u8>, ring: &LineString<f64>, backwards: bool) {
    if backwards {
        let turned: Vec<_> = ring.0.iter().rev().copied().collect();
        write_list(out, &turned, |out, position| write_position(out, *position));
    } else {
        write_line(out, ring);
    }
}

fn write_position(out: &mut Vec<u8>, position: Coord<f64>) {
    out.push(b'[');
    write_degrees(out, position.x);
    out.push(b',');
    write_degrees(out, position.y);
    out.push(b']');
}

/// Writes degrees with up to seven decimals and no zeros at the end.
fn write_degrees(out: &mut Vec<u8>, degrees: f64) {
    const PARTS: u64 = PARTS_OF_A_DEGREE as u64;
    let parts = (degrees * PARTS_OF_A_DEGREE).round();
    if parts < 0.0 {
        out.push(b'-');
    }
    let parts = parts.abs() as u64;
    write!(out, "{}", parts / PARTS).expect("a vector takes every byte");
    let rest = parts % PARTS;
    if rest > 0 {
        write!(out, ".{rest:07}").expect("a vector takes every byte");
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{line_string, point, polygon};

    use super::*;

    fn check(geometry: impl Into<Geometry<f64>>, expected: &str) {
        let mut out = Vec::new();
        write_geometry(&mut out, Some(&geometry.into()));
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn positions_have_seven_decimals_at_most() {
        check(
            point!(x: 13.412_345_678_9, y: 50.5),
            r#"{"type":"Point","coordinates":[13.4123457,50.5]}"#,
        );
        check(
            point!(x: -0.000_000_01, y: -1.05),
            r#"{"type":"Point","coordinates":[0,-1.05]}"#,
        );
    }

    #[test]
    fn lines_keep_their_direction() {
        check(
            line_string![(x: 1.0, y: 2.0), (x: 3.0, y: 4.0)],
            r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#,
        );
    }

    #[test]
    fn outer_rings_run_anticlockwise_and_holes_clockwise() {
        let anticlockwise = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 9.0, y: 0.0), (x: 9.0, y: 9.0), (x: 0.0, y: 0.0)],
            interiors: [[(x: 5.0, y: 1.0), (x: 6.0, y: 2.0), (x: 6.0, y: 1.0), (x: 5.0, y: 1.0)]],
        );
        let mut clockwise = anticlockwise.clone();
        clockwise.exterior_mut(|ring| ring.0.reverse());
        clockwise.interiors_mut(|rings| rings.iter_mut().for_each(|ring| ring.0.reverse()));
        let expected = "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[9,0],[9,9],[0,0]],[[5,1],[6,2],[6,1],[5,1]]]}";
        check(anticlockwise, expected);
        check(clockwise, expected);
    }
}
