//! A filter written as CQL2 JSON.

use geo_types::{Coord, Geometry, LineString, Polygon};
use serde_json::{Value as Json, json};

use super::shape::Kind;
use super::{Expression, Moment, Node, Number};

impl Expression {
    /// Writes it as CQL2 JSON.
    pub fn to_json(&self) -> Json {
        match &self.node {
            Node::Text(text) => json!(text),
            Node::Number(Number::Integer(number)) => json!(number),
            Node::Number(Number::Real(number)) => json!(number),
            Node::Boolean(flag) => json!(flag),
            Node::Moment(instant @ Moment::Date(_)) => json!({ "date": instant.write() }),
            Node::Moment(instant) => json!({ "timestamp": instant.write() }),
            Node::Interval(ends) => {
                json!({ "interval": [interval_end(&ends[0]), interval_end(&ends[1])] })
            }
            Node::Open => json!(".."),
            Node::Geometry(geometry) => write_geometry(geometry),
            Node::Bbox(numbers) => json!({ "bbox": numbers }),
            Node::Array(values) => write_all(values),
            Node::Property(name) => json!({ "property": name }),
            Node::Call(operator, arguments) => {
                json!({ "op": operator.name(), "args": write_all(arguments) })
            }
        }
    }
}

fn write_all(expressions: &[Expression]) -> Json {
    expressions.iter().map(Expression::to_json).collect()
}

fn interval_end(end: &Expression) -> Json {
    match &end.node {
        Node::Moment(instant) => json!(instant.write()),
        _ => end.to_json(),
    }
}

fn write_geometry(geometry: &Geometry<f64>) -> Json {
    let name = Kind::name_of(geometry);
    let coordinates = match geometry {
        Geometry::GeometryCollection(parts) => {
            let parts: Json = parts.0.iter().map(write_geometry).collect();
            return json!({ "type": name, "geometries": parts });
        }
        Geometry::Point(point) => position(&point.0),
        Geometry::LineString(one) => line(one),
        Geometry::Polygon(one) => polygon(one),
        Geometry::MultiPoint(points) => points.0.iter().map(|point| position(&point.0)).collect(),
        Geometry::MultiLineString(lines) => lines.0.iter().map(line).collect(),
        Geometry::MultiPolygon(polygons) => polygons.0.iter().map(polygon).collect(),
        // The readers make no other.
        _ => Json::Null,
    };
    json!({ "type": name, "coordinates": coordinates })
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
