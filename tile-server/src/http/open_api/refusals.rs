//! What every operation may refuse: one description for each status, and the rules by which operations have them.

use serde_json::{Map, Value as Json, json};

/// Every status of a problem, and when it is answered.
const STATUSES: [(&str, &str); 17] = [
    (
        "400",
        "The query, a header or the body cannot be read; says what is wrong",
    ),
    (
        "401",
        "A token is needed, or the one that was sent is not valid",
    ),
    ("403", "Whoever asks may not"),
    (
        "404",
        "There is nothing under this address for whoever asks",
    ),
    (
        "405",
        "The method cannot be used here; Allow names those that can",
    ),
    ("406", "Accept names no format in which this is answered"),
    (
        "409",
        "There is a feature with this id; it is told as `current`",
    ),
    (
        "410",
        "The revision is not known, or history does not reach back to it; begin anew",
    ),
    (
        "412",
        "Somebody else was faster; the feature is told as `current`",
    ),
    ("413", "The body is too large"),
    (
        "415",
        "The body is of a media type that is not read; Accept names those that are",
    ),
    ("416", "The range begins behind the end"),
    (
        "422",
        "What was sent is not as the layer asks; every finding is told",
    ),
    ("428", "If-Match is missing"),
    (
        "429",
        "Too many requests at once; Retry-After says when to try again",
    ),
    ("500", "The server failed; the cause is in its log"),
    (
        "503",
        "The server cannot answer now; Retry-After says when to try again",
    ),
];
/// What may happen to every request.
const ALWAYS: [&str; 5] = ["400", "401", "429", "500", "503"];

/// Describes each refusal once.
pub(super) fn responses() -> Json {
    let problem = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } } });
    let described = STATUSES.map(|(status, when)| {
        let response = json!({ "description": when, "content": problem });
        (name(status), response)
    });
    described.into_iter().collect::<Map<_, _>>().into()
}

fn name(status: &str) -> String {
    format!("refused{status}")
}

/// Adds to every operation what it may refuse.
pub(super) fn add(paths: &mut Map<String, Json>) {
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            for status in of(path, method, operation) {
                let place = format!("#/components/responses/{}", name(status));
                operation["responses"][status] = json!({ "$ref": place });
            }
        }
    }
}

/// Returns what an operation may refuse, by its path, its method and what it takes.
fn of(path: &str, method: &str, operation: &Json) -> Vec<&'static str> {
    let mut refused = ALWAYS.to_vec();
    let takes = |name: &str| {
        let place = json!({ "$ref": format!("#/components/parameters/{name}") });
        operation["parameters"]
            .as_array()
            .is_some_and(|all| all.contains(&place))
    };
    if path.contains('{') || path.starts_with("/changes") {
        refused.push("404");
    }
    if path.starts_with("/changes") || path.ends_with("/undo") || takes("datetime") {
        refused.push("410");
    }
    if operation.get("security").is_some() {
        refused.extend(["403", "404"]);
    }
    if operation.get("requestBody").is_some() {
        refused.extend(["413", "415", "422"]);
    }
    if method != "get" && path.starts_with("/collections/") {
        refused.extend(["405", "409"]);
    }
    if takes("ifMatch") {
        refused.extend(["412", "428"]);
    }
    if method == "get" && path.ends_with("/items") {
        refused.extend(["406", "416"]);
    }
    if path.starts_with("/downloads/") || path.contains("/attachments/") {
        refused.push("416");
    }
    refused
}
