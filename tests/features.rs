//! OGC API Features as clients use it: links, limits, boxes, filters, pages, methods and refusals.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::city::City;

/// Sends a request of any method and returns head and body as they came over the wire.
fn send(city: &City, method: &str, path: &str) -> (String, String) {
    let address = city.url("").replace("http://", "");
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn link<'a>(document: &'a Value, rel: &str) -> Option<&'a Value> {
    let links = document["links"].as_array().unwrap();
    links.iter().find(|link| link["rel"] == rel)
}

fn ids(page: &Value) -> Vec<String> {
    let features = page["features"].as_array().unwrap();
    let id = |feature: &Value| feature["id"].as_str().unwrap().to_owned();
    features.iter().map(id).collect()
}

#[test]
fn a_client_finds_everything_from_the_landing_page() {
    let city = City::shared();
    let landing = city.get("/").json();
    let api = link(&landing, "service-desc").unwrap();
    assert_eq!(api["type"], "application/vnd.oai.openapi+json;version=3.0");
    for (rel, member) in [
        ("service-desc", "paths"),
        ("conformance", "conformsTo"),
        ("data", "collections"),
    ] {
        let address = link(&landing, rel).unwrap()["href"].as_str().unwrap();
        let path = address.strip_prefix(&city.url("")).unwrap();
        assert!(
            city.get(path).json()[member].is_object() || city.get(path).json()[member].is_array()
        );
    }
    assert_eq!(
        city.get("/api").header("content-type"),
        "application/vnd.oai.openapi+json;version=3.0"
    );
}

#[test]
fn the_description_names_every_layer_and_the_greatest_page() {
    let city = City::shared();
    let api = city.get("/api").json();
    let collections = city.get("/collections").json();
    for collection in collections["collections"].as_array().unwrap() {
        let id = collection["id"].as_str().unwrap();
        let operation = &api["paths"][format!("/collections/{id}/items")]["get"];
        let parameters = operation["parameters"].as_array().unwrap();
        assert!(
            parameters
                .iter()
                .any(|p| p["$ref"] == "#/components/parameters/limit"),
            "{id}"
        );
    }
    assert_eq!(
        api["components"]["parameters"]["limit"]["schema"]["maximum"],
        10_000
    );
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let city = City::shared();
    let mut path = "/collections/addresses/items?limit=50".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = city.get(&path).json();
        assert_eq!(
            page["numberReturned"],
            page["features"].as_array().unwrap().len()
        );
        seen.extend(ids(&page));
        let Some(next) = link(&page, "next") else {
            assert_eq!(page["numberMatched"], seen.len());
            break;
        };
        path = next["href"].as_str().unwrap().replace(&city.url(""), "");
    }
    let different: BTreeSet<_> = seen.iter().collect();
    assert_eq!(different.len(), seen.len());
    let by_offset = city
        .get("/collections/addresses/items?limit=50&offset=50")
        .json();
    assert_eq!(ids(&by_offset), seen[50..100]);
}

#[test]
fn a_limit_beyond_the_greatest_is_no_error() {
    let city = City::shared();
    let page = city.get("/collections/addresses/items?limit=99999999");
    assert_eq!(page.status, 200);
    assert_eq!(page.json()["numberReturned"], page.json()["numberMatched"]);
}

#[test]
fn a_box_returns_just_the_features_that_meet_it() {
    let city = City::shared();
    let [west, south, east, north] = [13.905, 50.434, 13.912, 50.440];
    let all = city.get("/collections/addresses/items?limit=10000").json();
    let inside = |feature: &&Value| {
        let place = &feature["geometry"]["coordinates"];
        (west..=east).contains(&place[0].as_f64().unwrap())
            && (south..=north).contains(&place[1].as_f64().unwrap())
    };
    let expected: Vec<_> = all["features"]
        .as_array()
        .unwrap()
        .iter()
        .filter(inside)
        .collect();
    assert!(!expected.is_empty() && expected.len() < ids(&all).len());
    for bbox in [
        format!("{west},{south},{east},{north}"),
        format!("{west},{south},-100,{east},{north},9000"),
    ] {
        let path = format!("/collections/addresses/items?bbox={bbox}");
        let found = city.get(&format!("{path}&limit=10000")).json();
        assert_eq!(found["numberMatched"], expected.len(), "{bbox}");
        assert_eq!(
            found["features"]
                .as_array()
                .unwrap()
                .iter()
                .collect::<Vec<_>>(),
            expected
        );
        let second = city.get(&format!("{path}&limit=5&offset=5")).json();
        assert_eq!(second["numberMatched"], expected.len());
        assert_eq!(ids(&second), ids(&found)[5..10]);
    }
    let far = city
        .get("/collections/addresses/items?bbox=-10,-10,0,0")
        .json();
    assert_eq!(far["numberMatched"], 0);
}

#[test]
fn a_field_narrows_the_features() {
    let city = City::shared();
    let all = city.get("/collections/parcels/items?limit=10000").json();
    let kind = &all["features"][0]["properties"]["land_type"];
    let same = |feature: &&Value| &feature["properties"]["land_type"] == kind;
    let expected = all["features"]
        .as_array()
        .unwrap()
        .iter()
        .filter(same)
        .count();
    let found = city
        .get(&format!("/collections/parcels/items?land_type={kind}"))
        .json();
    assert_eq!(found["numberMatched"], expected);
    assert!(expected < ids(&all).len());
}

#[test]
fn one_feature_is_found_by_its_id_and_by_its_number() {
    let city = City::shared();
    let page = city.get("/collections/parcels/items?limit=1").json();
    let feature = &page["features"][0];
    let id = feature["id"].as_str().unwrap();
    let by_id = city.get(&format!("/collections/parcels/items/{id}")).json();
    let by_number = city
        .get(&format!("/collections/parcels/items/{}", feature["fid"]))
        .json();
    assert_eq!(by_id, by_number);
    assert_eq!(by_id["properties"], feature["properties"]);
    assert_eq!(by_id["geometry"], feature["geometry"]);
}

#[test]
fn what_is_wrong_with_a_query_is_named() {
    let city = City::shared();
    let english = [("Accept-Language", "en")];
    for (path, part) in [
        ("/collections?limt=1", "limt"),
        ("/collections/parcels/items?limt=1", "Did you mean `limit`?"),
        ("/collections/parcels/items?limit=0", "`limit`"),
        ("/collections/parcels/items?bbox=1,2,3", "`bbox`"),
        ("/collections/parcels/items?datetime=tomorrow", "`datetime`"),
        ("/collections/parcels/items?land_type=garden", "`land_type`"),
        ("/collections/parcels/items?title_sheet=1", "`title_sheet`"),
        ("/collections/parcels/items?f=xml", "json, html"),
        (
            "/collections/parcels/items?filter=area%20%3E",
            "`filter` cannot be used: character 7: the filter ends here",
        ),
        (
            "/collections/parcels/items?filter=municipality_cod%3D1%20OR%20avg(1)%3D2",
            "character 1: the layer has no property `municipality_cod`; did you mean `municipality_code`?; character 23:",
        ),
        (
            "/collections/parcels/items?filter-lang=sql",
            "`filter-lang`",
        ),
        ("/collections/parcels/items?filter-crs=4326", "EPSG/0/5514"),
        ("/search?q=", "`q`"),
    ] {
        let answer = city.get_with(path, &english);
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("content-language"), "en");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(part), "{path}: {detail}");
    }
    assert!(
        city.get("/nic").json()["detail"]
            .as_str()
            .unwrap()
            .contains("nic není")
    );
}

/// Returns how many parcels match, and the identities on the first page.
fn parcels_with(city: &City, parameters: &str) -> (u64, Vec<String>) {
    let answer = city.get(&format!("/collections/parcels/items?{parameters}"));
    assert_eq!(answer.status, 200, "{parameters}: {}", answer.text());
    let page = answer.json();
    let features = page["features"].as_array().unwrap();
    let ids = features
        .iter()
        .map(|feature| feature["id"].as_str().unwrap().to_owned());
    (page["numberMatched"].as_u64().unwrap(), ids.collect())
}

#[test]
fn a_filter_finds_what_it_says() {
    let city = &City::shared();
    let (all, ids) = parcels_with(city, "limit=2");
    let one = city
        .get(&format!("/collections/parcels/items/{}", ids[1]))
        .json();
    let code = one["properties"]["municipality_code"].as_u64().unwrap();
    let equal = parcels_with(city, &format!("municipality_code={code}"));
    assert!(equal.0 > 0 && equal.0 <= all);
    let json = format!(r#"{{"op":"=","args":[{{"property":"municipality_code"}},{code}]}}"#);
    let json: String = form_urlencoded::byte_serialize(json.as_bytes()).collect();
    for filter in [
        format!("filter=municipality_code%3D{code}"),
        format!("filter-lang=cql2-json&filter={json}"),
        format!("filter=municipality_code%20IN%20({code})%20AND%20geometry%20IS%20NOT%20NULL"),
    ] {
        assert_eq!(parcels_with(city, &filter), equal, "{filter}");
    }
    let area = "13.9,50.4,13.95,50.43";
    let inside = parcels_with(city, &format!("bbox={area}&limit=3"));
    assert!(
        inside.0 > 3 && inside.0 < all,
        "{} parcels lie there",
        inside.0
    );
    let drawn = parcels_with(
        city,
        &format!("filter=S_INTERSECTS(geometry,BBOX({area}))&limit=3"),
    );
    assert_eq!(drawn, inside);
    let crs = "filter-crs=http://www.opengis.net/def/crs/EPSG/0/5514";
    let whole = "BBOX(-905000,-1230000,-431000,-935000)";
    let there = parcels_with(
        city,
        &format!("filter=S_WITHIN(geometry,{whole})&{crs}&limit=2"),
    );
    assert_eq!(there, (all, ids));
}

#[test]
fn a_hidden_layer_and_an_absent_one_give_the_same_answer() {
    let city = City::shared();
    for rest in ["", "/items", "/items/1", "/items?limit=x", "/schema"] {
        let hidden = city.get(&format!("/collections/leases{rest}"));
        let absent = city.get(&format!("/collections/nothing{rest}"));
        assert_eq!((hidden.status, &hidden.body), (404, &absent.body), "{rest}");
    }
    assert_eq!(
        city.get("/tiles/heat-lines").body,
        city.get("/tiles/nothing").body
    );
}

#[test]
fn head_is_get_without_a_body() {
    let city = City::shared();
    for path in [
        "/",
        "/collections/parcels/items?limit=3",
        "/pages.css",
        "/livez",
        "/nic",
    ] {
        let (get, body) = send(&city, "GET", path);
        let (head, nothing) = send(&city, "HEAD", path);
        let comparable = |head: &str| -> BTreeSet<String> {
            let is_alike =
                |line: &&str| !line.starts_with("date:") && !line.starts_with("x-request-id:");
            let lines = head.lines().filter(is_alike);
            lines.map(str::to_owned).collect()
        };
        assert_eq!(comparable(&head), comparable(&get), "{path}");
        assert!(nothing.is_empty() && !body.is_empty(), "{path}");
    }
}

#[test]
fn every_door_says_what_it_allows_and_refuses_the_rest() {
    let city = City::shared();
    for path in [
        "/",
        "/collections/parcels",
        "/tiles/parcels/14/1/1",
        "/search",
    ] {
        let (head, body) = send(&city, "OPTIONS", path);
        assert!(
            head.starts_with("http/1.1 204") && body.is_empty(),
            "{head}"
        );
        assert!(head.contains("\r\nallow: get, head, options"), "{head}");
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            let (head, _) = send(&city, method, path);
            assert!(head.starts_with("http/1.1 405"), "{method} {path}: {head}");
            assert!(head.contains("\r\nallow: get, head, options"), "{head}");
        }
    }
}

#[test]
fn every_answer_has_its_manners() {
    let city = City::shared();
    for path in [
        "/",
        "/?f=html",
        "/collections/parcels/items?limit=1",
        "/nic",
        "/robots.txt",
    ] {
        let answer = city.get(path);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'")
        );
    }
}

#[test]
fn people_get_pages_in_their_language_that_say_sample() {
    let city = City::shared();
    let page = [("Accept", "text/html,*/*;q=0.8")];
    let id = city.get("/collections/parcels/items?limit=1").json()["features"][0]["id"].clone();
    let feature = format!("/collections/parcels/items/{}", id.as_str().unwrap());
    for path in [
        "/",
        "/collections",
        "/collections/parcels",
        "/collections/parcels/items",
        &feature,
        "/api",
        "/conformance",
    ] {
        let czech = city.get_with(path, &page);
        assert_eq!(
            czech.header("content-type"),
            "text/html; charset=utf-8",
            "{path}"
        );
        assert!(czech.text().contains("Ukázková data"), "{path}");
        assert!(czech.text().contains("© ČÚZK"), "{path}");
        let english = city.get_with(&format!("{path}?lang=en"), &page);
        assert!(english.text().contains("Sample data"), "{path}");
    }
}

#[test]
fn a_host_that_is_none_does_not_get_into_links() {
    let city = City::shared();
    let answer = city.get_with("/collections", &[("Host", "evil.example/\"><script>")]);
    assert_eq!(answer.status, 400);
}
