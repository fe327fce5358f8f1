//! The pages of the desk: what a clerk reads there, and the forms by which they decide.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{Field, LAMPS, TOWN, store_of};
use crate::city::{City, run};
use crate::login;

/// Returns the value of a hidden input of a page.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split_once('"').unwrap().0
}

/// Asks that a page is there and says some words.
fn shows(browser: &mut login::Browser<'_>, path: &str, words: &[&str]) {
    let page = browser.get(path);
    assert_eq!(page.status, 200);
    for word in words {
        assert!(page.text().contains(word), "{path} {word}: {}", page.text());
    }
}

#[test]
fn a_clerk_reads_decides_and_takes_it_back() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let mut browser = login::logged_in(&city, "eva", TOWN);
        let lamp = field.features(LAMPS, TOWN)[0].id;
        let path = field.collide(LAMPS, lamp, "pole_material", [json!(1), json!(2)]);
        shows(&mut browser, "/account", &["Konflikty k rozhodnutí"]);
        shows(
            &mut browser,
            "/conflicts?f=html",
            &["Materiál sloupu", &path],
        );
        let page = browser.get(&format!("{path}?f=html"));
        assert_eq!(page.status, 200);
        let text = page.text().to_owned();
        // Values are written as people read them, not as codes.
        let titles = titles(&*store);
        let words = [
            "jana",
            "petr",
            "Původně",
            "Platí",
            "Čeká",
            &titles[0],
            &titles[1],
        ];
        shows(&mut browser, &format!("{path}?f=html"), &words);
        let seen = hidden(&text, "seen").to_owned();
        let decide = |browser: &mut login::Browser<'_>, fields: &[(&str, &str)]| {
            browser.post(&format!("{path}/decision"), fields)
        };
        let stale = decide(&mut browser, &[("seen", "0.open"), ("choice", "mine")]);
        assert_eq!(stale.status, 412);
        assert!(stale.text().contains("Nic se nezapsalo"));
        let wrong = [
            ("seen", seen.as_str()),
            ("choice", "typed"),
            ("value", "777"),
        ];
        let wrong = decide(&mut browser, &wrong);
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("Materiál sloupu: "));
        let done = decide(&mut browser, &[("seen", &seen), ("choice", "mine")]);
        assert_eq!(done.status, 303, "{}", done.text());
        assert_eq!(field.value(LAMPS, lamp, "pole_material"), 2);
        let page = browser.get(&format!("{path}?f=html")).text().to_owned();
        assert!(page.contains("Vzít rozhodnutí zpět"), "{page}");
        let seen = hidden(&page, "seen").to_owned();
        let back = browser.post(&format!("{path}/reopen"), &[("seen", &seen)]);
        assert_eq!(back.status, 303, "{}", back.text());
        assert_eq!(field.value(LAMPS, lamp, "pole_material"), 1);
        let seen = hidden(browser.get(&format!("{path}?f=html")).text(), "seen").to_owned();
        let typed = decide(
            &mut browser,
            &[("seen", &seen), ("choice", "typed"), ("value", "3")],
        );
        assert_eq!(typed.status, 303, "{}", typed.text());
        assert_eq!(field.value(LAMPS, lamp, "pole_material"), 3);
    }
}

/// Returns what the first two codes of the material mean.
fn titles(store: &dyn layers::Store) -> [String; 2] {
    let layer = store.layers().named(LAMPS).unwrap();
    let (_, field) = layer.field("pole_material").unwrap();
    let codes = field.codes.as_ref().unwrap();
    [1_i64, 2].map(|code| codes.title(&code.into()).unwrap().cs.clone())
}

#[test]
fn each_type_of_field_has_its_input() {
    let city = City::start();
    let store = store_of(&city);
    let field = Field { store: &*store };
    let mut browser = login::logged_in(&city, "eva", TOWN);
    let lamps = field.features(LAMPS, TOWN);
    let row = |power: f64| json!([{ "power": power, "light_source": "led" }]);
    for (lamp, (name, values, fields, expected)) in lamps.iter().zip([
        (
            "height",
            [json!(51.5), json!(52.5)],
            vec![("value", "6,5")],
            json!(6.5),
        ),
        (
            "luminaire_count",
            [json!(3), json!(4)],
            vec![("value", "2")],
            json!(2),
        ),
        (
            "public",
            [json!(true), json!(null)],
            vec![("value", "")],
            json!(null),
        ),
        (
            "note",
            [json!("a\nb"), json!("c")],
            vec![("value", " d ")],
            json!("d"),
        ),
        ("supply", [json!(null), json!(null)], vec![], json!(null)),
        (
            "luminaires",
            [row(10.0), row(20.0)],
            vec![("row", "0"), ("row", "1")],
            json!([10.0, 20.0]),
        ),
    ]) {
        if values[0] == values[1] || field.value(LAMPS, lamp.id, name) == values[0] {
            continue;
        }
        let path = field.collide(LAMPS, lamp.id, name, values);
        let page = browser.get(&format!("{path}?f=html")).text().to_owned();
        let seen = hidden(&page, "seen").to_owned();
        let all = [&[("seen", seen.as_str()), ("choice", "typed")][..], &fields].concat();
        let done = browser.post(&format!("{path}/decision"), &all);
        assert_eq!(done.status, 303, "{name}: {}", done.text());
        let stored = field.value(LAMPS, lamp.id, name);
        let stored = match stored.as_array() {
            Some(rows) => rows.iter().map(|row| row["power"].clone()).collect(),
            None => stored,
        };
        assert_eq!(stored, expected, "{name}");
    }
}

#[test]
fn the_pages_are_accessible_and_fit_a_phone() {
    let city = City::start();
    let store = store_of(&city);
    let field = Field { store: &*store };
    let browser = login::logged_in(&city, "eva", TOWN);
    let lamps = field.features(LAMPS, TOWN);
    let plot = field.features("green-areas", TOWN);
    let mut paths = vec![
        "/conflicts".to_owned(),
        field.collide(LAMPS, lamps[0].id, "pole_material", [json!(1), json!(2)]),
        field.collide_by_moving(LAMPS, lamps[1].id, [1.5, 4.0]),
        field.collide_by_removing(LAMPS, lamps[2].id, true),
        field.collide_by_removing(LAMPS, lamps[3].id, false),
        field.collide(
            LAMPS,
            lamps[4].id,
            "luminaires",
            [json!([{ "power": 10.0 }]), json!([{ "power": 20.0 }])],
        ),
    ];
    paths.extend(
        plot.first()
            .map(|plot| super::collide_by_shape(&field, "green-areas", plot)),
    );
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    fs::create_dir_all(&screenshots).unwrap();
    let (_, secret) = browser.cookie().split_once('=').unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conflicts/browser.mjs");
    let mut arguments = vec![
        script.to_str().unwrap().to_owned(),
        city.url(""),
        secret.to_owned(),
        screenshots.to_str().unwrap().to_owned(),
    ];
    arguments.extend(paths);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    run("node", &arguments);
}
