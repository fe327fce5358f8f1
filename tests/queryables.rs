//! OGC API Features Part 3: what may be asked for by, and that each of it may.

use serde_json::Value;

use crate::city::City;

const RELATION: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
const LAMPS: &str = "/collections/street-lights";

#[test]
fn every_queryable_may_stand_in_a_filter() {
    let city = City::shared();
    for collection in city.get("/collections").json()["collections"]
        .as_array()
        .unwrap()
    {
        let id = collection["id"].as_str().unwrap();
        let links = collection["links"].as_array().unwrap();
        let link = links.iter().find(|link| link["rel"] == RELATION).unwrap();
        assert_eq!(link["type"], "application/schema+json");
        let path = link["href"].as_str().unwrap().replace(&city.url(""), "");
        let answer = city.get(&path);
        assert_eq!(answer.header("content-type"), "application/schema+json");
        let schema = answer.json();
        assert_eq!(schema["$id"], link["href"]);
        assert_eq!(schema["type"], "object");
        for (name, queryable) in schema["properties"].as_object().unwrap() {
            let filter = if queryable["type"] == "array" {
                let value = if queryable["items"]["type"] == "string" {
                    "'a'"
                } else {
                    "1"
                };
                match queryable["items"]["type"].as_str() {
                    Some("boolean") => format!("A_CONTAINS({name},(true))"),
                    _ if queryable["items"]["format"] == "date" => {
                        format!("A_CONTAINS({name},(DATE('2026-01-01')))")
                    }
                    _ => format!("A_CONTAINS({name},({value}))"),
                }
            } else {
                format!("{name} IS NULL")
            };
            let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
            let found = city.get(&format!("/collections/{id}/items?limit=1&filter={filter}"));
            assert_eq!(found.status, 200, "{filter}: {}", found.text());
        }
        assert_eq!(
            schema["properties"].get("geometry").is_some(),
            collection.get("storageCrs").is_some(),
            "{id}"
        );
    }
}

#[test]
fn people_read_them_as_a_page() {
    let city = City::shared();
    let page = city.get(&format!("{LAMPS}/queryables?f=html"));
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains("luminaires.power"), "{}", page.text());
    assert!(page.text().contains("Podle čeho filtrovat"));
}

#[test]
fn the_classes_of_filters_are_declared() {
    let city = City::shared();
    let conformance = city.get("/conformance").json();
    let classes: Vec<_> = conformance["conformsTo"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    // Without these GDAL and QGIS filter by themselves.
    for class in [
        "ogcapi-features-3/1.0/conf/filter",
        "ogcapi-features-3/1.0/conf/features-filter",
        "ogcapi-features-3/1.0/conf/queryables",
        "cql2/1.0/conf/basic-cql2",
        "cql2/1.0/conf/cql2-text",
        "cql2/1.0/conf/cql2-json",
        "cql2/1.0/conf/advanced-comparison-operators",
        "cql2/1.0/conf/case-insensitive-comparison",
        "cql2/1.0/conf/basic-spatial-functions",
    ] {
        let class = format!("http://www.opengis.net/spec/{class}");
        assert!(classes.contains(&class.as_str()), "{class}");
    }
}
