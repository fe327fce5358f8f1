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
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
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
        Self::kept_in(Some(Rc::new(Kept::on_a_file())))
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

/// Makes a folder in memory where there is one: what is lost with the power is no matter here.
fn folder() -> tempfile::TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}

/// What a file and a database hold of what was committed, and of what became of operations.
const EMPTY_FILE: &str =
    "DELETE FROM posts; DELETE FROM plots; DELETE FROM obzor_history; DELETE FROM obzor_revisions;
    DELETE FROM obzor_operations; DELETE FROM obzor_conflicts";
const EMPTY_DATABASE: &str = "SET session_replication_role = replica;
    DELETE FROM obzor.posts; DELETE FROM obzor.plots; DELETE FROM obzor_store.history;
    DELETE FROM obzor_store.revisions; DELETE FROM obzor_store.operations; DELETE FROM obzor_store.conflicts;
    UPDATE obzor_store.state SET head = 0";

/// Runs histories, each in a store that was emptied; opening it takes longer than a history, so it stays open between them.
fn run_in(open: Open, empty: impl Fn(), run: impl Fn(&dyn Fn() -> City)) {
    let kept = Rc::new(Kept::new(open));
    run(&|| {
        empty();
        City::kept_in(Some(Rc::clone(&kept)))
    });
}

fn on_a_file(run: impl Fn(&dyn Fn() -> City)) {
    let (layers, folder) = (definitions(), folder());
    let path = folder.path().join("city.gpkg");
    drop(GeoPackageStore::create(&path, Arc::clone(&layers)).expect("a store"));
    let cleaner = Connection::open(&path).expect("the file");
    // Its triggers want them; what they write is emptied as well.
    for name in ["ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY", "ST_IsEmpty"] {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
        let added = cleaner.create_scalar_function(name, 1, flags, |_| Ok(0.0));
        added.expect("a function");
    }
    let open: Open = Rc::new(move || {
        let opened = GeoPackageStore::open(&path, Arc::clone(&layers));
        Box::new(opened.expect("a store"))
    });
    let empty = || cleaner.execute_batch(EMPTY_FILE).expect("emptied");
    run_in(open, empty, run);
}

fn in_a_database(run: impl Fn(&dyn Fn() -> City)) {
    let (layers, database) = (definitions(), Database::fresh());
    drop(PostgisStore::create(&database.url(), Arc::clone(&layers)).expect("a store"));
    let cleaner = RefCell::new(database.connect());
    let open: Open = Rc::new(move || {
        let opened = PostgisStore::open(&database.url(), Arc::clone(&layers));
        Box::new(opened.expect("a store"))
    });
    let empty = || {
        let mut cleaner = cleaner.borrow_mut();
        cleaner.batch_execute(EMPTY_DATABASE).expect("emptied");
    };
    run_in(open, empty, run);
}

fn all_histories(cases: u32, city: &dyn Fn() -> City) {
    every_operation_ends_as_the_model_says(cases, city);
    one_writer_never_meets_a_conflict(cases / 10, city);
    writers_of_different_fields_never_meet(cases / 10, city);
}

/// Three hundred in all.
#[test]
fn histories_on_a_file() {
    on_a_file(|city| all_histories(250, city));
}

/// Three hundred in all.
#[test]
fn histories_in_a_database() {
    in_a_database(|city| all_histories(250, city));
}

#[test]
#[ignore = "slow: ten thousand random histories on a file"]
fn many_histories_on_a_file() {
    on_a_file(|city| all_histories(10_000, city));
}

#[test]
#[ignore = "slow: ten thousand random histories in a database"]
fn many_histories_in_a_database() {
    in_a_database(|city| all_histories(10_000, city));
}
