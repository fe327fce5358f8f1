//! Who sees and decides which conflicts, and that nobody learns of what is hidden.

use layers::{PrivacyClass, Store};
use serde_json::{Value as Json, json};

use super::{Clerk, Field, LAMPS, TOWN, VILLAGE, obzor, store_of};
use crate::answer::Answer;
use crate::city::City;

/// Returns a layer with features of the town, and a text of it that is personal.
fn personal(store: &dyn Store) -> (String, String) {
    let field = Field { store };
    let layers = store.layers().iter();
    let mut found = layers.filter_map(|layer| {
        let is_text = |one: &&layers::Field| {
            one.privacy == PrivacyClass::Personal
                && matches!(one.field_type, layers::FieldType::Text)
                && one.codes.is_none()
        };
        let text = layer.fields.iter().find(is_text)?;
        let is_there = !field.features(layer.id.as_str(), TOWN).is_empty();
        is_there.then(|| (layer.id.to_string(), text.name.clone()))
    });
    found.next().expect("a layer with personal texts")
}

fn listed(clerk: &Clerk<'_>) -> Vec<String> {
    let list = clerk.get("/conflicts?f=json&state=all").json();
    let ids = list["conflicts"].as_array().unwrap().iter();
    let mut ids: Vec<_> = ids
        .map(|one| format!("/conflicts/{}", one["id"].as_str().unwrap()))
        .collect();
    ids.sort();
    ids
}

fn counted(clerk: &Clerk<'_>) -> u64 {
    let list = clerk.get("/conflicts?f=json").json();
    let open = list["open"].as_array().unwrap().iter();
    open.map(|one| one["count"].as_u64().unwrap()).sum()
}

/// Asks that somebody lists, counts and gets some conflicts, and of all others is told that they are not there.
fn sees_alone(clerk: &Clerk<'_>, seen: &[&String], all: &[&String]) {
    let mut expected: Vec<_> = seen.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(listed(clerk), expected);
    assert_eq!(counted(clerk), seen.len() as u64);
    for path in all {
        let is_seen = seen.contains(path);
        let answer = clerk.get(path);
        assert_eq!(answer.status, if is_seen { 200 } else { 404 }, "{path}");
        if !is_seen {
            let choice = json!({ "choice": "mine" });
            let decided = clerk.post(&format!("{path}/decision"), "\"x\"", &choice);
            let opened = clerk.post(&format!("{path}/reopen"), "\"x\"", &json!({}));
            assert_eq!((decided.status, opened.status), (404, 404));
        }
    }
}

#[test]
fn each_sees_counts_and_decides_what_is_theirs() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let (layer, text) = personal(&*store);
        let [town, village] = [TOWN, VILLAGE].map(|code| field.features(LAMPS, code)[0].id);
        let of_person = field.features(&layer, TOWN)[0].id;
        let values = || [json!("7"), json!("8")];
        let ours = field.collide(LAMPS, town, "circuit", values());
        let theirs = field.collide(LAMPS, village, "circuit", values());
        let secret = [json!("tajnost-jedna"), json!("tajnost-dve")];
        let hidden = field.collide(&layer, of_person, &text, secret);
        let town_code = TOWN.to_string();
        let of_town = ["--municipality", town_code.as_str()];
        let all = [&ours, &theirs, &hidden];
        let class = store.layers().named(&layer).unwrap().class.clone();
        // The editor's personal class is that of records of persons alone.
        let sees_personal = class == "people";
        for (name, rights, seen) in [
            (
                "administrator",
                vec!["--role", "administrator"],
                vec![&ours, &theirs, &hidden],
            ),
            (
                "editor",
                of_town.to_vec(),
                if sees_personal {
                    vec![&ours, &hidden]
                } else {
                    vec![&ours]
                },
            ),
            (
                "field-worker",
                [&["--role", "field-worker"][..], &of_town].concat(),
                vec![&ours],
            ),
            ("planner", vec!["--role", "planner"], vec![]),
            ("police", vec!["--role", "police"], vec![]),
            ("steward", vec!["--role", "steward"], vec![]),
        ] {
            let clerk = Clerk::new(&city, name, &rights);
            sees_alone(&clerk, &seen, &all);
            let shows = |path: &str| clerk.get(path).text().contains("tajnost");
            let sees = seen.contains(&&hidden);
            assert_eq!(shows("/conflicts?f=json"), sees, "{name}");
            // What is beside a conflict that is seen tells nothing either.
            assert!(!seen.contains(&&ours) || !shows(&ours), "{name}");
        }
        for path in ["/conflicts", ours.as_str()] {
            assert_eq!(city.get(path).status, 401);
            let page = city.get(&format!("{path}?f=html"));
            assert_eq!(page.status, 303);
            assert!(page.header("location").starts_with("/login?"));
        }
        assert_eq!(field.count(), 3);
    }
}

#[test]
fn the_act_itself_must_be_permitted() {
    let city = City::start();
    let store = store_of(&city);
    let field = Field { store: &*store };
    let town = TOWN.to_string();
    let worker = Clerk::new(
        &city,
        "pavel",
        &["--role", "field-worker", "--municipality", &town],
    );
    let lamp = field.features(LAMPS, TOWN)[0].id;
    let path = field.collide_by_removing(LAMPS, lamp, false);
    // Removing is not for those who work in the field.
    let refused = worker.decide(&path, &json!({ "choice": "mine" }));
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(field.feature(LAMPS, lamp).is_some());
    assert_eq!(
        worker.decide(&path, &json!({ "choice": "theirs" })).status,
        200
    );
    let said = obzor(&city, &["audit", "search", "--act", "refused"]);
    assert!(said.contains("pavel"), "{said}");
}

#[test]
fn a_page_from_elsewhere_and_a_token_that_reads_decide_nothing() {
    let city = City::start();
    let store = store_of(&city);
    let field = Field { store: &*store };
    let lamp = field.features(LAMPS, TOWN)[0].id;
    let path = field.collide(LAMPS, lamp, "circuit", [json!("7"), json!("8")]);
    let decision = city.url(&format!("{path}/decision"));
    let browser = crate::login::logged_in(&city, "eva", TOWN);
    let cookie = browser.cookie();
    let send = |headers: &[(&str, &str)], body: &str| -> Answer {
        Answer::try_send("POST", &decision, headers, body).unwrap()
    };
    let form = ("content-type", "application/x-www-form-urlencoded");
    let json_type = ("content-type", "application/json");
    for kind in [form, json_type] {
        for site in ["cross-site", "same-site"] {
            let headers = [
                ("cookie", cookie),
                kind,
                ("sec-fetch-site", site),
                ("if-match", "x"),
            ];
            assert_eq!(send(&headers, "choice=mine").status, 403);
        }
        assert_eq!(send(&[("cookie", cookie), kind], "choice=mine").status, 403);
    }
    let reader = obzor(&city, &["user", "token", "eva", "--read-only"]);
    let bearer = format!("Bearer {reader}");
    let body = json!({ "choice": "mine" }).to_string();
    let headers = [
        ("authorization", bearer.as_str()),
        json_type,
        ("if-match", "x"),
    ];
    assert_eq!(send(&headers, &body).status, 403);
    let value: Json = field.value(LAMPS, lamp, "circuit");
    assert_eq!(value, "7");
}
