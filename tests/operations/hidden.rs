//! What a sender may not see, no answer about operations tells: neither that it is there nor what it holds.

use serde_json::{Value, json};

use super::{id, operation, outcomes, read_all, send};
use crate::city::City;
use crate::edit::{Editor, LAMPS, TOWN, VILLAGE, feature, id_of, lamp, obzor};

const CLOSURES: &str = "/collections/closures/items";
/// A value of a personal field of closures, which editors of a municipality do not see.
const APPLICANT: &str = "Žadatel Tajný";

fn on(layer: &str, number: u32, act: &str, feature: &str, base: &Value, more: &Value) -> Value {
    let mut operation = operation(number, act, feature, base, more);
    operation["layer"] = json!(layer);
    operation
}

/// Adds a closure of the town that names an applicant, and returns its path and entity tag.
fn closure(hana: &Editor<'_>, url: &str) -> (String, String) {
    let made = hana.send(
        "POST",
        CLOSURES,
        "",
        &json!({
            "type": "Feature",
            "geometry": { "type": "LineString", "coordinates": [[13.4037, 50.4606], [13.4040, 50.4607]] },
            "properties": {
                "code": "U-1", "name": "Horní", "kind": "full", "reason": "road-works", "valid_from": "2026-06-01",
                "valid_until": "2026-06-30", "applicant": APPLICANT, "municipality_code": TOWN, "public": true,
                "source": "test",
            },
        }),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    let path = made.header("location").replace(url, "");
    (path, made.header("etag").to_owned())
}

#[test]
fn what_is_hidden_and_what_is_not_there_are_told_alike() {
    let city = City::start();
    obzor(&city, &["user", "add", "hana", "--role", "administrator"]);
    let hana = Editor::with_token(&city, "hana", &[]);
    let jana = Editor::new(&city, "jana", TOWN);
    let code = VILLAGE.to_string();
    obzor(
        &city,
        &[
            "user",
            "add",
            "jan",
            "--role",
            "field-worker",
            "--municipality",
            &code,
        ],
    );
    let jan = Editor::with_token(&city, "jan", &[]);
    let (path, _) = closure(&hana, &city.url(""));
    let base = read_all(&jana);
    let mut hidden = lamp(VILLAGE, "T-1");
    hidden["properties"]["public"] = json!(false);
    let hidden = hana.send("POST", LAMPS, "", &hidden);
    let secret = id_of(hidden.header("location"));
    let set = |name: &str| json!({ "set": { name: { "new": "x" } } });
    let there = id_of(&path);
    let lease = hana.get("/collections/leases/items?limit=1").json();
    let lease = lease["features"][0]["id"].as_str().unwrap().to_owned();
    // A field, a feature and a layer: the first of each pair is there.
    let pairs = [
        (
            &jana,
            on("closures", 1, "update", there, &base, &set("applicant")),
            on("closures", 2, "update", there, &base, &set("applicants")),
        ),
        (
            &jan,
            on("leases", 3, "delete", &lease, &base, &json!({})),
            on("lease", 4, "delete", &lease, &base, &json!({})),
        ),
        (
            &jana,
            on("street-lights", 5, "delete", secret, &base, &json!({})),
            on("street-lights", 6, "delete", &id(8), &base, &json!({})),
        ),
    ];
    for (sender, hidden, absent) in pairs {
        let hidden = tell(sender, hidden);
        assert_eq!(hidden["outcome"], "unpermitted");
        assert_eq!(hidden, tell(sender, absent));
    }
}

/// Sends an operation and returns what is told of it, without the names that it has itself.
fn tell(sender: &Editor<'_>, operation: Value) -> Value {
    let mut told = send(sender, &[operation])["operations"][0].clone();
    told["id"] = Value::Null;
    if let Some(finding) = told["findings"].get_mut(0) {
        (finding["field"], finding["nearest"]) = (Value::Null, Value::Null);
    }
    told
}

#[test]
fn a_conflict_shows_nothing_that_its_sender_may_not_see() {
    for city in City::start_both() {
        obzor(&city, &["user", "add", "hana", "--role", "administrator"]);
        let hana = Editor::with_token(&city, "hana", &[]);
        let jana = Editor::new(&city, "jana", TOWN);
        let (path, etag) = closure(&hana, &city.url(""));
        let base = read_all(&jana);
        let changed = hana.send("PATCH", &path, &etag, &feature(&json!({ "note": "jinak" })));
        assert_eq!(changed.status, 200, "{}", changed.text());
        let removal = on("closures", 1, "delete", id_of(&path), &base, &json!({}));
        let answer = send(&jana, &[removal]);
        assert_eq!(outcomes(&answer), ["conflict"]);
        let conflict = &answer["operations"][0]["conflicts"][0];
        assert_eq!(
            (&conflict["part"], &conflict["mine"]),
            (&json!("@feature"), &Value::Null)
        );
        assert_eq!(conflict["theirs"]["properties"]["note"], "jinak");
        assert_eq!(conflict["base"]["properties"]["name"], "Horní");
        let asked = format!("/operations/{}", id(1));
        let kept = jana.get(&asked);
        for text in [&answer.to_string(), kept.text()] {
            assert!(
                text.contains("Horní") && !text.contains(APPLICANT),
                "{text}"
            );
        }
        assert!(hana.get(&asked).text().contains(APPLICANT));
    }
}

#[test]
fn an_edit_that_cannot_be_seen_moves_no_number() {
    let city = City::start();
    obzor(&city, &["user", "add", "hana", "--role", "administrator"]);
    let hana = Editor::with_token(&city, "hana", &[]);
    let jana = Editor::new(&city, "jana", TOWN);
    let (path, etag) = closure(&hana, &city.url(""));
    let base = read_all(&jana);
    let changed = hana.send(
        "PATCH",
        &path,
        &etag,
        &feature(&json!({ "applicant": "Jiný" })),
    );
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(read_all(&jana), base);
    assert!(read_all(&hana).as_i64() > base.as_i64());
}
