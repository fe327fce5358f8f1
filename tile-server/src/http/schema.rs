//! `/collections/{layer}/schema`: what a feature of the layer looks like in GeoJSON, as JSON Schema 2020-12.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use layers::{Field, FieldType, Language, LayerView};
use serde_json::{Map, Value as Json, json};

use crate::city::City;

use super::answer::Answer;
use super::asker::Asker;
use super::error::HttpError;
use super::links::{self, JSON_SCHEMA};
use super::parameters::Parameters;
use super::preferences;

/// Answers with the schema of one layer.
pub(crate) async fn of_layer(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let view = Asker::of(&req, &city).await?.view(&city, &path)?;
    Parameters::read(&req, &[])?;
    let here = format!(
        "{}/collections/{}/schema",
        links::base_url(&req, &city)?,
        view.layer().id
    );
    let schema = describe(&view, preferences::language(&req), &here);
    Ok(Answer::new(JSON_SCHEMA, schema.to_string()))
}

fn describe(view: &LayerView, language: Language, here: &str) -> Json {
    let layer = view.layer();
    let fields = view
        .fields()
        .map(|field| (field.name.clone(), field_schema(field, language)));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": here,
        "title": layer.title.in_language(language),
        "description": layer.description.in_language(language),
        "type": "object",
        "properties": {
            "type": { "const": "Feature" },
            "id": { "type": "string", "format": "uuid" },
            "fid": { "type": "integer" },
            "title": { "type": "string" },
            "geometry": geometry_schema(view),
            "properties": { "type": "object", "properties": fields.collect::<Map<_, _>>() },
        },
    })
}

fn geometry_schema(view: &LayerView) -> Json {
    match view.layer().geometry {
        None => json!({ "type": "null" }),
        Some(kind) => {
            json!({ "type": "object", "properties": { "type": { "const": format!("{kind:?}") } } })
        }
    }
}

/// Describes one field. What is not known is null; the type does not say so, because clients look for a single one.
pub(super) fn field_schema(field: &Field, language: Language) -> Json {
    let mut schema = match &field.field_type {
        FieldType::Integer if is_small(field) => json!({ "type": "integer" }),
        // A whole number all the same; GDAL before 3.7 would cut an `integer` to 32 bits.
        FieldType::Integer => json!({ "type": "number", "multipleOf": 1 }),
        FieldType::Real => json!({ "type": "number" }),
        FieldType::Boolean => json!({ "type": "boolean" }),
        FieldType::Date => json!({ "type": "string", "format": "date" }),
        FieldType::Timestamp => json!({ "type": "string", "format": "date-time" }),
        FieldType::List(items) => {
            let items = items
                .iter()
                .map(|item| (item.name.clone(), field_schema(item, language)));
            json!({ "type": "array", "items": { "type": "object", "properties": items.collect::<Map<_, _>>() } })
        }
        FieldType::Text | FieldType::Reference(_) => json!({ "type": "string" }),
    };
    schema["title"] = field.title.in_language(language).into();
    if let Some(list) = &field.codes {
        schema["enum"] = list
            .codes
            .iter()
            .map(|code| layers::to_json(&field.field_type, &code.value))
            .collect();
    }
    if let Some((least, most)) = field.range {
        schema["minimum"] = least.into();
        schema["maximum"] = most.into();
    }
    schema
}

/// Whether all values of a whole number surely fit in 32 bits.
fn is_small(field: &Field) -> bool {
    field.codes.is_some()
        || field
            .range
            .is_some_and(|(least, most)| least.abs().max(most.abs()) <= f64::from(i32::MAX))
}
