//! `/collections/{layer}/schema`: what is answered and received of a layer's features (OGC API Features Part 5).

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use layers::cql2::GEOMETRY;
use layers::{Field, FieldType, GeometryType, Language, LayerView};
use serde_json::{Map, Value as Json, json};

use crate::city::City;

use super::answer::Answer;
use super::asker::Asker;
use super::error::HttpError;
use super::links::{self, JSON_SCHEMA};
use super::parameters::Parameters;
use super::preferences;

/// The parameter that says of what the schema is: of the properties, or of the whole feature as GeoJSON writes it.
const OF: &str = "of";
/// Its value for whole features; GDAL takes the types of fields from there.
pub(crate) const GEO_JSON_FEATURE: &str = "geojson";

/// Answers with the schema of one layer.
pub(crate) async fn of_layer(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let view = Asker::of(&req, &city).await?.view(&city, &path)?;
    let parameters = Parameters::read(&req, &[OF])?;
    let is_whole = parameters.one_of(OF, &[GEO_JSON_FEATURE])?.is_some();
    let here = format!(
        "{}/collections/{}/schema",
        links::base_url(&req, &city)?,
        view.layer().id
    );
    let language = preferences::language(&req);
    let schema = if is_whole {
        describe_feature(&view, language)
    } else {
        describe(&view, language, &here)
    };
    Ok(Answer::new(JSON_SCHEMA, schema.to_string()))
}

fn describe(view: &LayerView, language: Language, here: &str) -> Json {
    let layer = view.layer();
    let mandatory = view.fields().filter(|field| field.mandatory);
    let mandatory: Vec<_> = mandatory.map(|field| field.name.as_str()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": here,
        "title": layer.title.in_language(language),
        "description": layer.description.in_language(language),
        "type": "object",
        "required": mandatory,
        "properties": properties(view, language),
        "additionalProperties": false,
    })
}

/// Describes a whole feature.
fn describe_feature(view: &LayerView, language: Language) -> Json {
    let fields = view.fields();
    let fields = fields.map(|field| (field.name.clone(), field_schema(field, language)));
    let geometry = view.layer().geometry.map_or_else(
        || json!({ "type": "null" }),
        |kind| json!({ "type": "object", "properties": { "type": { "const": format!("{kind:?}") } } }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "type": { "const": "Feature" },
            "id": { "type": "string", "format": "uuid" },
            "fid": { "type": "integer" },
            "title": { "type": "string" },
            "geometry": geometry,
            "properties": { "type": "object", "properties": fields.collect::<Map<_, _>>() },
        },
    })
}

/// Describes identity, geometry and fields, in the order in which people want to see them.
fn properties(view: &LayerView, language: Language) -> Map<String, Json> {
    let id = json!({ "type": "string", "format": "uuid", "title": "ID", "x-ogc-role": "id" });
    let geometry = view.layer().geometry.map(geometry_schema);
    let fields = view
        .fields()
        .map(|field| (field.name.clone(), field_schema(field, language)));
    let mut all = vec![("id".to_owned(), id)];
    all.extend(geometry.map(|schema| (GEOMETRY.to_owned(), schema)));
    all.extend(fields);
    for (place, (_, schema)) in all.iter_mut().enumerate() {
        schema["x-ogc-propertySeq"] = json!(place + 1);
    }
    all.into_iter().collect()
}

/// Describes the geometry; its kind is no type of JSON, so the standard has a format for it.
pub(super) fn geometry_schema(kind: GeometryType) -> Json {
    let format = format!("geometry-{}", kind.ogc_name().to_lowercase());
    json!({ "format": format, "x-ogc-role": "primary-geometry" })
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
    if let Some(unit) = &field.unit {
        add_unit(&mut schema, unit);
    }
    schema
}

/// Adds the unit of measure: by UCUM, which does not know money.
fn add_unit(schema: &mut Json, unit: &str) {
    let is_money = unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_money {
        schema["x-ogc-unitLang"] = "ISO 4217".into();
    }
    // Definitions write what people read.
    schema["x-ogc-unit"] = if unit == "‰" { "[ppth]" } else { unit }.into();
}

/// Whether all values of a whole number surely fit in 32 bits.
fn is_small(field: &Field) -> bool {
    field.codes.is_some()
        || field
            .range
            .is_some_and(|(least, most)| least.abs().max(most.abs()) <= f64::from(i32::MAX))
}
