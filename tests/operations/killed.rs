//! The server is killed while devices send: every acknowledged operation is there once, none is half, and what is kept
//! of operations agrees with history.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use layers::merge::{ConflictQuery, Outcome, Receipt, ReceiptQuery};
use layers::{Audience, ChangeKind, FeatureQuery, Revision, Store};
use serde_json::{Value, json};

use super::{OPERATIONS, creation, id, read_all, setting};
use crate::answer::Answer;
use crate::city::City;
use crate::conflicts::store_of;
use crate::edit::{Editor, TOWN, id_of};
use crate::replicas::say;

/// How many operations a batch has, and how many of them are committed.
const IN_A_BATCH: usize = 4;
const COMMITTED: usize = 3;
/// For how long a kill waits for answers.
const PATIENCE: Duration = Duration::from_secs(20);
/// The numbers of each device begin with another million.
const NUMBERS: u32 = 1_000_000;

/// What became of an operation: its word, and the revision with which it was committed.
type End = (String, Option<i64>);

/// A device that sends one batch after the other, each until it is answered.
struct Device {
    number: u32,
    token: String,
    /// The lamp that all devices change, and the revision at which they saw it.
    shared: String,
    base: Value,
    /// The batch that comes next, or is not answered yet.
    batch: u32,
    ends: BTreeMap<String, End>,
    /// How many batches were committed although their answer was lost.
    lost_answers: u32,
}

impl Device {
    /// Returns a batch that adds a lamp and changes it, changes what others change as well, and has one mistake.
    fn operations(&self) -> Vec<Value> {
        let first = self.number * NUMBERS + self.batch * 10;
        let lamp = id(first);
        let code = format!("K-{}-{}", self.number, self.batch);
        let nothing = Value::Null;
        let mut higher = setting(first + 1, &lamp, &json!(0), "height", &nothing, &json!(6.5));
        higher["after"] = json!(id(first));
        let shared = |number, name, value: Value| {
            setting(number, &self.shared, &self.base, name, &nothing, &value)
        };
        let mut operations = vec![
            creation(first, &lamp, TOWN, &code),
            higher,
            shared(first + 2, "circuit", json!(code)),
            shared(first + 3, "luminaire_count", json!(99)),
        ];
        for operation in &mut operations {
            operation["device"] = json!(format!("tablet {}", self.number));
        }
        operations
    }

    /// Sends until nobody answers any more.
    fn work(&mut self, city: &City, answered: &AtomicU32) {
        let first = self.batch;
        while self.send(city) {
            answered.fetch_max(self.batch - first, Ordering::Relaxed);
        }
    }

    /// Sends the batch that is not answered yet; returns whether somebody is there.
    fn send(&mut self, city: &City) -> bool {
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let body = json!(self.operations()).to_string();
        let answer = Answer::try_send("POST", &city.url(OPERATIONS), &headers, body);
        match answer {
            None => return false,
            Some(answer) if answer.status == 503 => thread::sleep(Duration::from_millis(20)),
            Some(answer) => {
                assert_eq!(answer.status, 200, "{}", answer.text());
                self.acknowledge(&answer.json());
            }
        }
        true
    }

    fn acknowledge(&mut self, answer: &Value) {
        let told = answer["operations"].as_array().unwrap();
        assert_eq!(told.len(), IN_A_BATCH, "{answer}");
        let again = told.iter().filter(|one| one["outcome"] == "duplicate");
        let again = again.count();
        assert!(
            again == 0 || again == IN_A_BATCH,
            "a part of a batch was there: {answer}"
        );
        self.lost_answers += u32::from(again > 0);
        for one in told {
            let word = if again > 0 {
                &one["first"]
            } else {
                &one["outcome"]
            };
            let end = (word.as_str().unwrap().to_owned(), one["revision"].as_i64());
            let id = one["id"].as_str().unwrap().to_owned();
            assert_eq!(self.ends.insert(id, end), None, "acknowledged twice");
        }
        self.batch += 1;
    }
}

fn survives(mut city: City, kills: u32) {
    let jana = Editor::new(&city, "jana", TOWN);
    let (path, _) = jana.add_lamp(TOWN, "K-0");
    let base = read_all(&jana);
    let mut devices = [1, 2, 3].map(|number| Device {
        number,
        token: Editor::with_token(&city, "jana", &[]).into_token(),
        shared: id_of(&path).to_owned(),
        base: base.clone(),
        batch: 0,
        ends: BTreeMap::new(),
        lost_answers: 0,
    });
    let first = store_of(&city).head().unwrap();
    for kill in 0..kills {
        let answered = &AtomicU32::new(0);
        thread::scope(|scope| {
            for device in &mut devices {
                scope.spawn(|| device.work(&city, answered));
            }
            // At any point of the first batches of each round: as good as random, and the same in every run.
            let start = Instant::now();
            while answered.load(Ordering::Relaxed) < kill % 4 && start.elapsed() < PATIENCE {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_micros(u64::from(kill) * 7919 % 40_000));
            city.kill();
        });
        city = city.start_again();
    }
    for device in &mut devices {
        let batch = device.batch;
        while device.batch == batch {
            assert!(device.send(&city), "{}", city.log());
        }
    }
    everything_agrees(&*store_of(&city), first, &devices);
    let (code, said) = city.obzor(&["audit", "verify"]);
    assert_eq!(code, Some(0), "{said}");
    let batches: u32 = devices.iter().map(|one| one.batch).sum();
    let lost: u32 = devices.iter().map(|one| one.lost_answers).sum();
    say(&format!(
        "  killed {kills} times in {batches} batches, of {lost} the answer was lost"
    ));
}

/// Compares what was acknowledged with what is kept of operations, with the change log and with the features.
fn everything_agrees(store: &dyn Store, first: Revision, devices: &[Device; 3]) {
    let batches: u32 = devices.iter().map(|one| one.batch).sum();
    let receipts = store.receipts(&ReceiptQuery::default()).unwrap();
    let kept = receipts.iter().map(|receipt| {
        let Receipt {
            recorded, revision, ..
        } = receipt;
        let end = (
            recorded.outcome.word().to_owned(),
            revision.map(|revision| revision.0),
        );
        (recorded.operation.id.to_string(), end)
    });
    let kept: Vec<(String, End)> = kept.collect();
    let acknowledged = devices.iter().flat_map(|one| one.ends.clone());
    let acknowledged: BTreeMap<_, _> = acknowledged.collect();
    assert_eq!(kept.len(), acknowledged.len(), "each is there once");
    assert_eq!(kept.into_iter().collect::<BTreeMap<_, _>>(), acknowledged);
    conflicts_are_those_of(store, &receipts);

    // Each batch is one revision, with everything in it that was not rejected, and one new lamp.
    let head = store.head().unwrap();
    assert_eq!(head.0 - first.0, i64::from(batches));
    let mut committed: BTreeMap<i64, usize> = BTreeMap::new();
    for (_, revision) in acknowledged.values() {
        *committed.entry(revision.unwrap_or_default()).or_default() += 1;
    }
    let rejected = committed.remove(&0);
    assert_eq!(rejected, Some(batches as usize * (IN_A_BATCH - COMMITTED)));
    let whole = (first.0 + 1..=head.0).map(|revision| (revision, COMMITTED));
    assert_eq!(committed, whole.collect());
    let changes = store.changes(first).unwrap();
    let touched = changes
        .iter()
        .filter_map(|change| Some((change.revision.0, change.feature()?)));
    let added = touched.filter(|(_, touched)| touched.kind == ChangeKind::Insert);
    let added: Vec<_> = added
        .map(|(revision, touched)| (touched.id.to_string(), Some(revision)))
        .collect();
    let expected = devices.iter().flat_map(|one| {
        let numbers = (0..one.batch).map(|batch| id(one.number * NUMBERS + batch * 10));
        numbers.map(|id| (id.clone(), one.ends[&id].1))
    });
    assert_eq!(added.len(), batches as usize);
    assert_eq!(
        added.into_iter().collect::<BTreeSet<_>>(),
        expected.collect()
    );
    lamps_are_whole(store, batches as usize);
}

/// Every operation that ended in a conflict has the conflicts that it names, and there are no others.
fn conflicts_are_those_of(store: &dyn Store, receipts: &[Receipt]) {
    let conflicts = store.conflicts(&ConflictQuery::default()).unwrap();
    let conflicts = conflicts
        .iter()
        .map(|kept| (kept.conflict.operation, kept.conflict.part.clone()));
    let conflicts: BTreeSet<_> = conflicts.collect();
    let expected = receipts.iter().flat_map(|receipt| {
        let parts = match &receipt.recorded.outcome {
            Outcome::Conflict { parts, .. } => parts.clone(),
            _ => Vec::new(),
        };
        parts
            .into_iter()
            .map(|part| (receipt.recorded.operation.id, part))
    });
    assert_eq!(conflicts, expected.collect());
    assert!(conflicts.len() > 1, "devices have met");
}

/// Every new lamp has what its second operation gave it.
fn lamps_are_whole(store: &dyn Store, expected: usize) {
    let layer = store.layers().named("street-lights").unwrap();
    let place = |name: &str| layer.field(name).unwrap().0;
    let query = FeatureQuery::new(Audience::OFFICE.view(layer).unwrap());
    let lamps = store.read(&query).unwrap().map(Result::unwrap);
    let of_devices = lamps.filter(|lamp| {
        let code = lamp.values[place("code")].as_text();
        code.is_some_and(|code| {
            ["K-1-", "K-2-", "K-3-"]
                .iter()
                .any(|start| code.starts_with(start))
        })
    });
    let heights = of_devices.map(|lamp| lamp.values[place("height")].clone());
    let heights: Vec<_> = heights.collect();
    assert_eq!(heights, vec![layers::Value::Real(6.5); expected]);
}

fn survives_on_both(kills: u32) {
    for city in City::start_both() {
        survives(city, kills);
    }
}

#[test]
fn killed_ten_times_it_has_what_it_acknowledged_once_and_whole() {
    survives_on_both(10);
}

#[test]
#[ignore = "slow: a hundred kills on each store"]
fn killed_two_hundred_times_it_has_what_it_acknowledged_once_and_whole() {
    survives_on_both(100);
}
