//! Which tokens may write without saying what was seen, and of what.

use serde_json::json;

use super::{PATCH, Two};
use crate::city::City;
use crate::edit::{Editor, LAMPS, TOWN, VILLAGE, lamp, obzor};

#[test]
fn only_a_token_that_was_made_for_it_may_and_only_after_reading() {
    let city = City::start();
    let two = Two::new(&city);
    let body = json!({ "properties": { "height": 9.0 } }).to_string();
    for method in ["PATCH", "PUT", "DELETE"] {
        let refused = two
            .petr
            .send_as(method, &two.path, "application/geo+json", &body);
        assert_eq!(refused.status, 428, "{method}");
        assert!(refused.text().contains("If-Match"), "{}", refused.text());
        let unread = two
            .qgis
            .send_as(method, &two.path, "application/geo+json", &body);
        assert_eq!(unread.status, 428, "{method}");
        assert_ne!(unread.json()["detail"], refused.json()["detail"]);
    }
    two.load();
    assert_eq!(two.sets(&json!({ "height": 9.0 })), "");
}

#[test]
fn what_a_token_adds_it_has_seen() {
    for city in City::start_both() {
        let two = Two::new(&city);
        let made = two.qgis.send("POST", LAMPS, "", &lamp(TOWN, "T-2"));
        assert_eq!(made.status, 201, "{}", made.text());
        let path = made.header("location").replace(&city.url(""), "");
        let two = Two { path, ..two };
        assert_eq!(
            (two.moves(0.0004), two.sets(&json!({ "height": 9.0 }))),
            Default::default()
        );
        assert_eq!(two.qgis.send_as("DELETE", &two.path, "", "").status, 204);
    }
}

#[test]
fn a_feature_that_came_later_was_seen_when_it_was_first_shown() {
    let city = City::start();
    let two = Two::new(&city);
    two.load();
    let (path, etag) = two.petr.add_lamp(TOWN, "T-2");
    two.petr.patch(&path, &etag, &json!({ "height": 5.0 }));
    let two = Two { path, ..two };
    let unseen = two.saves(&json!({ "properties": { "height": 9.0 } }));
    assert_eq!(unseen.status, 428, "{}", unseen.text());
    two.load();
    two.petr_sets(&json!({ "height": 7.0 }));
    two.load();
    assert_eq!(two.sets(&json!({ "height": 9.0 })), "height");
    assert_eq!(two.sets(&json!({ "circuit": "1" })), "");
}

#[test]
fn rights_hold_as_ever() {
    let city = City::start();
    let two = Two::new(&city);
    two.load();
    obzor(
        &city,
        &["user", "add", "jan", "--municipality", &VILLAGE.to_string()],
    );
    let jan = Editor::with_token(&city, "jan", &["--edit-without-if-match"]);
    jan.get(&two.path);
    let body = json!({ "properties": { "height": 9.0 } }).to_string();
    assert_eq!(jan.send_as("PATCH", &two.path, PATCH, &body).status, 403);
    assert_eq!(jan.send_as("DELETE", &two.path, "", "").status, 403);
    let given = two.saves(&json!({ "properties": { "municipality_code": VILLAGE } }));
    assert_eq!(given.status, 403);
    let (_, list) = city.obzor(&["user", "list"]);
    assert!(list.contains("i bez If-Match"), "{list}");
    let (code, _) = city.obzor(&[
        "user",
        "token",
        "jan",
        "--read-only",
        "--edit-without-if-match",
    ]);
    assert_ne!(code, Some(0));
}
