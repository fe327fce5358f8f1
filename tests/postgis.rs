//! A city whose store is a PostGIS database: it answers as one whose store is a file, and shows what SQL changes.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use layers::{Audience, LayerSet};
use test_postgres::Database;

use crate::city::City;

mod paths;

/// Returns the tile of zoom level 14 in which the first parcel lies.
fn tile_of_first_parcel(city: &City) -> String {
    let column = "floor((ST_X(at) / 20037508.342789244 + 1) * 8192)";
    let row = "floor((1 - ST_Y(at) / 20037508.342789244) * 8192)";
    let at = "(SELECT ST_Transform(ST_Centroid(geom), 3857) FROM obzor.parcels ORDER BY fid LIMIT 1) p(at)";
    let place = city.psql(&format!("SELECT {column} || '/' || {row} FROM {at}"));
    format!("14/{}", place.trim())
}

#[test]
fn it_answers_as_a_city_in_a_file_does() {
    let (file, database) = (City::shared(), City::start_in(Database::fresh()));
    let layers = LayerSet::shipped().unwrap();
    let public = layers
        .iter()
        .filter(|layer| Audience::PUBLIC.view(layer).is_some());
    let mut paths: Vec<_> = public
        .map(|layer| format!("/collections/{}/items?limit=200&f=json", layer.id))
        .collect();
    paths.push("/collections/parcels/items?bbox=13.9,50.45,13.95,50.5&f=json".to_owned());
    paths.push(
        "/search?q=Děčany 1"
            .replace(' ', "%20")
            .replace('ě', "%C4%9B")
            .replace('č', "%C4%8D"),
    );
    let without_host = |city: &City, text: &str| text.replace(&city.url(""), "");
    for path in paths {
        let (one, other) = (file.get(&path), database.get(&path));
        assert_eq!(one.status, 200, "{path}: {}", one.text());
        let (one, other) = (
            without_host(&file, one.text()),
            without_host(&database, other.text()),
        );
        assert!(
            same_but_times(&one, &other),
            "{path}:\n{one:.2000}\n{other:.2000}"
        );
    }
    let place = tile_of_first_parcel(&database);
    let tile = format!("/tiles/parcels,buildings,addresses/{place}");
    let (one, other) = (file.get(&tile), database.get(&tile));
    assert!(one.body.len() > 1000, "a tile with something in it");
    assert!(one.body == other.body, "{tile}");
    assert_eq!(one.header("etag"), other.header("etag"));
}

/// Whether two answers differ at most in when they were made.
fn same_but_times(one: &str, other: &str) -> bool {
    let without_time = |text: &str| {
        let mut json: serde_json::Value = serde_json::from_str(text).unwrap();
        if let Some(object) = json.as_object_mut() {
            object.remove("timeStamp");
        }
        json
    };
    without_time(one) == without_time(other)
}

#[test]
fn what_psql_changes_is_in_the_next_tile_and_in_history() {
    let city = City::start_in(Database::fresh());
    let tile = format!("/tiles/parcels/{}", tile_of_first_parcel(&city));
    let before = city.get(&tile);
    let id = city.psql(
        "UPDATE obzor.parcels SET geom = ST_Translate(geom, 25, 0)
         WHERE fid = (SELECT min(fid) FROM obzor.parcels) RETURNING id",
    );
    let id = id.trim();
    let start = Instant::now();
    let after = city.get(&tile);
    assert!(before.body != after.body, "the tile is new");
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    let item = city.get(&format!("/collections/parcels/items/{id}?f=json"));
    assert_eq!(item.status, 200);
    let newest = "SELECT revision, author FROM obzor_store.revisions ORDER BY 1 DESC LIMIT 1";
    assert_eq!(city.psql(newest).trim(), "2|postgres");
}

#[test]
fn it_says_to_wait_while_the_database_is_gone_and_goes_on_when_it_is_back() {
    let mut city = City::start_in(Database::fresh());
    city.expect_trouble("cannot be re");
    let page = "/collections/parcels/items?limit=1&f=json";
    assert_eq!(city.get(page).status, 200);
    city.database().go_away();
    let answer = city.get(page);
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    assert!(!answer.text().contains("postgres"), "{}", answer.text());
    city.database().come_back();
    let start = Instant::now();
    while city.get(page).status != 200 {
        assert!(start.elapsed() < Duration::from_secs(10), "it stays away");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_password_is_in_no_message() {
    const PASSWORD: &str = "tajneheslo";
    let folder = tempfile::tempdir().unwrap();
    let obzor = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args(arguments)
            .arg("--instance")
            .arg(folder.path())
            .env("OBZOR_LOG", "trace")
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains(PASSWORD), "{said}");
        (output.status.code(), said)
    };
    let nowhere = format!("postgres://obzor:{PASSWORD}@127.0.0.1:1/obzor");
    for wrong in [
        nowhere.clone(),
        format!("postgres://obzor:{PASSWORD}@["),
        format!("mysql://obzor:{PASSWORD}@db/obzor"),
    ] {
        for command in ["check", "layers", "migrate", "sample"] {
            assert_ne!(obzor(&[command, "--store", &wrong]).0, Some(0), "{command}");
        }
    }
    fs::write(
        folder.path().join("obzor.toml"),
        format!("store = {nowhere:?}"),
    )
    .unwrap();
    let (code, said) = obzor(&["check"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot be reached"), "{said}");
}

#[test]
fn migrate_makes_an_empty_database_a_store() {
    let database = Database::fresh();
    let folder = tempfile::tempdir().unwrap();
    let obzor = |command: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args([command, "--instance"])
            .arg(folder.path())
            .env("OBZOR_STORE", database.url())
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, said) = obzor("layers");
    assert_eq!(code, Some(1));
    assert!(said.contains("obzor migrate"), "{said}");
    for command in ["migrate", "migrate", "layers", "check"] {
        let (code, said) = obzor(command);
        assert_eq!(code, Some(0), "{command}: {said}");
    }
}
