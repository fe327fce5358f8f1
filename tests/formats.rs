//! Features as files: what each format holds, how it is asked for, and how a download goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::city::{City, run};
use crate::gdal::summaries;

/// A layer with nested rows, codes, days, numbers and hidden rows.
const LAMPS: &str = "/collections/street-lights/items";
const S_JTSK: &str = "http://www.opengis.net/def/crs/EPSG/0/5514";

/// Downloads a file beside the instance.
fn download(city: &City, path: &str, name: &str) -> PathBuf {
    let answer = city.get(path);
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
    let file = city.file(name);
    fs::write(&file, answer.body).unwrap();
    file
}

/// Returns the properties of all features of the layer as GeoJSON has them, by their ids.
fn served(city: &City, query: &str) -> BTreeMap<String, Map<String, Value>> {
    let page = city.get(&format!("{LAMPS}?limit=10000&{query}")).json();
    assert_eq!(page["numberMatched"], page["numberReturned"]);
    let features = page["features"].as_array().unwrap().iter();
    let pair = |feature: &Value| {
        let id = feature["id"].as_str().unwrap().to_owned();
        (id, feature["properties"].as_object().unwrap().clone())
    };
    features.map(pair).collect()
}

/// Returns what GDAL reads from a file, by the ids of the features.
fn read_by_gdal(file: &Path) -> BTreeMap<String, Map<String, Value>> {
    let file = file.to_str().unwrap();
    let printed = run("ogr2ogr", &["-f", "GeoJSON", "/vsistdout/", file]);
    let document: Value = serde_json::from_str(&printed).unwrap();
    let features = document["features"].as_array().unwrap().iter();
    let pair = |feature: &Value| {
        let properties = feature["properties"].as_object().unwrap().clone();
        (properties["id"].as_str().unwrap().to_owned(), properties)
    };
    features.map(pair).collect()
}

/// Writes a value so that the ways in which formats have it are alike: days by slashes, truth as a number, nothing as
/// an empty text, nested values without blanks.
fn plain(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Bool(flag)) => u8::from(*flag).to_string(),
        Some(Value::Number(number)) => number.as_f64().unwrap().to_string(),
        Some(Value::String(text)) => match text.as_str() {
            "true" => "1".to_owned(),
            "false" => "0".to_owned(),
            text => match text.parse::<f64>() {
                Ok(number) => number.to_string(),
                Err(_) => text
                    .replace('/', "-")
                    .trim_end_matches("T00:00:00")
                    .to_owned(),
            },
        },
        Some(nested) => nested.to_string(),
    };
    text.replace(": ", ":").replace(", ", ",")
}

#[test]
fn gdal_reads_the_same_features_from_every_format() {
    for city in City::start_both() {
        let expected = served(&city, "");
        assert!(expected.len() > 100);
        for f in ["csv", "fgb", "gpkg"] {
            let file = download(&city, &format!("{LAMPS}?f={f}"), &format!("lamps.{f}"));
            let read = read_by_gdal(&file);
            assert_eq!(read.len(), expected.len(), "{f}");
            for (id, properties) in &expected {
                for (name, value) in properties {
                    let got = plain(read[id].get(name));
                    assert_eq!(got, plain(Some(value)), "{f} {id} {name}");
                }
            }
        }
    }
}

#[test]
fn geometries_are_in_the_system_that_is_asked_for() {
    let city = City::shared();
    let stored = download(&city, &format!("{LAMPS}?f=gpkg"), "place.gpkg");
    let stored = summaries(stored.to_str().unwrap(), &[]).remove(0);
    let path = format!("{LAMPS}?f=fgb&crs={S_JTSK}");
    assert_eq!(city.get(&path).header("content-crs"), format!("<{S_JTSK}>"));
    let file = download(&city, &path, "place.fgb");
    let flat = summaries(file.to_str().unwrap(), &[]).remove(0);
    assert_eq!((flat.count, flat.extent), (stored.count, stored.extent));
    let degrees = download(&city, &format!("{LAMPS}?f=fgb"), "degrees.fgb");
    let found = run("ogrinfo", &["-so", "-al", degrees.to_str().unwrap()]);
    assert!(found.contains("ID[\"EPSG\",4326]"), "{found}");
    let [west, south, ..] = summaries(degrees.to_str().unwrap(), &[])
        .remove(0)
        .extent
        .unwrap();
    assert!((12.0..15.0).contains(&west) && (50.0..51.0).contains(&south));
    let refused = city.get(&format!(
        "{LAMPS}?f=gpkg&crs=http://www.opengis.net/def/crs/EPSG/0/4326"
    ));
    assert_eq!(refused.status, 400);
}

#[test]
fn a_sheet_has_headings_titles_and_real_dates() {
    let city = City::shared();
    let file = download(&city, &format!("{LAMPS}?f=xlsx"), "lamps.xlsx");
    let printed = run(
        "ogr2ogr",
        &["-f", "CSV", "/vsistdout/", file.to_str().unwrap(), "Prvky"],
    );
    let expected = served(&city, "");
    assert_eq!(printed.lines().count(), expected.len() + 1);
    let head = printed.lines().next().unwrap();
    for heading in ["Identifikátor", "Typ podpěry", "Výška (m)", "S-JTSK sever"] {
        assert!(head.contains(heading), "{head}");
    }
    let columns = run(
        "ogr2ogr",
        &[
            "-f",
            "CSV",
            "/vsistdout/",
            file.to_str().unwrap(),
            "Sloupce",
        ],
    );
    assert!(columns.contains("Výška (m),height,m"), "{columns}");
}

#[test]
fn json_fg_has_the_place_in_both_systems() {
    let city = City::shared();
    let answer = city.get(&format!("{LAMPS}?f=jsonfg&limit=5"));
    assert_eq!(answer.header("content-type"), "application/geo+json");
    assert!(answer.header("link").contains("jsonfg-plus"));
    let page = answer.json();
    assert_eq!(page["coordRefSys"], S_JTSK);
    assert_eq!(page["numberReturned"], 5);
    let plain = city.get(&format!("{LAMPS}?limit=5")).json();
    for (one, other) in page["features"]
        .as_array()
        .unwrap()
        .iter()
        .zip(plain["features"].as_array().unwrap())
    {
        assert_eq!(one["id"], other["id"]);
        assert_eq!(one["geometry"], other["geometry"]);
        assert_eq!(one["properties"], other["properties"]);
        assert!(one["place"]["coordinates"][0].as_f64().unwrap() < -400_000.0);
    }
    let links = page["links"].as_array().unwrap();
    let next = links.iter().find(|link| link["rel"] == "next").unwrap();
    assert!(next["href"].as_str().unwrap().contains("f=jsonfg"));
}

#[test]
fn a_format_is_chosen_by_name_or_by_what_the_client_takes() {
    let city = City::shared();
    let csv = city.get_with(LAMPS, &[("Accept", "text/csv")]);
    assert_eq!(csv.header("content-type"), "text/csv");
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"street-lights.csv\""
    );
    assert_eq!(
        csv.header("ogc-numbermatched"),
        csv.header("ogc-numberreturned")
    );
    assert_eq!(city.get_with(LAMPS, &[("Accept", "image/png")]).status, 406);
    let unknown = city.get(&format!("{LAMPS}?f=gpkgg&lang=en"));
    assert_eq!(unknown.status, 400);
    assert!(
        unknown.text().contains("did you mean `gpkg`?"),
        "{}",
        unknown.text()
    );
    let some = city.get(&format!("{LAMPS}?f=csv&limit=3"));
    assert_eq!(some.text().lines().count(), 4);
    let area = "bbox=13.0,50.0,13.0001,50.0001";
    let none = city.get(&format!("{LAMPS}?f=csv&{area}"));
    assert_eq!(none.text().lines().count(), 1);
    let collection = city.get("/collections/street-lights").json();
    let links = collection["links"].as_array().unwrap();
    for media_type in [
        "text/csv",
        "application/flatgeobuf",
        "application/geopackage+sqlite3",
    ] {
        let offered = links
            .iter()
            .any(|link| link["rel"] == "items" && link["type"] == media_type);
        assert!(offered, "{media_type}");
    }
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let city = City::start();
    for f in ["csv", "fgb", "gpkg", "xlsx"] {
        let path = format!("{LAMPS}?f={f}");
        let whole = city.get(&path);
        let tag = whole.header("etag").to_owned();
        let head = city.ask("HEAD", &path, &[]);
        assert_eq!(head.header("etag"), tag);
        assert_eq!(head.header("content-length"), whole.body.len().to_string());
        let rest = city.get_with(&path, &[("Range", "bytes=1000-"), ("If-Range", &tag)]);
        assert_eq!(
            (rest.status, &rest.body[..]),
            (206, &whole.body[1000..]),
            "{f}"
        );
        let known = city.get_with(&path, &[("If-None-Match", &tag)]);
        assert_eq!(known.status, 304, "{f}");
    }
    let tags = |city: &City| {
        ["csv", "fgb", "gpkg", "xlsx"].map(|f| {
            let answer = city.get(&format!("{LAMPS}?f={f}"));
            answer.header("etag").to_owned()
        })
    };
    let before = tags(&city);
    // Nothing stays in the spool, and the same features make the same bytes.
    let city = city.restart();
    assert_eq!(tags(&city), before);
    city.execute("UPDATE \"street-lights\" SET height = 59.5 WHERE fid = (SELECT min(fid) FROM \"street-lights\" WHERE public = 1)");
    let after = tags(&city);
    assert!(
        before
            .iter()
            .zip(&after)
            .all(|(before, after)| before != after)
    );
    let spool = city.instance().join("spool");
    let mut city = city;
    city.stop();
    let left = fs::read_dir(spool)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    assert_eq!(left.filter(|path| path.is_dir()).count(), 0);
}
