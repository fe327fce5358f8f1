//! The audit log of a file: what others do to it shows, and a search is quick among a million events.

use std::io::Write as _;
use std::time::Instant;

use super::*;
use crate::audit::verify_audit;
use crate::store::contract::audit::{Tamper, million, questions, what_was_tampered_with_is_named};

#[test]
fn what_was_tampered_with_in_the_file_is_named() {
    what_was_tampered_with_is_named(&|| {
        let folder = Folder::new();
        let path = folder.path();
        let tamper: Tamper = Box::new(move |sql| {
            let sql = sql
                .replace("AUDIT", "obzor_audit")
                .replace("ENDS", "obzor_audit_ends");
            Connection::open(&path)
                .and_then(|file| {
                    file.execute_batch(
                        "DROP TRIGGER obzor_audit_update; DROP TRIGGER obzor_audit_delete;",
                    )?;
                    file.execute_batch(&sql)
                })
                .expect("tampered with");
        });
        (Box::new(folder), tamper)
    });
}

#[test]
fn rows_of_the_log_can_only_be_added() {
    let folder = Folder::new();
    let store = folder.open();
    store
        .append_audit("one", &million(1).next().expect("events"))
        .expect("written");
    for sql in [
        "DELETE FROM obzor_audit",
        "UPDATE obzor_audit SET event = '{}'",
    ] {
        let refused = folder.plain().execute_batch(sql).expect_err("refused");
        assert!(refused.to_string().contains("audit log"), "{refused}");
    }
}

#[test]
fn a_file_of_an_older_program_gets_the_log() {
    let folder = Folder::new();
    drop(folder.open());
    folder
        .plain()
        .execute_batch("DROP TABLE obzor_audit; DROP TABLE obzor_audit_ends; DELETE FROM gpkg_extensions WHERE table_name GLOB 'obzor_audit*'")
        .expect("as it was");
    let store = GeoPackageStore::open(&folder.path(), contract::layers()).expect("a store");
    store
        .append_audit("one", &million(1).next().expect("events"))
        .expect("written");
}

#[test]
#[ignore = "slow: a million events"]
fn a_search_among_a_million_events_takes_less_than_a_second() {
    let folder = Folder::new();
    let store = folder.open();
    for events in million(1_000_000) {
        store.append_audit("one", &events).expect("written");
    }
    let verdict = verify_audit(&*store, &[]).expect("a verdict");
    assert_eq!((verdict.rows, verdict.faults), (1_000_000, Vec::new()));
    searches_are_quick(&*store);
}

/// Says how long searches take, and fails when one takes a second.
pub(crate) fn searches_are_quick(store: &dyn Store) {
    for query in questions() {
        let start = Instant::now();
        let found = store.search_audit(&query).expect("rows").len();
        let took = start.elapsed();
        // Not `eprintln!`: the figure is to be seen.
        let _ = writeln!(io::stderr(), "{found} rows in {took:?}: {query:?}");
        assert!(took.as_millis() < 1000, "{took:?}: {query:?}");
    }
}
