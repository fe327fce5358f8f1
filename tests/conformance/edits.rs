//! Part 4 (draft): features are added, replaced and removed; and what Part 5 says of what is received.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::edit::{LAMPS, TOWN, lamp};

use super::Ported;
use super::service::{GEO_JSON, S_JTSK, Service};

pub(super) const TESTS: &[Ported] = &[
    (
        "/conf/features/collection-items-end-point",
        items_can_be_added,
    ),
    ("/conf/features/feature-end-point", features_can_be_changed),
    ("/conf/create-replace-delete/insert/post-op", post),
    ("/conf/create-replace-delete/insert/body", body_of_post),
    (
        "/conf/create-replace-delete/insert/content-type",
        type_of_post,
    ),
    ("/conf/create-replace-delete/insert/response", post),
    ("/conf/create-replace-delete/insert/response-rid", location),
    ("/conf/create-replace-delete/update/put/body", put),
    (
        "/conf/create-replace-delete/update/put/content-type",
        type_of_put,
    ),
    ("/conf/create-replace-delete/update/put/response", put),
    (
        "/conf/create-replace-delete/update/put/rid-exception",
        put_where_nothing_is,
    ),
    ("/conf/create-replace-delete/delete/delete-op", delete),
    ("/conf/create-replace-delete/delete/response", delete),
    ("/conf/create-replace-delete/crs/crs84", geometry_in_crs84),
    ("/conf/create-replace-delete/crs/geojson", geometry_in_crs84),
    (
        "/conf/create-replace-delete/crs/storage-crs",
        geometry_in_storage_crs,
    ),
];

/// What Part 5 asks of services that write.
pub(super) const OF_SCHEMAS: &[Ported] =
    &[("/conf/returnables-and-receivables/response-2", receivables)];

fn allowed(service: &Service, path: &str) -> Vec<String> {
    let answer = service.city().ask("OPTIONS", path, &[]);
    assert!(answer.status < 300, "{path}");
    let methods = answer.header("allow").split(", ");
    methods.map(str::to_owned).collect()
}

fn items_can_be_added(service: &Service) {
    let allowed = allowed(service, LAMPS);
    assert!(
        ["GET", "HEAD", "POST", "OPTIONS"]
            .iter()
            .all(|one| allowed.contains(&(*one).to_owned()))
    );
}

fn features_can_be_changed(service: &Service) {
    let (path, _) = add(service);
    let allowed = allowed(service, &path);
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert!(
            allowed.contains(&method.to_owned()),
            "{method} in {allowed:?}"
        );
    }
}

/// A lamp with a number that no other has.
fn new_lamp() -> Value {
    lamp(TOWN, &format!("C-{}", uuid::Uuid::now_v7()))
}

/// Sends a document with further headers, as an editor of the town.
fn send(service: &Service, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Answer {
    let bearer = format!("Bearer {}", service.token());
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend_from_slice(more);
    Answer::try_send(method, &service.city().url(path), &headers, body).unwrap()
}

fn post_lamp(service: &Service, lamp: &Value) -> Answer {
    let media_type = [("content-type", GEO_JSON)];
    send(service, "POST", LAMPS, &media_type, &lamp.to_string())
}

/// Adds a lamp; returns its path and entity tag.
fn add(service: &Service) -> (String, String) {
    let made = post_lamp(service, &new_lamp());
    assert_eq!(made.status, 201, "{}", made.text());
    let path = service.path(made.header("location")).to_owned();
    (path, made.header("etag").to_owned())
}

fn post(service: &Service) {
    let made = post_lamp(service, &new_lamp());
    assert_eq!(made.status, 201, "{}", made.text());
    let path = service.path(made.header("location"));
    assert!(path.starts_with(&format!("{LAMPS}/")), "{path}");
}

fn body_of_post(service: &Service) {
    let media_type = [("content-type", GEO_JSON)];
    for (body, status) in [
        ("", 400),
        ("{", 400),
        ("[]", 422),
        ("{\"type\":\"Feature\"}", 422),
    ] {
        let answer = send(service, "POST", LAMPS, &media_type, body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
}

fn type_of_post(service: &Service) {
    let lamp = new_lamp().to_string();
    for media_type in ["application/gml+xml", "text/plain"] {
        let answer = send(
            service,
            "POST",
            LAMPS,
            &[("content-type", media_type)],
            &lamp,
        );
        assert_eq!(answer.status, 415, "{media_type}");
        assert!(answer.header("accept").contains(GEO_JSON));
    }
}

fn location(service: &Service) {
    let lamp = new_lamp();
    let made = post_lamp(service, &lamp);
    let read = service.json(made.header("location"));
    assert_eq!(read["properties"]["code"], lamp["properties"]["code"]);
    assert_eq!(read["id"], made.json()["id"]);
}

fn put(service: &Service) {
    let (path, etag) = add(service);
    let lamp = new_lamp();
    let headers = [("content-type", GEO_JSON), ("if-match", etag.as_str())];
    let answer = send(service, "PUT", &path, &headers, &lamp.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        service.json(&path)["properties"]["code"],
        lamp["properties"]["code"]
    );
}

fn type_of_put(service: &Service) {
    let (path, etag) = add(service);
    let headers = [("content-type", "text/plain"), ("if-match", etag.as_str())];
    assert_eq!(
        send(service, "PUT", &path, &headers, &new_lamp().to_string()).status,
        415
    );
}

fn put_where_nothing_is(service: &Service) {
    let (_, etag) = add(service);
    let path = format!("{LAMPS}/{}", uuid::Uuid::now_v7());
    let headers = [("content-type", GEO_JSON), ("if-match", etag.as_str())];
    assert_eq!(
        send(service, "PUT", &path, &headers, &new_lamp().to_string()).status,
        404
    );
}

fn delete(service: &Service) {
    let (path, etag) = add(service);
    let headers = [("if-match", etag.as_str())];
    let answer = send(service, "DELETE", &path, &headers, "");
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(service.status(&path), 404);
    assert_eq!(send(service, "DELETE", &path, &headers, "").status, 404);
}

fn geometry_in_crs84(service: &Service) {
    let lamp = new_lamp();
    let made = post_lamp(service, &lamp);
    let read = service.json(made.header("location"));
    for at in 0..2 {
        let place = |feature: &Value| feature["geometry"]["coordinates"][at].as_f64().unwrap();
        assert!((place(&read) - place(&lamp)).abs() < 1e-7, "{read}");
    }
}

/// The storage system may be named, with the brackets of the standard or without them as QGIS does.
fn geometry_in_storage_crs(service: &Service) {
    use layers::crs::{Crs, transform};
    let place = [13.4037, 50.4606];
    let mut lamp = new_lamp();
    lamp["geometry"]["coordinates"] = json!(transform(Crs::Wgs84, Crs::SJtsk, place));
    for crs in [S_JTSK.to_owned(), format!("<{S_JTSK}>")] {
        lamp["properties"]["code"] = new_lamp()["properties"]["code"].clone();
        let headers = [("content-type", GEO_JSON), ("content-crs", crs.as_str())];
        let made = send(service, "POST", LAMPS, &headers, &lamp.to_string());
        assert_eq!(made.status, 201, "{crs}: {}", made.text());
        let read = service.json(made.header("location"));
        let read = read["geometry"]["coordinates"][0].as_f64().unwrap();
        assert!((read - place[0]).abs() < 1e-7, "{read}");
    }
    let headers = [("content-type", GEO_JSON), ("content-crs", "EPSG:99999")];
    assert_eq!(
        send(service, "POST", LAMPS, &headers, &lamp.to_string()).status,
        400
    );
}

/// What the schema says is taken, and what it does not is refused, with every reason.
fn receivables(service: &Service) {
    let schema = service.json("/collections/street-lights/schema");
    assert_eq!(schema["additionalProperties"], false);
    let made = post_lamp(service, &new_lamp());
    assert_eq!(made.status, 201);
    for name in schema["required"].as_array().unwrap() {
        let mut without = new_lamp();
        let properties = without["properties"].as_object_mut().unwrap();
        if properties.remove(name.as_str().unwrap()).is_some() {
            assert_eq!(post_lamp(service, &without).status, 422, "without {name}");
        }
    }
    let mut unknown = new_lamp();
    unknown["properties"]["colour_of_the_sky"] = json!("blue");
    unknown["properties"]["height"] = json!("tall");
    let refused = post_lamp(service, &unknown);
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["findings"].as_array().unwrap().len(), 2);
}
