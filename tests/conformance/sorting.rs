//! Part 8 (draft): the order of features.

use std::cmp::Ordering;

use serde_json::Value;

use super::Ported;
use super::service::{Service, encoded, links};

pub(super) const TESTS: &[Ported] = &[
    ("/conf/sortables/get-conformance", sortables_are_claimed),
    ("/conf/sortables/get-sortables", sortables),
    ("/conf/sortables/get-sortables-uris", links_to_sortables),
    ("/conf/sorting/get-conformance", sorting_is_claimed),
    ("/conf/sorting/sortby-param", sorted),
    ("/conf/sorting/expression-construction", unknown_names),
    (
        "/conf/features-sorting/get-conformance",
        features_sorting_is_claimed,
    ),
    (
        "/conf/features-sorting/get-collections",
        collections_are_listed,
    ),
    ("/conf/features-sorting/get-collection", links_to_sortables),
    ("/conf/features-sorting/filter-sorting", sorted_and_filtered),
];

const REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/sortables";

fn sortables_are_claimed(service: &Service) {
    service.claims("ogcapi-features-8/1.0/conf/sortables");
}

fn sorting_is_claimed(service: &Service) {
    service.claims("ogcapi-features-8/1.0/conf/sorting");
}

fn features_sorting_is_claimed(service: &Service) {
    service.claims("ogcapi-features-8/1.0/conf/features-sorting");
}

fn collections_are_listed(service: &Service) {
    assert!(!service.collections().is_empty());
}

pub(super) fn links_to_sortables(service: &Service) {
    for id in service.ids() {
        let path = format!("/collections/{id}");
        let collection = service.json(&path);
        let link = links(&collection, REL)[0];
        assert_eq!(
            service.path(link["href"].as_str().unwrap()),
            format!("{path}/sortables")
        );
    }
}

pub(super) fn sortables(service: &Service) {
    for id in service.ids() {
        let path = format!("/collections/{id}/sortables");
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
        for (name, one) in schema["properties"].as_object().unwrap() {
            let kind = one["type"].as_str().unwrap();
            assert!(!["array", "object"].contains(&kind), "{id}.{name}");
        }
    }
}

/// Compares two values as they stand in JSON; nothing comes last.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => (a.is_null(), a.as_bool()).cmp(&(b.is_null(), b.as_bool())),
        },
    }
}

/// Asserts that features come in the order of a property.
fn is_sorted(service: &Service, id: &str, name: &str, query: &str) {
    for (sign, turned) in [("", false), ("-", true), ("%2B", false)] {
        let page = service.items(id, &format!("limit=500&sortby={sign}{name}{query}"));
        let features = page["features"].as_array().unwrap().iter();
        let values: Vec<_> = features
            .map(|feature| feature["properties"][name].clone())
            .filter(|value| !value.is_null())
            .collect();
        let holds = |pair: &[Value]| match compare(&pair[0], &pair[1]) {
            Ordering::Equal => true,
            order => (order == Ordering::Greater) == turned,
        };
        assert!(
            values.windows(2).all(holds),
            "{id} by {sign}{name}: {values:?}"
        );
    }
}

/// Returns a property by which features may be sorted that the features show.
fn sortable(service: &Service, id: &str) -> String {
    let first = service.items(id, "limit=1")["features"][0].clone();
    let sortables = service.properties(id, "sortables");
    let shown = |name: &&String| first["properties"].get(name.as_str()).is_some();
    sortables.keys().find(shown).unwrap().clone()
}

fn sorted(service: &Service) {
    for id in service.ids() {
        is_sorted(service, id, &sortable(service, id), "");
        let nonsense = encoded("THIS IS NOT A SORTBY EXPRESSION");
        assert_eq!(
            service.status(&format!("/collections/{id}/items?sortby={nonsense}")),
            400
        );
    }
}

fn sorted_and_filtered(service: &Service) {
    for id in service.ids() {
        let name = sortable(service, id);
        let filter = encoded(&format!("{name} IS NOT NULL"));
        is_sorted(service, id, &name, &format!("&filter={filter}"));
    }
}

fn unknown_names(service: &Service) {
    for id in service.ids() {
        let path = format!("/collections/{id}/items?sortby=this_is_not_a_sortable");
        assert_eq!(service.status(&path), 400);
    }
}
