//! Part 1, requirements classes GeoJSON and HTML.

use serde_json::Value;

use super::Ported;
use super::service::{GEO_JSON, Service, ids};

pub(super) const TESTS: &[Ported] = &[
    ("/conf/geojson/definition", geojson_is_defined),
    ("/conf/geojson/content", geojson),
    ("/conf/html/definition", html_is_defined),
    ("/conf/html/content", html),
];

/// Whether the definition says that what stands under a path is answered in this media type.
fn defines(service: &Service, path: &str, media_type: &str) -> bool {
    let content = service.json("/api")["paths"][path]["get"]["responses"]["200"]["content"].clone();
    content.get(media_type).is_some()
}

fn geojson_is_defined(service: &Service) {
    service.claims("ogcapi-features-1/1.0/conf/geojson");
    let id = service.ids()[0];
    for path in [
        format!("/collections/{id}/items"),
        format!("/collections/{id}/items/{{featureId}}"),
    ] {
        assert!(defines(service, &path, GEO_JSON), "{path}");
    }
}

fn geojson(service: &Service) {
    for id in service.ids() {
        let page = service.items(id, "limit=3");
        assert_eq!(page["type"], "FeatureCollection");
        for feature in page["features"].as_array().unwrap() {
            is_feature(feature);
        }
        let path = format!("/collections/{id}/items/{}", ids(&page)[0]);
        is_feature(&service.json(&path));
    }
}

/// What RFC 7946 says of a feature.
fn is_feature(feature: &Value) {
    assert_eq!(feature["type"], "Feature");
    assert!(
        feature["properties"].is_object() && feature["id"].is_string(),
        "{feature}"
    );
    let geometry = &feature["geometry"];
    if !geometry.is_null() {
        const KINDS: [&str; 6] = [
            "Point",
            "MultiPoint",
            "LineString",
            "MultiLineString",
            "Polygon",
            "MultiPolygon",
        ];
        assert!(
            KINDS.contains(&geometry["type"].as_str().unwrap()),
            "{geometry}"
        );
        assert!(geometry["coordinates"].is_array(), "{geometry}");
    }
    assert!(feature.get("crs").is_none(), "RFC 7946 took it away");
}

fn html_is_defined(service: &Service) {
    service.claims("ogcapi-features-1/1.0/conf/html");
    for path in paths_of_pages(service) {
        let template = match path.split_once("/items/") {
            Some((collection, _)) => format!("{collection}/items/{{featureId}}"),
            None => path,
        };
        assert!(defines(service, &template, "text/html"), "{template}");
    }
}

fn paths_of_pages(service: &Service) -> Vec<String> {
    let id = service.ids()[0];
    let feature = ids(&service.items(id, "limit=1"))[0].clone();
    vec![
        "/".to_owned(),
        "/conformance".to_owned(),
        "/collections".to_owned(),
        format!("/collections/{id}"),
        format!("/collections/{id}/items"),
        format!("/collections/{id}/items/{feature}"),
    ]
}

fn html(service: &Service) {
    for path in paths_of_pages(service) {
        let answer = service.get_as(&path, "text/html");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "text/html; charset=utf-8"),
            "{path}"
        );
        let page = answer.text();
        assert!(
            page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"),
            "{path}"
        );
    }
    // A page holds what the feature holds.
    let id = service.ids()[0];
    let feature = service.items(id, "limit=1")["features"][0].clone();
    let path = format!(
        "/collections/{id}/items/{}",
        feature["id"].as_str().unwrap()
    );
    let page = service.get_as(&path, "text/html");
    assert!(page.text().contains(feature["title"].as_str().unwrap()));
}
