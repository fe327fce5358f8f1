//! The pages of history in a real browser: they fit a phone and are accessible, and a clerk undoes a change set there.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{Reader, TOWN, live, properties};
use crate::city::{City, run};
use crate::login;

#[test]
fn a_clerk_reads_history_on_a_phone_and_undoes_a_change_set() {
    let city = City::start();
    let jana = Reader::new(&city, "jana", "editor", Some(TOWN));
    let lived = live(&jana, "B-1");
    let lamp = jana.add_lamp("B-2");
    jana.change(&lamp, "higher", &properties(&json!({ "height": 6.5 })));
    let changed = jana.get("/revisions?limit=1").json();
    let number = changed["revisions"][0]["revision"].as_i64().unwrap();
    jana.change(&lamp, "noted", &properties(&json!({ "note": "vedle" })));
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    fs::create_dir_all(&screenshots).unwrap();
    let browser = login::logged_in(&city, "eva", TOWN);
    let (_, secret) = browser.cookie().split_once('=').unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/history/browser.mjs");
    let city_url = city.url("");
    run(
        "node",
        &[
            script.to_str().unwrap(),
            &city_url,
            secret,
            screenshots.to_str().unwrap(),
            &format!("/revisions/{number}"),
            "/revisions?limit=8",
            &format!("{lived}/history"),
            &format!("{lamp}/history"),
        ],
    );
    let lamp = jana.get(&lamp).json();
    let (height, note) = (&lamp["properties"]["height"], &lamp["properties"]["note"]);
    assert_eq!((height, note), (&json!(null), &json!("vedle")));
}
