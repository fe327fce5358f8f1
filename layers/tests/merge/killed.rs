//! A program that is killed while it receives operations: every acknowledged one is there once, and none is half.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use layers::merge::{
    Batch, ConflictQuery, Operation, OperationId, Outcome, Receipt, ReceiptQuery, receive,
};
use layers::store::{GeoPackageStore, PostgisStore};
use layers::{Municipalities, Revision, Store};
use serde_json::json;
use test_postgres::Database;

use crate::city::{creation, layers, movement, update};

/// Says to the program that is to be killed where its store is, and which batch comes next.
const STORE: &str = "OBZOR_TEST_STORE_OF_A_KILLED_PROGRAM";
const NEXT: &str = "OBZOR_TEST_NEXT_BATCH";
/// How many operations a batch has.
const IN_A_BATCH: u64 = 5;
/// The posts that are there from the beginning.
const POSTS: u64 = 20;

fn open(place: &str) -> Box<dyn Store> {
    let layers = layers(|text| text);
    if place.starts_with("postgres:") {
        Box::new(PostgisStore::open(place, layers).expect("a store"))
    } else {
        Box::new(GeoPackageStore::open(place.as_ref(), layers).expect("a store"))
    }
}

fn send(store: &dyn Store, operations: Vec<Operation>) {
    let batch = Batch {
        author: "jana".to_owned(),
        reason: "work in the field".to_owned(),
        at: DateTime::UNIX_EPOCH,
        municipalities: Municipalities::All,
        operations,
    };
    receive(store, &batch, false, &|_| true).expect("received");
}

/// Returns a batch that adds a post, moves and merges others, leaves conflicts, and has one operation that is rejected.
fn batch(number: u64) -> Vec<Operation> {
    let device = format!("tablet {number}");
    let (first, on) = (number * IN_A_BATCH, 1 + number % POSTS);
    let typed = |place: u64, field: &str, new: serde_json::Value| {
        update(first + place, &device, on, 1, &[(field, json!(null), new)])
    };
    let other = 1 + (number + 1) % POSTS;
    vec![
        creation(first, &device, POSTS + number, &format!("new {number}")),
        typed(1, "status", json!(device)),
        typed(2, "inspected_on", json!("2026-01-01")),
        typed(3, "count", json!(99)),
        movement(first + 4, &device, other, 1, number as f64),
    ]
}

/// Receives one batch after the other, and says of each when it is done.
fn be_killed(place: &str) -> ! {
    let next = env::var(NEXT).expect("a number");
    let store = open(place);
    for number in next.parse().expect("a number").. {
        send(&*store, batch(number));
        writeln!(std::io::stdout(), "done {number}").expect("told");
    }
    unreachable!("numbers have no end")
}

/// Kills it after the first batch and some milliseconds; returns the last one that it said was done.
fn kill(place: &str, test: &str, next: u64, after: Duration) -> u64 {
    let mut child = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env(STORE, place)
        .env(NEXT, next.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second run");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut done = lines.filter_map(|line| {
        let line = line.expect("a line");
        line.split_once("done ")?.1.parse::<u64>().ok()
    });
    let first = done.next().expect("a batch that is done");
    std::thread::sleep(after);
    child.kill().expect("killed");
    child.wait().expect("gone");
    // What it said before it was killed is told, and nothing else.
    done.last().unwrap_or(first)
}

fn survives(place: &str, test: &str, kills: u64) {
    let store = open(place);
    let posts = (1..=POSTS).map(|on| {
        let number = u64::from(u32::MAX) + on;
        creation(number, "office", on, &format!("old {on}"))
    });
    send(&*store, posts.collect());
    drop(store);
    let mut next = 1;
    for number in 0..kills {
        let after = Duration::from_micros(number * 7919 % 40_000);
        let last = kill(place, test, next, after);
        let store = open(place);
        let there = stored(&*store);
        assert!(there == last || there == last + 1, "{there} after {last}");
        next = last + 1;
    }
    everything_agrees(&*open(place));
    eprintln!("killed {kills} times in {} batches", next - 1);
}

/// Returns how many batches are there; the last one must be whole.
fn stored(store: &dyn Store) -> u64 {
    let newest = store.receipts(&ReceiptQuery {
        limit: Some(IN_A_BATCH),
        ..ReceiptQuery::default()
    });
    let newest = newest.expect("receipts");
    let ids: Vec<OperationId> = newest
        .iter()
        .rev()
        .map(|it| it.recorded.operation.id)
        .collect();
    let (_, first) = ids[0].as_uuid().as_u64_pair();
    let number = first / IN_A_BATCH;
    let expected = batch(number).into_iter().map(|operation| operation.id);
    assert!(ids.into_iter().eq(expected), "a part of batch {number}");
    assert_eq!(store.head().expect("a head"), Revision(1 + number as i64));
    number
}

/// Compares revisions, history, operations and conflicts with one another.
fn everything_agrees(store: &dyn Store) {
    let receipts = store.receipts(&ReceiptQuery::default()).expect("receipts");
    let batches = store.head().expect("a head").0 as u64 - 1;
    assert_eq!(receipts.len() as u64, POSTS + batches * IN_A_BATCH);
    let mut open: BTreeMap<OperationId, Vec<String>> = BTreeMap::new();
    for kept in store
        .conflicts(&ConflictQuery::default())
        .expect("conflicts")
    {
        let parts = open.entry(kept.conflict.operation).or_default();
        parts.push(kept.conflict.part.key().to_owned());
    }
    let mut committed: BTreeMap<i64, u64> = BTreeMap::new();
    for Receipt {
        recorded, revision, ..
    } in &receipts
    {
        let expected = match &recorded.outcome {
            Outcome::Conflict { parts, .. } => {
                parts.iter().map(|part| part.key().to_owned()).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(
            open.remove(&recorded.operation.id).unwrap_or_default(),
            expected
        );
        assert_eq!(revision.is_none(), recorded.outcome.word() == "rejected");
        *committed
            .entry(revision.map_or(0, |revision| revision.0))
            .or_default() += 1;
    }
    assert!(open.is_empty(), "conflicts of no operation: {open:?}");
    assert_eq!(
        committed.remove(&0),
        Some(batches),
        "one of each batch is rejected"
    );
    assert!(
        committed
            .into_values()
            .skip(1)
            .all(|count| count == IN_A_BATCH - 1)
    );
    // Each batch has added one post, and the log tells of every revision.
    let changes = store.changes(Revision(1)).expect("a log");
    let added = changes.iter().filter_map(|change| change.feature());
    let added = added.filter(|touched| touched.kind == layers::ChangeKind::Insert);
    assert_eq!(added.count() as u64, batches);
}

fn on_a_file(test: &str, kills: u64) {
    if let Ok(place) = env::var(STORE) {
        be_killed(&place);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("obzor.gpkg");
    drop(GeoPackageStore::create(&path, layers(|text| text)).expect("a store"));
    survives(path.to_str().expect("a path"), test, kills);
}

fn in_a_database(test: &str, kills: u64) {
    if let Ok(place) = env::var(STORE) {
        be_killed(&place);
    }
    let database = Database::fresh();
    let made = PostgisStore::create(&database.url(), Arc::clone(&layers(|text| text)));
    drop(made.expect("a store"));
    survives(&database.url(), test, kills);
}

#[test]
fn a_file_survives_kills() {
    on_a_file("killed::a_file_survives_kills", 10);
}

#[test]
fn a_database_survives_kills() {
    in_a_database("killed::a_database_survives_kills", 10);
}

#[test]
#[ignore = "slow: two hundred kills"]
fn a_file_survives_many_kills() {
    on_a_file("killed::a_file_survives_many_kills", 200);
}

#[test]
#[ignore = "slow: two hundred kills"]
fn a_database_survives_many_kills() {
    in_a_database("killed::a_database_survives_many_kills", 200);
}
