//! The operations that write, as OpenAPI describes them.

use serde_json::{Value as Json, json};

use crate::http::links::{GEO_JSON, JSON};

use super::{features, path_parameter, refer};

/// Describes how a feature is added.
pub(super) fn create(layer: &str) -> Json {
    let mut operation = operation("createFeature", layer, "Add a feature");
    operation["parameters"] = json!([refer("reason"), refer("contentCrs"), refer("lang")]);
    operation["requestBody"] = body(
        "The feature, with all mandatory properties; its `id`, if any, is a UUID of the client's own",
        &features::one_of(layer),
    );
    operation["responses"]["201"] = json!({
        "description": "The feature; Location and ETag say where it is and in which version",
        "content": { GEO_JSON: { "schema": features::one_of(layer) } },
    });
    operation
}

/// Describes how a feature is changed.
pub(super) fn update(layer: &str) -> Json {
    let mut operation = operation(
        "updateFeature",
        layer,
        "Change what is mentioned (RFC 7396)",
    );
    operation["parameters"] = json!([
        refer("featureId"),
        refer("ifMatch"),
        refer("reason"),
        refer("contentCrs"),
        refer("lang")
    ]);
    operation["requestBody"] = body(
        "What changes; null takes a value away, what is absent stays",
        &json!({ "type": "object" }),
    );
    operation["responses"]["200"] = json!({
        "description": "The feature as it is now, with its new ETag",
        "content": { GEO_JSON: { "schema": features::one_of(layer) } },
    });
    operation["responses"]["202"] = json!({
        "description": "By a token that need not send If-Match: a person decides",
        "content": { GEO_JSON: { "schema": features::one_of(layer) } },
    });
    operation
}

/// Describes how a feature is replaced.
pub(super) fn replace(layer: &str) -> Json {
    let mut operation = update(layer);
    operation["operationId"] = json!(format!("replaceFeature_{layer}"));
    operation["summary"] = json!("Replace all of a feature that you see");
    operation["requestBody"] = body(
        "The whole feature; what is absent has no value afterwards",
        &features::one_of(layer),
    );
    operation
}

/// Describes how a feature is removed.
pub(super) fn remove(layer: &str) -> Json {
    let mut operation = operation(
        "deleteFeature",
        layer,
        "Remove a feature; its history stays",
    );
    operation["parameters"] = json!([
        refer("featureId"),
        refer("ifMatch"),
        refer("reason"),
        refer("lang")
    ]);
    operation["responses"]["202"] = json!({
        "description": "By a token that need not send If-Match: a person decides",
        "content": { GEO_JSON: { "schema": features::one_of(layer) } },
    });
    operation["responses"]["204"] = json!({ "description": "It is removed" });
    operation
}

/// Describes how operations of devices are received, and how they are asked for.
pub(super) fn operations() -> [(String, Json); 2] {
    let described = |id: &str, summary: &str| {
        let mut operation = written(id, summary);
        operation["responses"]["200"] = json!({
            "description": "What became of it, as far as the sender may know",
            "content": { JSON: { "schema": { "type": "object" } } },
        });
        operation
    };
    let mut receive = described("sendOperations", "Have operations done, each once");
    receive["parameters"] = json!([refer("reason"), refer("lang")]);
    receive["requestBody"] = json!({
        "description": "Operations, as an array or one on each line",
        "required": true,
        "content": {
            JSON: { "schema": { "type": "array", "items": { "type": "object" } } },
            "application/x-ndjson": { "schema": { "type": "string" } },
        },
    });
    let mut one = described("getOperation", "What became of an operation");
    one["parameters"] = json!([path_parameter("operation"), refer("lang")]);
    [
        ("/operations".to_owned(), json!({ "post": receive })),
        ("/operations/{operation}".to_owned(), json!({ "get": one })),
    ]
}

/// Describes the ways in which a token is sent.
pub(super) fn security_schemes() -> Json {
    json!({
        "token": { "type": "http", "scheme": "bearer" },
        "tokenAsPassword": { "type": "http", "scheme": "basic" },
    })
}

fn operation(id: &str, layer: &str, summary: &str) -> Json {
    written(&format!("{id}_{layer}"), summary)
}

fn written(id: &str, summary: &str) -> Json {
    json!({
        "operationId": id,
        "summary": summary,
        "security": [{ "token": [] }, { "tokenAsPassword": [] }],
        "responses": {},
    })
}

fn body(description: &str, schema: &Json) -> Json {
    json!({
        "description": description,
        "required": true,
        "content": { GEO_JSON: { "schema": schema } },
    })
}
