//! Checks a feature against the schema of its layer and reports everything that is wrong.

use std::fmt;

use geo::CoordsIter;
use geo_types::{Geometry, MultiLineString, MultiPolygon};

use crate::{Field, FieldType, GeometryType, Layer, Value, crs};

/// What is wrong, so that programs can tell cases apart; `Display` says it to people in English.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// A mandatory field has no value.
    Missing,
    /// The value is of another type; says which is expected.
    WrongType(&'static str),
    /// The value is not in the code list of that id.
    NotInCodeList(String),
    /// The number is outside the range.
    OutOfRange(f64, f64),
    /// There is no such layer.
    UnknownLayer,
    /// The layer has no such field.
    UnknownField,
    /// The layer needs a geometry and there is none, or is a table and there is one.
    GeometryPresence,
    /// The geometry is of another type; says which is expected.
    WrongGeometry(&'static str),
    /// A coordinate is not a number or lies outside the area of use of EPSG:5514.
    OutsideArea,
    /// The feature is not there (any more).
    NoSuchFeature,
    /// There is already a feature with this identity.
    DuplicateId,
    /// Another feature has the same natural key.
    DuplicateKey(String),
    /// The feature has moved on; says its current `rev`.
    Stale(i64),
    /// The number of values differs from the number of fields.
    WrongArity,
}

/// One thing that is wrong with one feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The field, or none when it is about the geometry or the feature as a whole.
    pub field: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

impl Finding {
    /// Makes a finding about the feature as a whole.
    pub fn of_feature(problem: Problem) -> Self {
        Self {
            field: None,
            problem,
        }
    }

    /// Makes a finding about one field.
    pub fn of_field(field: &str, problem: Problem) -> Self {
        Self {
            field: Some(field.to_owned()),
            problem,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        match &self.problem {
            Problem::Missing => f.write_str("is mandatory and has no value"),
            Problem::WrongType(expected) => write!(f, "must be {expected}"),
            Problem::NotInCodeList(list) => write!(f, "is not in the code list {list}"),
            Problem::OutOfRange(min, max) => write!(f, "must be between {min} and {max}"),
            Problem::UnknownLayer => f.write_str("there is no such layer"),
            Problem::UnknownField => f.write_str("the layer has no such field"),
            Problem::GeometryPresence => {
                f.write_str("a layer with geometry needs one, a table takes none")
            }
            Problem::WrongGeometry(expected) => write!(f, "the geometry must be a {expected}"),
            Problem::OutsideArea => f.write_str("the geometry lies outside the area of EPSG:5514"),
            Problem::NoSuchFeature => f.write_str("there is no such feature"),
            Problem::DuplicateId => f.write_str("a feature with this id exists"),
            Problem::DuplicateKey(key) => write!(f, "another feature has the key {key}"),
            Problem::Stale(rev) => write!(
                f,
                "the feature was changed meanwhile and is now at rev {rev}"
            ),
            Problem::WrongArity => f.write_str("the number of values is not the number of fields"),
        }
    }
}

impl Layer {
    /// Returns everything that is wrong with a feature's geometry (EPSG:5514) and values (one per field, in order).
    pub fn check(&self, geometry: Option<&Geometry<f64>>, values: &[Value]) -> Vec<Finding> {
        let mut findings = self.check_geometry(geometry);
        if values.len() != self.fields.len() {
            findings.push(Finding::of_feature(Problem::WrongArity));
        }
        for (field, value) in self.fields.iter().zip(values) {
            findings.extend(
                field
                    .check(value)
                    .into_iter()
                    .map(|problem| Finding::of_field(&field.name, problem)),
            );
        }
        findings
    }

    fn check_geometry(&self, geometry: Option<&Geometry<f64>>) -> Vec<Finding> {
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
    fn mismatch(&self, value: &Value) -> Option<&'static str> {
        let (fits, expected) = match self {
            Self::Text | Self::Reference(_) => (matches!(value, Value::Text(_)), "a text"),
            Self::Integer => (matches!(value, Value::Integer(_)), "a whole number"),
            Self::Real => (
                matches!(value, Value::Real(n) if n.is_finite()),
                "a finite number",
            ),
            Self::Boolean => (matches!(value, Value::Boolean(_)), "true or false"),
            Self::Date => (matches!(value, Value::Date(_)), "a date"),
            Self::Timestamp => (matches!(value, Value::Timestamp(_)), "a time"),
            Self::List(_) => (matches!(value, Value::List(_)), "a list"),
        };
        (!fits).then_some(expected)
    }
}
