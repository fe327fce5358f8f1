//! A filter written as CQL2 JSON.

use serde_json::{Value as Json, json};

use super::{Expression, Moment, Node, Number};
use crate::geojson::geometry_to_json;

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
            Node::Geometry(geometry) => geometry_to_json(geometry),
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
