//! Part 5: what features of a collection are like, as JSON Schema.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Ported;
use super::filter;
use super::service::{GEO_JSON, Service, ids, links};
use super::sorting;

pub(super) const TESTS: &[Ported] = &[
    ("/conf/schemas/basic-schema-inspection", schemas),
    ("/conf/schemas/role", roles),
    ("/conf/schemas/role-id", id),
    ("/conf/schemas/property-seq", order),
    ("/conf/schemas/unit", units),
    ("/conf/schemas/definition", definitions),
    ("/conf/schemas/nullvalues", definitions),
    (
        "/conf/advanced-property-roles/role-primary-geometry",
        geometry,
    ),
    ("/conf/advanced-property-roles/role-primary-temporal", roles),
    ("/conf/advanced-property-roles/role-type", roles),
    (
        "/conf/returnables-and-receivables/get-conformance",
        schemas_are_claimed,
    ),
    ("/conf/returnables-and-receivables/link", links_to_schemas),
    ("/conf/returnables-and-receivables/op-and-response", schemas),
    (
        "/conf/returnables-and-receivables/response-1",
        features_are_as_the_schema_says,
    ),
];

pub(super) const OF_QUERYABLES: &[Ported] = &[
    ("/conf/queryables/get-conformance", queryables_are_claimed),
    ("/conf/queryables/link", filter::links_to_queryables),
    ("/conf/queryables/op-and-response", filter::queryables),
];

pub(super) const OF_SORTABLES: &[Ported] = &[
    ("/conf/sortables/get-conformance", sortables_are_claimed),
    ("/conf/sortables/link", sorting::links_to_sortables),
    ("/conf/sortables/op-and-response", sorting::sortables),
];

/// The keywords of JSON Schema that may stand in a description.
const KEYWORDS: [&str; 14] = [
    "type",
    "format",
    "title",
    "description",
    "enum",
    "oneOf",
    "const",
    "minimum",
    "maximum",
    "multipleOf",
    "items",
    "properties",
    "readOnly",
    "maxLength",
];
/// Units of measure in the case-sensitive notation of UCUM.
const UCUM: [&str; 11] = [
    "m", "m2", "mm", "mm2", "cm", "deg", "W", "A", "K", "l", "[ppth]",
];

fn schemas_are_claimed(service: &Service) {
    for class in [
        "schemas",
        "advanced-property-roles",
        "returnables-and-receivables",
    ] {
        service.claims(&format!("ogcapi-features-5/1.0/conf/{class}"));
    }
}

fn queryables_are_claimed(service: &Service) {
    service.claims("ogcapi-features-5/1.0/conf/queryables");
}

fn sortables_are_claimed(service: &Service) {
    service.claims("ogcapi-features-5/1.0/conf/sortables");
}

/// Calls `each` with the name of every collection and what its schema says of every property.
fn every_property(service: &Service, mut each: impl FnMut(&str, &str, &Value)) {
    for id in service.ids() {
        for (name, one) in service.properties(id, "schema") {
            each(id, &name, &one);
        }
    }
}

fn schemas(service: &Service) {
    for id in service.ids() {
        let path = format!("/collections/{id}/schema");
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
    }
    every_property(service, |id, name, one| {
        let is_spatial = one["format"]
            .as_str()
            .is_some_and(|format| format.starts_with("geometry-"));
        assert!(one["type"].is_string() != is_spatial, "{id}.{name}: {one}");
        let keywords = one.as_object().unwrap().keys();
        let mut unknown =
            keywords.filter(|word| !word.starts_with("x-") && !KEYWORDS.contains(&word.as_str()));
        assert_eq!(unknown.next(), None, "{id}.{name}");
    });
}

/// A property has one of the roles that are used here; others would need tests of their own.
fn roles(service: &Service) {
    every_property(service, |id, name, one| {
        let role = &one["x-ogc-role"];
        let known = [&Value::Null, &"id".into(), &"primary-geometry".into()];
        assert!(known.contains(&role), "{id}.{name}: {role}");
    });
}

fn with_role<'a>(properties: &'a Map<String, Value>, role: &str) -> Vec<&'a Value> {
    properties
        .values()
        .filter(|one| one["x-ogc-role"] == role)
        .collect()
}

fn id(service: &Service) {
    for id in service.ids() {
        let properties = service.properties(id, "schema");
        let found = with_role(&properties, "id");
        assert_eq!(found.len(), 1, "{id}");
        assert_eq!(found[0]["type"], "string");
    }
}

fn order(service: &Service) {
    for id in service.ids() {
        let properties = service.properties(id, "schema");
        let places: BTreeSet<_> = properties
            .values()
            .map(|one| one["x-ogc-propertySeq"].as_u64().unwrap())
            .collect();
        assert_eq!(
            places.len(),
            properties.len(),
            "each has a place of its own"
        );
    }
}

fn units(service: &Service) {
    let mut found = 0;
    every_property(service, |id, name, one| {
        let unit = &one["x-ogc-unit"];
        if unit.is_null() {
            return assert!(one.get("x-ogc-unitLang").is_none());
        }
        found += 1;
        assert!(
            ["number", "integer"].contains(&one["type"].as_str().unwrap()),
            "{id}.{name}"
        );
        match one["x-ogc-unitLang"].as_str() {
            None => assert!(
                UCUM.contains(&unit.as_str().unwrap()),
                "{id}.{name}: {unit}"
            ),
            Some(language) => assert_eq!((language, unit.as_str()), ("ISO 4217", Some("CZK"))),
        }
    });
    assert!(found > 10);
}

/// Neither keyword is used; who begins to must say here what is right.
fn definitions(service: &Service) {
    every_property(service, |id, name, one| {
        for keyword in ["x-ogc-definition", "x-ogc-nullValues"] {
            assert!(one.get(keyword).is_none(), "{id}.{name}");
        }
    });
}

fn geometry(service: &Service) {
    let on_map: Vec<_> = service.spatial().iter().map(|(id, _)| *id).collect();
    for id in service.ids() {
        let properties = service.properties(id, "schema");
        let found = with_role(&properties, "primary-geometry");
        assert_eq!(found.len(), usize::from(on_map.contains(&id)), "{id}");
        assert!(
            found
                .iter()
                .all(|one| one.get("type").is_none() && one.get("$ref").is_none())
        );
    }
}

fn links_to_schemas(service: &Service) {
    for id in service.ids() {
        let path = format!("/collections/{id}");
        let collection = service.json(&path);
        let link = links(&collection, "http://www.opengis.net/def/rel/ogc/1.0/schema")[0];
        assert_eq!(
            service.path(link["href"].as_str().unwrap()),
            format!("{path}/schema")
        );
        assert_eq!(link["type"], "application/schema+json");
    }
}

fn features_are_as_the_schema_says(service: &Service) {
    for id in service.ids() {
        let schema = service.json(&format!("/collections/{id}/schema"));
        assert_eq!(schema["additionalProperties"], false);
        let answer = service.get_as(&format!("/collections/{id}/items?limit=50"), GEO_JSON);
        let page = answer.json();
        for feature in page["features"].as_array().unwrap() {
            is_as_said(&schema["properties"], feature);
        }
        let one = service.json(&format!("/collections/{id}/items/{}", ids(&page)[0]));
        is_as_said(&schema["properties"], &one);
    }
}

fn is_as_said(properties: &Value, feature: &Value) {
    uuid::Uuid::parse_str(feature["id"].as_str().unwrap()).unwrap();
    if let (Some(kind), Some(said)) = (
        feature["geometry"]["type"].as_str(),
        properties["geometry"]["format"].as_str(),
    ) {
        assert_eq!(format!("geometry-{}", kind.to_lowercase()), said);
    }
    for (name, value) in feature["properties"].as_object().unwrap() {
        let said = properties.get(name);
        let said = said.unwrap_or_else(|| panic!("{name} is not in the schema"));
        assert!(
            value.is_null() || is_of(said, value),
            "{name}: {value} is not {said}"
        );
    }
}

/// Whether a value is what a schema says: its type, its list of values and its range.
fn is_of(said: &Value, value: &Value) -> bool {
    let is_of_type = match said["type"].as_str().unwrap() {
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => {
            let rows = value.as_array().unwrap().iter();
            return rows
                .flat_map(|row| row.as_object().unwrap())
                .all(|(name, cell)| {
                    cell.is_null() || is_of(&said["items"]["properties"][name], cell)
                });
        }
        _ => value.is_string(),
    };
    let number = value.as_f64().unwrap_or_default();
    let within = |bound: &str, holds: fn(&f64, &f64) -> bool| {
        said[bound]
            .as_f64()
            .is_none_or(|bound| holds(&number, &bound))
    };
    let listed = said["enum"]
        .as_array()
        .is_none_or(|list| list.contains(value));
    is_of_type && listed && within("minimum", f64::ge) && within("maximum", f64::le)
}
