//! What lies at a place: measured as PostGIS's numbers say, for whom it is, by point, feature and drawn area.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::city::{City, run};

fn ask(city: &City, query: &str) -> Value {
    let answer = city.get(&format!("/what-is-here?{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

/// Returns what lies there of a layer.
fn of<'a>(found: &'a Value, layer: &str) -> Option<&'a Value> {
    let layers = found["layers"].as_array().unwrap();
    layers.iter().find(|here| here["layer"] == layer)
}

fn first(city: &City, layer: &str) -> Value {
    let page = city.get(&format!("/collections/{layer}/items?f=json&limit=1"));
    page.json()["features"][0].clone()
}

#[test]
fn of_a_parcel_is_told_what_lies_in_it_on_both_stores() {
    let cities = City::start_both();
    let found: Vec<Value> = cities
        .iter()
        .map(|city| {
            let address = first(city, "addresses");
            let [lon, lat] = [0, 1].map(|axis| address["geometry"]["coordinates"][axis].clone());
            let at = ask(city, &format!("point={lon},{lat}&radius=5"));
            assert!(of(&at, "addresses").is_some(), "{at}");
            assert_eq!(of(&at, "municipalities").unwrap()["count"], 1, "{at}");
            let parcel = of(&at, "parcels").unwrap()["features"][0].clone();
            assert_eq!(parcel["distance"], 0.0, "{parcel}");
            let within = ask(city, &format!("feature=parcels/{}", parcel["fid"]));
            assert!(of(&within, "addresses").is_some(), "{within}");
            let municipality = of(&within, "municipalities").unwrap();
            let (own, common) = (&within["place"]["area"], &municipality["area"]);
            let apart = (own.as_f64().unwrap() - common.as_f64().unwrap()).abs();
            assert!(
                apart < 0.02,
                "the municipality covers the parcel: {own} {common}"
            );
            // Neighbours have a border in common and nothing else.
            let neighbours =
                of(&within, "parcels").map_or(0, |here| here["count"].as_u64().unwrap());
            assert_eq!(neighbours, 0, "{within}");
            within
        })
        .collect();
    let measured = |found: &Value| {
        let layers = found["layers"].as_array().unwrap().iter();
        layers
            .map(|here| {
                [
                    &here["layer"],
                    &here["count"],
                    &here["area"],
                    &here["length"],
                ]
                .map(Value::clone)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(measured(&found[0]), measured(&found[1]));
}

#[test]
fn areas_and_lengths_are_those_that_postgis_measures() {
    let [_, city] = City::start_both();
    let corner = first(&city, "parcels")["geometry"]["coordinates"][0][0].clone();
    let [lon, lat] = [0, 1].map(|axis| corner[axis].as_f64().unwrap());
    let corners = [
        (-0.002, -0.001),
        (0.0021, -0.0012),
        (0.0019, 0.0013),
        (-0.0022, 0.0011),
    ];
    let ring: Vec<[f64; 2]> = corners
        .iter()
        .chain(&corners[..1])
        .map(|(x, y)| [lon + x, lat + y])
        .collect();
    let text: Vec<_> = ring.iter().map(|[x, y]| format!("{x} {y}")).collect();
    let wkt = format!("POLYGON(({}))", text.join(","));
    let found = ask(&city, &format!("geometry={}", wkt.replace(' ', "%20")));
    let document = json!({ "type": "Polygon", "coordinates": [ring] }).to_string();
    let headers = [("Content-Type", "application/geo+json")];
    let posted = Answer::try_send(
        "POST",
        &city.url("/what-is-here"),
        &headers,
        document.as_str(),
    );
    assert_eq!(posted.unwrap().json(), found);
    let mut compared = 0;
    for here in found["layers"].as_array().unwrap() {
        let layer = here["layer"].as_str().unwrap();
        let measure = match (here["area"].as_f64(), here["length"].as_f64()) {
            (Some(area), _) => ("ST_Area", 3, area, 0.1),
            (_, Some(length)) => ("ST_Length", 2, length, 0.05),
            _ => continue,
        };
        let (function, dimension, ours, least) = measure;
        // The corners are transformed one by one, as ours are, by the same operation.
        let sql = format!(
            "SET search_path = obzor, public;
             WITH here AS (SELECT ST_Transform(ST_GeomFromText('{wkt}', 4326), 5514) AS asked),
             part AS (SELECT {function}(ST_CollectionExtract(ST_Intersection(geom, asked), {dimension})) AS much
                      FROM \"{layer}\", here WHERE ST_Intersects(geom, asked))
             SELECT coalesce(sum(much), 0) FROM part WHERE much >= {least}"
        );
        let theirs: f64 = city.psql(&sql).trim().parse().unwrap();
        assert!(
            (ours - theirs).abs() < 0.02 + theirs * 1e-5,
            "{layer}: {ours}, not {theirs}"
        );
        compared += 1;
    }
    assert!(compared > 2, "{found}");
}

#[test]
fn what_is_no_place_is_refused_with_the_parameter() {
    let city = City::shared();
    let far = "POLYGON((13%2050,14.5%2050,14.5%2051,13%2051,13%2050))";
    for (query, name, status) in [
        ("f=json", "point", 400),
        ("point=50.46,13.41", "point", 400),
        ("point=13.41", "point", 400),
        ("point=13.41,50.46&radius=5000", "radius", 400),
        ("point=13.41,50.46&feature=parcels/1", "point", 400),
        ("geometry=POLYGON((13%2050", "geometry", 400),
        (&format!("geometry={far}"), "geometry", 400),
        ("pont=13.41,50.46", "pont", 400),
        ("feature=parcels/999999999", "Prvek", 404),
        ("feature=nothing/1", "Vrstva", 404),
    ] {
        let answer = city.get(&format!("/what-is-here?{query}"));
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        assert!(answer.text().contains(name), "{query}: {}", answer.text());
    }
    for (body, status) in [("{", 400), ("{\"type\":\"Polygon\"}", 400), ("[]", 400)] {
        let answer = Answer::try_send("POST", &city.url("/what-is-here"), &[], body).unwrap();
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    // One byte too many, so that all is read: who closes with much unread takes its own answer back.
    let long = " ".repeat(512 * 1024 + 1);
    let answer = Answer::try_send("POST", &city.url("/what-is-here"), &[], long.as_str()).unwrap();
    assert_eq!(answer.status, 413);
}

#[test]
fn a_clerk_reads_it_as_a_page() {
    let city = City::shared();
    let html = [("Accept", "text/html")];
    let form = city.get_with("/what-is-here", &html);
    assert!(
        form.text().contains("action=\"/search\""),
        "{}",
        form.text()
    );
    let parcel = first(&city, "parcels");
    let page = city.get_with(
        &format!("/what-is-here?feature=parcels/{}", parcel["fid"]),
        &html,
    );
    assert_eq!(page.status, 200, "{}", page.text());
    for words in ["<svg", "Obce", "m²", "&amp;feature=parcels/"] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    let english = city.get_with("/what-is-here?point=13.91,50.44&lang=en", &html);
    assert!(english.text().contains("What is here"));
}

#[test]
fn the_pages_of_layers_and_places_are_accessible_and_fit_a_phone() {
    let city = City::shared();
    let parcel = first(&city, "parcels")["id"].as_str().unwrap().to_owned();
    let lamp = first(&city, "street-lights")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    fs::create_dir_all(&screenshots).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/here/browser.mjs");
    let pages = [
        "layers=/collections".to_owned(),
        "layers-found=/collections?q=osvetleni".to_owned(),
        "layer=/collections/street-lights".to_owned(),
        "layer-large=/collections/parcels?lang=en".to_owned(),
        "landing=/".to_owned(),
        "queryables=/collections/street-lights/queryables?f=html".to_owned(),
        "items=/collections/street-lights/items?limit=20".to_owned(),
        "items-sorted=/collections/parcels/items?limit=8&sortby=-area&lang=en".to_owned(),
        "items-narrowed=/collections/street-lights/items?limit=8&pole_material=2".to_owned(),
        "items-none=/collections/street-lights/items?f=html&code=nothing".to_owned(),
        "feature=/collections/street-lights/items/".to_owned() + &lamp,
        "feature-area=/collections/parcels/items/".to_owned() + &parcel,
        "here=/what-is-here?feature=parcels/".to_owned() + &parcel,
        "here-form=/what-is-here".to_owned(),
        "search=/search?q=decany".to_owned(),
    ];
    let mut arguments = vec![script.to_str().unwrap(), "", screenshots.to_str().unwrap()];
    let url = city.url("");
    arguments[1] = &url;
    arguments.extend(pages.iter().map(String::as_str));
    run("node", &arguments);
}
