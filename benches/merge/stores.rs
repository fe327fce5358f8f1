//! The same operations received by the stores, in batches: read, judged and committed with what became of each.

use std::sync::Arc;
use std::time::Instant;

use chrono::DateTime;
use layers::merge::{Batch, Ledger, Operation, Outcome, Receipt, Recorded, receive};
use layers::store::{GeoPackageStore, PostgisStore};
use layers::{Change, ChangeSet, FeatureId, LayerSet, Municipalities, Revision, Store};
use tempfile::TempDir;
use test_postgres::Database;

use super::{City, FIELDS, Kind, OPERATIONS};

/// How many operations come at once.
const AT_ONCE: usize = 1000;

/// Returns the seconds that each store takes for all operations; opening and filling it is not in the figure.
pub(super) fn seconds(layers: &Arc<LayerSet>, city: &City) -> [(&'static str, f64); 2] {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("obzor.gpkg");
    let file = GeoPackageStore::create(&path, Arc::clone(layers)).expect("a store");
    let on_file = time(&file, city);
    let database = Database::fresh();
    let base = PostgisStore::create(&database.url(), Arc::clone(layers)).expect("a store");
    [("GeoPackage", on_file), ("PostGIS", time(&base, city))]
}

fn set(changes: Vec<Change>) -> ChangeSet<'static> {
    ChangeSet {
        author: "bench".to_owned(),
        reason: "a day in the field".to_owned(),
        at: DateTime::UNIX_EPOCH,
        municipalities: Municipalities::All,
        changes: Box::new(changes.into_iter()),
    }
}

/// Fills a store with what the devices had read, and what others have made of it since; then receives the operations.
fn time(store: &dyn Store, city: &City) -> f64 {
    let loaded = store.load(set(inserts(city)), &|| true);
    assert_eq!(loaded.expect("loaded"), Some(Revision(1)));
    store.apply(set(updates(city))).expect("applied");
    let operations = city.operations();
    keep(store, &operations);
    let begun = Instant::now();
    for operations in operations.chunks(AT_ONCE) {
        let batch = Batch {
            author: "bench".to_owned(),
            reason: "a day in the field".to_owned(),
            at: DateTime::UNIX_EPOCH,
            municipalities: Municipalities::All,
            operations: operations.to_vec(),
        };
        let received = receive(store, &batch, false, &|_| true).expect("received");
        assert_eq!(received.judgement.outcomes.len(), AT_ONCE);
    }
    begun.elapsed().as_secs_f64()
}

fn inserts(city: &City) -> Vec<Change> {
    let insert = |id: &FeatureId| {
        let feature = &city.base[id];
        Change::Insert {
            layer: city.layer.clone(),
            id: *id,
            geometry: feature.geometry.clone(),
            values: feature.values.clone(),
        }
    };
    city.ids.iter().map(insert).collect()
}

fn updates(city: &City) -> Vec<Change> {
    let update = |number: usize| {
        let id = city.ids[number * 3];
        let kind = Kind::of(number);
        let set = match kind {
            Kind::BesideAnother => vec![(FIELDS[1].to_owned(), "somebody else".into())],
            Kind::AgainstAnother => vec![(FIELDS[0].to_owned(), "somebody else".into())],
            Kind::CornerBesideAnother => Vec::new(),
            _ => return None,
        };
        let is_corner = kind == Kind::CornerBesideAnother;
        let geometry = city.now[&id].geometry.clone().filter(|_| is_corner);
        Some(Change::Update {
            layer: city.layer.clone(),
            id,
            expected_rev: None,
            geometry,
            set,
        })
    };
    (0..OPERATIONS).filter_map(update).collect()
}

/// Keeps those operations that come again as if they had come before.
fn keep(store: &dyn Store, operations: &[Operation]) {
    let again = operations.iter().enumerate();
    let again = again.filter(|(number, _)| Kind::of(*number) == Kind::Again);
    let receipts = again.map(|(_, operation)| Receipt {
        recorded: Recorded {
            operation: operation.clone(),
            outcome: Outcome::Applied { rev: Some(2) },
        },
        sender: "bench".to_owned(),
        is_blind: false,
        at: DateTime::UNIX_EPOCH,
        revision: None,
    });
    let ledger = Ledger {
        receipts: receipts.collect(),
        ..Ledger::default()
    };
    store.apply_judged(set(Vec::new()), &ledger).expect("kept");
}
