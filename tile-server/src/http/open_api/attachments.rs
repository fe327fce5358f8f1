//! Photos and documents on features, as OpenAPI describes them; the protocol of uploads has a description of its own.

use layers::LayerView;
use serde_json::{Value as Json, json};

use crate::http::links::{HTML, JSON};

use super::{path_parameter, refer};

/// Describes the attachments of a layer's features; nothing where there are none.
pub(super) fn paths(view: &LayerView) -> Vec<(String, Json)> {
    let Some(rules) = &view.layer().attachments else {
        return Vec::new();
    };
    let id = view.layer().id.as_str();
    let list = format!("/collections/{id}/items/{{featureId}}/attachments");
    let one = format!("{list}/{{sha256}}");
    let named = json!([refer("featureId"), path_parameter("sha256")]);
    let kinds = rules.media_types.iter();
    let kinds: serde_json::Map<_, _> = kinds
        .map(|kind| (kind.as_str().to_owned(), json!({})))
        .collect();
    let object = json!({ "schema": { "type": "object" } });
    let listed = json!({
        "get": {
            "operationId": format!("getAttachments_{id}"),
            "summary": "Photos and documents of a feature",
            "parameters": [refer("featureId"), refer("f"), refer("lang")],
            "responses": answers("200", "The list", &json!({ JSON: object, HTML: { "schema": { "type": "string" } } })),
        },
        "post": {
            "operationId": format!("attach_{id}"),
            "summary": "Attach a file; in pieces by POST /attachments (tus 1.0.0)",
            "parameters": [refer("featureId"), refer("lang")],
            "security": [{ "token": [] }, { "tokenAsPassword": [] }],
            "requestBody": { "required": true, "content": { "multipart/form-data": { "schema": form(rules.max_bytes) } } },
            "responses": answers("201", "The entry of the list", &json!({ JSON: object })),
        },
    });
    let file = json!({
        "get": {
            "operationId": format!("getAttachment_{id}"),
            "summary": "A photo or document, or what everybody may have of it",
            "parameters": named,
            "responses": answers("200", "The file", &kinds.into()),
        },
        "delete": {
            "operationId": format!("detach_{id}"),
            "summary": "Take it away; who did and when stays",
            "parameters": named,
            "security": [{ "token": [] }, { "tokenAsPassword": [] }],
            "responses": answers("204", "It is taken away", &json!({})),
        },
    });
    vec![(list, listed), (one, file)]
}

fn form(max_bytes: u64) -> Json {
    json!({
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": { "type": "string", "format": "binary", "maxLength": max_bytes },
            "caption": { "type": "string", "maxLength": 500 },
            "privacy": { "type": "string", "enum": ["internal", "public", "personal"] },
        },
    })
}

fn answers(status: &str, what: &str, content: &Json) -> Json {
    json!({
        status: { "description": what, "content": content },
    })
}
