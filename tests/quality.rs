//! What programs put into the store past every check: nothing falls over it, and everybody who may know is told.

use std::fmt::Write;
use std::process::Command;

use serde_json::{Value, json};

use crate::city::City;

const VILLAGE: i64 = 564_729;
const TOWN: i64 = 562_971;
/// What `obzor check` answers when the instance is sound and some features are not.
const IN_PART: i32 = 4;

/// Positions in EPSG:5514: in the village and in the town.
const IN_VILLAGE: [f64; 2] = [-774_652.4, -998_394.43];
const IN_TOWN: [f64; 2] = [-808_658.08, -991_562.66];

/// A geometry in the words of the city's store.
fn geometry(city: &City, kind: u32, rest: &[u8]) -> String {
    let mut wkb = vec![1];
    wkb.extend(kind.to_le_bytes());
    wkb.extend(rest);
    if city.is_in_database() {
        return format!("ST_GeomFromWKB('\\x{}', 5514)", hex(&wkb));
    }
    let is_empty = rest.chunks(8).all(|bytes| bytes == f64::NAN.to_le_bytes());
    let mut blob = vec![b'G', b'P', 0, if is_empty { 0x11 } else { 0x01 }];
    blob.extend(5514_i32.to_le_bytes());
    blob.extend(wkb);
    format!("X'{}'", hex(&blob))
}

fn point(city: &City, [x, y]: [f64; 2]) -> String {
    geometry(city, 1, &[x.to_le_bytes(), y.to_le_bytes()].concat())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Plants a lamp that is right but for what is said, as SQL.
fn plant(city: &City, code: &str, geom: &str, wrong: &[(&str, &str)]) {
    let code = format!("'{code}'");
    let village = VILLAGE.to_string();
    let mut columns = vec![
        ("geom", geom),
        ("code", &code),
        ("status", "1"),
        ("support_type", "10"),
        ("luminaire_count", "1"),
        ("total_power", "24"),
        ("switchboard", "'RVO-01'"),
        ("position_accuracy", "9"),
        ("source", "'test'"),
        ("public", "true"),
        ("municipality_code", &village),
    ];
    for (name, value) in wrong {
        columns.retain(|(other, _)| other != name);
        columns.push((name, value));
    }
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    city.execute(&format!(
        "INSERT INTO \"street-lights\" ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    ));
}

/// Plants a row for everything that may be wrong.
fn plant_everything(city: &City) {
    let home = point(city, IN_VILLAGE);
    let none = point(city, [f64::NAN; 2]);
    plant(city, "X-01", &home, &[("status", "NULL")]);
    plant(city, "X-02", &home, &[("status", "999")]);
    plant(city, "X-03", &home, &[("height", "1000")]);
    plant(city, "X-04", &home, &[("municipality_code", "599999")]);
    plant(city, "X-05", &home, &[("municipality_code", "NULL")]);
    plant(city, "X-06", &point(city, IN_TOWN), &[]);
    plant(city, "X-07", &none, &[]);
    plant(city, "X-08", "NULL", &[]);
    plant(city, "X-09", &point(city, [0.0, 0.0]), &[]);
    plant(city, "", &home, &[("code", "NULL")]);
    plant(city, "", &home, &[("code", "NULL")]);
    plant(
        city,
        "X-10",
        &home,
        &[("status", "NULL"), ("public", "false")],
    );
    let ring = [
        [0.0, 0.0],
        [20.0, 20.0],
        [20.0, 0.0],
        [0.0, 20.0],
        [0.0, 0.0],
    ];
    let mut bow_tie: Vec<u8> = [1_u32, 1].map(u32::to_le_bytes).concat();
    bow_tie.splice(4..4, [1, 3, 0, 0, 0]);
    bow_tie.extend(5_u32.to_le_bytes());
    for [x, y] in ring {
        bow_tie.extend((IN_VILLAGE[0] + x).to_le_bytes());
        bow_tie.extend((IN_VILLAGE[1] + y).to_le_bytes());
    }
    let geom = geometry(city, 6, &bow_tie);
    let first =
        format!("(SELECT min(fid) FROM \"green-areas\" WHERE municipality_code = {VILLAGE})");
    city.execute(&format!(
        "UPDATE \"green-areas\" SET geom = {geom} WHERE fid = {first}"
    ));
}

/// Returns field, code and number of features of every finding about a layer.
fn findings<'a>(report: &'a Value, layer: &str) -> Vec<(&'a str, &'a str, u64)> {
    let layers = report["layers"].as_array().unwrap().iter();
    let found = layers.filter(|one| one["id"] == layer);
    let mut all: Vec<_> = found
        .flat_map(|one| one["findings"].as_array().unwrap())
        .map(|one| {
            (
                one["field"].as_str().unwrap_or_default(),
                one["code"].as_str().unwrap(),
                one["features"].as_u64().unwrap(),
            )
        })
        .collect();
    all.sort_unstable();
    all
}

const PUBLIC: [(&str, &str, u64); 8] = [
    ("", "geometry-presence", 2),
    ("", "outside-area", 1),
    ("", "outside-municipality", 1),
    ("code", "missing", 2),
    ("height", "out-of-range", 1),
    ("municipality_code", "missing", 1),
    ("municipality_code", "unknown-municipality", 1),
    ("status", "missing", 1),
];

#[test]
fn what_is_put_past_the_checks_falls_over_nothing_and_is_told() {
    for city in City::start_both() {
        let before = city.get("/quality?f=json").json();
        assert_eq!(findings(&before, "street-lights"), []);
        plant_everything(&city);
        let read = |city: &City| -> Value {
            let answer = city.get("/quality?f=json");
            serde_json::from_str(&answer.text().replace(&city.url(""), "")).unwrap()
        };
        let report = read(&city);
        let mut expected = PUBLIC.to_vec();
        expected.push(("status", "not-in-code-list", 1));
        assert_eq!(findings(&report, "street-lights"), expected);
        assert_eq!(
            findings(&report, "green-areas"),
            [("", "self-intersection", 1)]
        );
        // The same is found by who looks at everything anew.
        let city = city.restart();
        assert_eq!(read(&city), report);
        everything_still_answers(&city);
        check_finds(&city);
    }
}

fn everything_still_answers(city: &City) {
    let page = city
        .get("/collections/street-lights/items?limit=10000")
        .json();
    let lamps = page["features"].as_array().unwrap().iter();
    let planted = lamps.filter(|lamp| {
        lamp["properties"]["code"]
            .as_str()
            .is_none_or(|code| code.starts_with("X-"))
    });
    let mut count = 0;
    for lamp in planted {
        let id = lamp["id"].as_str().unwrap();
        for format in ["json", "html"] {
            let path = format!("/collections/street-lights/items/{id}?f={format}");
            assert_eq!(city.get(&path).status, 200, "{path}");
        }
        count += 1;
    }
    assert_eq!(count, 11);
    let all = "street-lights,green-areas,parcels";
    for tile in ["0/0/0", "13/4412/2760", "14/8825/5521", "14/8192/8191"] {
        let path = format!("/tiles/{all}/{tile}");
        assert!([200, 204].contains(&city.get(&path).status), "{path}");
    }
    for path in [
        "/search?q=X-0",
        "/quality?lang=en&f=html",
        "/",
        "/collections?f=html",
    ] {
        assert_eq!(city.get(path).status, 200, "{path}");
    }
    let package = city.file("package.zip");
    let package = package.to_str().unwrap();
    for (arguments, code) in [
        (
            vec![
                "package",
                "build",
                "--municipality",
                "564729",
                "--out",
                package,
            ],
            0,
        ),
        (vec!["package", "verify", package], 0),
        (vec!["explain", "tile", all, "14", "8825", "5521"], 0),
        (vec!["publish", "sample-564729-greenery"], 3),
        (vec!["datasets"], 0),
    ] {
        let (found, said) = obzor(city, &arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
    }
}

fn check_finds(city: &City) {
    let (code, said) = obzor(city, &["check", "--json"]);
    assert_eq!(code, Some(IN_PART), "{said}");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["problems"], json!([]));
    let missing = findings(&report, "street-lights");
    assert!(missing.contains(&("status", "missing", 2)), "{missing:?}");
    let layers = report["layers"].as_array().unwrap();
    let lamps = layers.iter().find(|one| one["id"] == "street-lights");
    let first = &lamps.unwrap()["findings"][0]["first"][0];
    let author = if city.is_in_database() {
        "postgres"
    } else {
        "outside"
    };
    assert_eq!(first["author"], author, "{first}");
    let (_, said) = obzor(city, &["check"]);
    for part in [
        "status: is mandatory and has no value: 2",
        "Světelné místo X-01",
        author,
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

/// Runs `obzor` on the city's instance; returns the exit code and what it printed.
fn obzor(city: &City, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obzor"));
    command.args(arguments);
    if !arguments.contains(&"verify") {
        command.arg("--instance").arg(city.instance());
    }
    let output = command.output().unwrap();
    let printed = if output.stdout.is_empty() {
        output.stderr
    } else {
        output.stdout
    };
    (output.status.code(), String::from_utf8(printed).unwrap())
}

#[test]
fn what_is_hidden_is_neither_named_nor_counted_nor_fresh() {
    for city in City::start_both() {
        let lamps = |report: &Value| {
            let layers = report["layers"].as_array().unwrap().iter();
            let mut lamps = layers.filter(|one| one["id"] == "street-lights");
            lamps.next().unwrap().clone()
        };
        let read = || lamps(&city.get("/quality?f=json").json());
        let before = read();
        let home = point(&city, IN_TOWN);
        let town = TOWN.to_string();
        plant(
            &city,
            "X-1",
            &home,
            &[
                ("public", "false"),
                ("status", "NULL"),
                ("municipality_code", &town),
            ],
        );
        city.execute("UPDATE \"street-lights\" SET height = 1000 WHERE code = 'X-1'");
        assert_eq!(read(), before, "a hidden row");
        city.execute("UPDATE \"street-lights\" SET note = 'x' WHERE public AND code = (SELECT min(code) FROM \"street-lights\" WHERE public)");
        assert_eq!(read(), before, "a hidden field");
        let text = city.get("/quality?f=json").text().to_owned();
        for hidden in crate::clients::shipped().1 {
            assert!(
                !text.contains(&format!("\"{}\"", hidden.id)),
                "{}",
                hidden.id
            );
        }
        city.execute("UPDATE \"street-lights\" SET height = 9 WHERE public AND code = (SELECT min(code) FROM \"street-lights\" WHERE public)");
        let after = read();
        assert_ne!(after["last_change"], before["last_change"]);
        assert_eq!(after["features"], before["features"]);
    }
}
