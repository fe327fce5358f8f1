//! Programs that do not say which version they saw: with the right token they write, and what others did stays.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::city::City;
use crate::edit::{Editor, LAMPS, TOWN, feature, id_of, lamp, obzor, stored};

mod token;

/// The media type in which QGIS sends what changes.
const PATCH: &str = "application/merge-patch+json";

/// Somebody with QGIS, and somebody else at a form; both edit lamps of the town.
struct Two<'a> {
    qgis: Editor<'a>,
    petr: Editor<'a>,
    /// The path of a lamp that petr added.
    path: String,
}

impl<'a> Two<'a> {
    fn new(city: &'a City) -> Self {
        Editor::new(city, "jana", TOWN);
        let qgis = Editor::with_token(city, "jana", &["--edit-without-if-match"]);
        let petr = Editor::new(city, "petr", TOWN);
        let mut lamp = lamp(TOWN, "T-1");
        lamp["properties"]["height"] = json!(6.0);
        let made = petr.send("POST", LAMPS, "", &lamp);
        assert_eq!(made.status, 201, "{}", made.text());
        let path = made.header("location").replace(&city.url(""), "");
        Self { qgis, petr, path }
    }

    /// Loads the layer in QGIS, as opening a project or panning the map does.
    fn load(&self) {
        let page = self.qgis.get(&format!("{LAMPS}?limit=1000"));
        assert_eq!(page.status, 200);
    }

    fn now(&self) -> Value {
        self.petr.get(&self.path).json()
    }

    /// Petr changes properties, having seen the lamp.
    fn petr_sets(&self, properties: &Value) {
        let etag = self.petr.get(&self.path).header("etag").to_owned();
        self.petr.patch(&self.path, &etag, properties);
    }

    fn saves(&self, document: &Value) -> Answer {
        self.qgis
            .send_as("PATCH", &self.path, PATCH, &document.to_string())
    }

    /// QGIS saves properties; returns the parts that were left to a person.
    fn sets(&self, properties: &Value) -> String {
        let answer = self.saves(&json!({ "properties": properties }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("obzor-conflict").to_owned()
    }

    fn moves(&self, east: f64) -> String {
        let point = json!({ "type": "Point", "coordinates": [13.4037 + east, 50.4606] });
        let answer = self.saves(&json!({ "geometry": point }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("obzor-conflict").to_owned()
    }
}

#[test]
fn a_window_left_open_over_lunch_overwrites_nothing() {
    for city in City::start_both() {
        let two = Two::new(&city);
        two.load();
        let form = two.now()["properties"].clone();
        two.petr_sets(&json!({ "height": 7.0, "circuit": "7" }));
        // After lunch the map is panned, but the form shows what it showed.
        two.load();
        assert_eq!(two.moves(0.0004), "");
        let mut typed = form.clone();
        typed["note"] = json!("po obědě");
        assert_eq!(two.sets(&typed), "", "a form sends every field");
        let now = two.now()["properties"].clone();
        assert_eq!(
            (&now["height"], &now["circuit"], &now["note"]),
            (&json!(7.0), &json!("7"), &json!("po obědě"))
        );

        let answer =
            two.saves(&json!({ "properties": { "height": 9.0, "switchboard": "RVO-02" } }));
        assert_eq!(
            (answer.status, answer.header("obzor-conflict")),
            (200, "height")
        );
        let now = answer.json()["properties"].clone();
        assert_eq!(
            (&now["height"], &now["switchboard"]),
            (&json!(7.0), &json!("RVO-02"))
        );
        assert_eq!(
            answer.header("etag"),
            two.qgis.get(&two.path).header("etag")
        );
        let kept = two
            .qgis
            .get(&format!("/operations/{}", answer.header("obzor-operation")))
            .json();
        let conflict = &kept["conflicts"][0];
        assert_eq!(
            [&conflict["base"], &conflict["theirs"], &conflict["mine"]],
            [&json!(6.0), &json!(7.0), &json!(9.0)]
        );
        assert_eq!(kept["is_blind"], true);
        // Who has read the layer since, and types it again, has seen what stood.
        two.load();
        assert_eq!(two.sets(&json!({ "height": 9.5 })), "");
        assert_eq!(two.now()["properties"]["height"], 9.5);
    }
}

#[test]
fn the_position_does_not_move_the_base_of_the_attributes() {
    let city = City::start();
    let two = Two::new(&city);
    two.load();
    two.petr_sets(&json!({ "height": 7.0 }));
    assert_eq!(two.moves(0.0004), "");
    assert_eq!(two.sets(&json!({ "height": 9.0 })), "height");
    // Nor the attributes that of the position.
    let aside = json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": [13.4030, 50.4606] } });
    let etag = two.petr.get(&two.path).header("etag").to_owned();
    assert_eq!(two.petr.send("PATCH", &two.path, &etag, &aside).status, 200);
    assert_eq!(two.sets(&json!({ "note": "x" })), "");
    assert_eq!(two.moves(0.0008), "@geometry");
    assert_eq!(two.now()["geometry"]["coordinates"][0], 13.403);
}

#[test]
fn two_windows_on_one_token_are_one_writer() {
    for city in City::start_both() {
        let two = Two::new(&city);
        two.load();
        // One window, then the other: of different parts both stand, of one part the second.
        assert_eq!(two.sets(&json!({ "circuit": "1" })), "");
        assert_eq!(two.sets(&json!({ "height": 9.0 })), "");
        assert_eq!(two.sets(&json!({ "circuit": "2" })), "");
        let now = two.now()["properties"].clone();
        assert_eq!(
            (&now["circuit"], &now["height"]),
            (&json!("2"), &json!(9.0))
        );
        let id = id_of(&two.path);
        let rev = format!("SELECT rev FROM \"street-lights\" WHERE id = '{id}'");
        assert_eq!(
            stored(&city, &rev),
            "4",
            "the history has what the first wrote"
        );
        // Where a third person wrote in between, they are met.
        two.petr_sets(&json!({ "circuit": "3" }));
        assert_eq!(two.sets(&json!({ "circuit": "4" })), "circuit");
        assert_eq!(two.now()["properties"]["circuit"], "3");
    }
}

#[test]
fn a_removal_meets_what_was_not_on_the_screen_alone() {
    for city in City::start_both() {
        let two = Two::new(&city);
        two.load();
        assert_eq!(two.moves(0.0004), "");
        two.petr_sets(&json!({ "height": 7.0 }));
        let refused = two.qgis.send_as("DELETE", &two.path, "", "");
        assert_eq!(
            (refused.status, refused.header("obzor-conflict")),
            (202, "@feature")
        );
        assert_eq!(two.now()["properties"]["height"], 7.0);
        let (path, _) = two.petr.add_lamp(TOWN, "T-2");
        let other = Two { path, ..two };
        other.load();
        assert_eq!(
            (other.moves(0.0004), other.sets(&json!({ "height": 9.0 }))),
            Default::default()
        );
        let removed = other.qgis.send_as("DELETE", &other.path, "", "");
        assert_eq!(
            (removed.status, removed.header("obzor-conflict")),
            (204, ""),
            "own edits are no strangers"
        );
        assert_eq!(city.get(&other.path).status, 404);
    }
}

#[test]
fn an_edit_of_what_somebody_removed_waits_for_a_person() {
    for city in City::start_both() {
        let two = Two::new(&city);
        two.load();
        let etag = two.petr.get(&two.path).header("etag").to_owned();
        assert_eq!(
            two.petr
                .send("DELETE", &two.path, &etag, &Value::Null)
                .status,
            204
        );
        let answer = two.saves(&json!({ "properties": { "height": 9.0 } }));
        assert_eq!(
            (answer.status, answer.header("obzor-conflict")),
            (202, "@feature")
        );
        let kept = two
            .qgis
            .get(&format!("/operations/{}", answer.header("obzor-operation")))
            .json();
        assert_eq!(kept["conflicts"][0]["mine"]["properties"]["height"], 9.0);
        assert_eq!(city.get(&two.path).status, 404);
    }
}

#[test]
fn what_was_shown_is_known_after_a_restart() {
    for city in City::start_both() {
        let two = Two::new(&city);
        two.load();
        let (path, tokens) = (
            two.path.clone(),
            [two.qgis, two.petr].map(Editor::into_token),
        );
        let city = city.restart();
        let [qgis, petr] = tokens.map(|token| Editor::of_token(&city, token));
        let two = Two { qgis, petr, path };
        two.petr_sets(&json!({ "height": 7.0 }));
        assert_eq!(two.sets(&json!({ "height": 9.0 })), "height");
    }
}

#[test]
fn a_blind_edit_is_undone_as_any_other() {
    let city = City::start();
    let two = Two::new(&city);
    two.load();
    assert_eq!(two.sets(&json!({ "height": 9.0 })), "");
    let newest = stored(&city, "SELECT max(revision) FROM obzor_revisions");
    obzor(&city, &["undo", &newest, "--author", "hana"]);
    assert_eq!(two.now()["properties"]["height"], 6.0);
}

#[test]
fn what_somebody_else_sends_under_its_name_moves_no_base() {
    let city = City::start();
    let two = Two::new(&city);
    two.load();
    two.petr_sets(&json!({ "height": 7.0 }));
    let first = two.saves(&json!({ "properties": { "note": "x" } }));
    let sent = two
        .qgis
        .get(&format!("/operations/{}", first.header("obzor-operation")))
        .json();
    let forged = json!([{
        "id": "0190a000-0000-7000-8000-000000000001", "device": sent["sent"]["device"], "author": "jana",
        "layer": "street-lights", "feature": id_of(&two.path), "act": "update", "base": sent["revision"],
        "set": { "height": { "old": 7.0, "new": 8.0 } }, "at": "2026-05-31T12:00:00Z",
    }]);
    let taken = two.petr.send_as(
        "POST",
        "/operations",
        "application/json",
        &forged.to_string(),
    );
    assert_eq!(
        taken.json()["operations"][0]["outcome"],
        "applied",
        "{}",
        taken.text()
    );
    assert_eq!(two.sets(&json!({ "height": 9.0 })), "height");
}

#[test]
fn what_is_wrong_is_refused_as_ever() {
    let city = City::start();
    let two = Two::new(&city);
    two.load();
    let wrong = two.saves(&json!({ "properties": { "luminaire_count": 99, "hieght": 9.0 } }));
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    let wrong = two.saves(&feature(&json!({ "luminaire_count": 99, "status": 4711 })));
    assert_eq!(
        (
            wrong.status,
            wrong.json()["findings"].as_array().unwrap().len()
        ),
        (422, 2)
    );
    let gone = format!("{LAMPS}/0192f0c1-8a52-7c3e-9d0b-5a1e6f7a8b9c");
    assert_eq!(two.qgis.send_as("PATCH", &gone, PATCH, "{}").status, 404);
    // What says which version was seen is held to it.
    let stale = two.qgis.send(
        "PATCH",
        &two.path,
        "\"1-1.cs\"",
        &feature(&json!({ "height": 9.0 })),
    );
    assert_eq!(stale.status, 412);
}
