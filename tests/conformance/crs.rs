//! Part 2: coordinate reference systems by reference.

use serde_json::Value;

use super::Ported;
use super::service::{CRS84, S_JTSK, Service, encoded, ids};

pub(super) const TESTS: &[Ported] = &[
    ("/conf/crs/crs-uri", uris),
    ("/conf/crs/default-crs", default_is_offered),
    ("/conf/crs/storageCrs", storage),
    ("/conf/crs/crs-parameter", parameter),
    ("/conf/crs/crs-parameter-default", default),
    ("/conf/crs/crs-parameter-invalid", invalid),
    ("/conf/crs/crs-parameter-transform", transformed),
    ("/conf/crs/bbox-crs-parameter", bbox),
    ("/conf/crs/bbox-crs-parameter-default", bbox_default),
    ("/conf/crs/bbox-crs-parameter-invalid", bbox_invalid),
];

/// WGS 84 with latitude first, as its authority says.
const EPSG_4326: &str = "http://www.opengis.net/def/crs/EPSG/0/4326";

/// Returns the systems of a collection; `#/crs` stands for those of all.
fn systems(service: &Service, collection: &Value) -> Vec<String> {
    let global = service.json("/collections");
    let listed = collection["crs"].as_array().into_iter().flatten();
    listed
        .flat_map(|one| match one.as_str().unwrap() {
            "#/crs" => global["crs"].as_array().unwrap().clone(),
            _ => vec![one.clone()],
        })
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

fn uris(service: &Service) {
    service.claims("ogcapi-features-2/1.0/conf/crs");
    for collection in service.collections() {
        for uri in systems(service, collection) {
            let path = uri.strip_prefix("http://www.opengis.net/def/crs/").unwrap();
            assert_eq!(path.split('/').count(), 3, "{uri}");
        }
    }
}

fn default_is_offered(service: &Service) {
    for collection in service.collections() {
        // A table of things without a place has no system.
        let systems = systems(service, collection);
        let is_placed = !collection["extent"].is_null();
        assert_eq!(
            systems.iter().any(|uri| uri == CRS84),
            is_placed,
            "{collection}"
        );
    }
}

fn storage(service: &Service) {
    let spatial = service.collections().iter();
    for collection in spatial.filter(|one| !one["extent"].is_null()) {
        let storage = collection["storageCrs"].as_str().unwrap();
        assert_eq!(storage, S_JTSK);
        assert!(
            systems(service, collection)
                .iter()
                .any(|uri| uri == storage)
        );
    }
}

/// What is asked for in a system says so, for pages and for single features.
fn parameter(service: &Service) {
    for (id, _) in service.spatial() {
        let collection = service.json(&format!("/collections/{id}"));
        for uri in systems(service, &collection) {
            let items = format!("/collections/{id}/items");
            let page = service.get(&format!("{items}?limit=1&crs={uri}"));
            assert_eq!(page.status, 200, "{uri}: {}", page.text());
            assert_eq!(page.header("content-crs"), format!("<{uri}>"));
            let feature = &ids(&page.json())[0];
            let one = service.get(&format!("{items}/{feature}?crs={}", encoded(&uri)));
            assert_eq!(
                (one.status, one.header("content-crs")),
                (200, &*format!("<{uri}>"))
            );
            assert_eq!(
                one.json()["geometry"],
                page.json()["features"][0]["geometry"]
            );
        }
    }
}

fn default(service: &Service) {
    for (id, _) in service.spatial() {
        let path = format!("/collections/{id}/items?limit=2");
        let answer = service.get(&path);
        assert_eq!(answer.header("content-crs"), format!("<{CRS84}>"), "{id}");
        let named = service.get(&format!("{path}&crs={CRS84}")).json();
        assert_eq!(answer.json()["features"], named["features"], "{id}");
    }
}

fn invalid(service: &Service) {
    let (id, _) = service.spatial()[0];
    let feature = ids(&service.items(id, "limit=1"))[0].clone();
    for uri in [
        "http://www.opengis.net/def/crs/EPSG/0/32633",
        "http://www.opengis.net/def/crs/OGC/0/does_not_exist",
        "5514",
        "",
    ] {
        for path in ["items", &format!("items/{feature}")] {
            let path = format!("/collections/{id}/{path}?crs={uri}");
            assert_eq!(service.status(&path), 400, "{path}");
        }
    }
}

fn first_position(geometry: &Value) -> [f64; 2] {
    let mut place = &geometry["coordinates"];
    while place[0].is_array() {
        place = &place[0];
    }
    [place[0].as_f64().unwrap(), place[1].as_f64().unwrap()]
}

/// A position in another system is the same place; its axes come in the order of the authority.
fn transformed(service: &Service) {
    for (id, _) in service.spatial() {
        let first = |crs: &str| {
            let page = service.items(id, &format!("limit=1&crs={crs}"));
            first_position(&page["features"][0]["geometry"])
        };
        let [longitude, latitude] = first(CRS84);
        let turned = first(EPSG_4326);
        assert!((turned[0] - latitude).abs() < 1e-7 && (turned[1] - longitude).abs() < 1e-7);
        let [x, y] = first(S_JTSK);
        let [east, north] = in_s_jtsk([longitude, latitude]);
        assert!(
            (x - east).abs() < 0.05 && (y - north).abs() < 0.05,
            "{id}: {x} {y}"
        );
    }
}

fn in_s_jtsk(position: [f64; 2]) -> [f64; 2] {
    layers::crs::transform(layers::crs::Crs::Wgs84, layers::crs::Crs::SJtsk, position)
}

/// A box means the same place in every system of the collection.
fn bbox(service: &Service) {
    for (id, [west, south, east, north]) in service.spatial() {
        let (x, y) = (f64::midpoint(west, east), f64::midpoint(south, north));
        let plain = ids(&service.items(id, &format!("limit=10000&bbox={west},{south},{x},{y}")));
        let turned = format!("bbox={south},{west},{y},{x}&bbox-crs={EPSG_4326}");
        let found = service.items(id, &format!("limit=10000&{turned}"));
        assert_eq!(ids(&found), plain, "{id}");
        // A box along the axes of S-JTSK holds all when it holds the corners of all.
        let corners = [[west, south], [east, south], [west, north], [east, north]].map(in_s_jtsk);
        let most = |at: usize| {
            corners
                .iter()
                .map(|corner| corner[at])
                .fold(f64::MIN, f64::max)
        };
        let least = |at: usize| {
            corners
                .iter()
                .map(|corner| corner[at])
                .fold(f64::MAX, f64::min)
        };
        let whole = format!(
            "{},{},{},{}",
            least(0) - 100.0,
            least(1) - 100.0,
            most(0) + 100.0,
            most(1) + 100.0
        );
        let all = service.matched(id, &format!("bbox={west},{south},{east},{north}"));
        assert_eq!(
            service.matched(id, &format!("bbox={whole}&bbox-crs={S_JTSK}")),
            all,
            "{id}"
        );
    }
}

fn bbox_default(service: &Service) {
    for (id, [west, south, _, north]) in service.spatial() {
        let bbox = format!("limit=5&bbox={west},{south},{},{north}", west + 0.01);
        let plain = ids(&service.items(id, &bbox));
        assert_eq!(
            ids(&service.items(id, &format!("{bbox}&bbox-crs={CRS84}"))),
            plain,
            "{id}"
        );
    }
}

fn bbox_invalid(service: &Service) {
    let (id, _) = service.spatial()[0];
    for uri in [
        "http://www.opengis.net/def/crs/OGC/0/does_not_exist",
        "5514",
    ] {
        let path = format!("/collections/{id}/items?bbox=13,50,14,51&bbox-crs={uri}");
        assert_eq!(service.status(&path), 400, "{path}");
    }
}
