//! What the service says of a feature is what the store holds: every value and position of every public layer.

use std::collections::BTreeMap;

use layers::{Layer, PrivacyClass};
use serde_json::{Map, Value};

use crate::city::{City, run};
use crate::clients::shipped;

/// Answers carry seven decimals of a degree, so half the last one and what GDAL's own arithmetic adds may differ.
const DEGREES: f64 = 1.5e-7;

type Features = BTreeMap<String, (Map<String, Value>, Vec<f64>)>;

/// Reads the features that everybody may see from the file with GDAL, by id.
fn stored(city: &City, layer: &Layer) -> Features {
    let store = city.store();
    let mut arguments = vec![
        "-f",
        "GeoJSONSeq",
        "/vsistdout/",
        store.to_str().unwrap(),
        layer.id.as_str(),
        "-lco",
        "COORDINATE_PRECISION=9",
    ];
    let condition = layer.public_if.as_ref().map(|field| format!("{field} = 1"));
    arguments.extend(condition.iter().flat_map(|text| ["-where", text]));
    let printed = run("ogr2ogr", &arguments);
    let features = printed.lines().map(|line| {
        let mut feature: Value = serde_json::from_str(line).unwrap();
        let values = feature["properties"].as_object_mut().unwrap();
        let id = values.remove("id").unwrap().as_str().unwrap().to_owned();
        (id, (values.clone(), numbers(&feature["geometry"])))
    });
    features.collect()
}

/// Reads the features that the service gives to everybody, page by page, by id.
fn served(city: &City, layer: &Layer) -> Features {
    let mut features = Features::new();
    let mut next = Some(format!("/collections/{}/items?limit=1000", layer.id));
    while let Some(path) = next {
        let page = city.get(&path).json();
        for feature in page["features"].as_array().unwrap() {
            let values = feature["properties"].as_object().unwrap().clone();
            let id = feature["id"].as_str().unwrap().to_owned();
            let before = features.insert(id, (values, numbers(&feature["geometry"])));
            assert!(before.is_none(), "{} gives a feature twice", layer.id);
        }
        let links = page["links"].as_array().unwrap();
        let link = links.iter().find(|link| link["rel"] == "next");
        next = link.map(|link| link["href"].as_str().unwrap().replace(&city.url(""), ""));
    }
    features
}

/// Returns all coordinates of a geometry in ascending order, since two writers may begin a ring elsewhere.
fn numbers(geometry: &Value) -> Vec<f64> {
    fn collect(value: &Value, found: &mut Vec<f64>) {
        match value {
            Value::Number(number) => found.push(number.as_f64().unwrap()),
            Value::Array(parts) => parts.iter().for_each(|part| collect(part, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&geometry["coordinates"], &mut found);
    found.sort_by(f64::total_cmp);
    found
}

/// Whether a value as GDAL writes it is the served one; GDAL writes days with slashes and lists as text.
fn is_same(stored: &Value, served: &Value) -> bool {
    match (stored, served) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::String(text), Value::Array(_)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|list| list == *served)
        }
        (Value::String(a), Value::String(b)) => a == b || a.replace('/', "-") == *b,
        (a, b) => a == b,
    }
}

fn differences(layer: &Layer, stored: &Features, served: &Features) -> Vec<String> {
    let mut found = Vec::new();
    let public = |name: &&str| layer.field(name).unwrap().1.privacy == PrivacyClass::Public;
    let names = layer.fields.iter().map(|field| field.name.as_str());
    let names: Vec<&str> = names.filter(public).collect();
    for (id, (values, place)) in stored {
        let Some((given, position)) = served.get(id) else {
            found.push(format!("{}: {id} is not served", layer.id));
            continue;
        };
        for name in &names {
            let value = values.get(*name).unwrap_or(&Value::Null);
            if !given.get(*name).is_some_and(|given| is_same(value, given)) {
                let given = given.get(*name);
                found.push(format!(
                    "{}: {id}: {name} is {value}, not {given:?}",
                    layer.id
                ));
            }
        }
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < DEGREES;
        if place.len() != position.len() || !place.iter().zip(position).all(near) {
            found.push(format!("{}: {id} lies elsewhere", layer.id));
        }
    }
    found
}

#[test]
fn every_value_and_position_is_served_as_it_is_stored() {
    let city = City::shared();
    let (public, _) = shipped();
    let mut found = Vec::new();
    for layer in &public {
        let (stored, served) = (stored(&city, layer), served(&city, layer));
        assert!(!stored.is_empty(), "{} is empty", layer.id);
        assert_eq!(stored.len(), served.len(), "{}", layer.id);
        found.extend(differences(layer, &stored, &served));
    }
    found.truncate(20);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
