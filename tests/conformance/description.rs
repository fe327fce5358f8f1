//! Part 1, requirements class OpenAPI 3.0: the definition is one, and the service does what it says.

use serde_json::{Map, Value};

use super::Ported;
use super::service::Service;

pub(super) const TESTS: &[Ported] = &[
    ("/conf/oas30/oas-definition-1", definitions),
    ("/conf/oas30/oas-definition-2", members),
    ("/conf/oas30/oas-impl", what_is_defined_answers),
    ("/conf/oas30/completeness", statuses),
    ("/conf/oas30/exceptions-codes", exceptions),
    ("/conf/oas30/security", security),
];

fn definitions(service: &Service) {
    service.claims("ogcapi-features-1/1.0/conf/oas30");
    let api = service.get_as("/api", "application/vnd.oai.openapi+json;version=3.0");
    assert_eq!(
        api.header("content-type"),
        "application/vnd.oai.openapi+json;version=3.0"
    );
    assert!(
        service
            .get_as("/api", "text/html")
            .header("content-type")
            .starts_with("text/html")
    );
}

/// The members that must be there; the whole is judged by a validator in `clients`.
fn members(service: &Service) {
    let api = service.json("/api");
    assert!(api["openapi"].as_str().unwrap().starts_with("3.0."));
    assert!(api["info"]["title"].is_string() && api["info"]["version"].is_string());
    assert!(!api["paths"].as_object().unwrap().is_empty());
}

/// Calls `each` with the path, the method and the definition of every operation.
fn operations(api: &Value, mut each: impl FnMut(&str, &str, &Value)) {
    for (path, item) in api["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete", "head", "options"] {
            if let Some(operation) = item.get(method) {
                each(path, method, operation);
            }
        }
    }
}

fn responses(operation: &Value) -> &Map<String, Value> {
    operation["responses"].as_object().unwrap()
}

fn what_is_defined_answers(service: &Service) {
    let api = service.json("/api");
    let server = api["servers"][0]["url"].as_str().unwrap();
    assert_eq!(server, service.city().url(""));
    operations(&api, |path, method, operation| {
        // A stream has no end, and some doors stay shut to who reads. What lies here wants one of three parameters,
        // which OpenAPI cannot say.
        if method == "get" && !path.contains('{') && operation.get("security").is_none() {
            let wanted = operation["parameters"].as_array().unwrap().iter();
            let is_complete = wanted.into_iter().all(|one| one["required"] != true);
            if is_complete && !["/events", "/what-is-here"].contains(&path) {
                assert_eq!(service.status(path), 200, "{path}");
            }
        }
    });
}

/// Pages for people and their forms, and the protocol of uploads, which describes itself.
const NOT_DESCRIBED: [&str; 11] = [
    "/account",
    "/assets",
    "/attachments",
    "/conflicts",
    "/field",
    "/invitation",
    "/log",
    "/map",
    "/pages.css",
    "/revisions/{}/undo",
    "/users",
];

/// Every door of the rights matrix is described, for a layer where it is about one; and what it may answer is said.
fn statuses(service: &Service) {
    let api = service.json("/api");
    let plain = |path: &str| {
        let parts = path.split('/').map(|part| match part.split_once('{') {
            Some((before, rest)) => format!("{before}{{}}{}", rest.split_once('}').unwrap().1),
            None => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    };
    let of_layer = |path: &str| plain(&path.replace("/street-lights", "/{layer}"));
    let described: Vec<_> = api["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(|path| of_layer(path))
        .collect();
    let matrix = include_str!("../../docs/rights-matrix.md");
    let doors = matrix
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let missing = doors.map(plain).filter(|door| {
        let is_page =
            NOT_DESCRIBED.iter().any(|page| door.starts_with(page)) && door != "/map/config.json";
        !is_page && !door.ends_with("/remove") && !described.contains(door)
    });
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
    every_operation_says_how_it_ends(service);
}

fn every_operation_says_how_it_ends(service: &Service) {
    operations(&service.json("/api"), |path, method, operation| {
        let responses = responses(operation);
        let succeeds = responses.keys().any(|status| status.starts_with('2'));
        assert!(
            succeeds || method == "post",
            "{method} {path}: {responses:?}"
        );
        for (status, response) in responses {
            let is_described =
                response.get("$ref").is_some() || response["description"].is_string();
            assert!(is_described, "{method} {path} {status}");
        }
    });
}

/// What may go wrong is said: of every operation that takes a parameter, 400, and of every place in a path, 404.
fn exceptions(service: &Service) {
    operations(&service.json("/api"), |path, method, operation| {
        let said = responses(operation);
        let says = |status: &str| said.contains_key(status);
        assert!(
            says("400") || operation["parameters"] == serde_json::json!([]),
            "{method} {path}"
        );
        if path.contains('{') {
            assert!(says("404"), "{method} {path}");
        }
        if operation.get("security").is_some() {
            assert!(says("401") && says("403"), "{method} {path}");
        }
    });
}

fn security(service: &Service) {
    let api = service.json("/api");
    let schemes = api["components"]["securitySchemes"].as_object().unwrap();
    operations(&api, |path, method, operation| {
        let wanted = operation.get("security").and_then(Value::as_array);
        for scheme in wanted
            .into_iter()
            .flatten()
            .flat_map(|one| one.as_object().unwrap().keys())
        {
            assert!(schemes.contains_key(scheme), "{method} {path}: {scheme}");
        }
        // What writes wants somebody's name, or says why not.
        if ["put", "patch", "delete"].contains(&method) {
            assert!(wanted.is_some(), "{method} {path}");
        }
    });
}
