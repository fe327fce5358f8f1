//! What a store does with the records of the office.

use serde_json::json;

use super::Fresh;
use crate::{OfficeRecord, RecordChange, RecordKind, StoreError};

pub(super) fn run(fresh: Fresh<'_>) {
    records_are_kept_by_kind_and_key(fresh);
    a_stale_version_stops_the_whole_batch(fresh);
    records_are_found_by_how_their_keys_begin(fresh);
}

fn put(kind: RecordKind, key: &str, expected: i64, body: serde_json::Value) -> RecordChange {
    RecordChange::Put {
        kind,
        key: key.to_owned(),
        expected,
        body,
    }
}

fn remove(kind: RecordKind, key: &str, expected: i64) -> RecordChange {
    RecordChange::Remove {
        kind,
        key: key.to_owned(),
        expected,
    }
}

fn records_are_kept_by_kind_and_key(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    for kind in RecordKind::ALL {
        assert_eq!(store.records(kind).expect("an answer"), []);
        let body = json!({ "z": "ž", "a": [1, 0.1, null] });
        store
            .write(&[put(kind, "b", 0, json!(1)), put(kind, "a", 0, body.clone())])
            .expect("written");
        store
            .write(&[put(kind, "b", 1, json!({ "second": true }))])
            .expect("written");
        let expected =
            [("a", 1, body), ("b", 2, json!({ "second": true }))].map(|(key, version, body)| {
                OfficeRecord {
                    kind,
                    key: key.to_owned(),
                    version,
                    body,
                }
            });
        assert_eq!(store.records(kind).expect("an answer"), expected);
        assert_eq!(
            store.record(kind, "b").expect("an answer").as_ref(),
            Some(&expected[1])
        );
        let again = &*place.open();
        assert_eq!(again.records(kind).expect("an answer"), expected);
        store.write(&[remove(kind, "a", 1)]).expect("removed");
        assert_eq!(again.record(kind, "a").expect("an answer"), None);
    }
}

fn records_are_found_by_how_their_keys_begin(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let kind = RecordKind::Attachment;
    let keys = [
        "a",
        "a/",
        "a/1",
        "a/\u{10fffe}",
        "a/č",
        "a0",
        "b/1",
        "%",
        "a_",
    ];
    let changes = keys.map(|key| put(kind, key, 0, json!(key)));
    store.write(&changes).expect("written");
    store
        .write(&[put(RecordKind::Dataset, "a/2", 0, json!(1))])
        .expect("written");
    for (beginning, expected) in [
        ("a/", &["a/", "a/1", "a/č", "a/\u{10fffe}"][..]),
        ("a/1", &["a/1"]),
        ("%", &["%"]),
        ("c", &[]),
    ] {
        let found = store.records_under(kind, beginning).expect("an answer");
        let found: Vec<_> = found.iter().map(|record| record.key.as_str()).collect();
        assert_eq!(found, expected, "{beginning}");
    }
    let all = store.records_under(kind, "").expect("an answer");
    assert_eq!(all, store.records(kind).expect("an answer"));
}

fn a_stale_version_stops_the_whole_batch(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let kind = RecordKind::Dataset;
    store
        .write(&[put(kind, "a", 0, json!(1)), put(kind, "b", 0, json!(1))])
        .expect("written");
    let stale = store.write(&[
        put(kind, "c", 0, json!(1)),
        put(kind, "a", 0, json!(2)),
        put(kind, "b", 7, json!(2)),
        remove(kind, "b", 2),
        put(kind, "d", 3, json!(2)),
        remove(kind, "e", 1),
    ]);
    let Err(StoreError::StaleRecords(keys)) = stale else {
        panic!("not refused: {stale:?}");
    };
    assert_eq!(
        keys,
        [
            "dataset/a",
            "dataset/b",
            "dataset/b",
            "dataset/d",
            "dataset/e"
        ]
    );
    assert_eq!(store.record(kind, "c").expect("an answer"), None);
    let bodies: Vec<_> = store
        .records(kind)
        .expect("an answer")
        .into_iter()
        .map(|r| (r.version, r.body))
        .collect();
    assert_eq!(bodies, [(1, json!(1)), (1, json!(1))]);
}
