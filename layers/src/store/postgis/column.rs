//! Values as columns and parameters of the database carry them.

use std::error::Error;

use chrono::{DateTime, NaiveDate, Utc};
use geo::CoordsIter;
use geo_types::Geometry;
use postgres::Row;
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type};
use serde_json::Value as Json;
use uuid::Uuid;

use super::SRID;
use crate::store::wkb;
use crate::{Field, FieldType, Value, from_json, to_json};

/// Returns the column type of a field, in the words in which the database itself names it.
pub(super) fn column_type(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Reference(_) => "text",
        FieldType::Integer => "bigint",
        FieldType::Real => "double precision",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::Timestamp => "timestamp(3) with time zone",
        FieldType::List(_) => "jsonb",
    }
}

/// A value on its way to the database; the statement gives it the type that its column has.
#[derive(Clone, Debug)]
pub(super) enum Sql {
    Null,
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Date(NaiveDate),
    Timestamp(DateTime<Utc>),
    /// For a column of type `jsonb`.
    Jsonb(Json),
    Id(Uuid),
    Ids(Vec<Uuid>),
    Integers(Vec<i64>),
    Bytes(Vec<u8>),
}

impl Sql {
    /// Makes one of a feature's value.
    pub(super) fn of(field_type: &FieldType, value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Text(text) => Self::Text(text.clone()),
            Value::Integer(number) => Self::Integer(*number),
            Value::Real(number) => Self::Real(*number),
            Value::Boolean(flag) => Self::Boolean(*flag),
            Value::Date(day) => Self::Date(*day),
            Value::Timestamp(at) => Self::Timestamp(*at),
            Value::List(_) => Self::Jsonb(to_json(field_type, value)),
        }
    }

    /// Makes one of a geometry in EPSG:5514, as the extension's own well-known binary with its number in it.
    pub(super) fn geometry(geometry: &Geometry<f64>) -> Self {
        const HAS_SRID: u8 = 0x20;
        let mut plain = Vec::new();
        wkb::write(&mut plain, geometry);
        let (head, body) = plain.split_at(5);
        let mut bytes = head.to_vec();
        bytes[4] |= HAS_SRID;
        bytes.extend(SRID.to_le_bytes());
        bytes.extend(body);
        Self::Bytes(bytes)
    }
}

impl ToSql for Sql {
    fn to_sql(
        &self,
        _column: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) => text.to_sql(&Type::TEXT, out),
            Self::Integer(number) => number.to_sql(&Type::INT8, out),
            Self::Real(number) => number.to_sql(&Type::FLOAT8, out),
            Self::Boolean(flag) => flag.to_sql(&Type::BOOL, out),
            Self::Date(day) => day.to_sql(&Type::DATE, out),
            Self::Timestamp(at) => at.to_sql(&Type::TIMESTAMPTZ, out),
            Self::Jsonb(json) => json.to_sql(&Type::JSONB, out),
            Self::Id(id) => id.to_sql(&Type::UUID, out),
            Self::Ids(ids) => ids.to_sql(&Type::UUID_ARRAY, out),
            Self::Integers(numbers) => numbers.to_sql(&Type::INT8_ARRAY, out),
            Self::Bytes(bytes) => bytes.to_sql(&Type::BYTEA, out),
        }
    }

    fn accepts(_column: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

/// Reads a value of a layer's table; what breaks the schema reads as no value, with a warning.
pub(super) fn read(field: &Field, row: &Row, place: usize, fid: i64) -> Value {
    value(field, row, place).unwrap_or_else(|| unreadable(field, fid))
}

/// Reads a value; none is one that breaks the schema.
pub(super) fn value(field: &Field, row: &Row, place: usize) -> Option<Value> {
    match &field.field_type {
        FieldType::Text | FieldType::Reference(_) => get(row, place, Value::Text),
        FieldType::Integer => get(row, place, Value::Integer),
        FieldType::Real => get(row, place, Value::Real).filter(is_sound),
        FieldType::Boolean => get(row, place, Value::Boolean),
        FieldType::Date => get(row, place, Value::Date),
        FieldType::Timestamp => get(row, place, Value::Timestamp),
        FieldType::List(_) => match row.try_get::<_, Option<Json>>(place) {
            Ok(None) => Some(Value::Null),
            Ok(Some(json)) => from_json(&field.field_type, &json).ok(),
            Err(_) => None,
        },
    }
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, place: usize, make: fn(T) -> Value) -> Option<Value> {
    let found = row.try_get::<_, Option<T>>(place).ok()?;
    Some(found.map_or(Value::Null, make))
}

fn is_sound(value: &Value) -> bool {
    !matches!(value, Value::Real(number) if !number.is_finite())
}

/// Reads the values of fields from a row of history, where each has one of its names; a field that it does not know is
/// empty.
pub(super) fn read_past<'a>(
    fields: impl Iterator<Item = (&'a Field, &'a Vec<String>)>,
    row: &Row,
    place: usize,
    fid: i64,
) -> Vec<Value> {
    let document: Json = row.try_get(place).unwrap_or_default();
    fields
        .map(|(field, names)| {
            let json = names.iter().find_map(|name| document.get(name));
            let json = json.unwrap_or(&Json::Null);
            from_json(&field.field_type, json)
                .ok()
                .filter(is_sound)
                .unwrap_or_else(|| unreadable(field, fid))
        })
        .collect()
}

fn unreadable(field: &Field, fid: i64) -> Value {
    tracing::warn!(
        field.name = field.name,
        feature.fid = fid,
        "the store holds a value that does not fit the schema; it is read as empty"
    );
    Value::Null
}

/// Reads a geometry; an empty one is none, and so is, with a warning, what no layer may hold.
pub(super) fn read_geometry(row: &Row, place: usize, fid: i64) -> Option<Geometry<f64>> {
    let bytes: &[u8] = row.try_get(place).ok()?;
    if let Ok(geometry) = wkb::read(bytes) {
        // An empty point is written with coordinates that are no numbers.
        let first = geometry.coords_iter().next();
        return first.filter(|at| !at.x.is_nan()).map(|_| geometry);
    }
    tracing::warn!(
        feature.fid = fid,
        "the store holds a geometry that cannot be read; it is read as none"
    );
    None
}
