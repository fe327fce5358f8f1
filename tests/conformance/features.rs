//! Part 1, requirements class Core: the features of a collection, page by page and one by one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Ported;
use super::service::{GEO_JSON, Service, ids, links};

pub(super) const TESTS: &[Ported] = &[
    ("/conf/core/fc-op", every_collection_answers),
    ("/conf/core/fc-response", every_collection_answers),
    ("/conf/core/fc-limit-definition", definition_of_limit),
    ("/conf/core/fc-limit-response", limit),
    ("/conf/core/fc-bbox-definition", definition_of_bbox),
    ("/conf/core/fc-bbox-response", bbox),
    ("/conf/core/fc-time-definition", definition_of_datetime),
    ("/conf/core/fc-time-response", datetime),
    ("/conf/core/fc-links", links_of_pages),
    ("/conf/core/fc-timeStamp", time_stamp),
    ("/conf/core/fc-numberMatched", number_matched),
    ("/conf/core/fc-numberReturned", number_returned),
    ("/conf/core/f-op", every_feature_answers),
    ("/conf/core/f-success", every_feature_answers),
    ("/conf/core/f-links", links_of_a_feature),
];

fn every_collection_answers(service: &Service) {
    for one in service.collections() {
        let href = links(one, "items")[0]["href"].as_str().unwrap();
        let answer = service.get_as(href, GEO_JSON);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, GEO_JSON)
        );
        assert_eq!(answer.json()["type"], "FeatureCollection");
    }
}

/// Returns a parameter of the items of every collection, as the definition has it.
fn parameters(service: &Service, name: &str) -> Vec<Value> {
    let api = service.json("/api");
    let items = service.ids().into_iter().map(|id| {
        let path = format!("/collections/{id}/items");
        let found = api["paths"][&path]["get"]["parameters"].as_array().unwrap();
        let resolved = found.iter().map(|one| match one["$ref"].as_str() {
            Some(place) => api.pointer(&place[1..]).unwrap().clone(),
            None => one.clone(),
        });
        let mut named = resolved.filter(|one| one["name"] == name);
        named
            .next()
            .unwrap_or_else(|| panic!("{path} has no {name}"))
    });
    items.collect()
}

/// What the standard asks of every optional parameter of a query.
fn is_optional_in_query(parameter: &Value) {
    assert_eq!(parameter["in"], "query", "{parameter}");
    assert_ne!(parameter["required"], true, "{parameter}");
}

fn definition_of_limit(service: &Service) {
    for limit in parameters(service, "limit") {
        is_optional_in_query(&limit);
        assert_eq!(
            (&limit["style"], &limit["explode"]),
            (&"form".into(), &false.into())
        );
        let schema = &limit["schema"];
        assert_eq!(schema["type"], "integer");
        let number = |member: &str| schema[member].as_u64().unwrap();
        let (least, default, most) = (number("minimum"), number("default"), number("maximum"));
        assert!(0 < least && least <= default && default <= most);
    }
}

fn limit(service: &Service) {
    let most = parameters(service, "limit")[0]["schema"]["maximum"]
        .as_u64()
        .unwrap();
    for id in service.ids() {
        let first = ids(&service.items(id, "limit=3"));
        assert!(first.len() <= 3);
        assert_eq!(ids(&service.items(id, "limit=1")), first[..1], "{id}");
    }
    let (id, _) = service.spatial()[0];
    let all = ids(&service.items(id, &format!("limit={most}")));
    assert_eq!(ids(&service.items(id, &format!("limit={}", most + 1))), all);
}

fn definition_of_bbox(service: &Service) {
    for bbox in parameters(service, "bbox") {
        is_optional_in_query(&bbox);
        assert_eq!(
            (&bbox["style"], &bbox["explode"]),
            (&"form".into(), &false.into())
        );
        let schema = &bbox["schema"];
        assert_eq!(schema["type"], "array");
        assert_eq!(schema["items"]["type"], "number");
        let lengths = schema["oneOf"].as_array().unwrap().iter();
        let lengths: Vec<_> = lengths
            .map(|one| (&one["minItems"], &one["maxItems"]))
            .collect();
        assert_eq!(lengths, [(&4.into(), &4.into()), (&6.into(), &6.into())]);
    }
}

fn bbox(service: &Service) {
    for (id, [west, south, east, north]) in service.spatial() {
        let (x, y) = (f64::midpoint(west, east), f64::midpoint(south, north));
        let quarters = [
            [west, south, x, y],
            [x, south, east, y],
            [west, y, x, north],
            [x, y, east, north],
        ];
        let mut met = BTreeSet::new();
        for [west, south, east, north] in quarters {
            let flat = format!("bbox={west},{south},{east},{north}&limit=10000");
            let found = ids(&service.items(id, &flat));
            let high = format!("bbox={west},{south},-100,{east},{north},9000&limit=10000");
            assert_eq!(ids(&service.items(id, &high)), found, "{id}");
            met.extend(found);
        }
        let all = service.items(id, "limit=10000");
        let all = all["features"].as_array().unwrap().iter();
        let placed = all.filter(|feature| !feature["geometry"].is_null());
        let placed: BTreeSet<_> = placed
            .map(|feature| feature["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(met, placed, "each of {id} lies in a quarter");
    }
}

fn definition_of_datetime(service: &Service) {
    for datetime in parameters(service, "datetime") {
        is_optional_in_query(&datetime);
        assert_eq!(datetime["schema"]["type"], "string");
    }
}

/// Every way of writing a time is read; what was then is another matter, which the history tells.
fn datetime(service: &Service) {
    let (id, _) = service.spatial()[0];
    let all = service.matched(id, "");
    let now = service.items(id, "limit=1")["timeStamp"]
        .as_str()
        .unwrap()
        .to_owned();
    for (time, count) in [
        (now.as_str(), all),
        ("../..", all),
        ("2000-01-01T00:00:00Z/..", all),
        ("2000-01-01T00:00:00Z/", all),
        ("../2000-01-01T00:00:00Z", 0),
        ("/2000-01-01T00:00:00Z", 0),
        ("2000-01-01T00:00:00Z/2001-01-01T00:00:00Z", 0),
        ("2000-01-01T12:00:00%2B01:00", 0),
        ("2000-01-01", 0),
    ] {
        assert_eq!(
            service.matched(id, &format!("datetime={time}")),
            count,
            "{time}"
        );
    }
}

fn links_of_pages(service: &Service) {
    for id in service.ids() {
        let page = service.items(id, "limit=2");
        for (rel, media_type) in [("self", GEO_JSON), ("alternate", "text/html")] {
            let link = links(&page, rel)[0];
            assert_eq!(link["type"], media_type, "{id}");
            let answer = service.get_as(link["href"].as_str().unwrap(), "*/*");
            assert!(
                answer.header("content-type").starts_with(media_type),
                "{link}"
            );
        }
        let next = links(&page, "next");
        assert_eq!(
            next.len(),
            usize::from(page["numberMatched"].as_u64().unwrap() > 2),
            "{id}"
        );
        for link in next {
            assert_eq!(link["type"], GEO_JSON);
            let second = service.json(link["href"].as_str().unwrap());
            assert!(ids(&second).iter().all(|id| !ids(&page).contains(id)));
        }
    }
}

fn time_stamp(service: &Service) {
    for id in service.ids() {
        let page = service.items(id, "limit=1");
        let said = page["timeStamp"].as_str().unwrap();
        let said = chrono::DateTime::parse_from_rfc3339(said).unwrap();
        let late = chrono::Utc::now().signed_duration_since(said).num_seconds();
        assert!((-1..60).contains(&late), "{late} s");
    }
}

/// All pages together have as many features as each of them says.
fn number_matched(service: &Service) {
    let (id, _) = service.spatial()[0];
    let mut path = format!("/collections/{id}/items?limit=400");
    let mut seen = Vec::new();
    loop {
        let page = service.json(&path);
        seen.extend(ids(&page));
        match links(&page, "next").first() {
            Some(next) => next["href"].as_str().unwrap().clone_into(&mut path),
            None => break assert_eq!(page["numberMatched"], seen.len()),
        }
    }
    seen.sort_unstable();
    let count = seen.len();
    seen.dedup();
    assert_eq!(seen.len(), count, "none twice");
}

fn number_returned(service: &Service) {
    for id in service.ids() {
        let page = service.items(id, "limit=7");
        assert_eq!(page["numberReturned"], ids(&page).len());
    }
}

/// Returns the first feature of every collection with the path to it.
fn first_features(service: &Service) -> Vec<(String, Value)> {
    let features = service.ids().into_iter().map(|id| {
        let page = service.items(id, "limit=1");
        let path = format!("/collections/{id}/items/{}", ids(&page)[0]);
        (path, page["features"][0].clone())
    });
    features.collect()
}

fn every_feature_answers(service: &Service) {
    for (path, listed) in first_features(service) {
        let answer = service.get_as(&path, GEO_JSON);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, GEO_JSON)
        );
        let feature = answer.json();
        assert_eq!(feature["type"], "Feature");
        for member in ["id", "geometry", "properties"] {
            assert_eq!(feature[member], listed[member], "{path}");
        }
    }
    let id = service.ids()[0];
    let nothing = format!("/collections/{id}/items/0192f0c1-8a52-7c3e-9d0b-5a1e6f7a8b9c");
    assert_eq!(service.status(&nothing), 404);
}

fn links_of_a_feature(service: &Service) {
    for (path, _) in first_features(service) {
        let feature = service.json(&path);
        for (rel, media_type) in [
            ("self", GEO_JSON),
            ("alternate", "text/html"),
            ("collection", "application/json"),
        ] {
            let link = links(&feature, rel)[0];
            assert_eq!(link["type"], media_type);
            let answer = service.get_as(link["href"].as_str().unwrap(), media_type);
            assert!(
                answer.header("content-type").starts_with(media_type),
                "{link}"
            );
        }
    }
}
