//! What comes out of order, twice, or from somebody who may not: no operation has two ends, and none is guessed.

use layers::merge::{Early, Held, Outcome, SentGeometry};
use layers::policy::Operation as Act;
use layers::{LayerId, Revision, Value};
use serde_json::{Value as Json, json};

use crate::city::{
    City, creation, drawn, following, movement, open, operation, operation_id, post_at, removal,
    update, words,
};

const NOTHING: Json = Json::Null;

/// A city with the post 1 of the code A1 at revision 1.
fn city() -> City {
    let mut city = City::new();
    city.receive(vec![creation(1, "office", 1, "A1")]);
    city
}

#[test]
fn an_operation_that_comes_before_the_one_it_stands_on_is_not_taken() {
    let mut city = city();
    let first = update(10, "tablet", 1, 1, &[("count", NOTHING, json!(1))]);
    let second = following(
        update(11, "tablet", 1, 1, &[("count", json!(1), json!(2))]),
        10,
    );
    let third = following(
        update(12, "tablet", 1, 1, &[("count", json!(2), json!(3))]),
        11,
    );
    let judgement = city.receive(vec![third.clone(), second.clone()]);
    let early = |operation, awaits| Early {
        operation: operation_id(operation),
        awaits: operation_id(awaits),
    };
    assert_eq!(judgement.early, [early(11, 10), early(12, 11)]);
    assert_eq!((judgement.outcomes.len(), city.recorded.len()), (0, 1));
    let judgement = city.receive(vec![third, first, second]);
    assert_eq!(
        (words(&judgement), judgement.early),
        (vec!["applied"; 3], Vec::new())
    );
    assert_eq!(city.value(1, "count"), 3);
}

#[test]
fn operations_in_a_circle_or_of_others_are_no_chain() {
    let mut city = city();
    let edit = |number, device, on| update(number, device, on, 1, &[("count", NOTHING, json!(1))]);
    let circle = vec![
        following(edit(10, "a", 1), 11),
        following(edit(11, "a", 1), 10),
    ];
    let judgement = city.receive(circle);
    assert_eq!(
        words(&judgement)
            .iter()
            .filter(|word| **word == "rejected")
            .count(),
        1
    );
    let judgement = city.receive(vec![following(edit(15, "a", 1), 10)]);
    assert_eq!(
        words(&judgement),
        ["applied"],
        "who stands on them is judged"
    );
    let alone = vec![following(edit(12, "a", 1), 12)];
    assert_eq!(words(&city.receive(alone)), ["rejected"]);
    for stranger in [edit(13, "b", 1), edit(14, "a", 2)] {
        assert_eq!(
            words(&city.receive(vec![following(stranger, 10)])),
            ["rejected"]
        );
    }
}

#[test]
fn an_identity_stands_for_one_operation() {
    let mut city = city();
    let edit = |number, new: i64| update(number, "a", 1, 1, &[("count", NOTHING, json!(new))]);
    let judgement = city.receive(vec![edit(10, 1), edit(10, 1), edit(10, 2)]);
    assert_eq!(words(&judgement), ["applied", "duplicate", "rejected"]);
    let mut other_login = edit(10, 1);
    other_login.author = "b".to_owned();
    let judgement = city.receive(vec![other_login, edit(10, 2)]);
    assert_eq!(words(&judgement), ["duplicate", "rejected"]);
    let (_, Outcome::Duplicate(first)) = &judgement.outcomes[0] else {
        panic!("{:?}", judgement.outcomes);
    };
    assert_eq!(
        first.word(),
        "applied",
        "a duplicate tells what became of the first"
    );
    assert_eq!(city.head(), 2);
}

#[test]
fn who_corrects_a_refused_value_meets_nobody() {
    let mut city = city();
    let wrong = update(10, "a", 1, 1, &[("count", NOTHING, json!(99))]);
    let right = following(update(11, "a", 1, 1, &[("count", json!(99), json!(9))]), 10);
    assert_eq!(words(&city.receive(vec![wrong])), ["rejected"]);
    assert_eq!(words(&city.receive(vec![right])), ["applied"]);
    assert_eq!(city.value(1, "count"), 9);
}

#[test]
fn who_goes_on_after_a_conflict_meets_the_same_person() {
    let mut city = city();
    city.receive(vec![update(10, "b", 1, 1, &[("count", NOTHING, json!(4))])]);
    let chain = vec![
        update(11, "a", 1, 1, &[("count", NOTHING, json!(5))]),
        following(update(12, "a", 1, 1, &[("count", json!(5), json!(6))]), 11),
    ];
    assert_eq!(words(&city.receive(chain)), ["conflict", "conflict"]);
    let [first, second] = &city.conflicts[..] else {
        panic!("{:?}", city.conflicts);
    };
    assert_eq!(
        (&first.base, &second.base),
        (&Held::Value(Value::Null), &Held::Value(Value::Null))
    );
    // When a person has decided for the first, the second follows from it.
    city.receive(vec![update(
        13,
        "clerk",
        1,
        2,
        &[("count", json!(4), json!(5))],
    )]);
    let third = following(update(14, "a", 1, 1, &[("count", json!(6), json!(7))]), 12);
    assert_eq!(words(&city.receive(vec![third])), ["conflict"]);
    let fourth = following(update(15, "a", 1, 1, &[("count", json!(6), json!(7))]), 12);
    city.receive(vec![update(
        16,
        "clerk",
        1,
        3,
        &[("count", json!(5), json!(6))],
    )]);
    assert_eq!(words(&city.receive(vec![fourth])), ["applied"]);
}

/// An own value that hides, on the screen, what somebody else has committed.
#[test]
fn what_an_own_value_hides_was_not_seen() {
    for judged_before_it_is_read in [true, false] {
        let mut city = city();
        let own = vec![
            update(10, "a", 1, 1, &[("count", NOTHING, json!(5))]),
            following(movement(11, "a", 1, 1, 5.0), 10),
        ];
        let others = vec![
            update(12, "b", 1, 1, &[("count", NOTHING, json!(4))]),
            movement(13, "b", 1, 1, 4.0),
        ];
        city.receive(others);
        if judged_before_it_is_read {
            city.receive(own.clone());
            city.receive(vec![creation(20, "b", 2, "A2")]);
        }
        // The device reads the newest state, shows its own values over it, and its owner goes on.
        let base = city.head();
        if !judged_before_it_is_read {
            city.receive(own);
        }
        let mut moved = movement(15, "a", 1, base, 6.0);
        moved.geometry = Some(SentGeometry {
            old: Some(post_at(5.0)),
            ..drawn(&post_at(6.0))
        });
        let more = vec![
            following(
                update(14, "a", 1, base, &[("count", json!(5), json!(6))]),
                11,
            ),
            following(moved, 14),
            following(
                update(16, "a", 1, base, &[("count", json!(6), json!(7))]),
                15,
            ),
            following(movement(17, "a", 1, base, 7.0), 16),
        ];
        assert_eq!(
            words(&city.receive(more)),
            ["conflict"; 4],
            "{judged_before_it_is_read}"
        );
        assert_eq!((city.value(1, "count"), city.east(1)), (json!(4), 4.0));
    }
}

#[test]
fn what_the_author_saw_counts_and_not_what_the_base_says() {
    let mut city = city();
    city.receive(vec![
        update(10, "b", 1, 1, &[("count", NOTHING, json!(4))]),
        movement(11, "b", 1, 1, 4.0),
    ]);
    // The device names the newest revision, but its screen shows an older state.
    let mut moved = movement(13, "a", 1, 2, 6.0);
    moved.geometry = Some(SentGeometry {
        old: Some(post_at(0.0)),
        ..drawn(&post_at(6.0))
    });
    let late = vec![
        update(12, "a", 1, 2, &[("count", NOTHING, json!(6))]),
        moved.clone(),
    ];
    assert_eq!(words(&city.receive(late)), ["conflict"; 2]);
    assert_eq!(city.conflicts[0].base, Held::Value(Value::Null));
    // Or an older revision, and its screen the newest state.
    moved.id = operation_id(15);
    moved.base = Revision(1);
    moved.geometry = Some(SentGeometry {
        old: Some(post_at(4.0)),
        ..drawn(&post_at(6.0))
    });
    let early = vec![
        update(14, "a", 1, 1, &[("count", json!(4), json!(6))]),
        moved,
    ];
    assert_eq!(words(&city.receive(early)), ["merged"; 2]);
    assert_eq!((city.value(1, "count"), city.east(1)), (json!(6), 6.0));
}

#[test]
fn a_feature_that_nobody_made_is_not_there() {
    let mut city = city();
    let edit = update(10, "a", 7, 1, &[("count", NOTHING, json!(1))]);
    assert_eq!(
        words(&city.receive(vec![edit, removal(11, "a", 7, 1)])),
        ["rejected"; 2]
    );
    let refused = vec![
        creation(12, "a", 8, "A1"),
        following(update(13, "a", 8, 1, &[("count", NOTHING, json!(1))]), 12),
    ];
    let judgement = city.receive(refused);
    assert_eq!(words(&judgement), ["rejected"; 2], "two posts of one code");
    let (_, Outcome::Rejected(findings)) = &judgement.outcomes[0] else {
        panic!("{:?}", judgement.outcomes);
    };
    assert_eq!(findings[0].problem.code(), "duplicate-key");
}

#[test]
fn keys_are_free_as_soon_as_they_are_given_up() {
    let mut city = city();
    let recoded = update(10, "a", 1, 1, &[("code", json!("A1"), json!("A2"))]);
    let taken = creation(12, "a", 3, "A2");
    let judgement = city.receive(vec![recoded, creation(11, "a", 2, "A1"), taken]);
    assert_eq!(words(&judgement), ["applied", "applied", "rejected"]);
    let judgement = city.receive(vec![removal(13, "a", 2, 2), creation(14, "a", 4, "A1")]);
    assert_eq!(words(&judgement), ["applied", "applied"]);
}

#[test]
fn the_same_new_feature_twice_is_merged_from_nothing() {
    let mut city = city();
    let mut again = creation(10, "a", 1, "A1");
    assert_eq!(words(&city.receive(vec![again.clone()])), ["merged"]);
    again.id = operation_id(11);
    again
        .set
        .extend(update(0, "a", 1, 0, &[("status", NOTHING, json!("ok"))]).set);
    assert_eq!(words(&city.receive(vec![again.clone()])), ["merged"]);
    assert_eq!(city.value(1, "status"), "ok");
    again.id = operation_id(12);
    again.set.extend(creation(0, "a", 1, "A9").set);
    let judgement = city.receive(vec![again]);
    assert_eq!(open(&judgement.outcomes[0].1), ["code"]);
}

#[test]
fn who_may_not_changes_nothing_and_learns_nothing() {
    let mut city = city();
    city.receive(vec![update(10, "a", 1, 1, &[("zone", NOTHING, json!(3))])]);
    city.barred = vec![("b".to_owned(), 3)];
    let judgement = city.receive(vec![
        update(11, "b", 1, 2, &[("count", NOTHING, json!(99))]),
        removal(12, "b", 1, 2),
        creation(13, "b", 1, "A1"),
    ]);
    assert_eq!(words(&judgement), ["unpermitted"; 3]);
    let mut elsewhere = operation(14, "b", Act::Delete, 1, 2);
    elsewhere.layer = LayerId::new("nowhere").expect("a name");
    assert_eq!(words(&city.receive(vec![elsewhere])), ["unpermitted"]);
    // Nor may a feature be handed to where its author has no say.
    let mut handed = creation(15, "b", 2, "A2");
    handed
        .set
        .extend(update(0, "b", 2, 2, &[("zone", NOTHING, json!(3))]).set);
    assert_eq!(words(&city.receive(vec![handed])), ["unpermitted"]);
}

#[test]
fn what_cannot_be_read_is_refused_with_every_reason() {
    let mut city = city();
    let mut bad = update(
        10,
        "a",
        1,
        1,
        &[
            ("count", NOTHING, json!("many")),
            ("marks", NOTHING, json!([{ "sing": "x" }])),
            ("colour", NOTHING, json!(1)),
        ],
    );
    bad.geometry = Some(SentGeometry {
        crs: 4326,
        ..drawn(&json!({ "type": "Point", "coordinates": [0, 0] }))
    });
    let judgement = city.receive(vec![bad]);
    let (_, Outcome::Rejected(findings)) = &judgement.outcomes[0] else {
        panic!("{:?}", judgement.outcomes);
    };
    let codes: Vec<_> = findings
        .iter()
        .map(|finding| finding.problem.code())
        .collect();
    assert_eq!(
        codes,
        [
            "unknown-field",
            "wrong-type",
            "unknown-field",
            "outside-area"
        ]
    );
    let mut said = removal(11, "a", 1, 1);
    said.geometry = Some(drawn(&post_at(1.0)));
    let mut taken_away = movement(12, "a", 1, 1, 1.0);
    taken_away.geometry = Some(drawn(&NOTHING));
    let mut unknown = movement(13, "a", 1, 1, 1.0);
    unknown.geometry = Some(SentGeometry {
        crs: 1,
        ..drawn(&post_at(1.0))
    });
    for bad in [said, taken_away, unknown] {
        assert_eq!(words(&city.receive(vec![bad])), ["rejected"]);
    }
}
