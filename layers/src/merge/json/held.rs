//! What a part held, as a document.

use geo_types::Geometry;
use serde_json::{Value as Json, json};

use super::{Schema, Unreadable, object, unreadable};
use crate::merge::{Content, Held};
use crate::store::wkb;
use crate::{FieldType, Layer, Value, from_json, to_json};

/// Writes what a part held; `field_type` is that of a value.
pub(super) fn write_held(
    layer: Option<&Layer>,
    field_type: Option<&FieldType>,
    held: &Held,
) -> Json {
    match held {
        Held::Value(value) => json!({ "value": write_value(field_type, value) }),
        Held::Geometry(geometry) => json!({ "geometry": write_geometry(geometry.as_ref()) }),
        Held::Feature(None) => json!({ "feature": null }),
        Held::Feature(Some(content)) => {
            let fields = layer.iter().flat_map(|layer| &layer.fields);
            let values = fields
                .zip(&content.values)
                .map(|(field, value)| (field.name.clone(), to_json(&field.field_type, value)));
            let geometry = write_geometry(content.geometry.as_ref());
            json!({ "feature": { "geometry": geometry, "values": object(values) } })
        }
    }
}

/// Reads what a part held; `field_type` is that which its values have now.
pub(super) fn read_held(
    schema: Option<Schema<'_>>,
    field_type: Option<&FieldType>,
    document: &Json,
) -> Result<Held, Unreadable> {
    if let Some(value) = document.get("value") {
        return Ok(Held::Value(read_value(field_type, value)));
    }
    if let Some(geometry) = document.get("geometry") {
        return read_geometry(geometry).map(Held::Geometry);
    }
    match document.get("feature") {
        None => Err(unreadable("it holds nothing")),
        Some(Json::Null) => Ok(Held::Feature(None)),
        Some(feature) => {
            let geometry = read_geometry(&feature["geometry"])?;
            let values = values(schema, &feature["values"]);
            Ok(Held::Feature(Some(Content { geometry, values })))
        }
    }
}

/// Returns one value for each field of the layer; one that has been added since holds nothing.
fn values(schema: Option<Schema<'_>>, document: &Json) -> Vec<Value> {
    let Some(Schema { layer, names }) = schema else {
        return Vec::new();
    };
    let fields = layer.fields.iter().zip(names);
    let values = fields.map(|(field, names)| {
        let value = names.iter().find_map(|name| document.get(name));
        value.map_or(Value::Null, |value| {
            read_value(Some(&field.field_type), value)
        })
    });
    values.collect()
}

fn write_value(field_type: Option<&FieldType>, value: &Value) -> Json {
    // A type matters for lists alone, and who has a list knows its columns.
    to_json(field_type.unwrap_or(&FieldType::Text), value)
}

/// Reads a value; one that is not of the type any more is shown as it stands there.
fn read_value(field_type: Option<&FieldType>, json: &Json) -> Value {
    let read = field_type.and_then(|field_type| from_json(field_type, json).ok());
    read.unwrap_or_else(|| match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Boolean(*flag),
        Json::String(text) => Value::Text(text.clone()),
        Json::Number(number) => number
            .as_i64()
            .map(Value::Integer)
            .or(number.as_f64().map(Value::Real))
            .unwrap_or_default(),
        Json::Array(_) | Json::Object(_) => Value::Text(json.to_string()),
    })
}

/// Writes the digits of the well-known binary, which keeps every bit of every coordinate.
fn write_geometry(geometry: Option<&Geometry<f64>>) -> Json {
    let Some(geometry) = geometry else {
        return Json::Null;
    };
    let mut bytes = Vec::new();
    wkb::write(&mut bytes, geometry);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default());
    Json::String(digits.collect())
}

fn read_geometry(json: &Json) -> Result<Option<Geometry<f64>>, Unreadable> {
    if json.is_null() {
        return Ok(None);
    }
    let digits = json.as_str().unwrap_or_default().chars();
    let digits: Option<Vec<_>> = digits.map(|digit| digit.to_digit(16)).collect();
    let bytes = digits.unwrap_or_default();
    let bytes: Vec<_> = bytes
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8))
        .collect();
    let read = wkb::read(&bytes).map_err(|_malformed| unreadable("its geometry"))?;
    Ok(Some(read))
}
