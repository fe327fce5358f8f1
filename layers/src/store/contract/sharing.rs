//! What holds when several read and write at once, and when one stops halfway.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use super::{Fresh, STONES, all, commit, id, now, read, recode, stone};
use crate::{Change, ChangeSet, FeatureQuery, Municipalities, Revision, Standing, Value};

pub(super) fn run(fresh: Fresh<'_>) {
    a_stream_shows_one_revision_while_others_commit(fresh);
    every_handle_sees_what_another_committed(fresh);
    who_waits_is_woken_by_another_handle(fresh);
    writers_take_turns(fresh);
    a_change_set_that_stops_halfway_leaves_the_old_state(fresh);
}

fn a_stream_shows_one_revision_while_others_commit(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(
        store,
        (0..2000).map(|n| stone(n, &format!("old{n}"))).collect(),
    );
    let query = all(store, STONES);
    let mut stream = store.read(&query).expect("a stream");
    let mut seen = vec![stream.next().expect("a stone").expect("a feature")];
    commit(
        store,
        (0..2000)
            .map(|n| recode(n, &format!("new{n}"), None))
            .collect(),
    );
    commit(store, vec![stone(5000, "late")]);
    seen.extend(stream.map(|feature| feature.expect("a feature")));
    assert_eq!(seen.len(), 2000);
    let old = |value: &Value| value.as_text().is_some_and(|code| code.starts_with("old"));
    assert!(
        seen.iter()
            .all(|feature| feature.rev == 1 && old(&feature.values[1]))
    );
    assert_eq!(store.count(&query).expect("a count"), 2001);
}

fn every_handle_sees_what_another_committed(fresh: Fresh<'_>) {
    let place = fresh();
    let (one, other) = (&*place.open(), &*place.open());
    assert_eq!(other.head().expect("a head"), Revision(0));
    let applied = commit(one, vec![stone(1, "a")]);
    assert_eq!(other.head().expect("a head"), Revision(1));
    let log = other.changes(Revision(0)).expect("a log");
    assert_eq!(log[0].feature(), Some(&applied.touched[0]));
    assert_eq!(
        read(other, &all(other, STONES)),
        read(one, &all(one, STONES))
    );
    commit(other, vec![recode(1, "b", Some(1))]);
    assert_eq!(read(one, &all(one, STONES))[0].rev, 2);
}

fn who_waits_is_woken_by_another_handle(fresh: Fresh<'_>) {
    const EVER: Duration = Duration::from_mins(10);
    let place = fresh();
    let (one, other) = (&*place.open(), &*place.open());
    let wait = |after: i64, at_most| {
        let head = other.wait_for_revision(Revision(after), at_most);
        head.expect("a head").0
    };
    assert_eq!(wait(0, Duration::ZERO), 0);
    for number in 1..4 {
        thread::scope(|scope| {
            let waiting = scope.spawn(|| wait(number - 1, EVER));
            thread::sleep(Duration::from_millis(20));
            commit(one, vec![stone(number as u64, &number.to_string())]);
            assert_eq!(waiting.join().expect("no panic"), number);
        });
    }
    assert_eq!(wait(1, EVER), 3, "what is there already is not waited for");
    assert_eq!(wait(3, Duration::ZERO), 3);
    assert_eq!(other.standing(), Standing::UpToDate);
}

fn writers_take_turns(fresh: Fresh<'_>) {
    const EACH: u64 = 15;
    let place = fresh();
    let shared = place.open();
    commit(&*shared, vec![stone(0, "meter")]);
    let write = |writer: u64| {
        // Two share a handle, the third has its own.
        let own = place.open();
        let store = if writer == 3 { &*own } else { &*shared };
        for number in (1..=EACH).map(|n| writer * 1000 + n) {
            let set = vec![stone(number, &number.to_string()), recode(0, "meter", None)];
            commit(store, set);
        }
    };
    thread::scope(|scope| {
        let writers: Vec<_> = (1..=3)
            .map(|writer| scope.spawn(move || write(writer)))
            .collect();
        let mut last = 0;
        while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
            let query = FeatureQuery {
                id: Some(id(0)),
                ..all(&*shared, STONES)
            };
            let meter = read(&*shared, &query);
            assert!(meter[0].rev >= last, "the past came back");
            last = meter[0].rev;
        }
    });
    let log = shared.changes(Revision(0)).expect("a log");
    let revisions: Vec<_> = log.iter().map(|change| change.revision.0).collect();
    let expected: Vec<_> = std::iter::once(1)
        .chain((2..=1 + 3 * EACH as i64).flat_map(|r| [r, r]))
        .collect();
    assert_eq!(revisions, expected);
}

fn a_change_set_that_stops_halfway_leaves_the_old_state(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a")]);
    let stops = (0..100).map(|n| -> Change {
        assert!(n < 50, "the source of the changes broke");
        stone(n + 10, &n.to_string())
    });
    let set = ChangeSet {
        author: "importer".to_owned(),
        reason: "a file that breaks".to_owned(),
        at: now(),
        municipalities: Municipalities::All,
        changes: Box::new(stops),
    };
    let broken = catch_unwind(AssertUnwindSafe(|| store.apply(set)));
    assert!(broken.is_err(), "the panic reaches the caller");
    for handle in [store, &*place.open()] {
        assert_eq!(handle.head().expect("a head"), Revision(1));
        assert_eq!(read(handle, &all(handle, STONES)).len(), 1);
    }
    assert_eq!(commit(store, vec![stone(2, "b")]).revision, Revision(2));
}
