//! Search and what lies at a place, in the description of the interface.

use serde_json::{Map, Value as Json, json};

use super::{operation, refer};
use crate::http::links::{GEO_JSON, JSON};

/// Returns both paths.
pub(super) fn paths() -> Map<String, Json> {
    let text = json!({ "name": "q", "in": "query", "required": true, "schema": { "type": "string", "minLength": 1, "maxLength": 200 } });
    let limit = json!({ "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 50, "default": 10 } });
    let search = json!([text, limit, refer("f"), refer("lang")]);
    let radius = query(
        "radius",
        "Metres around a point or line",
        &json!({ "type": "number", "minimum": 0, "maximum": 200, "default": 2 }),
    );
    let asked = json!([
        query(
            "point",
            "Longitude,latitude in degrees",
            &json!({ "type": "string" })
        ),
        query(
            "feature",
            "Layer/feature, such as parcels/1",
            &json!({ "type": "string" })
        ),
        query(
            "geometry",
            "Well-known text in degrees",
            &json!({ "type": "string" })
        ),
        radius.clone(),
        refer("f"),
        refer("lang"),
    ]);
    let here = "What lies at a point, in a feature or in an area, of all layers";
    let mut lying = operation("whatIsHere", here, &asked, JSON);
    let drawn = json!([radius, refer("f"), refer("lang")]);
    let mut within = operation("whatIsWithin", here, &drawn, JSON)["get"].take();
    within["requestBody"] = json!({
        "required": true,
        "content": { GEO_JSON: { "schema": { "type": "object" } } },
    });
    lying["post"] = within;
    Map::from_iter([
        (
            "/search".to_owned(),
            operation("search", "Features found by typing", &search, JSON),
        ),
        ("/what-is-here".to_owned(), lying),
    ])
}

fn query(name: &str, description: &str, schema: &Json) -> Json {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}
