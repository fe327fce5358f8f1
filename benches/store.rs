//! Both stores: how fast they take 300,000 parcels with their history, and how fast they find some of them.
//!
//! Run with `cargo bench -p tile-server --bench store`. The GeoPackage flushes each commit to the disk; the cluster of
//! PostgreSQL is that of the tests, which does not.

use std::cell::Cell;
use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use divan::Bencher;
use divan::counter::ItemsCount;
use layers::store::{GeoPackageStore, PostgisStore};
use layers::{Audience, Bbox, Change, ChangeSet, FeatureQuery, LayerSet, Municipalities, Store};
use tempfile::TempDir;
use test_postgres::Database;

const PARCELS: usize = 300_000;
const SEED: u64 = 1;

fn main() {
    divan::main();
}

/// Which store.
#[derive(Clone, Copy, Debug)]
enum Kind {
    GeoPackage,
    Postgis,
}

const KINDS: [Kind; 2] = [Kind::GeoPackage, Kind::Postgis];

/// An empty store, and what holds it.
struct Place {
    store: Box<dyn Store>,
    _folder: Option<TempDir>,
    database: Option<Database>,
}

impl Place {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::GeoPackage => {
                let folder = TempDir::new().expect("a folder");
                let store = GeoPackageStore::create(&folder.path().join("obzor.gpkg"), shipped());
                Self {
                    store: Box::new(store.expect("a store")),
                    _folder: Some(folder),
                    database: None,
                }
            }
            Kind::Postgis => {
                let database = Database::fresh();
                let store = PostgisStore::create(&database.url(), shipped());
                Self {
                    store: Box::new(store.expect("a store")),
                    _folder: None,
                    database: Some(database),
                }
            }
        }
    }

    fn filled(self, changes: Vec<Change>) -> Self {
        let set = ChangeSet {
            author: "bench".to_owned(),
            reason: "a first import".to_owned(),
            at: DateTime::UNIX_EPOCH,
            municipalities: Municipalities::All,
            changes: Box::new(changes.into_iter()),
        };
        self.store.apply(set).expect("accepted");
        self
    }
}

/// A store with all parcels, made once for all reads, and a point in each parcel.
struct Full {
    place: Place,
    spots: Vec<[f64; 2]>,
}

fn full(kind: Kind) -> &'static Full {
    static GEOPACKAGE: LazyLock<Full> = LazyLock::new(|| Full::new(Kind::GeoPackage));
    static POSTGIS: LazyLock<Full> = LazyLock::new(|| Full::new(Kind::Postgis));
    match kind {
        Kind::GeoPackage => &GEOPACKAGE,
        Kind::Postgis => &POSTGIS,
    }
}

impl Full {
    fn new(kind: Kind) -> Self {
        let parcels = parcels();
        let spots = parcels.iter().filter_map(|change| match change {
            Change::Insert { geometry, .. } => Bbox::of(geometry.as_ref()?).map(|bbox| bbox.min),
            _ => None,
        });
        let spots = spots.collect();
        let place = Place::new(kind).filled(parcels);
        if let Some(database) = &place.database {
            // As PostgreSQL does by itself within a minute; the cluster of the tests does not.
            database.connect().batch_execute("ANALYZE").expect("done");
        }
        Self { place, spots }
    }
}

#[divan::bench(args = KINDS, sample_count = 2, sample_size = 1)]
fn write(bencher: Bencher, kind: Kind) {
    bencher
        .counter(ItemsCount::new(PARCELS))
        .with_inputs(|| (Place::new(kind), parcels()))
        .bench_local_values(|(place, changes)| place.filled(changes));
}

/// Reads the parcels in a square of so many metres around one of them.
#[divan::bench(args = [
    (Kind::GeoPackage, 100), (Kind::Postgis, 100), (Kind::GeoPackage, 1000), (Kind::Postgis, 1000),
    (Kind::GeoPackage, 5000), (Kind::Postgis, 5000),
])]
fn read_box(bencher: Bencher, (kind, metres): (Kind, u32)) {
    let full = full(kind);
    let turn = Cell::new(0_usize);
    bencher.bench_local(|| {
        turn.set((turn.get() + 7919) % full.spots.len());
        let spot = full.spots[turn.get()];
        let half = f64::from(metres) / 2.0;
        let corner = |sign: f64| spot.map(|number| number + sign * half);
        let query = FeatureQuery {
            bbox: Some(Bbox::new(corner(-1.0), corner(1.0))),
            ..all(&*full.place.store)
        };
        full.place.store.read(&query).expect("a stream").count()
    });
}

#[divan::bench(args = KINDS, sample_count = 3, sample_size = 1)]
fn read_all(bencher: Bencher, kind: Kind) {
    let full = full(kind);
    let query = all(&*full.place.store);
    bencher
        .counter(ItemsCount::new(PARCELS))
        .bench_local(|| full.place.store.read(&query).expect("a stream").count());
}

#[divan::bench(args = KINDS)]
fn head(bencher: Bencher, kind: Kind) {
    let full = full(kind);
    bencher.bench_local(|| full.place.store.head().expect("a head"));
}

fn shipped() -> Arc<LayerSet> {
    Arc::new(LayerSet::shipped().expect("sound definitions"))
}

fn parcels() -> Vec<Change> {
    let layers = shipped();
    let parcels = data_samples::parcels(&layers, PARCELS, SEED).expect("parcels");
    parcels.collect()
}

fn all(store: &dyn Store) -> FeatureQuery {
    let layer = store.layers().named("parcels").expect("a shipped layer");
    FeatureQuery::new(Audience::PUBLIC.view(layer).expect("public"))
}
