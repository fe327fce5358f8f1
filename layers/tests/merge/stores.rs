//! The same histories on real stores, which crash between judging and committing, and after it; what they keep in the end
//! is what the city in memory keeps.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use layers::merge::{
    Asked, Batch, ConflictQuery, Judgement, Receipt, ReceiptQuery, Signature, receive,
    receive_deciding,
};
use layers::store::{GeoPackageStore, PostgisStore};
use layers::{Audience, Feature, FeatureQuery, LayerSet, Revision, Store};
use std::sync::Arc;
use test_postgres::Database;

use crate::city::{City, layers};
use crate::histories::{
    every_operation_ends_as_the_model_says, one_writer_never_meets_a_conflict,
    writers_of_different_fields_never_meet,
};

type Open = Rc<dyn Fn() -> Box<dyn Store>>;

/// A store of a city, and how to open it again.
pub(crate) struct Kept {
    open: Open,
    store: RefCell<Box<dyn Store>>,
    turn: Cell<u64>,
    /// The layers with which it is opened, where they may change.
    layers: Rc<RefCell<Arc<LayerSet>>>,
}

/// What a server does that is killed.
struct Killed;

impl Kept {
    fn new(open: Open) -> Self {
        let store = RefCell::new(open());
        Self {
            open,
            store,
            turn: Cell::default(),
            layers: Rc::new(RefCell::new(definitions())),
        }
    }

    /// Makes a store in a file of its own, which goes with it.
    fn on_a_file() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("city.gpkg");
        drop(GeoPackageStore::create(&path, definitions()).expect("a store"));
        let layers = Rc::new(RefCell::new(definitions()));
        let now = Rc::clone(&layers);
        let open: Open = Rc::new(move || {
            let path = folder.path().join("city.gpkg");
            GeoPackageStore::evolve(&path, &now.borrow()).expect("it follows its definitions");
            let opened = GeoPackageStore::open(&path, Arc::clone(&now.borrow()));
            Box::new(opened.expect("a store"))
        });
        Self {
            layers,
            ..Self::new(open)
        }
    }

    /// Receives a batch, now and then after a crash or before one, and compares what came of it.
    pub(crate) fn receive(
        &self,
        batch: &Batch,
        permits: &dyn Fn(&Asked<'_>) -> bool,
        expected: &Judgement,
    ) {
        let turn = self.turn.replace(self.turn.get() + 1);
        if turn % 4 == 3 {
            self.crash_before_committing(batch, permits);
        }
        let received = receive(&**self.store.borrow(), batch, false, permits);
        let received = received.expect("received");
        assert_eq!(received.judgement.outcomes, expected.outcomes);
        assert_eq!(&received.judgement, expected);
        // Opening takes longer than what is compared, so it is not done each time.
        if turn % 16 == 11 {
            self.restart();
        }
    }

    fn crash_before_committing(&self, batch: &Batch, permits: &dyn Fn(&Asked<'_>) -> bool) {
        let killed = catch_unwind(AssertUnwindSafe(|| {
            let dies = |_: &Judgement| std::panic::resume_unwind(Box::new(Killed));
            receive_deciding(&**self.store.borrow(), batch, false, permits, &dies)
        }));
        assert!(killed.is_err_and(|what| what.is::<Killed>()));
    }

    fn restart(&self) {
        self.store.replace((self.open)());
    }
}

impl City {
    /// Makes an empty city that is kept in a file as well.
    pub(crate) fn on_a_file() -> Self {
        Self::kept_in(Some(Kept::on_a_file()))
    }

    /// Gives the city other definitions, as a new version of the program does.
    pub(crate) fn evolve(&mut self, layers: Arc<LayerSet>) {
        if let Some(kept) = &self.store {
            *kept.layers.borrow_mut() = Arc::clone(&layers);
            kept.restart();
        }
        self.layers = layers;
    }

    /// Compares everything with what the store keeps, if there is one.
    pub(crate) fn is_what_its_store_keeps(&self) {
        let Some(kept) = &self.store else { return };
        kept.restart();
        let store = &**kept.store.borrow();
        assert_eq!(store.head().expect("a head").0, self.head());
        // Every third state, so that many histories have the time.
        let states = self.snapshots.iter().enumerate().rev();
        for (revision, snapshot) in states.step_by(3) {
            let mut standing = features(store, Revision(revision as i64));
            standing.sort_by_key(|feature| feature.id);
            let mut expected: Vec<_> = snapshot.values().cloned().collect();
            expected.sort_by_key(|feature| feature.id);
            assert_eq!(standing, expected, "revision {revision}");
        }
        self.its_ledger_is_that_of(store);
    }

    fn its_ledger_is_that_of(&self, store: &dyn Store) {
        let receipts = store.receipts(&ReceiptQuery::default());
        let receipts = receipts.expect("receipts");
        assert_eq!(receipts.len(), self.recorded.len());
        for Receipt { recorded, .. } in &receipts {
            assert_eq!(Some(recorded), self.recorded.get(&recorded.operation.id));
        }
        let conflicts = store.conflicts(&ConflictQuery::default());
        let mut conflicts = conflicts.expect("conflicts");
        conflicts.reverse();
        assert_eq!(conflicts.len(), self.conflicts.len());
        for (kept, expected) in conflicts.into_iter().zip(&self.conflicts) {
            let mut conflict = kept.conflict;
            // What was not numbered yet when it was judged, is numbered now.
            if let (Some(by), Some(Signature { revision: None, .. })) =
                (&mut conflict.theirs_by, &expected.theirs_by)
            {
                assert!(by.revision.take().is_some());
            }
            assert_eq!(&conflict, expected);
        }
    }
}

/// Returns the posts of a revision; their keys are the store's own.
fn features(store: &dyn Store, revision: Revision) -> Vec<Feature> {
    let posts = store.layers().named(crate::city::POSTS).expect("a layer");
    let view = Audience::OFFICE.view(posts).expect("all");
    let query = FeatureQuery {
        at: Some(revision),
        ..FeatureQuery::new(view)
    };
    let features = store.read(&query).expect("a stream");
    let features = features.map(|feature| feature.map(|feature| Feature { fid: 0, ..feature }));
    features.collect::<Result<_, _>>().expect("features")
}

fn definitions() -> Arc<LayerSet> {
    layers(|text| text)
}

/// Runs histories, each on a new file.
fn on_files(run: impl Fn(&dyn Fn() -> City)) {
    let layers = definitions();
    let folder = tempfile::tempdir().expect("a folder");
    let blank = folder.path().join("blank.gpkg");
    drop(GeoPackageStore::create(&blank, Arc::clone(&layers)).expect("a store"));
    let number = Cell::new(0_u32);
    run(&|| {
        number.set(number.get() + 1);
        let path = folder.path().join(format!("{}.gpkg", number.get()));
        std::fs::copy(&blank, &path).expect("a copy");
        let layers = Arc::clone(&layers);
        let open: Open = Rc::new(move || {
            let opened = GeoPackageStore::open(&path, Arc::clone(&layers));
            Box::new(opened.expect("a store"))
        });
        City::kept_in(Some(Kept::new(open)))
    });
}

/// Runs histories, each on a database that is emptied before.
fn in_a_database(run: impl Fn(&dyn Fn() -> City)) {
    const EMPTY: &str = "SET session_replication_role = replica;
        DELETE FROM obzor.posts; DELETE FROM obzor.plots; DELETE FROM obzor_store.history;
        DELETE FROM obzor_store.revisions; DELETE FROM obzor_store.operations; DELETE FROM obzor_store.conflicts;
        UPDATE obzor_store.state SET head = 0";
    let layers = definitions();
    let database = Rc::new(Database::fresh());
    drop(PostgisStore::create(&database.url(), Arc::clone(&layers)).expect("a store"));
    let cleaner = RefCell::new(database.connect());
    run(&|| {
        cleaner.borrow_mut().batch_execute(EMPTY).expect("emptied");
        let (layers, database) = (Arc::clone(&layers), Rc::clone(&database));
        let open: Open = Rc::new(move || {
            let opened = PostgisStore::open(&database.url(), Arc::clone(&layers));
            Box::new(opened.expect("a store"))
        });
        City::kept_in(Some(Kept::new(open)))
    });
}

fn all_histories(cases: u32, city: &dyn Fn() -> City) {
    every_operation_ends_as_the_model_says(cases, city);
    one_writer_never_meets_a_conflict(cases / 10, city);
    writers_of_different_fields_never_meet(cases / 10, city);
}

/// Fewer than in memory, as each of them commits and opens files some dozen times.
#[test]
fn histories_on_files() {
    on_files(|city| all_histories(100, city));
}

/// Fewer still, as each asks the database some thousand times.
#[test]
fn histories_in_a_database() {
    in_a_database(|city| all_histories(50, city));
}

#[test]
#[ignore = "slow: ten thousand random histories on a file"]
fn many_histories_on_files() {
    on_files(|city| all_histories(10_000, city));
}

#[test]
#[ignore = "slow: ten thousand random histories in a database"]
fn many_histories_in_a_database() {
    in_a_database(|city| all_histories(10_000, city));
}
