//! Moving a whole store into another one, which may be of another kind: nothing is lost, and what comes next fits.

use proptest::collection::vec;
use proptest::test_runner::{Config, TestRunner};

use super::audit::a_log_moves_into_another_store;
use super::histories::change;
use super::{
    DIARY, Fresh, MEADOWS, STONES, Store, all, apply, commit, delete, layer_id, layers, ledger,
    load, now, read, recode, stone,
};
use crate::{
    Change, CopyError, FeatureQuery, HistoryEntry, OfficeRecord, RecordChange, RecordKind,
    Revision, StoreError, StoreFingerprint, copied_so_far, fingerprint,
};

/// Moves random histories, each in two legs, between stores of two kinds.
pub(crate) fn run(from: Fresh<'_>, to: Fresh<'_>, cases: u32) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    let histories = || vec(vec(change(), 1..8), 0..5);
    TestRunner::new(config)
        .run(&(histories(), histories()), |(first, second)| {
            check(from, to, &first, &second);
            Ok(())
        })
        .expect("every history");
    a_key_that_was_given_is_not_given_again(from, to);
    what_is_no_copy_is_refused(from, to);
    a_copy_has_no_more_history_than_its_source(from, to);
    a_log_moves_into_another_store(from, to);
}

fn check(from: Fresh<'_>, to: Fresh<'_>, first: &[Vec<Change>], second: &[Vec<Change>]) {
    let (from, to) = (from(), to());
    let (source, target) = (&*from.open(), &*to.open());
    for (leg, history) in [first, second].into_iter().enumerate() {
        for (place, changes) in history.iter().enumerate() {
            let write = if place % 2 == leg { load } else { apply };
            let _rejected = write(source, changes.clone());
        }
        put(source, &format!("record {leg}"));
        ledger::write_some(source, leg as u64);
        assert_eq!(copy(source, target).expect("a copy"), prints(source));
    }
    let reopened = &*to.open();
    let head = source.head().expect("a head");
    assert_eq!(reopened.head().expect("a head"), head);
    let nothing = Revision(0);
    assert_eq!(
        reopened.changes(nothing).expect("a log"),
        source.changes(nothing).expect("a log")
    );
    for revision in 0..=head.0 {
        for name in [STONES, MEADOWS, DIARY] {
            let at = |store: &dyn Store| {
                let query = FeatureQuery {
                    at: Some(Revision(revision)),
                    ..all(store, name)
                };
                read(store, &query)
            };
            assert_eq!(at(reopened), at(source), "{name} at {revision}");
        }
    }
    assert!(ledger::is_same(reopened, source));
    // Triggers write history again, for what is edited in the copy.
    let changed = commit(reopened, vec![stone(900, "z")]);
    assert_eq!(changed.revision.0, head.0 + 1);
    assert_eq!(reopened.changes(head).expect("a log").len(), 1);
}

fn a_key_that_was_given_is_not_given_again(from: Fresh<'_>, to: Fresh<'_>) {
    let (from, to) = (from(), to());
    let (source, target) = (&*from.open(), &*to.open());
    let given = commit(source, vec![stone(1, "a"), stone(2, "b")]).touched;
    commit(
        source,
        vec![delete(STONES, 2, None), delete(STONES, 1, None)],
    );
    copy(source, target).expect("a copy");
    let new = commit(target, vec![stone(3, "c")]).touched;
    assert!(given.iter().all(|touched| touched.fid < new[0].fid));
}

fn what_is_no_copy_is_refused(from: Fresh<'_>, to: Fresh<'_>) {
    let (from, to) = (from(), to());
    let (source, target) = (&*from.open(), &*to.open());
    let refused = || match copy(source, target) {
        Err(CopyError::NotACopy(why)) => why,
        other => panic!("not refused: {other:?}"),
    };
    put(target, "theirs");
    assert!(refused().contains("token/theirs"));
    target.take_over_records(&[]).expect("no records");
    ledger::receive_one(target);
    assert!(refused().contains("operation"));
    let nothing = Box::new(std::iter::empty());
    target.take_over_ledger(nothing).expect("no operations");
    commit(source, vec![stone(1, "a")]);
    copy(source, target).expect("a copy");
    commit(target, vec![stone(2, "b")]);
    assert!(refused().contains("at revision 2"));
    commit(source, vec![stone(2, "c"), stone(3, "b")]);
    // Author, reason and time are the same here, so only the hashes tell.
    let theirs = copy(source, target).expect("a copy");
    assert_eq!(theirs.differences(&prints(source)), [STONES]);
    let entry = HistoryEntry::Revision(source.revision(Revision(1)).expect("read").expect("one"));
    let again = target.take_over(Box::new(std::iter::once(Ok(entry))));
    assert!(matches!(again, Err(StoreError::Unusable(_))), "{again:?}");
}

fn a_copy_has_no_more_history_than_its_source(from: Fresh<'_>, to: Fresh<'_>) {
    let (from, to) = (from(), to());
    let (source, target) = (&*from.open(), &*to.open());
    let stones = layer_id(STONES);
    commit(source, vec![stone(1, "a"), stone(2, "b")]);
    commit(source, vec![recode(1, "c", None)]);
    // Before a part of it is copied, and after.
    assert_eq!(source.prune(&stones, Revision(2)).expect("pruned"), 1);
    assert_eq!(copy(source, target).expect("a copy"), prints(source));
    commit(source, vec![recode(1, "d", None)]);
    commit(source, vec![recode(2, "e", None)]);
    assert_eq!(copy(source, target).expect("a copy"), prints(source));
    assert_eq!(source.prune(&stones, Revision(4)).expect("pruned"), 2);
    assert_eq!(copy(source, target).expect("a copy"), prints(source));
    let start = |store: &dyn Store| store.history_start(&stones).expect("read");
    assert_eq!(start(target), start(source));
    commit(source, vec![recode(1, "f", None)]);
    copy(source, target).expect("a copy");
    target.prune(&stones, Revision(5)).expect("pruned");
    let longer = copy(source, target);
    assert!(
        matches!(&longer, Err(CopyError::NotACopy(why)) if why.contains("begins later")),
        "{longer:?}"
    );
}

/// Copies what is not there yet, and returns what is there then.
fn copy(source: &dyn Store, target: &dyn Store) -> Result<StoreFingerprint, CopyError> {
    let mut snapshot = source.snapshot()?;
    let so_far = copied_so_far(&mut *snapshot, &mut *target.snapshot()?)?;
    target.take_over_records(&snapshot.records()?)?;
    let left = snapshot.count_versions(so_far)?;
    let mut moved = 0;
    target.take_over(Box::new(snapshot.history(so_far)?.inspect(|entry| {
        moved += u64::from(matches!(entry, Ok(HistoryEntry::Version(_))));
    })))?;
    assert_eq!(moved, left);
    for (layer, start) in snapshot.history_starts()? {
        target.prune(&layer, start)?;
    }
    target.take_over_ledger(snapshot.ledger()?)?;
    Ok(prints(target))
}

fn prints(store: &dyn Store) -> StoreFingerprint {
    let mut snapshot = store.snapshot().expect("a snapshot");
    fingerprint(&layers(), &mut *snapshot).expect("fingerprints")
}

fn put(store: &dyn Store, key: &str) {
    let put = RecordChange::Put {
        kind: RecordKind::Token,
        key: key.to_owned(),
        expected: 0,
        body: serde_json::json!({ "z": [1.5, 1e300], "a": now().to_rfc3339() }),
    };
    store.write(&[put]).expect("written");
    let record: OfficeRecord = store.records(RecordKind::Token).expect("read").remove(0);
    let change = RecordChange::Put {
        kind: record.kind,
        key: record.key,
        expected: record.version,
        body: record.body,
    };
    store.write(&[change]).expect("written");
}
