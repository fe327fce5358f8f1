//! Part 3: filters and what may be asked for.

use super::Ported;
use super::service::{CRS84, GEO_JSON, S_JTSK, Service, encoded, ids, links};

pub(super) const TESTS: &[Ported] = &[
    ("/conf/filter/get-conformance", filter_is_claimed),
    ("/conf/filter/filter-param", filter_on_items),
    ("/conf/filter/filter-lang-default", language),
    ("/conf/filter/expression-construction", unknown_names),
    ("/conf/filter/filter-crs-wgs84", wgs84),
    ("/conf/filter/filter-crs-param", filter_crs),
    (
        "/conf/features-filter/get-conformance",
        features_filter_is_claimed,
    ),
    (
        "/conf/features-filter/get-collections",
        collections_are_listed,
    ),
    ("/conf/features-filter/get-collection", links_to_queryables),
    ("/conf/features-filter/filter-on-items", filter_on_items),
    ("/conf/features-filter/mixing-expression", filter_and_bbox),
    ("/conf/queryables/get-conformance", queryables_are_claimed),
    ("/conf/queryables/get-queryables", queryables),
    ("/conf/queryables/get-queryables-uris", links_to_queryables),
    (
        "/conf/queryables-query-parameters/get-conformance",
        parameters_are_claimed,
    ),
    (
        "/conf/queryables-query-parameters/query-param",
        queryables_as_parameters,
    ),
];

const REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";

fn filter_is_claimed(service: &Service) {
    service.claims("ogcapi-features-3/1.0/conf/filter");
}

fn features_filter_is_claimed(service: &Service) {
    service.claims("ogcapi-features-3/1.0/conf/features-filter");
}

fn queryables_are_claimed(service: &Service) {
    service.claims("ogcapi-features-3/1.0/conf/queryables");
}

fn parameters_are_claimed(service: &Service) {
    service.claims("ogcapi-features-3/1.0/conf/queryables-query-parameters");
}

fn collections_are_listed(service: &Service) {
    assert!(!service.collections().is_empty());
}

pub(super) fn links_to_queryables(service: &Service) {
    for id in service.ids() {
        let path = format!("/collections/{id}");
        let collection = service.json(&path);
        let link = links(&collection, REL)[0];
        assert_eq!(
            service.path(link["href"].as_str().unwrap()),
            format!("{path}/queryables")
        );
        assert_eq!(link["type"], "application/schema+json");
    }
}

pub(super) fn queryables(service: &Service) {
    for id in service.ids() {
        let path = format!("/collections/{id}/queryables");
        let answer = service.get_as(&path, "application/schema+json");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/schema+json")
        );
        let schema = answer.json();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(schema["$id"], service.city().url(&path));
        assert_eq!(schema["type"], "object");
        assert!(!schema["properties"].as_object().unwrap().is_empty());
    }
}

/// Returns a property of the collection that a filter may name, which is no geometry.
fn queryable(service: &Service, id: &str) -> String {
    let properties = service.properties(id, "queryables");
    let mut plain = properties.iter().filter(|(_, one)| one["type"].is_string());
    plain.next().unwrap().0.clone()
}

fn filter_on_items(service: &Service) {
    for id in service.ids() {
        let name = queryable(service, id);
        let items = format!("/collections/{id}/items?limit=100&filter-lang=cql2-text&filter");
        for (filter, is_empty) in [("IS NULL", true), ("IS NOT NULL", false)] {
            let filter = encoded(&format!("{name} {filter}"));
            let answer = service.get(&format!("{items}={filter}"));
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, GEO_JSON)
            );
            for feature in answer.json()["features"].as_array().unwrap() {
                let value = match name.as_str() {
                    "id" | "fid" => &feature[&name],
                    _ => &feature["properties"][&name],
                };
                assert_eq!(value.is_null(), is_empty, "{id}.{name}");
            }
        }
        let nonsense = encoded("THIS IS NOT A FILTER");
        assert_eq!(service.status(&format!("{items}={nonsense}")), 400);
    }
}

fn language(service: &Service) {
    for id in service.ids() {
        let filter = encoded(&format!("{} IS NULL", queryable(service, id)));
        let named = format!("limit=5&filter-lang=cql2-text&filter={filter}");
        let unnamed = format!("limit=5&filter={filter}");
        assert_eq!(
            ids(&service.items(id, &named)),
            ids(&service.items(id, &unnamed))
        );
        let wrong = format!("/collections/{id}/items?filter-lang=sql&filter={filter}");
        assert_eq!(service.status(&wrong), 400);
    }
}

fn unknown_names(service: &Service) {
    for id in service.ids() {
        let filter = encoded("this_is_not_a_queryable IS NULL");
        assert_eq!(
            service.status(&format!("/collections/{id}/items?filter={filter}")),
            400
        );
    }
}

/// Returns the filter that a box holds the geometry.
fn within_box(numbers: [f64; 4]) -> String {
    let numbers = numbers.map(|number| number.to_string()).join(",");
    encoded(&format!("S_INTERSECTS(geometry,BBOX({numbers}))"))
}

/// Returns how many features of a collection have a geometry.
fn placed(service: &Service, id: &str) -> u64 {
    service.matched(id, &format!("filter={}", encoded("geometry IS NOT NULL")))
}

fn wgs84(service: &Service) {
    for (id, bbox) in service.spatial() {
        let filter = within_box(bbox);
        assert_eq!(
            service.matched(id, &format!("filter={filter}")),
            placed(service, id),
            "{id}"
        );
        let far = within_box([1e6, 1e6, 2e6, 2e6]);
        assert_eq!(
            service.status(&format!("/collections/{id}/items?filter={far}")),
            400,
            "{id}"
        );
    }
}

fn filter_crs(service: &Service) {
    let whole = within_box([-905_000.0, -1_230_000.0, -431_000.0, -935_000.0]);
    for (id, bbox) in service.spatial() {
        let query = format!("filter={}&filter-crs={CRS84}", within_box(bbox));
        assert_eq!(service.matched(id, &query), placed(service, id), "{id}");
        let query = format!("filter={whole}&filter-crs={S_JTSK}");
        assert_eq!(service.matched(id, &query), placed(service, id), "{id}");
        let nowhere = "http://www.opengis.net/def/crs/OGC/0/does_not_exist";
        let path = format!("/collections/{id}/items?filter={whole}&filter-crs={nowhere}");
        assert_eq!(service.status(&path), 400, "{id}");
    }
}

/// A filter and a box must both hold.
fn filter_and_bbox(service: &Service) {
    for (id, bbox) in service.spatial() {
        let filter = within_box(bbox);
        let same = bbox.map(|number| number.to_string()).join(",");
        let both = service.matched(id, &format!("filter={filter}&bbox={same}"));
        assert_eq!(both, placed(service, id), "{id}");
        let none = service.matched(id, &format!("filter={filter}&bbox=-10,-10,-9,-9"));
        assert_eq!(none, 0, "{id}");
    }
}

/// Every plain queryable is a parameter too, and finds what has just that value.
fn queryables_as_parameters(service: &Service) {
    for id in service.ids() {
        let first = service.items(id, "limit=1")["features"][0].clone();
        for (name, schema) in service.properties(id, "queryables") {
            let value = &first["properties"][&name];
            let kind = schema["type"].as_str().unwrap_or_default();
            if !["string", "integer", "number", "boolean"].contains(&kind) || value.is_null() {
                continue;
            }
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let page = service.items(id, &format!("limit=10&{name}={}", encoded(&text)));
            let found = page["features"].as_array().unwrap();
            assert!(
                found.iter().all(|one| &one["properties"][&name] == value),
                "{id}.{name}"
            );
            assert!(!found.is_empty(), "{id}.{name}={text}");
        }
    }
}
