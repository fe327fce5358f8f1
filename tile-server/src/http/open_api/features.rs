//! What features of each layer are like, in the words of OpenAPI 3.0, whose schemas are older than JSON Schema 2020-12.

use layers::{Field, Language, LayerView};
use serde_json::{Map, Value as Json, json};

use crate::city::City;
use crate::http::schema::field_schema;

/// Refers to a page of features of a layer.
pub(super) fn page_of(layer: &str) -> Json {
    json!({
        "type": "object",
        "required": ["type", "features", "numberMatched", "numberReturned", "timeStamp", "links"],
        "properties": {
            "type": { "type": "string", "enum": ["FeatureCollection"] },
            "features": { "type": "array", "items": one_of(layer) },
            "numberMatched": { "type": "integer", "minimum": 0 },
            "numberReturned": { "type": "integer", "minimum": 0 },
            "timeStamp": { "type": "string", "format": "date-time" },
            "links": { "type": "array", "items": { "$ref": "#/components/schemas/link" } },
        },
    })
}

/// Refers to a feature of a layer.
pub(super) fn one_of(layer: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{layer}") })
}

/// Describes everything that other descriptions refer to.
pub(super) fn schemas(city: &City, language: Language) -> Json {
    let text = json!({ "type": "string" });
    let mut schemas = json!({
        "problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": { "type": text, "title": text, "status": { "type": "integer" }, "detail": text },
        },
        "link": {
            "type": "object",
            "required": ["rel", "href"],
            "properties": { "rel": text, "href": text, "type": text, "title": text },
        },
    });
    for view in city.public_layers() {
        schemas[view.layer().id.as_str()] = feature(&view, language);
    }
    schemas
}

fn feature(view: &LayerView, language: Language) -> Json {
    let fields = view.fields();
    let fields = fields.map(|field| (field.name.clone(), stored_schema(field, language)));
    json!({
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": { "type": "string", "format": "uuid" },
            "fid": { "type": "integer" },
            "title": { "type": "string" },
            "geometry": geometry(view),
            "properties": { "type": "object", "properties": fields.collect::<Map<_, _>>() },
        },
    })
}

fn geometry(view: &LayerView) -> Json {
    // OpenAPI 3.0 has no type of what is always null.
    let Some(kind) = view.layer().geometry else {
        return json!({ "type": "object", "nullable": true, "maxProperties": 0 });
    };
    json!({
        "type": "object",
        "nullable": true,
        "required": ["type", "coordinates"],
        "properties": {
            "type": { "type": "string", "enum": [format!("{kind:?}")] },
            "coordinates": { "type": "array", "minItems": 1, "items": {} },
        },
    })
}

/// Describes a value of a field as it comes in a query.
pub(super) fn value_schema(field: &Field, language: Language) -> Json {
    let mut schema = field_schema(field, language);
    if let Some(members) = schema.as_object_mut() {
        members.retain(|name, _| !name.starts_with("x-"));
    }
    schema
}

/// Describes a value of a field as features have it.
fn stored_schema(field: &Field, language: Language) -> Json {
    let mut schema = field_schema(field, language);
    allow_none(&mut schema);
    let cells = schema.pointer_mut("/items/properties");
    let cells = cells.and_then(Json::as_object_mut);
    for (_, cell) in cells.into_iter().flatten() {
        allow_none(cell);
    }
    schema
}

/// Lets there be no value, which a list of values must name too.
fn allow_none(schema: &mut Json) {
    if let Some(values) = schema.get_mut("enum").and_then(Json::as_array_mut) {
        values.push(Json::Null);
    }
    schema["nullable"] = true.into();
}
