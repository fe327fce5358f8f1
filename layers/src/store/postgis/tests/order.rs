//! Revisions of transactions that overlap: numbered when they commit, without a gap, and none is ever skipped.

use std::thread;
use std::time::Duration;

use super::*;
use crate::LoggedChange;

#[test]
fn an_open_transaction_holds_up_nobody_and_comes_when_it_commits() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let mut slow = city.plain();
    let mut strict = city.plain();
    slow.batch_execute("BEGIN; UPDATE obzor.stones SET height = 1 WHERE code = 'a'")
        .expect("begun");
    strict
        .batch_execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; UPDATE obzor.stones SET height = 2 WHERE code = 'b'",
        )
        .expect("begun");
    for number in 2..6 {
        let applied = commit(store, vec![stone(number * 10, &number.to_string())]);
        assert_eq!(applied.revision, Revision(number as i64), "no gap is left");
    }
    let seen = store.head().expect("a head");
    let aborted = city.plain().batch_execute(
        "BEGIN; UPDATE obzor.diary SET text = 'x'; DELETE FROM obzor.stones WHERE code = '2'; ROLLBACK",
    );
    aborted.expect("rolled back");
    slow.batch_execute("COMMIT").expect("committed");
    let late = store.changes(seen).expect("a log");
    assert_eq!(late.len(), 1, "{late:?}");
    assert_eq!(
        (late[0].revision, late[0].feature().map(|t| t.id)),
        (Revision(6), Some(id(1)))
    );
    // Who asked for a snapshot that others must not overtake is told so, as for any row.
    let error = strict.batch_execute("COMMIT").expect_err("overtaken");
    let could_not = postgres::error::SqlState::T_R_SERIALIZATION_FAILURE;
    assert_eq!(error.code(), Some(&could_not));
    assert_eq!(store.head().expect("a head"), Revision(6));
}

#[test]
fn a_reader_who_follows_the_log_misses_nothing_of_many_writers() {
    const WRITERS: u64 = 4;
    const EACH: u64 = 40;
    let city = City::new();
    let store = &city.store();
    let mut followed: Vec<LoggedChange> = Vec::new();
    thread::scope(|scope| {
        let outside = (1..=WRITERS).map(|writer| {
            let mut client = city.plain();
            scope.spawn(move || {
                for number in 0..EACH {
                    let end = if number % 5 == 4 { "ROLLBACK" } else { "COMMIT" };
                    let sql = format!(
                        "BEGIN; INSERT INTO obzor.diary (page, text) VALUES ({writer}00{number}, 'one');
                         SELECT pg_sleep({}); UPDATE obzor.diary SET text = 'two' WHERE page = {writer}00{number}; {end}",
                        ((writer * 7 + number * 13) % 10) as f64 / 1000.0
                    );
                    client.batch_execute(&sql).expect("written");
                }
            })
        });
        let mut writers: Vec<_> = outside.collect();
        writers.push(scope.spawn(|| {
            for number in 0..EACH {
                commit(store, vec![stone(number, &number.to_string())]);
            }
        }));
        loop {
            let all_finished = writers.iter().all(thread::ScopedJoinHandle::is_finished);
            let since = followed.last().map_or(Revision(0), |last| last.revision);
            followed.extend(store.changes(since).expect("a log"));
            if all_finished {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
    let whole = store.changes(Revision(0)).expect("a log");
    assert_eq!(followed, whole);
    let committed = (WRITERS * EACH * 4 / 5 + EACH) as i64;
    assert_eq!(store.head().expect("a head"), Revision(committed));
    let mut revisions: Vec<_> = whole.iter().map(|change| change.revision.0).collect();
    revisions.dedup();
    assert!(revisions.into_iter().eq(1..=committed), "a gap");
}
