//! What a store keeps of operations: with their changes or not at all, each once, and what is open until it is decided.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use super::{Fresh, STONES, Store, WELLS, all, change_set, commit, id, now, read, recode, stone};
use crate::merge::{
    Choice, Conflict, ConflictId, ConflictQuery, Content, Decision, Edit, Held, Ledger, Operation,
    OperationId, Outcome, Part, Receipt, ReceiptQuery, Recorded, Signature,
};
use crate::policy::Operation as Act;
use crate::{
    Change, FeatureId, Finding, LayerId, Municipalities, Problem, Revision, StoreError, Value,
};

pub(crate) mod erasing;
pub(super) mod judging;
mod remembering;

pub(super) use self::judging::forgotten_bases_are_rejected;

pub(crate) fn run(fresh: Fresh<'_>) {
    what_came_of_operations_is_committed_with_their_changes(fresh);
    a_known_operation_stops_the_whole_set(fresh);
    conflicts_are_found(fresh);
    a_conflict_is_decided_once_and_opened_again(fresh);
    what_was_shown_is_noted(fresh);
    judging::run(fresh);
    remembering::run(fresh);
}

pub(super) fn operation_id(number: u64) -> OperationId {
    OperationId::from(Uuid::from_u64_pair(3, number))
}

/// An operation that sets the code of a stone.
pub(super) fn recoding(number: u64, on: u64, base: i64, code: &str) -> Operation {
    let edit = Edit {
        old: None,
        new: json!(code),
    };
    Operation {
        id: operation_id(number),
        device: format!("tablet {}\0", number % 2),
        author: "jana".to_owned(),
        after: None,
        layer: LayerId::new(STONES).expect("a name"),
        feature: id(on),
        act: Act::Update,
        base: Revision(base),
        set: BTreeMap::from([("code".to_owned(), edit)]),
        geometry: None,
        at: now(),
    }
}

fn receipt(operation: Operation, outcome: Outcome) -> Receipt {
    Receipt {
        recorded: Recorded { operation, outcome },
        sender: "petr".to_owned(),
        is_blind: true,
        at: now(),
        revision: None,
    }
}

fn applied(number: u64, on: u64) -> Receipt {
    receipt(
        recoding(number, on, 0, "x"),
        Outcome::Applied { rev: Some(2) },
    )
}

/// A conflict about the code of a feature.
fn conflict(number: u64, layer: &str, on: u64, municipality: Option<i64>) -> Conflict {
    Conflict {
        operation: operation_id(number),
        layer: LayerId::new(layer).expect("a name"),
        feature: id(on),
        municipality,
        part: Part::Field("code".to_owned()),
        base: Held::Value(Value::Null),
        theirs: Held::Value("a".into()),
        mine: Held::Value("b\0".into()),
        theirs_by: Some(Signature {
            author: "petr".to_owned(),
            at: now(),
            revision: None,
        }),
        author: "jana".to_owned(),
        device: "tablet".to_owned(),
        at: now(),
    }
}

fn apply_judged(
    store: &dyn Store,
    changes: Vec<Change>,
    ledger: &Ledger,
) -> Result<Revision, StoreError> {
    let applied = store.apply_judged(change_set(changes), ledger)?;
    Ok(applied.revision)
}

/// Writes operations, conflicts and notes, some of which another turn changes again.
pub(super) fn write_some(store: &dyn Store, turn: u64) {
    let number = 10 * turn;
    let at = |part| ConflictId {
        operation: operation_id(number),
        part,
    };
    let decision = Decision {
        choice: Choice::Mine,
        operation: operation_id(number + 1),
        by: "starosta".to_owned(),
        at: now(),
    };
    let ledger = Ledger {
        receipts: vec![applied(number, 1), applied(number + 1, 2)],
        conflicts: vec![
            conflict(number, STONES, 1, None),
            Conflict {
                part: Part::Geometry,
                ..conflict(number, STONES, 1, Some(7))
            },
        ],
        decisions: vec![(at(Part::Geometry), Some(decision.clone()))],
    };
    let changes = vec![stone(500 + turn, &format!("turn {turn}"))];
    apply_judged(store, changes, &ledger).expect("kept");
    let later = Ledger {
        receipts: vec![receipt(
            recoding(number + 2, 1, 0, "č\0"),
            Outcome::Unpermitted,
        )],
        decisions: vec![(at(Part::Field("code".to_owned())), Some(decision))],
        ..Ledger::default()
    };
    apply_judged(store, Vec::new(), &later).expect("kept");
    let stones = LayerId::new(STONES).expect("a name");
    for reader in ["ž", "one"] {
        let noted = store.note_served(reader, &stones, Revision(number as i64), now());
        noted.expect("noted");
    }
}

/// Keeps an operation that changed nothing.
pub(super) fn receive_one(store: &dyn Store) {
    let ledger = Ledger {
        receipts: vec![applied(77, 1)],
        ..Ledger::default()
    };
    apply_judged(store, Vec::new(), &ledger).expect("kept");
}

/// Whether two stores keep the same operations and conflicts.
pub(super) fn is_same(one: &dyn Store, other: &dyn Store) -> bool {
    let kept = |store: &dyn Store| {
        let conflicts = store.conflicts(&ConflictQuery::default());
        let all = receipts(store, &ReceiptQuery::default());
        (all, conflicts.expect("conflicts"))
    };
    kept(one) == kept(other)
}

fn receipts(store: &dyn Store, query: &ReceiptQuery) -> Vec<Receipt> {
    store.receipts(query).expect("receipts")
}

fn what_came_of_operations_is_committed_with_their_changes(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let refused = vec![
        Finding::of_field("code", Problem::WrongType("a text")),
        Finding::of_feature(Problem::DuplicateKey("1/a".to_owned())),
    ];
    let refused = Outcome::Rejected(refused);
    let ledger = Ledger {
        receipts: vec![
            applied(1, 1),
            receipt(recoding(2, 2, 0, "y"), refused),
            receipt(recoding(3, 3, 0, "z"), Outcome::Unpermitted),
        ],
        conflicts: vec![conflict(1, STONES, 1, None)],
        decisions: Vec::new(),
    };
    // A change that is rejected leaves nothing of it.
    let twice = apply_judged(store, vec![stone(1, "a"), stone(1, "b")], &ledger);
    assert!(matches!(twice, Err(StoreError::Rejected(_))), "{twice:?}");
    assert_eq!(receipts(store, &ReceiptQuery::default()), []);
    let nothing = ConflictQuery::default();
    assert_eq!(store.conflicts(&nothing).expect("conflicts"), []);

    let made = store.apply_judged(change_set(vec![stone(1, "a")]), &ledger);
    let made = made.expect("committed");
    assert_eq!((made.revision, made.touched.len()), (Revision(1), 1));
    let mut kept = ledger.receipts.clone();
    kept.reverse();
    kept[2].revision = Some(Revision(1));
    assert_eq!(receipts(store, &ReceiptQuery::default()), kept);
    let open = store.conflicts(&nothing).expect("conflicts");
    let by = open[0].conflict.theirs_by.as_ref().expect("who");
    assert_eq!((open.len(), by.revision), (1, Some(Revision(1))));

    // Without a change there is no revision, but the operation is kept.
    let ledger = Ledger {
        receipts: vec![applied(4, 1)],
        ..Ledger::default()
    };
    let unchanged = apply_judged(store, Vec::new(), &ledger);
    assert_eq!(unchanged.expect("kept"), Revision(1));
    operations_are_found(&*place.open());
}

/// Looks for four operations of two devices on three stones, of which the first was committed.
fn operations_are_found(store: &dyn Store) {
    let ids = |numbers: &[u64]| numbers.iter().map(|n| operation_id(*n)).collect::<Vec<_>>();
    let check = |change: &dyn Fn(&mut ReceiptQuery), expected: &[u64]| {
        let mut query = ReceiptQuery::default();
        change(&mut query);
        let found = receipts(store, &query).into_iter();
        let found = found.map(|receipt| receipt.recorded.operation.id);
        assert_eq!(found.collect::<Vec<_>>(), ids(expected), "{query:?}");
    };
    let stones = LayerId::new(STONES).expect("a name");
    check(&|query| query.limit = Some(2), &[4, 3]);
    check(&|query| query.id = Some(operation_id(2)), &[2]);
    check(
        &|query| query.device = Some("tablet 0\0".to_owned()),
        &[4, 2],
    );
    check(
        &|query| query.feature = Some((stones.clone(), id(1))),
        &[4, 1],
    );
    check(&|query| query.revision = Some(Revision(1)), &[1]);
    let known = store.known(&ids(&[3, 9, 2])).expect("receipts");
    assert_eq!(known.len(), 2);
}

fn a_known_operation_stops_the_whole_set(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let ledger = |numbers: &[u64]| Ledger {
        receipts: numbers.iter().map(|number| applied(*number, 1)).collect(),
        ..Ledger::default()
    };
    apply_judged(store, vec![stone(1, "a")], &ledger(&[1, 2])).expect("new");
    match apply_judged(store, vec![stone(2, "b")], &ledger(&[3, 2])) {
        Err(StoreError::KnownOperations(known)) => assert_eq!(known, [operation_id(2)]),
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(read(store, &all(store, STONES)).len(), 1);
    assert_eq!(receipts(store, &ReceiptQuery::default()).len(), 2);
    assert_eq!(store.head().expect("a head"), Revision(1));
}

fn conflicts_are_found(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let conflicts = vec![
        conflict(1, STONES, 1, None),
        conflict(2, WELLS, 1, Some(7)),
        conflict(3, WELLS, 2, Some(8)),
        Conflict {
            part: Part::Geometry,
            ..conflict(3, WELLS, 2, Some(8))
        },
    ];
    let ledger = Ledger {
        conflicts,
        ..Ledger::default()
    };
    apply_judged(store, Vec::new(), &ledger).expect("kept");
    let find = |query: &ConflictQuery| {
        let found = store.conflicts(query).expect("conflicts").into_iter();
        found.map(|kept| kept.seq).collect::<Vec<_>>()
    };
    let seqs = find(&ConflictQuery::default());
    let check = |change: &dyn Fn(&mut ConflictQuery), expected: &[usize]| {
        let mut query = ConflictQuery::default();
        change(&mut query);
        // They come the last one first, and are named here in the order in which they were opened.
        let expected: Vec<_> = expected.iter().map(|number| seqs[4 - number]).collect();
        assert_eq!(find(&query), expected, "{query:?}");
    };
    check(&|_| {}, &[4, 3, 2, 1]);
    check(&|query| query.limit = Some(2), &[4, 3]);
    check(&|query| query.before = Some(seqs[1]), &[2, 1]);
    check(&|query| query.layer = LayerId::new(STONES), &[1]);
    check(&|query| query.feature = Some(id(1)), &[2, 1]);
    check(&|query| query.is_open = Some(false), &[]);
    let some = |codes: &[i64]| Municipalities::Listed(codes.iter().copied().collect());
    check(&|query| query.municipalities = some(&[7]), &[2]);
    check(&|query| query.municipalities = some(&[7, 8]), &[4, 3, 2]);
    check(&|query| query.municipalities = some(&[]), &[]);
    let of = |part| ConflictId {
        operation: operation_id(3),
        part,
    };
    check(&|query| query.id = Some(of(Part::Geometry)), &[4]);
    check(&|query| query.id = Some(of(Part::Feature)), &[]);
    let counts = store.count_conflicts().expect("counts").into_iter();
    let counts =
        counts.map(|((layer, of, part), count)| format!("{layer} {of:?} {part:?} {count}"));
    let expected = [
        r#"stones None Field("code") 1"#,
        r#"wells Some(7) Field("code") 1"#,
        r#"wells Some(8) Field("code") 1"#,
        "wells Some(8) Geometry 1",
    ];
    assert_eq!(counts.collect::<Vec<_>>(), expected);
}

fn a_conflict_is_decided_once_and_opened_again(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let ledger = Ledger {
        receipts: vec![applied(1, 1)],
        conflicts: vec![conflict(1, STONES, 1, None)],
        ..Ledger::default()
    };
    apply_judged(store, vec![stone(1, "a")], &ledger).expect("kept");
    let decision = Decision {
        choice: Choice::Typed,
        operation: operation_id(2),
        by: "starosta".to_owned(),
        at: now(),
    };
    let decide = |part: &str, decision: Option<&Decision>, code: &str| {
        let id = ConflictId {
            operation: operation_id(1),
            part: Part::of_key(part),
        };
        let ledger = Ledger {
            decisions: vec![(id, decision.cloned())],
            ..Ledger::default()
        };
        apply_judged(store, vec![recode(1, code, None)], &ledger)
    };
    let kept = || {
        let kept = store
            .conflicts(&ConflictQuery::default())
            .expect("conflicts");
        kept[0].decision.clone()
    };
    let is_stale = |done: Result<Revision, StoreError>| {
        assert!(matches!(done, Err(StoreError::StaleRecords(_))), "{done:?}");
        // What was to be written with it is not written either.
        let code = read(store, &all(store, STONES))[0].values[1].clone();
        assert_ne!(code, Value::from("stale"));
    };
    is_stale(decide("code", None, "stale"));
    is_stale(decide("@geometry", Some(&decision), "stale"));
    decide("code", Some(&decision), "b").expect("decided");
    assert_eq!(kept(), Some(decision.clone()));
    assert!(store.count_conflicts().expect("counts").is_empty());
    is_stale(decide("code", Some(&decision), "stale"));
    decide("code", None, "c").expect("open again");
    assert_eq!(kept(), None);
    assert_eq!(store.count_conflicts().expect("counts").len(), 1);
}

fn what_was_shown_is_noted(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let [stones, wells] = [STONES, WELLS].map(|name| LayerId::new(name).expect("a name"));
    let later = now() + chrono::TimeDelta::hours(1);
    for (reader, layer, revision, at) in [
        ("one", &stones, 3, now()),
        ("one", &stones, 7, now()),
        ("one", &stones, 7, later),
        ("one", &stones, 7, now()),
        ("one", &wells, 5, now()),
        ("two", &stones, 4, now()),
    ] {
        store
            .note_served(reader, layer, Revision(revision), at)
            .expect("noted");
    }
    let first = |since| {
        let first = store
            .first_served("one", &stones, Revision(since))
            .expect("an answer");
        first.map(|revision| revision.0)
    };
    assert_eq!(
        [0, 3, 4, 7, 8].map(first),
        [Some(3), Some(3), Some(7), Some(7), None]
    );
    store.forget_served(later).expect("forgotten");
    assert_eq!([0, 8].map(first), [Some(7), None]);
}
