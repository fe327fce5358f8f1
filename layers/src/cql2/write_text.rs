//! A filter written as CQL2 text.

use std::fmt;

use geo_types::{Coord, Geometry, LineString, Polygon};

use super::character::{begins_name, continues_name};
use super::read_text::is_reserved;
use super::shape::Kind;
use super::{Expression, Moment, Node, Number, Operator};

/// Writes it as CQL2 text, with brackets around every part that has parts of its own.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Text(text) => write_text(f, text),
            Node::Number(Number::Integer(number)) => write!(f, "{number}"),
            Node::Number(Number::Real(number)) => write!(f, "{number:?}"),
            Node::Boolean(flag) => f.write_str(if *flag { "TRUE" } else { "FALSE" }),
            Node::Moment(instant @ Moment::Date(_)) => write!(f, "DATE('{}')", instant.write()),
            Node::Moment(instant) => write!(f, "TIMESTAMP('{}')", instant.write()),
            Node::Interval(ends) => {
                f.write_str("INTERVAL(")?;
                write_end(f, &ends[0])?;
                f.write_str(", ")?;
                write_end(f, &ends[1])?;
                f.write_str(")")
            }
            Node::Open => f.write_str("'..'"),
            Node::Geometry(geometry) => write_geometry(f, geometry),
            Node::Bbox([west, south, east, north]) => {
                write!(f, "BBOX({west}, {south}, {east}, {north})")
            }
            Node::Array(values) => write_list(f, values),
            Node::Property(name) => write_name(f, name),
            Node::Call(operator, arguments) => write_call(f, operator, arguments),
        }
    }
}

fn write_call(
    f: &mut fmt::Formatter<'_>,
    operator: &Operator,
    arguments: &[Expression],
) -> fmt::Result {
    match (operator, arguments) {
        (Operator::Not, [condition]) => {
            f.write_str("NOT ")?;
            write_part(f, condition)
        }
        (Operator::IsNull, [value]) => {
            write_part(f, value)?;
            f.write_str(" IS NULL")
        }
        (Operator::Between, [value, least, largest]) => {
            write_part(f, value)?;
            f.write_str(" BETWEEN ")?;
            write_part(f, least)?;
            f.write_str(" AND ")?;
            write_part(f, largest)
        }
        (Operator::Function(name), _) => {
            f.write_str(name)?;
            write_list(f, arguments)
        }
        _ if operator.is_called() => {
            f.write_str(&operator.name().to_ascii_uppercase())?;
            write_list(f, arguments)
        }
        _ => {
            for (place, argument) in arguments.iter().enumerate() {
                if place > 0 {
                    write!(f, " {} ", operator.name().to_ascii_uppercase())?;
                }
                write_part(f, argument)?;
            }
            Ok(())
        }
    }
}

/// Writes a part of another, in brackets if it has parts of its own that are not in brackets.
fn write_part(f: &mut fmt::Formatter<'_>, part: &Expression) -> fmt::Result {
    match &part.node {
        Node::Call(operator, _) if !operator.is_called() => write!(f, "({part})"),
        _ => write!(f, "{part}"),
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, values: &[Expression]) -> fmt::Result {
    f.write_str("(")?;
    for (place, value) in values.iter().enumerate() {
        f.write_str(if place > 0 { ", " } else { "" })?;
        write!(f, "{value}")?;
    }
    f.write_str(")")
}

/// Writes a text in quotes; a quote of its own is doubled, after a backslash it gets one more.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut before = ' ';
    f.write_str("'")?;
    for c in text.chars() {
        match c {
            '\'' if before == '\\' => f.write_str("\\'")?,
            '\'' => f.write_str("''")?,
            c => write!(f, "{c}")?,
        }
        before = c;
    }
    f.write_str("'")
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let is_plain = name.starts_with(begins_name) && name.chars().all(continues_name);
    if is_plain && !is_reserved(name) {
        f.write_str(name)
    } else {
        write!(f, "\"{}\"", name.replace('"', "\"\""))
    }
}

fn write_end(f: &mut fmt::Formatter<'_>, end: &Expression) -> fmt::Result {
    match &end.node {
        Node::Moment(instant) => write!(f, "'{}'", instant.write()),
        _ => write!(f, "{end}"),
    }
}

fn write_geometry(f: &mut fmt::Formatter<'_>, geometry: &Geometry<f64>) -> fmt::Result {
    f.write_str(&Kind::name_of(geometry).to_ascii_uppercase())?;
    match geometry {
        Geometry::Point(point) => {
            f.write_str("(")?;
            write_position(f, &point.0)?;
            f.write_str(")")
        }
        Geometry::LineString(line) => write_line(f, line),
        Geometry::Polygon(polygon) => write_polygon(f, polygon),
        Geometry::MultiPoint(points) => write_items(f, &points.0, |f, point| {
            f.write_str("(")?;
            write_position(f, &point.0)?;
            f.write_str(")")
        }),
        Geometry::MultiLineString(lines) => write_items(f, &lines.0, write_line),
        Geometry::MultiPolygon(polygons) => write_items(f, &polygons.0, write_polygon),
        Geometry::GeometryCollection(parts) => write_items(f, &parts.0, write_geometry),
        // The readers make no other.
        _ => Ok(()),
    }
}

fn write_items<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    f.write_str("(")?;
    for (place, item) in items.iter().enumerate() {
        f.write_str(if place > 0 { ", " } else { "" })?;
        write(f, item)?;
    }
    f.write_str(")")
}

fn write_line(f: &mut fmt::Formatter<'_>, line: &LineString<f64>) -> fmt::Result {
    write_items(f, &line.0, write_position)
}

fn write_polygon(f: &mut fmt::Formatter<'_>, polygon: &Polygon<f64>) -> fmt::Result {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    write_items(f, &rings.collect::<Vec<_>>(), |f, ring| write_line(f, ring))
}

fn write_position(f: &mut fmt::Formatter<'_>, at: &Coord<f64>) -> fmt::Result {
    write!(f, "{} {}", at.x, at.y)
}
