//! Tables of other software: attached by a definition, on the map and in the API, and new when they change.

use std::fs;
use std::io::Write;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_postgres::Database;

use crate::answer::Answer;
use crate::city::City;

const LAMPS: &str = include_str!("attach/lamps.toml");
/// Where the lamps stand: around the village of the sample, so that tiles and packages hold them.
const WHERE: &str =
    "ST_SetSRID(ST_MakePoint(-773500 + (n % 1000) * 10.0, -998500 + (n / 1000) * 10.0), 5514)";

/// Starts a city whose database holds so many lamps of a vendor, polled and watched by a trigger.
fn city_with(lamps: u32) -> City {
    let city = City::start_in(Database::fresh());
    city.psql(&format!(
        "CREATE SCHEMA gis; CREATE TABLE gis.lampy (gid integer PRIMARY KEY, the_geom geometry(Point, 5514), cislo text,
           vyska real, vlastnik text);
         INSERT INTO gis.lampy SELECT n, {WHERE}, 'L' || n, 5 + n % 7, 'tajný' FROM generate_series(1, {lamps}) n;
         CREATE INDEX ON gis.lampy USING gist (the_geom); CREATE TABLE gis.stozary (LIKE gis.lampy INCLUDING ALL);
         INSERT INTO gis.stozary SELECT * FROM gis.lampy;
         GRANT USAGE ON SCHEMA gis TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA gis TO PUBLIC; ANALYZE"
    ));
    city
}

/// Writes the definitions of both layers and starts the city again.
fn attached(city: City, polled: &str) -> City {
    let folder = city.instance().join("layers");
    fs::write(folder.join("lamps.toml"), polled).unwrap();
    let poles = LAMPS
        .replace("\"lamps\"", "\"poles\"")
        .replace("\"lampy\"", "\"stozary\"")
        .replace("gis.lampy", "gis.stozary")
        .replace("watch = { poll = 1 }", "watch = \"trigger\"")
        .replace("Lampa {code}", "Stožár {code}");
    fs::write(folder.join("poles.toml"), poles).unwrap();
    let sql = obzor(&city, &["attach", "trigger-sql", "poles"]);
    assert!(sql.status.success(), "{sql:?}");
    city.psql(&String::from_utf8(sql.stdout).unwrap());
    city.restart()
}

fn obzor(city: &City, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(arguments)
        .arg("--instance")
        .arg(city.instance())
        .env("OBZOR_STORE", city.database().url())
        .output()
        .unwrap()
}

/// Runs `obzor`, which must end with an exit code, and returns all that it said.
fn said(city: &City, arguments: &[&str], code: i32) -> String {
    let output = obzor(city, arguments);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

/// Returns the tile of zoom level 14 in which the lamps begin.
fn tile(city: &City, layer: &str) -> String {
    let place = city.psql(&format!(
        "SELECT floor((ST_X(at) / 20037508.342789244 + 1) * 8192) || '/' || floor((1 - ST_Y(at) / 20037508.342789244) * 8192)
         FROM (SELECT ST_Transform({WHERE}, 3857) FROM (SELECT 100 AS n) one) p (at)"
    ));
    format!("/tiles/{layer}/14/{}", place.trim())
}

/// Gets a path from a server that may be reading a large table and a busy machine.
fn patiently(city: &City, path: &str) -> Answer {
    let start = Instant::now();
    loop {
        if let Some(answer) = Answer::try_get(&city.url(path), &[]) {
            return answer;
        }
        assert!(
            start.elapsed() < Duration::from_mins(3),
            "{path} does not answer"
        );
    }
}

/// Waits until an answer differs, and returns how long that took.
fn until_new(city: &City, path: &str, before: &Answer) -> Duration {
    let start = Instant::now();
    loop {
        let now = patiently(city, path);
        if now.status == 200 && now.body != before.body {
            assert_ne!(now.header("etag"), before.header("etag"));
            return start.elapsed();
        }
        assert!(
            start.elapsed() < Duration::from_mins(2),
            "{path} stays as it was"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn tables_of_a_vendor_are_on_the_map_and_follow_what_the_vendor_changes() {
    let city = attached(city_with(5000), LAMPS);
    for layer in ["lamps", "poles"] {
        let items = city
            .get(&format!(
                "/collections/{layer}/items?limit=2&height=6&f=json"
            ))
            .json();
        assert_eq!(items["numberMatched"], 715, "{items}");
        let first = &items["features"][0];
        assert_eq!(first["properties"]["code"], "L1");
        assert_eq!(first["properties"]["owner"], Value::Null, "internal");
        let id = first["id"].as_str().unwrap();
        let by_fid = format!("/collections/{layer}/items/1?f=json");
        assert_eq!(city.get(&by_fid).json()["id"], id);
        let next = items["links"]
            .as_array()
            .unwrap()
            .iter()
            .find(|link| link["rel"] == "next");
        let next = next.unwrap()["href"]
            .as_str()
            .unwrap()
            .replace(&city.url(""), "");
        assert_eq!(
            city.get(&next).json()["features"][0]["properties"]["code"],
            "L15"
        );

        let path = tile(&city, layer);
        let before = city.get(&path);
        assert!(before.body.len() > 1000, "{path} has something in it");
        let table = if layer == "lamps" {
            "gis.lampy"
        } else {
            "gis.stozary"
        };
        city.psql(&format!(
            "UPDATE {table} SET cislo = 'nové' WHERE gid = 100"
        ));
        until_new(&city, &path, &before);
        assert_eq!(
            city.get(&format!("/collections/{layer}/items/100?f=json"))
                .json()["properties"]["code"],
            "nové"
        );

        // A job that fills the table anew, many rows at once.
        let before = city.get(&path);
        city.psql(&format!(
            "BEGIN; TRUNCATE {table}; INSERT INTO {table} SELECT n, {WHERE}, 'N' || n FROM generate_series(1, 3000) n; COMMIT"
        ));
        until_new(&city, &path, &before);
        let found = city.get("/search?q=N2999&limit=3").json();
        assert!(found.to_string().contains(layer), "{found}");
    }
}

#[test]
fn everybody_reads_how_old_an_attached_table_is_and_nobody_writes_it() {
    let mut city = attached(city_with(200), LAMPS);
    check_age(&city);
    check_refusals(&city);
    assert!(said(&city, &["layers"], 0).contains("attached table gis.lampy"));
    let checked = obzor(&city, &["check"]);
    let checked = String::from_utf8([checked.stdout, checked.stderr].concat()).unwrap();
    assert!(
        !checked.contains("style") && !checked.contains("gis.lampy"),
        "{checked}"
    );
    let package = city.file("decany.zip");
    let package = package.to_str().unwrap();
    said(
        &city,
        &[
            "package",
            "build",
            "--municipality",
            "564729",
            "--out",
            package,
        ],
        0,
    );

    // The vendor's update takes the table away for a while: what is in memory stays, and all recovers.
    city.expect_trouble("attached table");
    let path = tile(&city, "lamps");
    let before = city.get(&path);
    city.psql("ALTER TABLE gis.lampy RENAME TO pryc");
    let missing = said(&city, &["check"], 1);
    assert!(missing.contains("there is no table gis.lampy"), "{missing}");
    let away = city.get("/collections/lamps/items?f=json");
    assert_eq!((away.status, away.header("retry-after")), (503, "1"));
    assert_eq!(city.get(&path).body, before.body);
    assert_eq!(city.get("/search?q=parcela").status, 200);
    city.psql("UPDATE gis.pryc SET cislo = 'po'; ALTER TABLE gis.pryc RENAME TO lampy");
    until_new(&city, &path, &before);
}

fn check_age(city: &City) {
    // What nobody has looked at yet has no age.
    let age = |layer: &str| loop {
        let told = city.get(&format!("/collections/{layer}?f=json")).json();
        if !told["as_of"].is_null() {
            return told;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let (lamps, poles) = (age("lamps"), age("poles"));
    assert_eq!(
        (&lamps["live"], &poles["live"]),
        (&json!(false), &json!(true))
    );
    assert!(lamps["as_of"].as_str().unwrap().ends_with('Z'), "{lamps}");
    let tiles = city.get("/tiles/lamps,poles").json();
    assert_eq!(tiles["vector_layers"][1]["live"], true, "{tiles}");
    let says = |path: &str, words: &str| {
        let answer = city.get(path);
        assert!(answer.text().contains(words), "{path}: {}", answer.text());
    };
    says("/map/config.json", "\"as_of\"");
    says("/collections/lamps/items/1?f=html&lang=cs", "stav k ");
    says("/collections/lamps/items/1?f=html&lang=en", "as of ");
    says("/collections/poles?f=html&lang=cs", "živě");
    says("/styles/city.json", "\"source-layer\":\"lamps\"");
    says("/styles/city/legend.json", "\"lamps\"");
}

fn check_refusals(city: &City) {
    said(
        city,
        &["user", "add", "jana", "--municipality", "564729"],
        0,
    );
    let bearer = format!(
        "Bearer {}",
        said(city, &["user", "token", "jana"], 0).trim()
    );
    let headers = [
        ("authorization", bearer.as_str()),
        ("if-match", "\"1-1\""),
        ("content-type", "application/geo+json"),
    ];
    let feature = json!({ "type": "Feature", "properties": { "code": "x" } }).to_string();
    let one = "/collections/lamps/items/1";
    for (method, path, body) in [
        ("POST", "/collections/lamps/items", feature.as_str()),
        ("PATCH", one, &feature),
        ("DELETE", one, ""),
    ] {
        let answer = Answer::try_send(method, &city.url(path), &headers, body).unwrap();
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, "GET, HEAD"),
            "{}",
            answer.text()
        );
        assert!(
            answer.text().contains("Technické služby"),
            "{}",
            answer.text()
        );
    }
    let file = city.file("lampy.csv");
    fs::write(&file, "cislo\n1\n").unwrap();
    let import = [
        "import",
        file.to_str().unwrap(),
        "--layer",
        "lamps",
        "--author",
        "jana",
    ];
    let refused = said(
        city,
        &[&import[..], &["--municipality", "564729"]].concat(),
        3,
    );
    assert!(refused.contains("Technické služby"), "{refused}");
}

/// Says something to the person who runs the test, past the test runner.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[test]
#[ignore = "slow: a million rows in a foreign table, and a million beside them"]
fn a_million_rows_of_a_foreign_table_are_served_without_a_copy() {
    let city = city_with(1_000_000);
    add_foreign_table(&city);
    let sizes = "SELECT pg_size_pretty(sum(pg_total_relation_size(c.oid))) FROM pg_class c
        JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('obzor', 'obzor_store')";
    let (size, memory) = (city.psql(sizes), city.memory());
    let polled = LAMPS.replace("gis.lampy", "ciziny.lampy");
    let city = attached(city, &polled.replace("poll = 1", "poll = 5"));
    let tiles = [tile(&city, "lamps"), tile(&city, "poles")];
    let start = Instant::now();
    for path in &tiles {
        let bytes = patiently(&city, path).body.len();
        tell(&format!(
            "{path}: {bytes} bytes, {:?} after the start",
            start.elapsed()
        ));
    }
    let found = |city: &City| {
        patiently(city, "/search?q=lampa+L999999&limit=1")
            .text()
            .contains("L999999")
    };
    while !found(&city) {}
    tell(&format!(
        "memory: {memory} MB without the tables, {} MB with them and search",
        city.memory()
    ));
    measure_reading(&city, &tiles[0]);
    for (path, table, watch) in [
        (&tiles[0], "gis.lampy", "poll 5 s, foreign table"),
        (&tiles[1], "gis.stozary", "trigger"),
    ] {
        let before = patiently(&city, path);
        city.psql(&format!(
            "UPDATE {table} SET cislo = 'nové' WHERE gid = 100"
        ));
        let shown = until_new(&city, path, &before);
        let before = patiently(&city, path);
        let start = Instant::now();
        city.psql(&format!("UPDATE {table} SET cislo = 'X' || gid"));
        let written = start.elapsed();
        let all_shown = until_new(&city, path, &before);
        tell(&format!(
            "{watch}: one row shows after {shown:?}; a million, written in {written:?}, after {all_shown:?}; memory {} MB",
            city.memory()
        ));
    }
    tell(&format!(
        "our tables: {} before, {} after",
        size.trim(),
        city.psql(sizes).trim()
    ));
    let told = "SELECT count(*) < 10 FROM obzor_store.attached_changes";
    assert_eq!(city.psql(told).trim(), "t");
}

/// Makes the vendor's table a foreign one too, in a schema of its own.
fn add_foreign_table(city: &City) {
    let url = city.database().url();
    let host = url
        .split("host=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let name = city.psql("SELECT current_database()");
    city.psql(&format!(
        "CREATE EXTENSION postgres_fdw;
         CREATE SERVER jinde FOREIGN DATA WRAPPER postgres_fdw
           OPTIONS (host '{}', dbname '{}', fetch_size '10000', extensions 'postgis');
         CREATE USER MAPPING FOR PUBLIC SERVER jinde OPTIONS (user 'postgres', password_required 'false');
         CREATE SCHEMA ciziny; GRANT USAGE ON SCHEMA ciziny TO PUBLIC",
        host.replace("%2F", "/"),
        name.trim()
    ));
    city.psql("IMPORT FOREIGN SCHEMA gis LIMIT TO (lampy) FROM SERVER jinde INTO ciziny");
    city.psql("GRANT SELECT ON ciziny.lampy TO PUBLIC");
}

fn measure_reading(city: &City, tile: &str) {
    let start = Instant::now();
    for _ in 0..200 {
        assert_eq!(city.get(tile).status, 200);
    }
    tell(&format!(
        "a tile from the cache: {:?}",
        start.elapsed() / 200
    ));
    let place = tile.trim_start_matches("/tiles/lamps/14/");
    let (x, y) = place.split_once('/').unwrap();
    let (x, y): (u32, u32) = (x.parse().unwrap(), y.parse().unwrap());
    let start = Instant::now();
    for n in 0..16 {
        city.get(&format!(
            "/tiles/lamps/16/{}/{}",
            4 * x + n % 4,
            4 * y + n / 4
        ));
    }
    tell(&format!("a tile that is made: {:?}", start.elapsed() / 16));
    for query in [
        "limit=100",
        "cursor=500000&limit=100",
        "bbox=13.912,50.45,13.914,50.451&limit=100",
        "code=L777777",
    ] {
        let start = Instant::now();
        let items = patiently(city, &format!("/collections/lamps/items?{query}&f=json")).json();
        let (returned, matched) = (&items["numberReturned"], &items["numberMatched"]);
        tell(&format!(
            "items?{query}: {returned} of {matched} in {:?}",
            start.elapsed()
        ));
    }
}
