//! A geometry as a GeoJSON value that loses nothing: every coordinate to the last bit, as operations keep it.

use geo_types::{Coord, Geometry, LineString, Polygon};
use serde_json::{Value as Json, json};

/// Writes a geometry in the coordinates that it has (RFC 7946, section 3.1); `null` for a kind that GeoJSON has not.
pub fn geometry_to_json(geometry: &Geometry<f64>) -> Json {
    let (kind, coordinates) = match geometry {
        Geometry::Point(point) => ("Point", position(&point.0)),
        Geometry::LineString(one) => ("LineString", line(one)),
        Geometry::Polygon(one) => ("Polygon", polygon(one)),
        Geometry::MultiPoint(points) => {
            let points = points.iter().map(|point| position(&point.0));
            ("MultiPoint", points.collect())
        }
        Geometry::MultiLineString(lines) => ("MultiLineString", lines.iter().map(line).collect()),
        Geometry::MultiPolygon(areas) => ("MultiPolygon", areas.iter().map(polygon).collect()),
        Geometry::GeometryCollection(parts) => {
            let parts: Json = parts.iter().map(geometry_to_json).collect();
            return json!({ "type": "GeometryCollection", "geometries": parts });
        }
        _ => return Json::Null,
    };
    json!({ "type": kind, "coordinates": coordinates })
}

fn position(at: &Coord<f64>) -> Json {
    json!([at.x, at.y])
}

fn line(line: &LineString<f64>) -> Json {
    line.0.iter().map(position).collect()
}

fn polygon(polygon: &Polygon<f64>) -> Json {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    rings.map(line).collect()
}

#[cfg(test)]
mod tests {
    use geo_types::{MultiLineString, MultiPolygon, line_string, point, polygon};

    use super::*;
    use crate::geojson::read_geometry;

    fn check(geometry: impl Into<Geometry<f64>>) {
        let geometry = geometry.into();
        let text = geometry_to_json(&geometry).to_string();
        let read = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read_geometry(&read).expect("sound"), Some(geometry));
    }

    #[test]
    fn every_bit_comes_back() {
        let line = line_string![(x: -790_000.1 / 3.0, y: 0.1 + 0.2), (x: 1e-9, y: -1e6 / 7.0)];
        let area = polygon!(
            exterior: [(x: 0.0, y: 0.1), (x: 9.3, y: 0.0), (x: 9.0, y: 9.7), (x: 0.0, y: 0.1)],
            interiors: [[(x: 5.0, y: 1.0), (x: 6.0, y: 2.0 / 3.0), (x: 6.0, y: 1.0), (x: 5.0, y: 1.0)]],
        );
        check(point!(x: -790_000.123_456_789, y: -1_000_000.1 / 3.0));
        check(MultiLineString::new(vec![line.clone(), line.clone()]));
        check(MultiPolygon::new(vec![area.clone()]));
        check(line);
        check(area);
    }
}
