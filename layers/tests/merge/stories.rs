//! The ten stories of `docs/conflicts.md`, in memory and on a store: what is kept, and what is left for a person to decide.

use layers::merge::{Held, Judgement, Outcome, Part};
use layers::{LayerId, Value};
use serde_json::{Value as Json, json};

use crate::city::{
    City, PLOTS, POSTS, area, creation, drawn, feature, following, layers, movement, open,
    operation, removal, update, words,
};
use layers::merge::Operation;
use layers::policy::Operation as Act;

const NOTHING: Json = Json::Null;

/// A city with the post 1, and how it stood at revision 1: status `ok`, count 5, by the office.
fn city() -> City {
    let mut city = City::on_a_file();
    city.receive(vec![creation(1, "office", 1, "A1")]);
    let begun = update(
        2,
        "office",
        1,
        1,
        &[
            ("status", NOTHING, json!("ok")),
            ("count", NOTHING, json!(5)),
        ],
    );
    assert_eq!(words(&city.receive(vec![begun])), ["applied"]);
    assert_eq!(city.head(), BASE);
    city
}

/// The revision that everybody had read before a story begins.
const BASE: i64 = 2;

fn one(city: &mut City, operation: Operation) -> (String, Vec<String>) {
    let judgement = city.receive(vec![operation]);
    let (_, outcome) = &judgement.outcomes[0];
    (outcome.word().to_owned(), open(outcome))
}

fn done(word: &str, open: &[&str]) -> (String, Vec<String>) {
    let open = open.iter().map(|part| (*part).to_owned());
    (word.to_owned(), open.collect())
}

#[test]
fn the_same_attribute() {
    let mut city = city();
    let jana = update(
        10,
        "jana",
        1,
        BASE,
        &[("status", json!("ok"), json!("broken"))],
    );
    assert_eq!(one(&mut city, jana), done("applied", &[]));
    let petr = update(
        11,
        "petr",
        1,
        BASE,
        &[
            ("status", json!("ok"), json!("removed")),
            ("count", json!(5), json!(6)),
        ],
    );
    assert_eq!(one(&mut city, petr), done("conflict", &["status"]));
    assert_eq!(city.value(1, "status"), "broken");
    assert_eq!(
        city.value(1, "count"),
        6,
        "what nobody else touched is taken over"
    );
    let [conflict] = &city.conflicts[..] else {
        panic!("{:?}", city.conflicts);
    };
    assert_eq!(conflict.base, Held::Value("ok".into()));
    assert_eq!(conflict.theirs, Held::Value("broken".into()));
    assert_eq!(conflict.mine, Held::Value("removed".into()));
    assert_eq!(
        (conflict.author.as_str(), conflict.device.as_str()),
        ("petr", "petr")
    );
    let by = conflict.theirs_by.as_ref().expect("jana");
    assert_eq!(
        (by.author.as_str(), by.revision.map(|revision| revision.0)),
        ("jana", Some(3))
    );
    // Two people who mean the same do not differ.
    let eva = update(
        12,
        "eva",
        1,
        BASE,
        &[("status", json!("ok"), json!("broken"))],
    );
    assert_eq!(one(&mut city, eva), done("merged", &[]));
}

#[test]
fn the_same_geometry() {
    let mut city = city();
    assert_eq!(
        one(&mut city, movement(10, "jana", 1, BASE, 7.0)),
        done("applied", &[])
    );
    let petr = Operation {
        set: update(11, "petr", 1, BASE, &[("count", json!(5), json!(6))]).set,
        ..movement(11, "petr", 1, BASE, 3.0)
    };
    assert_eq!(one(&mut city, petr), done("conflict", &["the geometry"]));
    assert_eq!((city.east(1), city.value(1, "count")), (7.0, json!(6)));
    // Half a millimetre is the same place.
    assert_eq!(
        one(&mut city, movement(12, "eva", 1, BASE, 7.000_4)),
        done("merged", &[])
    );
}

#[test]
fn an_edit_against_a_removal() {
    let mut city = city();
    assert_eq!(
        one(&mut city, removal(10, "jana", 1, BASE)),
        done("applied", &[])
    );
    let petr = update(11, "petr", 1, BASE, &[("count", json!(5), json!(6))]);
    assert_eq!(one(&mut city, petr), done("conflict", &["the feature"]));
    assert_eq!(city.feature(POSTS, 1), None);
    let Held::Feature(Some(mine)) = &city.conflicts[0].mine else {
        panic!("what petr made of it is kept whole");
    };
    assert_eq!(
        (&mine.values[1], &mine.values[2]),
        (&"ok".into(), &6.into())
    );
    assert_eq!(
        one(&mut city, removal(12, "eva", 1, BASE)),
        done("merged", &[])
    );
}

#[test]
fn a_removal_against_an_edit() {
    let mut city = city();
    let jana = update(10, "jana", 1, BASE, &[("count", json!(5), json!(6))]);
    assert_eq!(one(&mut city, jana), done("applied", &[]));
    assert_eq!(
        one(&mut city, removal(11, "petr", 1, BASE)),
        done("conflict", &["the feature"])
    );
    assert_eq!(city.value(1, "count"), 6);
    assert_eq!(city.conflicts[0].mine, Held::Feature(None));
    // Who has read the newer state may remove it.
    assert_eq!(
        one(&mut city, removal(12, "petr", 1, 3)),
        done("applied", &[])
    );
}

/// An operation on the plot 1.
fn on_plot(number: u64, device: &str, act: Act, on: u64, base: i64) -> Operation {
    Operation {
        layer: LayerId::new(PLOTS).expect("a name"),
        ..operation(number, device, act, on, base)
    }
}

fn plot(number: u64, device: &str, on: u64, code: &str, corners: &[(f64, f64)]) -> Operation {
    Operation {
        set: creation(number, device, on, code).set,
        geometry: Some(drawn(&area(corners))),
        ..on_plot(number, device, Act::Create, on, 0)
    }
}

const WHOLE: [(f64, f64); 4] = [(0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)];
const LEFT: [(f64, f64); 4] = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
const RIGHT: [(f64, f64); 4] = [(10.0, 0.0), (20.0, 0.0), (20.0, 10.0), (10.0, 10.0)];

fn reshaped(number: u64, device: &str, base: i64, corners: &[(f64, f64)]) -> Operation {
    Operation {
        geometry: Some(drawn(&area(corners))),
        ..on_plot(number, device, Act::Update, 1, base)
    }
}

#[test]
fn a_split_against_an_edit() {
    let mut city = City::on_a_file();
    city.receive(vec![plot(1, "office", 1, "A", &WHOLE)]);
    let split = vec![
        reshaped(10, "jana", 1, &LEFT),
        plot(11, "jana", 2, "B", &RIGHT),
    ];
    assert_eq!(words(&city.receive(split)), ["applied", "applied"]);
    // A value meets nothing; a corner that the split took away is left to a person.
    let status = Operation {
        set: update(12, "petr", 1, 1, &[("status", NOTHING, json!("mown"))]).set,
        ..on_plot(12, "petr", Act::Update, 1, 1)
    };
    assert_eq!(one(&mut city, status), done("merged", &[]));
    let corner = [(0.0, 0.0), (20.0, -1.0), (20.0, 10.0), (0.0, 10.0)];
    let corner = reshaped(13, "petr", 1, &corner);
    assert_eq!(one(&mut city, corner), done("conflict", &["the geometry"]));
    // A corner that the split left alone is moved.
    let other = [(-1.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)];
    assert_eq!(
        one(&mut city, reshaped(14, "eva", 1, &other)),
        done("merged", &[])
    );
    let merged = city.feature(PLOTS, 1).expect("there");
    assert_eq!(merged.values[1], "mown".into());
    let both = [(-1.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
    let both = reshaped(15, "ivo", city.head(), &both);
    assert_eq!(one(&mut city, both), done("applied", &[]));
    assert_eq!(city.head(), 4, "it was that already");
}

#[test]
fn a_split_that_removes_the_original_against_an_edit() {
    let mut city = City::on_a_file();
    city.receive(vec![plot(1, "office", 1, "A", &WHOLE)]);
    let edit = Operation {
        set: update(10, "petr", 1, 1, &[("status", NOTHING, json!("mown"))]).set,
        ..on_plot(10, "petr", Act::Update, 1, 1)
    };
    assert_eq!(one(&mut city, edit), done("applied", &[]));
    let split = vec![
        on_plot(11, "jana", Act::Delete, 1, 1),
        plot(12, "jana", 2, "B", &LEFT),
        plot(13, "jana", 3, "C", &RIGHT),
    ];
    assert_eq!(
        words(&city.receive(split)),
        ["conflict", "applied", "applied"]
    );
    assert!(
        city.feature(PLOTS, 1).is_some(),
        "the original stays until somebody decides"
    );
}

#[test]
fn a_re_import_against_an_edit() {
    let mut city = city();
    let clerk = update(
        10,
        "clerk",
        1,
        BASE,
        &[("status", json!("ok"), json!("broken"))],
    );
    assert_eq!(one(&mut city, clerk), done("applied", &[]));
    // The vendor's newer file, beside what the vendor had sent before.
    let vendor = |number, edits: &[(&str, Json, Json)]| update(number, "vendor", 1, BASE, edits);
    let file = [
        ("status", json!("ok"), json!("ok")),
        ("count", json!(5), json!(7)),
    ];
    assert_eq!(one(&mut city, vendor(11, &file)), done("merged", &[]));
    assert_eq!(
        city.value(1, "status"),
        "broken",
        "what the vendor did not change is the clerk's"
    );
    assert_eq!(city.value(1, "count"), 7);
    let file = [("status", json!("ok"), json!("renewed"))];
    assert_eq!(
        one(&mut city, vendor(12, &file)),
        done("conflict", &["status"])
    );
}

/// What QGIS sends: no old values, of which it says nothing, and geometry and attributes one after the other.
fn blind(mut operation: Operation) -> Operation {
    for edit in operation.set.values_mut() {
        edit.old = None;
    }
    operation
}

#[test]
fn a_blind_window_left_open_over_lunch() {
    let mut city = city();
    let jana = update(
        10,
        "jana",
        1,
        BASE,
        &[("status", json!("ok"), json!("broken"))],
    );
    city.receive(vec![jana]);
    // The window shows the state of before lunch, and its form sends every field.
    assert_eq!(
        one(&mut city, movement(11, "qgis", 1, BASE, 4.0)),
        done("merged", &[])
    );
    let form = [
        ("status", NOTHING, json!("ok")),
        ("count", NOTHING, json!(8)),
    ];
    let form = blind(update(12, "qgis", 1, BASE, &form));
    assert_eq!(one(&mut city, form), done("merged", &[]));
    assert_eq!(
        (city.value(1, "status"), city.value(1, "count")),
        (json!("broken"), json!(8))
    );
    let typed = blind(update(
        13,
        "qgis",
        1,
        BASE,
        &[("status", NOTHING, json!("removed"))],
    ));
    assert_eq!(one(&mut city, typed), done("conflict", &["status"]));
    assert_eq!(city.conflicts[0].base, Held::Value("ok".into()));
}

#[test]
fn two_windows_on_one_token() {
    let mut city = city();
    let first = blind(update(10, "qgis", 1, BASE, &[("count", NOTHING, json!(6))]));
    assert_eq!(one(&mut city, first), done("applied", &[]));
    // Of another part the token's base is what it was served; of the same, its own last write.
    let other = blind(update(
        11,
        "qgis",
        1,
        BASE,
        &[("status", NOTHING, json!("broken"))],
    ));
    assert_eq!(one(&mut city, other), done("merged", &[]));
    let same = blind(update(12, "qgis", 1, 3, &[("count", NOTHING, json!(7))]));
    assert_eq!(one(&mut city, same), done("merged", &[]));
    assert_eq!(
        (city.value(1, "count"), city.value(1, "status")),
        (json!(7), json!("broken"))
    );
    let before = &city.snapshots[3].values().next().expect("the post").values[2];
    assert_eq!(
        *before,
        Value::from(6),
        "history keeps what the first window wrote"
    );
    // A third person's value between the two is not overwritten.
    let jana = update(13, "jana", 1, 5, &[("count", json!(7), json!(9))]);
    assert_eq!(one(&mut city, jana), done("applied", &[]));
    let same = blind(update(14, "qgis", 1, 5, &[("count", NOTHING, json!(8))]));
    assert_eq!(one(&mut city, same), done("conflict", &["count"]));
}

#[test]
fn edits_chained_offline() {
    let mut city = city();
    let edit = |number, old: i64, new: i64| {
        update(
            number,
            "tablet",
            1,
            BASE,
            &[("count", json!(old), json!(new))],
        )
    };
    let jana = update(
        20,
        "jana",
        1,
        BASE,
        &[("status", json!("ok"), json!("broken"))],
    );
    city.receive(vec![jana]);
    let chain = vec![
        edit(10, 5, 6),
        following(edit(11, 6, 7), 10),
        following(movement(12, "tablet", 1, BASE, 2.0), 11),
        following(movement(13, "tablet", 1, BASE, 3.0), 12),
        creation(14, "tablet", 2, "A2"),
        following(
            update(15, "tablet", 2, BASE, &[("count", NOTHING, json!(1))]),
            14,
        ),
        following(removal(16, "tablet", 2, BASE), 15),
    ];
    let judgement = city.receive(chain.clone());
    assert!(
        !words(&judgement).contains(&"conflict"),
        "{:?}",
        judgement.outcomes
    );
    assert_eq!((city.value(1, "count"), city.east(1)), (json!(7), 3.0));
    assert_eq!(city.value(1, "status"), "broken");
    assert_eq!(city.feature(POSTS, 2), None);
    // The answer was lost, so all comes again, in any order.
    let again = city.receive(chain.into_iter().rev().collect());
    assert_eq!(
        (words(&again), again.changes),
        (vec!["duplicate"; 7], Vec::new())
    );
    // A later message of the same chain stands on what was judged before.
    assert_eq!(
        one(&mut city, following(edit(17, 7, 8), 13)),
        done("merged", &[])
    );
}

#[test]
fn undo_of_a_merged_change() {
    let mut city = city();
    let jana = update(
        10,
        "jana",
        1,
        BASE,
        &[("status", json!("ok"), json!("broken"))],
    );
    let petr = update(11, "petr", 1, BASE, &[("count", json!(5), json!(6))]);
    assert_eq!(one(&mut city, jana), done("applied", &[]));
    assert_eq!(one(&mut city, petr), done("merged", &[]));
    // Taking back what jana did leaves what petr did.
    let undo = |number, base| {
        update(
            number,
            "eva",
            1,
            base,
            &[("status", json!("broken"), json!("ok"))],
        )
    };
    assert_eq!(one(&mut city, undo(12, 4)), done("applied", &[]));
    assert_eq!(
        (city.value(1, "status"), city.value(1, "count")),
        (json!("ok"), json!(6))
    );
    // Where somebody went on from it, a person decides.
    let again = update(13, "jana", 1, 5, &[("status", json!("ok"), json!("gone"))]);
    assert_eq!(one(&mut city, again), done("applied", &[]));
    assert_eq!(one(&mut city, undo(14, 3)), done("conflict", &["status"]));
}

#[test]
fn the_schema_changed_meanwhile() {
    let mut city = city();
    city.evolve(layers(|text| {
        let text = text.replace(r#"name = "count""#, r#"name = "number", was = ["count"]"#);
        let text = text.replace(r#"name = "status","#, r#"name = "status", retired = true,"#);
        text.replace("range = [0, 9]", "range = [0, 6]")
    }));
    // The old name is known, and what was typed into a field that is no more in use is kept for a person.
    let tablet = update(
        10,
        "tablet",
        1,
        BASE,
        &[
            ("count", json!(5), json!(6)),
            ("status", json!("ok"), json!("broken")),
        ],
    );
    assert_eq!(one(&mut city, tablet), done("conflict", &["status"]));
    assert_eq!(city.value(1, "number"), 6);
    assert_eq!(city.conflicts[0].mine, Held::Value("broken".into()));
    // What the new rules do not allow is refused with the reason, and kept as it was sent.
    let sent = update(
        11,
        "tablet",
        1,
        BASE,
        &[
            ("count", json!(5), json!(8)),
            ("colour", NOTHING, json!("red")),
        ],
    );
    let judgement = city.receive(vec![sent.clone()]);
    let [(id, Outcome::Rejected(findings))] = &judgement.outcomes[..] else {
        panic!("{:?}", judgement.outcomes);
    };
    let fields: Vec<_> = findings
        .iter()
        .map(|finding| (finding.field.as_deref(), finding.problem.code()))
        .collect();
    assert_eq!(
        fields,
        [
            (Some("colour"), "unknown-field"),
            (Some("number"), "out-of-range")
        ]
    );
    assert_eq!(city.recorded[id].operation, sent);
}

#[test]
fn a_decision_is_an_operation_and_can_be_taken_back() {
    let mut city = city();
    for (number, device, new) in [(10, "jana", "broken"), (11, "petr", "removed")] {
        city.receive(vec![update(
            number,
            device,
            1,
            BASE,
            &[("status", json!("ok"), json!(new))],
        )]);
    }
    let conflict = city.conflicts[0].clone();
    assert_eq!(conflict.part, Part::Field("status".to_owned()));
    let decide = |number, base, old: &str, new: &str| {
        update(
            number,
            "clerk",
            1,
            base,
            &[("status", json!(old), json!(new))],
        )
    };
    assert_eq!(
        one(&mut city, decide(12, 3, "broken", "removed")),
        done("applied", &[])
    );
    assert_eq!(
        one(&mut city, decide(13, 4, "removed", "broken")),
        done("applied", &[])
    );
    assert_eq!(city.value(1, "status"), "broken");
}

/// Nothing but the outcome is asked of the judgement here.
fn outcomes(judgement: &Judgement) -> Vec<(&'static str, Vec<String>)> {
    let outcomes = judgement.outcomes.iter();
    outcomes
        .map(|(_, outcome)| (outcome.word(), open(outcome)))
        .collect()
}

#[test]
fn the_policies_of_fields_decide_without_a_person() {
    let mut city = city();
    let rows = |letters: &str| {
        let rows = letters
            .chars()
            .map(|letter| json!({ "sign": letter.to_string() }));
        Json::Array(rows.collect())
    };
    let edit = |number, device, newer: &str, older: &str, owner: &str, marks: &str| {
        update(
            number,
            device,
            1,
            BASE,
            &[
                ("inspected_on", NOTHING, json!(newer)),
                ("built_on", NOTHING, json!(older)),
                ("owner", NOTHING, json!(owner)),
                ("marks", NOTHING, rows(marks)),
            ],
        )
    };
    let both = vec![
        edit(10, "jana", "2026-05-02", "1990-01-01", "city", "ab"),
        edit(11, "petr", "2026-05-01", "1989-01-01", "village", "bc"),
    ];
    let judgement = city.receive(both);
    assert_eq!(
        outcomes(&judgement),
        [("applied", vec![]), ("merged", vec![])]
    );
    assert_eq!(city.value(1, "inspected_on"), "2026-05-02");
    assert_eq!(city.value(1, "built_on"), "1989-01-01");
    assert_eq!(city.value(1, "owner"), "city");
    assert_eq!(city.value(1, "marks"), rows("abc"));
    assert_eq!(city.feature(POSTS, 1).expect("there").id, feature(1));
}
