//! Devices send what was done to features: each operation once, merged with what others did, and nothing is lost.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::city::City;
use crate::edit::{Editor, LAMPS, TOWN, VILLAGE, id_of, lamp, obzor, stored};

mod hidden;
mod killed;

const OPERATIONS: &str = "/operations";

/// Returns the identity of the operation, or feature, with a number.
fn id(number: u32) -> String {
    format!("0190a000-0000-7000-8000-{number:012}")
}

/// An operation of jana's tablet.
fn operation(number: u32, act: &str, feature: &str, base: &Value, more: &Value) -> Value {
    let mut operation = json!({
        "id": id(number), "device": "tablet", "author": "jana", "layer": "street-lights",
        "feature": feature, "act": act, "base": base, "at": "2026-05-31T12:00:00Z",
    });
    let more = more.as_object().unwrap().clone();
    operation.as_object_mut().unwrap().extend(more);
    operation
}

/// A lamp as an operation adds it.
fn creation(number: u32, feature: &str, municipality: i64, code: &str) -> Value {
    let lamp = lamp(municipality, code);
    let properties = lamp["properties"].as_object().unwrap().iter();
    let set: serde_json::Map<_, _> = properties
        .map(|(name, value)| (name.clone(), json!({ "new": value })))
        .collect();
    let geometry = json!({ "crs": 4326, "new": lamp["geometry"] });
    operation(
        number,
        "create",
        feature,
        &json!(0),
        &json!({ "set": set, "geometry": geometry }),
    )
}

fn setting(
    number: u32,
    feature: &str,
    base: &Value,
    name: &str,
    old: &Value,
    new: &Value,
) -> Value {
    let set = json!({ name: { "old": old, "new": new } });
    operation(number, "update", feature, base, &json!({ "set": set }))
}

/// Sends operations, which must be received.
fn send(sender: &Editor<'_>, operations: &[Value]) -> Value {
    let body = json!(operations).to_string();
    let answer = sender.send_as("POST", OPERATIONS, "application/json", &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn outcomes(answer: &Value) -> Vec<&str> {
    let operations = answer["operations"].as_array().unwrap().iter();
    operations
        .map(|one| one["outcome"].as_str().unwrap())
        .collect()
}

/// Sends the base revision of a device that has just read everything.
fn read_all(sender: &Editor<'_>) -> Value {
    send(sender, &[])["revision"].clone()
}

#[test]
fn a_day_of_work_is_received_once_however_often_it_is_sent() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let lamp = id(100);
        let mut second = setting(2, &lamp, &json!(0), "height", &Value::Null, &json!(6.5));
        second["after"] = json!(id(1));
        let day = [creation(1, &lamp, TOWN, "T-1"), second];
        // The second is here before the first: it waits.
        let early = send(&jana, &day[1..]);
        assert_eq!(
            (outcomes(&early), &early["early"]),
            (vec![], &json!([{ "id": id(2), "awaits": id(1) }]))
        );

        let lines: Vec<_> = day.iter().map(Value::to_string).collect();
        let body = format!("\n{}\n", lines.join("\n"));
        let answer = jana.send_as(
            "POST",
            &format!("{OPERATIONS}?reason=ter%C3%A9n"),
            "application/x-ndjson",
            &body,
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        assert_eq!(outcomes(&answer), ["applied", "applied"], "{answer}");
        let told = &answer["operations"][1];
        assert_eq!(told["feature"]["properties"]["height"], 6.5);
        assert_eq!(told["revision"], answer["revision"]);
        let path = format!("{LAMPS}/{lamp}");
        let there = jana.get(&path);
        assert_eq!(
            (there.status, there.header("etag")),
            (200, told["etag"].as_str().unwrap())
        );
        let last = |column: &str| {
            let sql =
                format!("SELECT {column} FROM obzor_revisions ORDER BY revision DESC LIMIT 1");
            stored(&city, &sql)
        };
        assert_eq!(last("author || '|' || reason"), "jana|terén");

        // The answer was lost, and a day later all is sent again, with something new.
        let before = last("revision");
        let mut third = setting(
            3,
            &lamp,
            &answer["revision"],
            "circuit",
            &Value::Null,
            &json!("7"),
        );
        third["after"] = json!(id(2));
        let again = send(&jana, &[day[1].clone(), third, day[0].clone()]);
        assert_eq!(outcomes(&again), ["duplicate", "applied", "duplicate"]);
        assert_eq!(again["operations"][0]["first"], "applied");
        assert_eq!(again["operations"][0]["revision"], answer["revision"]);
        assert_eq!(
            last("revision").parse::<i64>().unwrap(),
            before.parse::<i64>().unwrap() + 1
        );
        let removal = operation(4, "delete", &lamp, &again["revision"], &json!({}));
        assert_eq!(outcomes(&send(&jana, &[removal])), ["applied"]);
        assert_eq!(jana.get(&path).status, 404);
    }
}

#[test]
fn what_two_people_typed_is_both_kept() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let petr = Editor::new(&city, "petr", TOWN);
        let (path, etag) = petr.add_lamp(TOWN, "T-1");
        let base = read_all(&jana);
        petr.patch(&path, &etag, &json!({ "height": 7.0 }));
        let mut edit = setting(1, id_of(&path), &base, "height", &Value::Null, &json!(9.0));
        edit["set"]["circuit"] = json!({ "new": "7" });
        let answer = send(&jana, &[edit.clone()]);
        let told = &answer["operations"][0];
        assert_eq!(told["outcome"], "conflict");
        let properties = &told["feature"]["properties"];
        assert_eq!(
            (&properties["height"], &properties["circuit"]),
            (&json!(7.0), &json!("7"))
        );
        let conflict = &told["conflicts"][0];
        assert_eq!(conflict["id"], format!("{}.height", id(1)));
        assert_eq!(
            [&conflict["base"], &conflict["theirs"], &conflict["mine"]],
            [&Value::Null, &json!(7.0), &json!(9.0)]
        );
        assert_eq!(
            (&conflict["theirs_by"]["author"], &conflict["is_open"]),
            (&json!("petr"), &json!(true))
        );

        // The answer is lost: it can be asked for, by who sent it and by an administrator.
        let asked = format!("{OPERATIONS}/{}", id(1));
        let kept = jana.get(&asked).json();
        assert_eq!(
            (&kept["conflicts"], &kept["outcome"]),
            (&told["conflicts"], &told["outcome"])
        );
        assert_eq!((&kept["sent"], &kept["sender"]), (&edit, &json!("jana")));
        assert_eq!(petr.get(&asked).status, 404);
        assert_eq!(city.get(&asked).status, 401);
        assert_eq!(jana.get(&format!("{OPERATIONS}/{}", id(2))).status, 404);
        assert_eq!(jana.get(&format!("{OPERATIONS}/nonsense")).status, 404);
        obzor(&city, &["user", "add", "hana", "--role", "administrator"]);
        let hana = Editor::with_token(&city, "hana", &[]);
        assert_eq!(hana.get(&asked).json()["conflicts"], kept["conflicts"]);
    }
}

#[test]
fn nobody_writes_history_in_anothers_name() {
    let city = City::start();
    let petr = Editor::new(&city, "petr", TOWN);
    let answer = send(&petr, &[creation(1, &id(100), TOWN, "T-1")]);
    assert_eq!(outcomes(&answer), ["applied"]);
    let kept = petr.get(&format!("{OPERATIONS}/{}", id(1))).json();
    assert_eq!(
        (&kept["sent"]["author"], &kept["sender"]),
        (&json!("jana"), &json!("petr"))
    );
    let sql = "SELECT author FROM obzor_revisions ORDER BY revision DESC LIMIT 1";
    assert_eq!(stored(&city, sql), "petr");
}

#[test]
fn one_bad_operation_does_not_undo_the_others() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let mut wrong = creation(2, &id(101), TOWN, "T-2");
    wrong["set"]["luminaire_count"]["new"] = json!(99);
    wrong["set"]["status"]["new"] = json!(4711);
    let batch = [
        creation(1, &id(100), TOWN, "T-1"),
        wrong,
        creation(3, &id(102), VILLAGE, "T-3"),
        creation(4, &id(103), TOWN, "T-1"),
    ];
    let answer = send(&jana, &batch);
    assert_eq!(
        outcomes(&answer),
        ["applied", "rejected", "unpermitted", "rejected"]
    );
    let codes = |place: usize| -> Vec<Value> {
        let findings = answer["operations"][place]["findings"].as_array().unwrap();
        findings.iter().map(|one| one["code"].clone()).collect()
    };
    assert_eq!(codes(1), ["out-of-range", "not-in-code-list"]);
    assert_eq!(codes(3), ["duplicate-key"]);
    let again = send(&jana, &batch[1..2]);
    let told = &again["operations"][0];
    assert_eq!(
        (&told["outcome"], &told["first"]),
        (&json!("duplicate"), &json!("rejected"))
    );
    assert_eq!(told["findings"], answer["operations"][1]["findings"]);
    let (_, audit) = city.obzor(&["audit", "search", "--actor", "jana", "--json"]);
    assert!(
        audit.contains("\"act\": \"edit\"") && audit.contains("\"act\": \"refused\""),
        "{audit}"
    );
}

#[test]
fn what_is_no_operation_is_named_with_its_place() {
    let city = City::shared();
    let nobody = Answer::try_send("POST", &city.url(OPERATIONS), &[], "[]").unwrap();
    assert_eq!(nobody.status, 401);
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let good = creation(1, &id(100), TOWN, "T-1");
    let mut unknown = good.clone();
    unknown["photo"] = json!(1);
    let body = json!([good, unknown, 7]).to_string();
    let refused = jana.send_as("POST", OPERATIONS, "application/json", &body);
    assert_eq!(refused.status, 400, "{}", refused.text());
    let problems = refused.json()["problems"].clone();
    assert_eq!(
        (&problems[0]["index"], &problems[1]["index"]),
        (&json!(1), &json!(2))
    );
    assert!(
        problems[0]["problem"].as_str().unwrap().contains("photo"),
        "{problems}"
    );
    let lines = format!("{good}\n\n{{\n");
    let refused = jana.send_as("POST", OPERATIONS, "application/x-ndjson", &lines);
    assert_eq!(
        (refused.status, &refused.json()["problems"][0]["line"]),
        (400, &json!(3))
    );
    for body in ["", "{}", "[1"] {
        let refused = jana.send_as("POST", OPERATIONS, "application/json", body);
        assert_eq!(refused.status, 400, "{body}");
    }
    assert_eq!(
        jana.get(&format!("{LAMPS}/{}", id(100))).status,
        404,
        "nothing was taken"
    );
    assert_eq!(
        jana.send_as("POST", OPERATIONS, "text/plain", "[]").status,
        415
    );
    let many = "{}\n".repeat(1001);
    assert_eq!(
        jana.send_as("POST", OPERATIONS, "application/x-ndjson", &many)
            .status,
        413
    );
    let large = " ".repeat(9 * 1024 * 1024);
    assert_eq!(
        jana.send_as("POST", OPERATIONS, "application/json", &large)
            .status,
        413
    );
    let reader = Editor::with_token(&city, "jana", &["--read-only"]);
    assert_eq!(
        reader
            .send_as("POST", OPERATIONS, "application/json", "[]")
            .status,
        403
    );
}
