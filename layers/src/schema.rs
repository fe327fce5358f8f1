//! Checks a feature against the schema of its layer and reports everything that is wrong.

use std::ops::RangeInclusive;

use chrono::Datelike;
use geo::CoordsIter;
use geo_types::{Geometry, MultiLineString, MultiPolygon};

use crate::{Field, FieldType, Finding, GeometryType, Layer, Problem, Value, crs};

/// The years that RFC 3339, and with it every format that carries our values, can write.
const YEARS: RangeInclusive<i32> = 0..=9999;

impl Layer {
    /// Returns everything that is wrong with a feature's geometry (EPSG:5514) and values (one per field, in order).
    pub fn check(&self, geometry: Option<&Geometry<f64>>, values: &[Value]) -> Vec<Finding> {
        let mut findings = self.check_geometry(geometry);
        if values.len() != self.fields.len() {
            findings.push(Finding::of_feature(Problem::WrongArity));
        }
        for (field, value) in self.fields.iter().zip(values) {
            if let Some(problem) = field.check(value) {
                findings.push(Finding::of_field(&field.name, problem));
            }
        }
        findings
    }

    /// Returns what is wrong with a feature's geometry (EPSG:5514): its presence, its type, where it lies.
    pub fn check_geometry(&self, geometry: Option<&Geometry<f64>>) -> Vec<Finding> {
        let problem = match (self.geometry, geometry) {
            (None, None) => return Vec::new(),
            (Some(expected), Some(geometry)) => {
                if !expected.accepts(geometry) {
                    Problem::WrongGeometry(expected.ogc_name())
                } else if geometry.coords_iter().next().is_none()
                    || !geometry
                        .coords_iter()
                        .all(|c| crs::in_krovak_area([c.x, c.y]))
                {
                    Problem::OutsideArea
                } else {
                    return Vec::new();
                }
            }
            _ => Problem::GeometryPresence,
        };
        vec![Finding::of_feature(problem)]
    }
}

impl GeometryType {
    /// Whether a layer of this type takes the geometry; a single part is taken where several are allowed.
    pub fn accepts(self, geometry: &Geometry<f64>) -> bool {
        matches!(
            (self, geometry),
            (Self::Point, Geometry::Point(_))
                | (
                    Self::LineString | Self::MultiLineString,
                    Geometry::LineString(_)
                )
                | (Self::Polygon | Self::MultiPolygon, Geometry::Polygon(_))
                | (Self::MultiLineString, Geometry::MultiLineString(_))
                | (Self::MultiPolygon, Geometry::MultiPolygon(_))
        )
    }

    /// Returns the geometry in the form in which the layer keeps it: a single part becomes a collection of one.
    pub fn normalise(self, geometry: Geometry<f64>) -> Geometry<f64> {
        match (self, geometry) {
            (Self::MultiLineString, Geometry::LineString(line)) => {
                MultiLineString::new(vec![line]).into()
            }
            (Self::MultiPolygon, Geometry::Polygon(polygon)) => {
                MultiPolygon::new(vec![polygon]).into()
            }
            (_, geometry) => geometry,
        }
    }
}

impl Field {
    /// Returns what is wrong with a value of this field.
    pub fn check(&self, value: &Value) -> Option<Problem> {
        if value.is_null() {
            return self.mandatory.then_some(Problem::Missing);
        }
        if let Some(expected) = self.field_type.mismatch(value) {
            return Some(Problem::WrongType(expected));
        }
        if let (FieldType::List(fields), Value::List(rows)) = (&self.field_type, value) {
            let complete = rows.iter().all(|row| row.len() == fields.len());
            let mut cells = rows.iter().flat_map(|row| fields.iter().zip(row));
            return if complete {
                cells.find_map(|(f, v)| f.check(v))
            } else {
                Some(Problem::WrongArity)
            };
        }
        if let Some(list) = self
            .codes
            .as_ref()
            .filter(|list| list.title(value).is_none())
        {
            return Some(Problem::NotInCodeList(list.id.clone()));
        }
        let number = match value {
            Value::Integer(number) => *number as f64,
            Value::Real(number) => *number,
            _ => return None,
        };
        self.range
            .filter(|(min, max)| !(*min..=*max).contains(&number))
            .map(|(min, max)| Problem::OutOfRange(min, max))
    }
}

impl FieldType {
    /// Returns what is expected, in words, unless the value is of this type.
    pub(crate) fn mismatch(&self, value: &Value) -> Option<&'static str> {
        let (fits, expected) = match self {
            Self::Text | Self::Reference(_) => (
                matches!(value, Value::Text(text) if !text.as_bytes().contains(&0)),
                "a text without the character NUL",
            ),
            Self::Integer => (matches!(value, Value::Integer(_)), "a whole number"),
            Self::Real => (
                matches!(value, Value::Real(n) if n.is_finite()),
                "a finite number",
            ),
            Self::Boolean => (matches!(value, Value::Boolean(_)), "true or false"),
            Self::Date => (
                matches!(value, Value::Date(day) if YEARS.contains(&day.year())),
                "a date of the years 0 to 9999",
            ),
            Self::Timestamp => (
                matches!(value, Value::Timestamp(at) if YEARS.contains(&at.year())),
                "a time of the years 0 to 9999",
            ),
            Self::List(_) => (matches!(value, Value::List(_)), "a list"),
        };
        (!fits).then_some(expected)
    }
}
