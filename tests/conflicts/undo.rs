//! `obzor undo` of a revision on which others built: what they did stays, and where they went on a conflict is opened.

use layers::policy::Operation as Act;
use layers::{Change, ChangeSet, FeatureId, LayerId, Municipalities};
use serde_json::json;

use super::{Clerk, Field, LAMPS, TOWN, VILLAGE, obzor, operation, store_of};
use crate::city::City;

/// Gives a field a value, as an edit that met nobody.
fn set(field: &Field<'_>, id: FeatureId, name: &str, value: serde_json::Value) -> String {
    let mut operation = operation(LAMPS, id, "jana", Act::Update, field.head());
    let edit = layers::merge::Edit {
        old: None,
        new: value,
    };
    operation.set = [(name.to_owned(), edit)].into();
    assert_eq!(field.send(operation), Vec::<String>::new());
    field.head().0.to_string()
}

#[test]
fn what_others_did_beside_it_stays() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let lamp = field.features(LAMPS, TOWN)[0].id;
        let before = field.value(LAMPS, lamp, "circuit");
        let revision = set(&field, lamp, "circuit", json!("7"));
        set(&field, lamp, "note", json!("vedle"));
        let (code, said) = city.obzor(&["undo", &revision, "--author", "eva", "--strict"]);
        assert_eq!(code, Some(3), "{said}");
        let head = field.head();
        let said = obzor(&city, &["undo", &revision, "--author", "eva", "--dry-run"]);
        assert!(said.contains("sloučit s pozdějšími změnami: 1"), "{said}");
        assert_eq!(field.head(), head);
        let said = obzor(&city, &["undo", &revision, "--author", "eva"]);
        assert!(said.contains("sloučeno"), "{said}");
        assert_eq!(field.value(LAMPS, lamp, "circuit"), before);
        assert_eq!(field.value(LAMPS, lamp, "note"), "vedle");
        assert_eq!(field.count(), 0);
        // And the undo is undone.
        let undo = field.head().0.to_string();
        obzor(&city, &["undo", &undo, "--author", "eva"]);
        assert_eq!(field.value(LAMPS, lamp, "circuit"), "7");
        assert_eq!(field.value(LAMPS, lamp, "note"), "vedle");
    }
}

#[test]
fn where_somebody_went_on_a_person_decides() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let clerk = Clerk::of(&city, "alena", TOWN);
        let lamp = field.features(LAMPS, TOWN)[0].id;
        let before = field.value(LAMPS, lamp, "circuit");
        let revision = set(&field, lamp, "circuit", json!("7"));
        set(&field, lamp, "circuit", json!("8"));
        let said = obzor(&city, &["undo", &revision, "--author", "eva"]);
        assert!(said.contains("konflikt k rozhodnutí"), "{said}");
        assert_eq!(field.value(LAMPS, lamp, "circuit"), "8");
        let list = clerk.get("/conflicts?f=json").json();
        let one = &list["conflicts"][0];
        assert_eq!(
            (&one["base"]["value"], &one["mine"]["value"]),
            (&json!("7"), &before)
        );
        let path = format!("/conflicts/{}", one["id"].as_str().unwrap());
        let decided = clerk.decide(&path, &json!({ "choice": "mine" }));
        assert_eq!(decided.status, 200, "{}", decided.text());
        assert_eq!(field.value(LAMPS, lamp, "circuit"), before);
    }
}

#[test]
fn undoing_a_decision_opens_nothing_and_says_so() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let clerk = Clerk::of(&city, "alena", TOWN);
        let lamp = field.features(LAMPS, TOWN)[0].id;
        let path = field.collide(LAMPS, lamp, "circuit", [json!("7"), json!("8")]);
        clerk.decide(&path, &json!({ "choice": "mine" }));
        let revision = field.head().0.to_string();
        let said = obzor(&city, &["undo", &revision, "--author", "eva"]);
        assert!(said.contains("zůstává rozhodnutý"), "{said}");
        assert_eq!(
            (field.value(LAMPS, lamp, "circuit"), field.count()),
            (json!("7"), 0)
        );
        // It is opened at the desk, over what stands then.
        assert_eq!(clerk.reopen(&path)["current"]["value"], "7");
        assert_eq!(field.count(), 1);
    }
}

#[test]
fn what_was_added_and_edited_since_is_not_taken_away() {
    let city = City::start();
    let store = store_of(&city);
    let field = Field { store: &*store };
    let lamps = field.features(LAMPS, TOWN);
    // The sample came in one revision for each layer; what it added was edited since.
    let removal = operation(LAMPS, lamps[1].id, "jana", Act::Delete, field.head());
    field.send(removal);
    let removed = field.head().0.to_string();
    obzor(&city, &["undo", &removed, "--author", "eva"]);
    assert!(field.feature(LAMPS, lamps[1].id).is_some());
    let added = field.head().0.to_string();
    set(&field, lamps[1].id, "note", json!("po návratu"));
    let said = obzor(&city, &["undo", &added, "--author", "eva"]);
    assert!(said.contains("konflikt k rozhodnutí"), "{said}");
    assert_eq!(field.value(LAMPS, lamps[1].id, "note"), "po návratu");
}

#[test]
fn a_revision_is_undone_over_http_by_who_may_do_all_of_it() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let eva = Clerk::of(&city, "eva", TOWN);
        let other = Clerk::of(&city, "olga", VILLAGE);
        let lamp = field.features(LAMPS, TOWN)[0].id;
        let before = field.value(LAMPS, lamp, "circuit");
        let revision = set(&field, lamp, "circuit", json!("7"));
        set(&field, lamp, "note", json!("vedle"));
        let path = format!("/revisions/{revision}/undo");
        assert_eq!(city.ask("POST", &path, &[]).status, 401);
        assert_eq!(other.post(&path, "", &json!({})).status, 404);
        assert_eq!(
            eva.post("/revisions/999999/undo", "", &json!({})).status,
            404
        );
        assert_eq!(eva.post("/revisions/x/undo", "", &json!({})).status, 404);
        let undone = eva.post(&path, "", &json!({}));
        assert_eq!(undone.status, 200, "{}", undone.text());
        let undone = undone.json();
        assert_eq!(undone["revision"], field.head().0);
        assert_eq!(undone["merged"][0]["status"], "merged");
        assert_eq!(field.value(LAMPS, lamp, "circuit"), before);
        assert_eq!(field.value(LAMPS, lamp, "note"), "vedle");
    }
}

#[test]
fn who_may_do_a_part_of_it_does_nothing() {
    let city = City::start();
    let store = store_of(&city);
    let field = Field { store: &*store };
    let eva = Clerk::of(&city, "eva", TOWN);
    let lamps = [TOWN, VILLAGE].map(|code| field.features(LAMPS, code)[0].id);
    let layer = LayerId::new(LAMPS).unwrap();
    let change = |id: FeatureId| Change::Update {
        layer: layer.clone(),
        id,
        expected_rev: None,
        geometry: None,
        set: vec![("circuit".to_owned(), "7".into())],
    };
    let applied = store.apply(ChangeSet {
        author: "import".to_owned(),
        reason: "obě obce".to_owned(),
        at: chrono::DateTime::UNIX_EPOCH,
        municipalities: Municipalities::All,
        changes: Box::new(lamps.map(change).into_iter()),
    });
    let revision = applied.unwrap().revision;
    let refused = eva.post(&format!("/revisions/{}/undo", revision.0), "", &json!({}));
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert_eq!(
        (field.head(), field.value(LAMPS, lamps[0], "circuit")),
        (revision, json!("7"))
    );
}
