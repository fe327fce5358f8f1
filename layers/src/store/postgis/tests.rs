//! What only the PostGIS store promises: a database that others edit, at any time and for as long as they like.

mod attached;
mod audit;
mod evolution;
mod filters;
mod loads;
mod moving;
mod order;
mod outside;
mod tls;
mod walls;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postgres::Client;
use test_postgres::Database;

use super::*;
use crate::store::contract::{
    self, DIARY, Place, STONES, Store, all, commit, id, read, refuse, stone,
};
use crate::store::geopackage::tests::timed;
use crate::{Change, Municipalities, Problem, Value};

/// How many random histories run: each asks the database some 500 times.
const CASES: u32 = 300;

/// Databases that hold a store of the suite's layers, for the next test to empty: that is faster than a new one.
static USED: Mutex<Vec<Used>> = Mutex::new(Vec::new());

/// The owner of a store, which is no superuser, and the role as which a server logs in.
const ROLES: &str = "
    DO $$ BEGIN CREATE ROLE city_owner LOGIN CREATEROLE; EXCEPTION WHEN OTHERS THEN NULL; END $$;
    DO $$ BEGIN CREATE ROLE city_server LOGIN; EXCEPTION WHEN OTHERS THEN NULL; END $$;
    DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO city_owner', current_database()); END $$";
/// What the owner does for the server, once.
const ADMISSION: &str = "
    DO $$ BEGIN EXECUTE format('GRANT %I TO city_server', current_database() || '_program'); END $$";

/// A database for the suite's layers.
struct Used {
    database: Database,
    is_made: AtomicBool,
    /// The connection that empties it.
    cleaner: Mutex<Option<Client>>,
}

impl Used {
    fn new() -> Self {
        let database = Database::fresh();
        database.connect().batch_execute(ROLES).expect("roles");
        Self {
            database,
            is_made: AtomicBool::new(false),
            cleaner: Mutex::new(None),
        }
    }

    fn emptied(mut self) -> Self {
        let cleaner = self.cleaner.get_mut().expect("nobody panicked with it");
        cleaner
            .get_or_insert_with(|| self.database.connect())
            .batch_execute(
                "SET session_replication_role = replica;
                 DELETE FROM obzor.stones; DELETE FROM obzor.meadows; DELETE FROM obzor.diary; DELETE FROM obzor.wells;
                 DELETE FROM obzor.gardens; DELETE FROM obzor.cellars;
                 DELETE FROM obzor_store.history; DELETE FROM obzor_store.loads; DELETE FROM obzor_store.revisions;
                 DELETE FROM obzor_store.records; DELETE FROM obzor_store.operations; DELETE FROM obzor_store.conflicts;
                 DELETE FROM obzor_store.served; DELETE FROM obzor_store.history_starts;
                 DELETE FROM obzor_store.audit; DELETE FROM obzor_store.audit_ends; UPDATE obzor_store.state SET head = 0;",
            )
            .expect("a store of the suite");
        self
    }
}

/// A database with one store.
struct City {
    used: Option<Used>,
    /// Whether its tables are not those of the suite any more.
    is_changed: AtomicBool,
}

impl City {
    fn new() -> Self {
        let used = all_used().pop();
        Self {
            used: Some(used.map_or_else(Used::new, Used::emptied)),
            is_changed: AtomicBool::new(false),
        }
    }

    fn used(&self) -> &Used {
        self.used.as_ref().expect("taken only by drop")
    }

    fn url(&self) -> String {
        self.used().database.url()
    }

    /// Opens a connection of a role that is neither owner nor superuser.
    fn plain_as(&self, role: &str) -> Client {
        let url = self.used().database.url_as(role);
        Client::connect(&url, postgres::NoTls).expect("a connection")
    }

    /// Opens the store as its owner.
    fn store_of_owner(&self) -> PostgisStore {
        drop(self.store());
        let url = self.used().database.url_as("city_owner");
        PostgisStore::open(&url, contract::layers()).expect("a store")
    }

    /// Opens a connection as another program that knows nothing of ours.
    fn plain(&self) -> Client {
        self.used().database.connect()
    }

    fn store(&self) -> PostgisStore {
        self.store_with(contract::layers()).expect("a store")
    }

    /// Opens the store as a server does, whose role owns nothing; what the layers have more is added by the owner.
    fn store_with(&self, layers: Arc<LayerSet>) -> Result<PostgisStore, StoreError> {
        let database = &self.used().database;
        let (owner, server) = (
            database.url_as("city_owner"),
            database.url_as("city_server"),
        );
        if !self.used().is_made.swap(true, Ordering::SeqCst) {
            drop(PostgisStore::create(&owner, Arc::clone(&layers))?);
            database.connect().batch_execute(ADMISSION).expect("rights");
        }
        match PostgisStore::open(&server, Arc::clone(&layers)) {
            Err(StoreError::Unusable(_)) => {
                drop(PostgisStore::open(&owner, Arc::clone(&layers))?);
                PostgisStore::open(&server, layers)
            }
            opened => opened,
        }
    }
}

impl Place for City {
    fn open_with(&self, layers: Arc<LayerSet>) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(self.store_with(layers)?))
    }

    fn plan_evolution(&self, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        PostgisStore::plan_evolution(&self.url(), layers)
    }

    fn evolve(&self, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        self.is_changed.store(true, Ordering::SeqCst);
        PostgisStore::evolve(&self.url(), layers)
    }
}

impl Drop for City {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.is_changed.load(Ordering::SeqCst) {
            let used = self.used.take();
            all_used().extend(used.filter(|used| used.is_made.load(Ordering::SeqCst)));
        }
    }
}

fn all_used() -> MutexGuard<'static, Vec<Used>> {
    USED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a store that must be refused, and says why.
fn refused(database: &Database, layers: Arc<LayerSet>) -> String {
    match PostgisStore::open(&database.url(), layers) {
        Err(StoreError::Unusable(why)) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn the_store_keeps_the_contract() {
    contract::run_all(&|| Box::new(City::new()), CASES);
}

#[test]
fn a_filter_finds_what_it_accepts() {
    contract::filters::run(&|| Box::new(City::new()), 300);
}

#[test]
fn the_store_keeps_what_became_of_operations() {
    contract::ledger::run(&|| Box::new(City::new()));
}

#[test]
#[ignore = "slow: ten thousand random histories"]
fn the_store_keeps_every_history() {
    contract::run_histories(&|| Box::new(City::new()), 10_000);
}

#[test]
#[ignore = "slow: 300,000 features and 1,000 revisions"]
fn history_is_cheap() {
    contract::versions::measure(&|| Box::new(City::new()), &timed);
}

#[test]
fn a_database_is_made_once_and_opened_only_in_this_version() {
    let database = Database::fresh();
    let url = database.url();
    let empty = refused(&database, contract::layers());
    assert!(empty.contains("obzor migrate"), "{empty}");
    let sql = "DROP EXTENSION postgis";
    database.connect().batch_execute(sql).expect("done");
    let (empty, newest) = PostgisStore::migrate(&url).expect("migrated");
    assert_eq!(empty, 0);
    let again = PostgisStore::migrate(&url).expect("nothing to do");
    assert_eq!(again, (newest, newest));
    let again = PostgisStore::create(&url, contract::layers()).err();
    assert!(matches!(again, Some(StoreError::Unusable(_))), "{again:?}");
    drop(PostgisStore::open(&url, contract::layers()).expect("a store"));

    let newer = "INSERT INTO obzor_store.migrations (version) VALUES (99)";
    database.connect().batch_execute(newer).expect("done");
    let why = refused(&database, contract::layers());
    assert!(why.contains("version 99"), "{why}");
    let migrated = PostgisStore::migrate(&url).err();
    assert!(
        matches!(migrated, Some(StoreError::Unusable(_))),
        "{migrated:?}"
    );
}

#[test]
fn an_address_that_is_wrong_is_not_repeated() {
    for address in [
        "postgres://clerk:secret@[",
        "postgres://clerk:secret@127.0.0.1:1/city?connect_timeout=2",
        "postgres://clerk:secret@127.0.0.1:1/city?sslmode=require",
        "postgres://clerk:secret@127.0.0.1:1/city?sslmode=none",
        "postgres://clerk:secret@127.0.0.1:1/city?sslmode=verify-full",
    ] {
        let error = PostgisStore::open(address, contract::layers()).err();
        let error = error.expect("refused").to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn a_layer_that_is_new_gets_a_table_and_one_that_changed_is_refused() {
    let database = Database::fresh();
    let whole = contract::layers();
    let kept = whole.iter().filter(|layer| layer.id.as_str() != DIARY);
    let without = LayerSet::new(whole.groups().to_vec(), kept.cloned().collect());
    drop(PostgisStore::create(&database.url(), Arc::new(without)).expect("a store"));
    let store = PostgisStore::open(&database.url(), contract::layers()).expect("a store");
    commit(&store, vec![stone(1, "a")]);
    assert_eq!(store.count(&all(&store, DIARY)).expect("a count"), 0);

    let mut changed = (**whole.named(STONES).expect("defined")).clone();
    changed.fields[0].name = "district".to_owned();
    let changed = LayerSet::new(whole.groups().to_vec(), vec![Arc::new(changed)]);
    let why = refused(&database, Arc::new(changed));
    for part in [
        "the column zone, which no definition names",
        "was = [\"zone\"]",
    ] {
        assert!(why.contains(part), "{part} is not in: {why}");
    }
}

#[test]
fn a_table_that_lost_what_keeps_history_or_key_is_refused() {
    let database = Database::fresh();
    drop(PostgisStore::create(&database.url(), contract::layers()).expect("a store"));
    let sql = "DROP TRIGGER obzor_keep ON obzor.stones; ALTER TABLE obzor.stones DISABLE TRIGGER obzor_update;
               DROP INDEX obzor.stones_zone_code_idx";
    database.connect().batch_execute(sql).expect("done");
    let why = refused(&database, contract::layers());
    for part in [
        "obzor_keep",
        "obzor_update",
        "the unique index of zone, code",
    ] {
        assert!(why.contains(part), "{part} is not in: {why}");
    }
}

#[test]
fn a_bad_feature_among_many_is_found_as_among_few() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a")]);
    let mut changes: Vec<_> = (1000..1300).map(|n| stone(n, &n.to_string())).collect();
    changes[100] = stone(1, "new");
    changes[200] = stone(1201, "a");
    changes[250] = stone(1000, "1000");
    if let Change::Insert { values, .. } = &mut changes[299] {
        values[1] = Value::Null;
    }
    let problems = |changes| -> Vec<(usize, Vec<Problem>)> {
        let rejections = refuse(store, changes).into_iter();
        rejections
            .map(|r| (r.index, r.findings.into_iter().map(|f| f.problem).collect()))
            .collect()
    };
    let key = |code: &str| Problem::DuplicateKey(format!("1/{code}"));
    assert_eq!(
        problems(changes),
        [
            (100, vec![Problem::DuplicateId]),
            (200, vec![key("a")]),
            (250, vec![Problem::DuplicateId]),
            (299, vec![Problem::Missing]),
        ]
    );
    let sound: Vec<_> = (1000..1300).map(|n| stone(n, &n.to_string())).collect();
    let applied = commit(store, sound);
    assert_eq!(
        (applied.revision, applied.touched.len()),
        (Revision(2), 300)
    );
    let touched = applied.touched.iter().map(|touched| touched.id);
    assert!(touched.eq((1000..1300).map(id)), "in the order of the set");
}

#[test]
fn a_writer_that_waits_too_long_says_that_the_store_is_busy() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let mut other = city.plain();
    let sql = "BEGIN; UPDATE obzor.stones SET height = 1 WHERE code = 'a'";
    other.batch_execute(sql).expect("the lock");
    let delete = |number| Change::Delete {
        layer: LayerId::new(STONES).expect("an id"),
        id: id(number),
        expected_rev: None,
    };
    let set = |number| ChangeSet {
        author: "clerk".to_owned(),
        reason: "survey".to_owned(),
        at: contract::now(),
        municipalities: Municipalities::All,
        changes: Box::new(std::iter::once(delete(number))),
    };
    store.apply(set(2)).expect("another feature is free");
    assert!(matches!(store.apply(set(1)), Err(StoreError::Busy)));
    other.batch_execute("ROLLBACK").expect("the lock back");
    assert_eq!(store.apply(set(1)).expect("free").revision, Revision(3));
}

#[test]
fn a_store_goes_on_after_the_server_dropped_its_connections() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a")]);
    let mut stream = store.read(&all(store, STONES)).expect("a stream");
    city.plain()
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'obzor'",
        )
        .expect("done");
    let lost = stream.next().expect("an answer");
    assert!(matches!(lost, Err(StoreError::Unreachable(_))), "{lost:?}");
    drop(stream);
    assert_eq!(store.head().expect("a new connection"), Revision(1));
    assert_eq!(read(store, &all(store, STONES)).len(), 1);
}
