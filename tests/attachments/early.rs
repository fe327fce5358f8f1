//! Photos that come before the feature, and what a device is told of what it still has to send.

use serde_json::json;

use super::pieces::{begin, upload};
use super::*;
use crate::edit::lamp;

const NEW: &str = "0198c1a2-0000-7000-8000-00000000000";

fn list(number: u8) -> String {
    format!("{LAMPS}/{NEW}{number}/attachments")
}

/// Adds a lamp under an id that a device made.
fn add_lamp(person: &Person<'_>, municipality: &str, number: u8) {
    let mut lamp = lamp(municipality.parse().unwrap(), &format!("N-{number}"));
    lamp["id"] = format!("{NEW}{number}").into();
    let headers = [("Content-Type", "application/geo+json")];
    let made = person.send("POST", LAMPS, &headers, lamp.to_string().as_bytes());
    assert_eq!(made.status, 201, "{}", made.text());
}

fn key(list: &str, file: &[u8]) -> Value {
    let parts: Vec<_> = list.split('/').collect();
    json!({ "layer": parts[2], "feature": parts[4], "sha256": sha256(file) })
}

fn ask(person: &Person<'_>, keys: &[Value]) -> Value {
    let body = json!({ "attachments": keys }).to_string();
    let answer = person.send("POST", "/attachments/have", &[], body.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn a_photo_waits_for_its_feature_and_shows_only_where_its_author_may_add_some() {
    for city in City::start_both() {
        let jana = Person::new(&city, "jana", "field-worker", TOWN);
        let petr = Person::new(&city, "petr", "editor", VILLAGE);
        let photo = photo("dřív");
        for number in [1, 2] {
            assert_eq!(upload(&jana, &list(number), &photo).status, 204);
            assert_eq!(jana.get(&list(number)).status, 404, "there is no lamp yet");
        }
        assert_eq!(
            files(&city.instance()).len(),
            1,
            "the same bytes are there once"
        );
        add_lamp(&jana, TOWN, 1);
        assert_eq!(jana.list(&list(1)), [sha256(&photo)]);
        // Somebody else's lamp under the same id gets nothing of it, and may have the photo in its own right.
        add_lamp(&petr, VILLAGE, 2);
        assert_eq!(petr.list(&list(2)), [""; 0]);
        assert_eq!(jana.list(&list(2)), [""; 0]);
        assert_eq!(upload(&petr, &list(2), &photo).status, 204);
        assert_eq!(petr.list(&list(2)), [sha256(&photo)]);
        // Whoever may add nothing attaches to nothing that is not there, and learns of nothing that is hidden.
        let eva = Person::new(&city, "eva", "editor", VILLAGE);
        let reader = done(&city, &["user", "add", "olga", "--role", "planner"]);
        let token = done(&city, &["user", "token", "olga"]);
        let olga = Person {
            city: &city,
            bearer: format!("Bearer {}", token.trim()),
        };
        assert_eq!(begin(&olga, &list(3), &photo).status, 404, "{reader}");
        assert_eq!(begin(&eva, &list(3), &photo).status, 201);
    }
}

#[test]
fn a_device_is_told_which_of_its_photos_are_missing() {
    let city = City::start();
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let petr = Person::new(&city, "petr", "editor", VILLAGE);
    let there = list_of(&city, LAMPS, TOWN);
    let photos: Vec<_> = (0..5).map(|number| photo(&number.to_string())).collect();
    assert_eq!(upload(&jana, &there, &photos[0]).status, 204);
    assert_eq!(upload(&jana, &list(1), &photos[1]).status, 204);
    let begun = begin(&jana, &there, &photos[2]);
    let keys = [
        key(&there, &photos[0]),
        key(&list(1), &photos[1]),
        key(&there, &photos[2]),
        key(&there, &photos[3]),
    ];
    let told = ask(&jana, &keys);
    assert_eq!([&told["asked"], &told["here"]], [4, 2], "{told}");
    assert_eq!(told["missing"], json!([keys[2], keys[3]]));
    let upload = begun.header("location").replace(&city.url(""), "");
    assert_eq!(told["begun"][0]["upload"], upload.as_str());
    assert_eq!(told["begun"][0]["offset"], 0);
    // Nobody learns what hangs where they see nothing.
    assert_eq!(ask(&petr, &keys)["here"], 0);
    let wrong = json!({ "attachments": [{ "layer": "trees" }] }).to_string();
    let answer = jana.send("POST", "/attachments/have", &[], wrong.as_bytes());
    assert_eq!(answer.status, 400, "{}", answer.text());
}
