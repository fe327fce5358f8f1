//! Values as columns of the `GeoPackage` keep them.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use rusqlite::types::{Value as Sql, ValueRef};

use crate::{Field, FieldType, Value, from_json, to_json};

/// Returns the `GeoPackage` column type of a field.
pub(super) fn column_type(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Reference(_) | FieldType::List(_) => "TEXT",
        FieldType::Integer => "INTEGER",
        FieldType::Real => "DOUBLE",
        FieldType::Boolean => "BOOLEAN",
        FieldType::Date => "DATE",
        FieldType::Timestamp => "DATETIME",
    }
}

/// Writes a value; lists become JSON text.
pub(super) fn to_sql(field_type: &FieldType, value: &Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Text(text) => Sql::Text(text.clone()),
        Value::Integer(number) => Sql::Integer(*number),
        Value::Real(number) => Sql::Real(*number),
        Value::Boolean(flag) => Sql::Integer((*flag).into()),
        Value::Date(day) => Sql::Text(day.to_string()),
        Value::Timestamp(at) => Sql::Text(at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        Value::List(_) => Sql::Text(to_json(field_type, value).to_string()),
    }
}

/// Reads a value; what another program wrote against the schema reads as no value, with a warning.
pub(super) fn from_sql(field: &Field, column: ValueRef<'_>, fid: i64) -> Value {
    read(&field.field_type, column).unwrap_or_else(|| {
        tracing::warn!(
            field.name = field.name,
            feature.fid = fid,
            "the store holds a value that does not fit the schema; it is read as empty"
        );
        Value::Null
    })
}

fn read(field_type: &FieldType, column: ValueRef<'_>) -> Option<Value> {
    let value = match (field_type, column) {
        (_, ValueRef::Null) => Value::Null,
        (FieldType::Integer, ValueRef::Integer(number)) => Value::Integer(number),
        (FieldType::Real, ValueRef::Integer(number)) => Value::Real(number as f64),
        (FieldType::Real, ValueRef::Real(number)) if number.is_finite() => Value::Real(number),
        (FieldType::Boolean, ValueRef::Integer(flag @ (0 | 1))) => Value::Boolean(flag == 1),
        (_, ValueRef::Text(text)) => return read_text(field_type, std::str::from_utf8(text).ok()?),
        _ => return None,
    };
    Some(value)
}

fn read_text(field_type: &FieldType, text: &str) -> Option<Value> {
    match field_type {
        FieldType::Text | FieldType::Reference(_) => Some(Value::Text(text.to_owned())),
        FieldType::Date => text.parse::<NaiveDate>().ok().map(Value::Date),
        FieldType::Timestamp => DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| Value::Timestamp(at.to_utc())),
        FieldType::List(_) => from_json(field_type, &serde_json::from_str(text).ok()?).ok(),
        FieldType::Integer | FieldType::Real | FieldType::Boolean => None,
    }
}
