//! Whose features a change set may change: those of its author's municipalities, before and after, and no others.

use std::collections::BTreeSet;

use super::{
    Fresh, STONES, Store, WELLS, all, at, commit, delete, id, insert, layer_id, now, read, stone,
};
use crate::{
    Applied, Change, ChangeSet, Finding, Municipalities, Problem, Revision, StoreError, Value,
};

/// Two municipalities with a well each, the second of which the author may not change.
pub(crate) const OURS: i64 = 563_099;
pub(crate) const OTHERS: i64 = 562_971;

pub(super) fn run(fresh: Fresh<'_>) {
    an_author_changes_what_is_of_its_municipalities(fresh);
    what_is_of_another_municipality_is_rejected(fresh);
    one_foreign_feature_among_many_stops_them_all(fresh);
}

/// A sound well of a municipality.
pub(crate) fn well(number: u64, municipality: i64) -> Change {
    let values = vec![municipality.into(), number.to_string().into(), Value::Null];
    insert(WELLS, number, Some(at(number as f64, 1.0)), values)
}

fn give(number: u64, municipality: Value) -> Change {
    Change::Update {
        layer: layer_id(WELLS),
        id: id(number),
        expected_rev: None,
        geometry: None,
        set: vec![("municipality_code".to_owned(), municipality)],
    }
}

fn apply_as(
    municipalities: impl IntoIterator<Item = i64>,
    store: &dyn Store,
    changes: Vec<Change>,
) -> Result<Applied, StoreError> {
    store.apply(ChangeSet {
        author: "clerk of a village".to_owned(),
        reason: "survey".to_owned(),
        at: now(),
        municipalities: Municipalities::Listed(BTreeSet::from_iter(municipalities)),
        changes: Box::new(changes.into_iter()),
    })
}

/// Applies what must be rejected and returns why, by the places of the changes.
fn refuse(store: &dyn Store, changes: Vec<Change>) -> Vec<(usize, Vec<Finding>)> {
    let rejected = match apply_as([OURS], store, changes) {
        Err(StoreError::Rejected(rejections)) => rejections.listed.into_iter(),
        other => panic!("not rejected: {other:?}"),
    };
    rejected.map(|r| (r.index, r.findings)).collect()
}

fn not_theirs(index: usize) -> (usize, Vec<Finding>) {
    (index, vec![Finding::of_feature(Problem::NotTheirs)])
}

fn an_author_changes_what_is_of_its_municipalities(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    apply_as([OURS], store, vec![well(1, OURS)]).expect("ours");
    apply_as([OURS, OTHERS], store, vec![give(1, OTHERS.into())]).expect("both are ours");
    let changes = vec![give(1, OURS.into()), delete(WELLS, 1, Some(3))];
    let applied = apply_as([OTHERS, OURS], store, changes).expect("likewise");
    assert_eq!(applied.revision, Revision(3));
    assert_eq!(read(store, &all(store, WELLS)), []);
}

fn what_is_of_another_municipality_is_rejected(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![well(1, OURS), well(2, OTHERS), stone(7, "a")]);
    let before = read(store, &all(store, WELLS));
    let changes = vec![
        well(3, OTHERS),
        give(1, OTHERS.into()),
        give(2, OURS.into()),
        delete(WELLS, 2, None),
        // What belongs to no municipality is nobody's of theirs either.
        stone(8, "b"),
        delete(STONES, 7, None),
        // And what is theirs does not make it better.
        well(4, OURS),
    ];
    let expected: Vec<_> = (0..6).map(not_theirs).collect();
    assert_eq!(refuse(store, changes), expected);
    let nobodys = refuse(store, vec![give(1, Value::Null)]);
    assert!(
        nobodys[0]
            .1
            .contains(&Finding::of_feature(Problem::NotTheirs)),
        "{nobodys:?}"
    );
    // Somebody who may change nothing changes nothing.
    assert!(apply_as([], store, vec![well(5, OURS)]).is_err());
    assert_eq!(read(store, &all(store, WELLS)), before);
    assert_eq!(store.head().expect("a head"), Revision(1));
}

fn one_foreign_feature_among_many_stops_them_all(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let mut many: Vec<_> = (0..200).map(|number| well(number, OURS)).collect();
    many[150] = well(150, OTHERS);
    assert_eq!(refuse(store, many), [not_theirs(150)]);
    assert_eq!(read(store, &all(store, WELLS)), []);
    let many = (0..200).map(|number| well(number, OURS)).collect();
    let applied = apply_as([OURS], store, many).expect("all ours");
    assert_eq!(applied.touched.len(), 200);
}
