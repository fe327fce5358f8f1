//! Part 1, requirements class Core: landing page, conformance, collections and what is wrong with a query.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::Ported;
use super::service::{CRS84, GEO_JSON, Service, encoded, ids, links};

pub(super) const TESTS: &[Ported] = &[
    ("/conf/core/http", http_1_1),
    ("/conf/core/root-op", landing_page),
    ("/conf/core/root-success", landing_links),
    ("/conf/core/api-definition-op", definition),
    ("/conf/core/api-definition-success", definition),
    ("/conf/core/conformance-op", conformance),
    ("/conf/core/conformance-success", conformance),
    ("/conf/core/crs84", crs84),
    ("/conf/core/query-param-invalid", invalid_values),
    ("/conf/core/query-param-unknown", unknown_parameters),
    ("/conf/core/fc-md-op", collections),
    ("/conf/core/fc-md-success", collections),
    ("/conf/core/fc-md-links", links_of_collections),
    ("/conf/core/fc-md-items", every_collection_is_named_once),
    ("/conf/core/fc-md-items-links", links_to_items),
    ("/conf/core/fc-md-extent", extents),
    ("/conf/core/fc-md-extent-multi", extents_in_parts),
    ("/conf/core/sfc-md-op", single_collections),
    ("/conf/core/sfc-md-success", single_collections),
];

fn http_1_1(service: &Service) {
    let address = service.city().url("").replace("http://", "");
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert!(service.city().ask(method, "/", &[]).status < 300);
    }
}

fn landing_page(service: &Service) {
    let answer = service.get("/");
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    assert!(answer.json()["title"].is_string());
}

fn landing_links(service: &Service) {
    let landing = service.json("/");
    let described = [
        links(&landing, "service-desc"),
        links(&landing, "service-doc"),
    ]
    .concat();
    assert!(!described.is_empty());
    for rel in ["self", "alternate", "conformance", "data"] {
        assert_eq!(links(&landing, rel).len(), 1, "{rel}");
    }
    for link in landing["links"].as_array().unwrap() {
        assert!(
            link["href"].is_string() && link["type"].is_string(),
            "{link}"
        );
        let answer = service.get_as(
            link["href"].as_str().unwrap(),
            link["type"].as_str().unwrap(),
        );
        assert_eq!(answer.status, 200, "{link}");
    }
}

fn definition(service: &Service) {
    let landing = service.json("/");
    let link = links(&landing, "service-desc")[0];
    let media_type = link["type"].as_str().unwrap();
    let answer = service.get_as(link["href"].as_str().unwrap(), media_type);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, media_type)
    );
    let version = answer.json()["openapi"].as_str().unwrap().to_owned();
    assert!(version.starts_with("3.0."), "{version}");
}

fn conformance(service: &Service) {
    let landing = service.json("/");
    let link = links(&landing, "conformance")[0]["href"].as_str().unwrap();
    assert_eq!(service.path(link), "/conformance");
    let classes = service.json(link);
    let classes = classes["conformsTo"].as_array().unwrap();
    assert!(classes.iter().all(Value::is_string));
    service.claims("ogcapi-features-1/1.0/conf/core");
}

/// Nothing but CRS84 comes when nobody asks for another system: in the box that the collection names.
fn crs84(service: &Service) {
    for (id, [west, south, east, north]) in service.spatial() {
        let extent = &service.json(&format!("/collections/{id}"))["extent"]["spatial"];
        assert_eq!(extent["crs"], CRS84);
        let page = service.items(id, "limit=5");
        for feature in page["features"].as_array().unwrap() {
            let [x, y] = first_position(&feature["geometry"]["coordinates"]);
            let lies_there = (west..=east).contains(&x) && (south..=north).contains(&y);
            assert!(lies_there, "{id}: {x} {y}");
        }
    }
}

fn first_position(coordinates: &Value) -> [f64; 2] {
    match coordinates[0].as_f64() {
        Some(x) => [x, coordinates[1].as_f64().unwrap()],
        None => first_position(&coordinates[0]),
    }
}

fn invalid_values(service: &Service) {
    let (id, _) = service.spatial()[0];
    for query in [
        "limit=0",
        "limit=-1",
        "limit=many",
        "limit=1.5",
        "bbox=1,2,3",
        "bbox=1,2,3,four",
        "bbox=14,50,13,51,1",
        "bbox=13,51,14,50",
        "datetime=yesterday",
        "datetime=2026-01-01/2025-01-01",
        "datetime=2026-13-01",
        "f=nothing",
        "crs=nowhere",
    ] {
        let path = format!("/collections/{id}/items?{query}");
        assert_eq!(service.status(&path), 400, "{path}");
    }
}

fn unknown_parameters(service: &Service) {
    let id = service.ids()[0];
    let feature = ids(&service.items(id, "limit=1"))[0].clone();
    for path in [
        "/".to_owned(),
        "/conformance".to_owned(),
        "/collections".to_owned(),
        format!("/collections/{id}"),
        format!("/collections/{id}/items"),
        format!("/collections/{id}/items/{feature}"),
    ] {
        let answer = service.get(&format!("{path}?unknownQueryParameter=1"));
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

fn collections(service: &Service) {
    let landing = service.json("/");
    let link = links(&landing, "data")[0]["href"].as_str().unwrap();
    assert_eq!(service.path(link), "/collections");
    let answer = service.get(link);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let document = answer.json();
    assert!(
        document["links"].is_array() && !document["collections"].as_array().unwrap().is_empty()
    );
    for one in document["collections"].as_array().unwrap() {
        for member in ["id", "title", "description", "itemType"] {
            assert!(one[member].is_string(), "{member} of {one}");
        }
        assert!(one["links"].is_array(), "{one}");
    }
}

fn links_of_collections(service: &Service) {
    let document = service.json("/collections");
    for rel in ["self", "alternate"] {
        let found = links(&document, rel);
        assert!(!found.is_empty(), "{rel}");
        for link in found {
            let media_type = link["type"].as_str().unwrap();
            let answer = service.get_as(link["href"].as_str().unwrap(), media_type);
            assert_eq!(answer.status, 200, "{link}");
            assert!(
                answer.header("content-type").starts_with(media_type),
                "{link}"
            );
        }
    }
}

fn every_collection_is_named_once(service: &Service) {
    let mut named = service.ids();
    let count = named.len();
    named.sort_unstable();
    named.dedup();
    assert_eq!(named.len(), count);
    for id in named {
        assert_eq!(service.json(&format!("/collections/{id}"))["id"], id);
    }
}

fn links_to_items(service: &Service) {
    for one in service.collections() {
        let found = links(one, "items");
        for media_type in [GEO_JSON, "text/html"] {
            let link = found.iter().find(|link| link["type"] == media_type);
            let href = link.unwrap_or_else(|| panic!("{media_type} of {one}"))["href"]
                .as_str()
                .unwrap();
            let answer = service.get_as(href, media_type);
            assert!(
                answer.header("content-type").starts_with(media_type),
                "{href}"
            );
        }
    }
}

fn extents(service: &Service) {
    for one in service.collections() {
        let extent = &one["extent"];
        if extent.is_null() {
            continue;
        }
        for bbox in extent["spatial"]["bbox"].as_array().unwrap() {
            let corners = bbox.as_array().unwrap();
            assert!([4, 6].contains(&corners.len()) && corners.iter().all(Value::is_number));
        }
        let intervals = extent["temporal"]["interval"].as_array().unwrap();
        assert!(
            intervals
                .iter()
                .all(|one| one.as_array().unwrap().len() == 2)
        );
    }
    let spatial = service.spatial();
    assert!(spatial.len() > 10);
    for (id, corners) in spatial {
        let bbox = corners.map(|n| n.to_string()).join(",");
        let all = service.matched(id, "");
        assert_eq!(service.matched(id, &format!("bbox={bbox}")), all, "{id}");
    }
}

/// The first box and the first interval are of the whole; those after them are parts of it.
fn extents_in_parts(service: &Service) {
    for (one, (_, [west, south, east, north])) in service
        .collections()
        .iter()
        .filter(|one| !one["extent"].is_null())
        .zip(service.spatial())
    {
        let boxes = one["extent"]["spatial"]["bbox"].as_array().unwrap();
        for part in &boxes[1..] {
            let corner = |at: usize| part[at].as_f64().unwrap();
            let is_part = corner(0) >= west && corner(1) >= south;
            assert!(is_part && corner(2) <= east && corner(3) <= north, "{one}");
        }
        assert!(
            !one["extent"]["temporal"]["interval"]
                .as_array()
                .unwrap()
                .is_empty()
        );
    }
}

fn single_collections(service: &Service) {
    for listed in service.collections() {
        let id = listed["id"].as_str().unwrap();
        assert_eq!(
            &service.json(&format!("/collections/{}", encoded(id))),
            listed
        );
    }
    assert_eq!(service.status("/collections/no-such-collection"), 404);
}
