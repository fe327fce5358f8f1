//! Values as JSON: in the history of a store, in lists, and in GeoJSON.

use serde_json::{Map, Number, Value as Json};

use crate::{FieldType, Value};

/// Writes a value as JSON; dates and instants as RFC 3339 text, list rows as objects.
pub fn to_json(field_type: &FieldType, value: &Value) -> Json {
    match (value, field_type) {
        (Value::Text(text), _) => Json::String(text.clone()),
        (Value::Integer(number), _) => Json::from(*number),
        (Value::Real(number), _) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        (Value::Boolean(flag), _) => Json::Bool(*flag),
        (Value::Date(day), _) => Json::String(day.to_string()),
        (Value::Timestamp(at), _) => {
            Json::String(at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
        }
        (Value::List(rows), FieldType::List(fields)) => {
            let row_json = |row: &Vec<Value>| {
                let pairs = fields
                    .iter()
                    .zip(row)
                    .map(|(f, v)| (f.name.clone(), to_json(&f.field_type, v)));
                Json::Object(pairs.collect::<Map<_, _>>())
            };
            Json::Array(rows.iter().map(row_json).collect())
        }
        (Value::Null | Value::List(_), _) => Json::Null,
    }
}

/// Reads a value of the given type from JSON; the error says in words what is expected.
pub fn from_json(field_type: &FieldType, json: &Json) -> Result<Value, &'static str> {
    let wrong = Err::<Value, _>;
    match (field_type, json) {
        (_, Json::Null) => Ok(Value::Null),
        (FieldType::Text | FieldType::Reference(_), Json::String(text)) => {
            Ok(Value::Text(text.clone()))
        }
        (FieldType::Text | FieldType::Reference(_), _) => wrong("a text"),
        (FieldType::Integer, json) => json
            .as_i64()
            .map_or_else(|| wrong("a whole number"), |n| Ok(Value::Integer(n))),
        (FieldType::Real, json) => json
            .as_f64()
            .map_or_else(|| wrong("a number"), |n| Ok(Value::Real(n))),
        (FieldType::Boolean, json) => json
            .as_bool()
            .map_or_else(|| wrong("true or false"), |b| Ok(Value::Boolean(b))),
        (FieldType::Date, json) => match json.as_str().and_then(|text| text.parse().ok()) {
            Some(day) => Ok(Value::Date(day)),
            None => wrong("a date such as 2026-05-31"),
        },
        (FieldType::Timestamp, json) => {
            match json
                .as_str()
                .and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok())
            {
                Some(at) => Ok(Value::Timestamp(at.to_utc())),
                None => wrong("a time such as 2026-05-31T12:00:00Z"),
            }
        }
        (FieldType::List(fields), Json::Array(rows)) => {
            let row_values = |row: &Json| {
                fields
                    .iter()
                    .map(|f| from_json(&f.field_type, row.get(&f.name).unwrap_or(&Json::Null)))
                    .collect()
            };
            rows.iter()
                .map(row_values)
                .collect::<Result<_, _>>()
                .map(Value::List)
        }
        (FieldType::List(_), _) => wrong("a list"),
    }
}
