//! Receiving batches: each operation is done once, whoever else writes meanwhile.

use std::cell::Cell;

use super::super::tenants::{OTHERS, OURS, well};
use super::super::{delete, evolution};
use super::*;
use crate::merge::{Batch, Judgement, OPERATIONS_AT_MOST, Received, receive, receive_deciding};

pub(super) fn run(fresh: Fresh<'_>) {
    what_is_sent_again_is_told_again(fresh);
    what_others_commit_meanwhile_is_merged(fresh);
    the_same_batch_at_the_same_time_is_done_once(fresh);
    nothing_is_permitted_outside_the_municipalities(fresh);
    what_a_judgement_decides_is_decided_with_it(fresh);
    names_of_the_time_are_understood_later(fresh);
    a_batch_has_an_end(fresh);
}

fn batch(operations: Vec<Operation>) -> Batch {
    Batch {
        author: "jana".to_owned(),
        reason: "work in the field".to_owned(),
        at: now(),
        municipalities: Municipalities::All,
        operations,
    }
}

fn send(store: &dyn Store, operations: Vec<Operation>) -> Received {
    receive(store, &batch(operations), false, &|_| true).expect("received")
}

fn outcomes(judgement: &Judgement) -> Vec<&Outcome> {
    let outcomes = judgement.outcomes.iter();
    outcomes.map(|(_, outcome)| outcome).collect()
}

fn code(store: &dyn Store, number: u64) -> Option<String> {
    let there = read(store, &all(store, STONES));
    let found = there.into_iter().find(|stone| stone.id == id(number))?;
    found.values[1].as_text().map(str::to_owned)
}

fn what_is_sent_again_is_told_again(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a"), stone(2, "b"), stone(3, "c")]);
    commit(store, vec![recode(2, "z", None)]);
    let mut wrong = recoding(4, 3, 2, "x");
    let number = json!({ "new": 5.5 });
    let number: Edit = serde_json::from_value(number).expect("an edit");
    wrong.set.insert("count".to_owned(), number);
    let early = Operation {
        after: Some(operation_id(77)),
        ..recoding(5, 3, 2, "y")
    };
    let all = vec![
        recoding(1, 1, 2, "n"),
        recoding(2, 2, 1, "m"),
        recoding(3, 9, 2, "l"),
        wrong,
        early,
        recoding(6, 3, 2, "n"),
    ];
    let first = send(store, all.clone());
    let words: Vec<_> = outcomes(&first.judgement)
        .iter()
        .map(|o| o.word())
        .collect();
    assert_eq!(
        words,
        ["applied", "conflict", "rejected", "rejected", "rejected"]
    );
    assert_eq!((first.revision, first.touched.len()), (Revision(3), 1));
    assert_eq!(first.judgement.early.len(), 1);
    let reopened = &*place.open();
    for _ in 0..2 {
        let again = send(reopened, all.clone());
        assert_eq!((again.revision, again.touched.len()), (Revision(3), 0));
        let told = outcomes(&again.judgement)
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Duplicate(first) => (**first).clone(),
                other => panic!("done again: {other:?}"),
            });
        // Conflicts and findings are told as they were, to the last word.
        let told: Vec<_> = told.collect();
        assert_eq!(told.iter().collect::<Vec<_>>(), outcomes(&first.judgement));
    }
    let kept = reopened
        .receipts(&ReceiptQuery::default())
        .expect("receipts");
    assert_eq!(kept.len(), 5);
    let ids = kept.iter().map(|receipt| &receipt.recorded.operation);
    assert!(ids.eq([&all[5], &all[3], &all[2], &all[1], &all[0]]));
    let open = reopened
        .conflicts(&ConflictQuery::default())
        .expect("conflicts");
    assert_eq!(open[0].conflict, first.judgement.conflicts[0]);
}

/// An operation is merged with what its author began with, as long as that is known; afterwards it is rejected and kept.
pub(in super::super) fn forgotten_bases_are_rejected(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a"), stone(2, "b"), stone(3, "c")]);
    commit(store, vec![recode(1, "d", None), delete(STONES, 3, None)]);
    let stones = LayerId::new(STONES).expect("a name");
    store.prune(&stones, Revision(2)).expect("pruned");
    let create = Operation {
        act: Act::Create,
        ..recoding(5, 7, 1, "n")
    };
    let sent = send(
        store,
        vec![
            recoding(1, 1, 1, "k"),
            recoding(2, 2, 1, "l"),
            recoding(3, 1, 2, "m"),
            recoding(4, 3, 1, "x"),
            create,
        ],
    );
    let told: Vec<_> = outcomes(&sent.judgement)
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Rejected(findings) => findings[0].problem.code(),
            other => other.word(),
        })
        .collect();
    // The second stone stands as its author saw it; how the first was, nobody knows.
    let missing = "geometry-presence";
    assert_eq!(
        told,
        [
            "base-forgotten",
            "applied",
            "applied",
            "base-forgotten",
            missing
        ]
    );
    let again = send(store, vec![recoding(1, 1, 1, "k")]);
    let [Outcome::Duplicate(first)] = outcomes(&again.judgement)[..] else {
        panic!("done again: {again:?}")
    };
    assert_eq!(**first, *outcomes(&sent.judgement)[0]);
    let nobody = receive(store, &batch(vec![recoding(9, 1, 1, "k")]), false, &|_| {
        false
    });
    let nobody = nobody.expect("received");
    assert_eq!(outcomes(&nobody.judgement), [&Outcome::Unpermitted]);
}

fn what_others_commit_meanwhile_is_merged(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let other = &*place.open();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let meanwhile = Cell::new(true);
    let received = receive(
        store,
        &batch(vec![recoding(1, 1, 1, "mine")]),
        true,
        &|_| {
            if meanwhile.take() {
                commit(other, vec![recode(1, "theirs", None)]);
            }
            true
        },
    );
    let received = received.expect("received");
    let conflicts = &received.judgement.conflicts;
    assert_eq!(conflicts[0].theirs, Held::Value("theirs".into()));
    assert_eq!(code(store, 1).as_deref(), Some("theirs"));
    // A key that somebody took meanwhile is told, and nothing else.
    let meanwhile = Cell::new(true);
    let received = receive(store, &batch(vec![recoding(2, 2, 1, "key")]), true, &|_| {
        if meanwhile.take() {
            commit(other, vec![stone(3, "key")]);
        }
        true
    });
    let judgement = received.expect("received").judgement;
    let taken = Finding::of_feature(Problem::DuplicateKey("1/key".to_owned()));
    assert_eq!(outcomes(&judgement), [&Outcome::Rejected(vec![taken])]);
    // Who never comes to rest keeps others waiting, but not for ever.
    let turn = Cell::new(0);
    let busy = receive(store, &batch(vec![recoding(3, 2, 1, "x")]), true, &|_| {
        turn.set(turn.get() + 1);
        commit(
            other,
            vec![recode(2, &format!("turn {}", turn.get()), None)],
        );
        true
    });
    // The first other value is met at once: then there is nothing more to write.
    let judgement = busy.expect("a conflict").judgement;
    assert_eq!(outcomes(&judgement)[0].word(), "conflict");
}

fn the_same_batch_at_the_same_time_is_done_once(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(
        store,
        (1..=20).map(|n| stone(n, &format!("k{n}"))).collect(),
    );
    let all: Vec<_> = (1..=20)
        .map(|number| recoding(number, number, 1, &format!("n{number}")))
        .collect();
    let place = &place;
    let words = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| send(&*place.open(), all.clone())))
            .collect();
        let received = senders
            .into_iter()
            .map(|sender| sender.join().expect("received"));
        let words = received.map(|received| outcomes(&received.judgement)[0].word());
        words.collect::<Vec<_>>()
    });
    let once = words.iter().filter(|word| **word == "applied");
    assert_eq!(once.count(), 1, "{words:?}");
    assert_eq!(store.head().expect("a head"), Revision(2));
    assert_eq!(receipts(store, &ReceiptQuery::default()).len(), 20);
    assert_eq!(code(store, 7).as_deref(), Some("n7"));
}

fn nothing_is_permitted_outside_the_municipalities(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![well(1, OURS), well(2, OTHERS)]);
    let on_well = |number: u64, on: u64, field: &str, new: serde_json::Value| Operation {
        layer: LayerId::new(WELLS).expect("a name"),
        set: BTreeMap::from([(field.to_owned(), Edit { old: None, new })]),
        ..recoding(number, on, 1, "")
    };
    let ours = Batch {
        municipalities: Municipalities::Listed(BTreeSet::from([OURS])),
        ..batch(vec![
            on_well(1, 1, "keeper", json!("Jan")),
            on_well(2, 2, "keeper", json!("Jan")),
            on_well(3, 1, "municipality_code", json!(OTHERS)),
        ])
    };
    let received = receive(store, &ours, false, &|_| true).expect("received");
    let words: Vec<_> = outcomes(&received.judgement)
        .iter()
        .map(|o| o.word())
        .collect();
    assert_eq!(words, ["applied", "unpermitted", "unpermitted"]);
    assert_eq!(received.touched.len(), 1);
}

fn what_a_judgement_decides_is_decided_with_it(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a")]);
    commit(store, vec![recode(1, "theirs", None)]);
    send(store, vec![recoding(1, 1, 1, "mine")]);
    let decision = Decision {
        choice: Choice::Mine,
        operation: operation_id(2),
        by: "jana".to_owned(),
        at: now(),
    };
    let decide = |judgement: &Judgement| match &judgement.outcomes[..] {
        [(_, Outcome::Applied { .. })] => {
            let id = ConflictId {
                operation: operation_id(1),
                part: Part::of_key("code"),
            };
            Some(vec![(id, Some(decision.clone()))])
        }
        _ => None,
    };
    let mine = batch(vec![recoding(2, 1, 2, "mine")]);
    receive_deciding(store, &mine, false, &|_| true, &decide).expect("decided");
    assert_eq!(code(store, 1).as_deref(), Some("mine"));
    let decided = ConflictQuery {
        is_open: Some(false),
        ..ConflictQuery::default()
    };
    let kept = store.conflicts(&decided).expect("conflicts");
    assert_eq!(kept[0].decision, Some(decision.clone()));
    // Sent again it is known, and decides nothing again.
    let again = receive_deciding(store, &mine, false, &|_| true, &decide);
    let again = again.expect("known");
    assert_eq!(outcomes(&again.judgement)[0].word(), "duplicate");
}

fn names_of_the_time_are_understood_later(fresh: Fresh<'_>) {
    let place = fresh();
    let old = place.open();
    commit(&*old, vec![stone(1, "a")]);
    commit(&*old, vec![recode(1, "theirs", None)]);
    let mine = recoding(1, 1, 1, "mine");
    send(&*old, vec![mine.clone()]);
    place.evolve(&evolution::evolved()).expect("evolved");
    let new = &*place.open_with(evolution::evolved()).expect("a store");
    let sign = Part::Field("sign".to_owned());
    let kept = new.conflicts(&ConflictQuery::default()).expect("conflicts");
    assert_eq!(
        (&kept[0].conflict.part, &kept[0].conflict.mine),
        (&sign, &Held::Value("mine".into()))
    );
    for part in ["sign", "code"] {
        let id = ConflictId {
            operation: operation_id(1),
            part: Part::of_key(part),
        };
        let found = new.conflicts(&ConflictQuery {
            id: Some(id),
            ..ConflictQuery::default()
        });
        assert_eq!(found.expect("conflicts").len(), 1, "{part}");
    }
    let again = send(new, vec![mine]);
    let Outcome::Duplicate(first) = outcomes(&again.judgement)[0] else {
        panic!("done again: {again:?}");
    };
    assert_eq!(
        **first,
        Outcome::Conflict {
            rev: Some(2),
            parts: vec![sign]
        }
    );
    // Who still has the old definitions sends under the old name, and stands on what was sent before.
    let next = Operation {
        after: Some(operation_id(1)),
        ..recoding(2, 1, 1, "next")
    };
    let next = Operation {
        device: recoding(1, 1, 1, "").device,
        ..next
    };
    let received = send(new, vec![next]);
    let met = &received.judgement.conflicts[0];
    assert_eq!(
        (&met.theirs, &met.mine),
        (&Held::Value("theirs".into()), &Held::Value("next".into()))
    );
}

fn a_batch_has_an_end(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let many = (0..=OPERATIONS_AT_MOST as u64).map(|number| recoding(number, 1, 0, "x"));
    let refused = receive(store, &batch(many.collect()), false, &|_| true);
    assert!(
        matches!(refused, Err(StoreError::TooManyOperations(1001))),
        "{refused:?}"
    );
}
