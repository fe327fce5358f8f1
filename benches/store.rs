//! The embedded store: how fast it takes 300,000 parcels with their history, and how fast it finds some of them.
//!
//! Run with `cargo bench -p tile-server --bench store`.

use std::cell::Cell;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use divan::Bencher;
use divan::counter::ItemsCount;
use layers::store::GeoPackageStore;
use layers::{Audience, Bbox, Change, ChangeSet, FeatureQuery, FeatureStore, LayerSet};
use tempfile::TempDir;

const PARCELS: usize = 300_000;
const SEED: u64 = 1;

fn main() {
    divan::main();
}

/// A store with all parcels, made once for all reads, and a point in each parcel.
struct Full {
    store: GeoPackageStore,
    spots: Vec<[f64; 2]>,
    _folder: TempDir,
}

static FULL: LazyLock<Full> = LazyLock::new(|| {
    let folder = TempDir::new().expect("a folder");
    let layers = shipped();
    let spots = parcels(&layers)
        .into_iter()
        .filter_map(|change| match change {
            Change::Insert { geometry, .. } => Bbox::of(&geometry?).map(|bbox| bbox.min),
            _ => None,
        });
    Full {
        spots: spots.collect(),
        store: fill(folder.path(), parcels(&layers)),
        _folder: folder,
    }
});

#[divan::bench(sample_count = 2, sample_size = 1)]
fn write(bencher: Bencher) {
    let layers = shipped();
    bencher
        .counter(ItemsCount::new(PARCELS))
        .with_inputs(|| (TempDir::new().expect("a folder"), parcels(&layers)))
        .bench_local_values(|(folder, changes)| (fill(folder.path(), changes), folder));
}

/// Reads the parcels in a square of so many metres around one of them.
#[divan::bench(args = [100, 1000, 5000])]
fn read_box(bencher: Bencher, metres: u32) {
    let full = &*FULL;
    let turn = Cell::new(0_usize);
    bencher.bench_local(|| {
        turn.set((turn.get() + 7919) % full.spots.len());
        let spot = full.spots[turn.get()];
        let half = f64::from(metres) / 2.0;
        let corner = |sign: f64| spot.map(|number| number + sign * half);
        let query = FeatureQuery {
            bbox: Some(Bbox::new(corner(-1.0), corner(1.0))),
            ..all(&full.store)
        };
        full.store.read(&query).expect("a stream").count()
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn read_all(bencher: Bencher) {
    let full = &*FULL;
    let query = all(&full.store);
    bencher
        .counter(ItemsCount::new(PARCELS))
        .bench_local(|| full.store.read(&query).expect("a stream").count());
}

#[divan::bench]
fn head(bencher: Bencher) {
    let full = &*FULL;
    bencher.bench_local(|| full.store.head().expect("a head"));
}

fn shipped() -> Arc<LayerSet> {
    Arc::new(LayerSet::shipped().expect("sound definitions"))
}

fn parcels(layers: &LayerSet) -> Vec<Change> {
    let parcels = data_samples::parcels(layers, PARCELS, SEED).expect("parcels");
    parcels.collect()
}

fn all(store: &GeoPackageStore) -> FeatureQuery {
    let layer = store.layers().named("parcels").expect("a shipped layer");
    FeatureQuery::new(Audience::PUBLIC.view(layer).expect("public"))
}

fn fill(folder: &Path, changes: Vec<Change>) -> GeoPackageStore {
    let store = GeoPackageStore::create(&folder.join("obzor.gpkg"), shipped()).expect("a store");
    let set = ChangeSet {
        author: "bench".to_owned(),
        reason: "a first import".to_owned(),
        at: DateTime::UNIX_EPOCH,
        changes: Box::new(changes.into_iter()),
    };
    store.apply(set).expect("accepted");
    store
}
