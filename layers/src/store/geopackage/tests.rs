//! What only the `GeoPackage` store promises: a file that others open and edit, and that outlives an abort.

pub(crate) mod audit;
mod export;
mod outside;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use super::*;
use crate::store::contract::{
    self, DIARY, Place, STONES, Store, all, commit, insert, now, read, stone,
};
use crate::{Change, Municipalities, Value};

/// A folder with one store.
pub(crate) struct Folder(tempfile::TempDir);

impl Place for Folder {
    fn open_with(&self, layers: Arc<LayerSet>) -> Result<Box<dyn Store>, StoreError> {
        let path = self.path();
        let store = if path.exists() {
            GeoPackageStore::open(&path, layers)
        } else {
            GeoPackageStore::create(&path, layers)
        };
        Ok(Box::new(store?))
    }

    fn plan_evolution(&self, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        GeoPackageStore::plan_evolution(&self.path(), layers)
    }

    fn evolve(&self, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        GeoPackageStore::evolve(&self.path(), layers)
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("obzor.gpkg")
    }

    /// Opens the file as another program that knows `SQLite` but nothing of ours.
    fn plain(&self) -> Connection {
        Connection::open(self.path()).expect("a file")
    }

    /// Opens a store that must be refused, and says why.
    fn refused(&self, layers: Arc<LayerSet>) -> String {
        match GeoPackageStore::open(&self.path(), layers) {
            Err(StoreError::Unusable(why)) => why,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("not refused"),
        }
    }
}

#[test]
fn the_store_keeps_the_contract() {
    contract::run_all(&|| Box::new(Folder::new()), 300);
}

#[test]
fn a_filter_finds_what_it_accepts() {
    contract::filters::run(&|| Box::new(Folder::new()), 300);
}

#[test]
fn the_store_keeps_what_became_of_operations() {
    let fresh = || -> Box<dyn Place> { Box::new(Folder::new()) };
    contract::ledger::run(&fresh);
    contract::ledger::erasing::run(&fresh);
}

#[test]
fn the_store_forgets_what_is_older_than_its_history() {
    contract::retention::run(&|| Box::new(Folder::new()), 300);
}

#[test]
#[ignore = "slow: ten thousand random histories"]
fn the_store_keeps_every_history() {
    contract::run_histories(&|| Box::new(Folder::new()), 10_000);
}

#[test]
#[ignore = "slow: 300,000 features and 1,000 revisions"]
fn history_is_cheap() {
    contract::versions::measure(&|| Box::new(Folder::new()), &timed);
}

/// Does something once to warm up and once to say how long it takes, which must be less than so many milliseconds.
pub(in crate::store) fn timed(what: &str, at_most: u128, act: &dyn Fn() -> u64) -> u64 {
    act();
    let start = Instant::now();
    let count = act();
    let took = start.elapsed();
    eprintln!("{what}: {took:.1?}");
    assert!(took.as_millis() < at_most, "{what}: {took:?}");
    count
}

#[test]
fn the_store_moves_into_another_file() {
    let fresh = || -> Box<dyn Place> { Box::new(Folder::new()) };
    contract::moving::run(&fresh, &fresh, 100);
}

#[test]
fn a_file_is_created_once_and_opened_only_when_it_is_a_store() {
    let folder = Folder::new();
    let missing = folder.refused(contract::layers());
    assert!(missing.contains("there is no file"), "{missing}");
    drop(folder.open());
    let again = GeoPackageStore::create(&folder.path(), contract::layers()).err();
    assert!(matches!(again, Some(StoreError::Unusable(_))), "{again:?}");

    for content in [
        "",
        "not a database, and long enough to have a header of one hundred bytes, which is what SQLite looks at first",
    ] {
        let folder = Folder::new();
        fs::write(folder.path(), content).expect("written");
        let foreign = folder.refused(contract::layers());
        assert!(foreign.contains("not a store"), "{foreign}");
    }
}

#[test]
fn a_layer_that_is_new_gets_a_table_and_one_that_changed_is_refused() {
    let folder = Folder::new();
    let whole = contract::layers();
    let without = |id: &str| {
        let kept = whole.iter().filter(|layer| layer.id.as_str() != id);
        Arc::new(LayerSet::new(
            whole.groups().to_vec(),
            kept.cloned().collect(),
        ))
    };
    drop(GeoPackageStore::create(&folder.path(), without(DIARY)).expect("a store"));
    let store = &*folder.open();
    commit(store, vec![stone(1, "a")]);
    assert_eq!(store.count(&all(store, DIARY)).expect("a count"), 0);

    let mut changed = (**whole.named(STONES).expect("defined")).clone();
    changed.fields[0].name = "district".to_owned();
    changed.key = vec!["code".to_owned()];
    let changed = LayerSet::new(whole.groups().to_vec(), vec![Arc::new(changed)]);
    let why = folder.refused(Arc::new(changed));
    for part in [
        "the column zone, which no definition names",
        "was = [\"zone\"]",
    ] {
        assert!(why.contains(part), "{part} is not in: {why}");
    }
}

#[test]
fn a_table_that_lost_its_triggers_is_refused() {
    let folder = Folder::new();
    drop(folder.open());
    folder
        .plain()
        .execute_batch("DROP TRIGGER obzor_stones_update_outside")
        .expect("dropped");
    let why = folder.refused(contract::layers());
    assert!(why.contains("obzor_stones_update_outside"), "{why}");
}

#[test]
fn a_writer_that_waits_too_long_says_that_the_store_is_busy() {
    let folder = Folder::new();
    let store = &*folder.open();
    let other = folder.plain();
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let set = ChangeSet {
        author: "clerk".to_owned(),
        reason: "survey".to_owned(),
        at: now(),
        municipalities: Municipalities::All,
        changes: Box::new(std::iter::once(stone(1, "a"))),
    };
    assert!(matches!(store.apply(set), Err(StoreError::Busy)));
    other.execute_batch("ROLLBACK").expect("the lock back");
    assert_eq!(commit(store, vec![stone(1, "a")]).revision, Revision(1));
}

/// Runs itself a second time as the program that dies: half of a large change set is written when it aborts.
#[test]
fn a_program_that_dies_while_it_writes_leaves_the_old_state() {
    const DYING: &str = "OBZOR_TEST_STORE_OF_A_DYING_PROGRAM";
    if let Ok(path) = std::env::var(DYING) {
        let store = GeoPackageStore::open(path.as_ref(), contract::layers()).expect("a store");
        let dies = (0..60_000).map(|n| -> Change {
            if n == 50_000 {
                std::process::abort();
            }
            stone(n + 10, &n.to_string())
        });
        let set = ChangeSet {
            author: "importer".to_owned(),
            reason: "a power cut".to_owned(),
            at: now(),
            municipalities: Municipalities::All,
            changes: Box::new(dies),
        };
        let _ = store.apply(set);
        panic!("it did not die");
    }
    let folder = Folder::new();
    let store = &*folder.open();
    commit(store, vec![stone(1, "a")]);
    let itself = std::env::current_exe().expect("this program");
    let status = Command::new(itself)
        .args([
            "--exact",
            "store::geopackage::tests::a_program_that_dies_while_it_writes_leaves_the_old_state",
        ])
        .env(DYING, folder.path())
        .output()
        .expect("a second run")
        .status;
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(6),
        "SIGABRT"
    );
    let reopened = &*folder.open();
    assert_eq!(reopened.head().expect("a head"), Revision(1));
    assert_eq!(read(reopened, &all(reopened, STONES)).len(), 1);
    assert_eq!(commit(reopened, vec![stone(2, "b")]).revision, Revision(2));
}
