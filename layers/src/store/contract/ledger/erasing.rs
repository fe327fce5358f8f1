//! A value that is erased is in nothing that is kept of operations either.

use super::super::Place;
use super::*;
use crate::store::{Redaction, RedactionPlace, RedactionTarget, Redactor};

const SECRET: &str = "850101/1236";

pub(crate) fn run(fresh: Fresh<'_>) {
    a_value_is_erased_wherever_it_was_typed(fresh);
    all_that_a_field_held_is_erased(fresh);
}

/// Operations, a conflict and a note that hold the secret, and others that do not.
fn planted(place: &dyn Place) -> Box<dyn Store> {
    let store = place.open();
    let taken = Problem::DuplicateKey(format!("1/{SECRET}"));
    let rejected = Outcome::Rejected(vec![Finding::of_feature(taken)]);
    let typed = |number, on| Operation {
        author: "jana".to_owned(),
        ..recoding(number, on, 0, SECRET)
    };
    let mine = Conflict {
        mine: Held::Value(SECRET.into()),
        ..conflict(1, STONES, 1, None)
    };
    let mut values = vec![Value::Null; 10];
    values[1] = SECRET.into();
    let whole = Conflict {
        part: Part::Feature,
        mine: Held::Feature(Some(Content {
            geometry: None,
            values,
        })),
        theirs: Held::Feature(None),
        base: Held::Feature(None),
        ..conflict(1, STONES, 1, None)
    };
    let decision = Decision {
        choice: Choice::Typed,
        operation: operation_id(9),
        by: format!("paní {SECRET}"),
        at: now(),
    };
    let decided = ConflictId {
        operation: operation_id(1),
        part: Part::Feature,
    };
    let ledger = Ledger {
        receipts: vec![
            receipt(typed(1, 1), rejected),
            receipt(typed(2, 2), Outcome::Unpermitted),
            applied(3, 1),
        ],
        conflicts: vec![mine, whole, conflict(3, STONES, 1, None)],
        decisions: vec![(decided, Some(decision))],
    };
    apply_judged(&*store, Vec::new(), &ledger).expect("kept");
    let stones = LayerId::new(STONES).expect("a name");
    let reader = format!("qgis {SECRET}");
    store
        .note_served(&reader, &stones, Revision(1), now())
        .expect("noted");
    store
}

fn erase(store: &dyn Store, target: &RedactionTarget) -> Vec<(RedactionPlace, u64)> {
    let redactor = match target {
        RedactionTarget::Value => Redactor::of_values(b"key", [SECRET]),
        RedactionTarget::Field { .. } => Redactor::new(b"key", Vec::new()),
    };
    let redaction = |dry_run| Redaction {
        target,
        redactor: &redactor,
        author: "starosta",
        reason: "žádost",
        at: now(),
        dry_run,
    };
    let only_looked = store.redact(&redaction(true)).expect("looked for");
    let erased = store.redact(&redaction(false)).expect("erased");
    assert_eq!(erased.rows, only_looked.rows);
    let again = store.redact(&redaction(false)).expect("nothing left");
    assert_eq!(again.rows, []);
    let mut rows = erased.rows;
    rows.sort();
    rows
}

/// Returns everything that is kept, as text.
fn kept(store: &dyn Store) -> String {
    let conflicts = store.conflicts(&ConflictQuery::default());
    let conflicts = conflicts.expect("conflicts");
    assert_eq!(conflicts.len(), 3);
    let receipts = receipts(store, &ReceiptQuery::default());
    assert_eq!(receipts.len(), 3);
    format!("{receipts:?} {conflicts:?}")
}

fn a_value_is_erased_wherever_it_was_typed(fresh: Fresh<'_>) {
    let place = fresh();
    let store = planted(&*place);
    let rows = erase(&*store, &RedactionTarget::Value);
    let expected = [
        (RedactionPlace::Operations, 2),
        (RedactionPlace::Conflicts, 2),
        (RedactionPlace::Served, 1),
    ];
    assert_eq!(rows, expected);
    let kept = kept(&*place.open());
    assert!(
        !kept.contains(SECRET) && kept.contains("vymazáno"),
        "{kept}"
    );
}

fn all_that_a_field_held_is_erased(fresh: Fresh<'_>) {
    let place = fresh();
    let store = planted(&*place);
    let target = RedactionTarget::Field {
        layer: LayerId::new(STONES).expect("a name"),
        id: id(1),
        field: "code".to_owned(),
    };
    let rows = erase(&*store, &target);
    let expected = [
        (RedactionPlace::Operations, 2),
        (RedactionPlace::Conflicts, 3),
    ];
    assert_eq!(rows, expected);
    let receipts = receipts(&*store, &ReceiptQuery::default());
    let holds = |receipt: &&Receipt| format!("{receipt:?}").contains(SECRET);
    // What was typed into another feature stays.
    let left: Vec<_> = receipts
        .iter()
        .filter(holds)
        .map(|receipt| receipt.recorded.operation.feature)
        .collect();
    assert_eq!(left, [id(2)]);
    let conflicts = store
        .conflicts(&ConflictQuery::default())
        .expect("conflicts");
    let mines: Vec<_> = conflicts
        .iter()
        .map(|kept| format!("{:?}", kept.conflict.mine))
        .collect();
    assert!(mines.iter().all(|mine| !mine.contains(SECRET)), "{mines:?}");
}
