//! What the owner of a store does: moving it between a file and a database, both ways, and erasing in it.

use std::sync::Arc;

use super::City;
use crate::store::contract::{Place, STONES, Store, ledger, moving, retention};
use crate::store::evolution::LayerPlan;
use crate::store::geopackage::tests::Folder;
use crate::{LayerId, LayerSet, Revision, StoreError};

/// How many random histories move, each in two legs.
const CASES: u32 = 30;

/// A database whose owner opens it: no other role may move a whole store.
struct Owned(City);

impl Place for Owned {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.0.store_of_owner())
    }

    fn open_with(&self, layers: Arc<LayerSet>) -> Result<Box<dyn Store>, StoreError> {
        self.0.open_with(layers)
    }

    fn plan_evolution(&self, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        self.0.plan_evolution(layers)
    }

    fn evolve(&self, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
        self.0.evolve(layers)
    }
}

fn file() -> Box<dyn Place> {
    Box::new(Folder::new())
}

fn database() -> Box<dyn Place> {
    Box::new(Owned(City::new()))
}

#[test]
fn a_file_moves_into_a_database() {
    moving::run(&file, &database, CASES);
}

#[test]
fn a_database_moves_into_a_file() {
    moving::run(&database, &file, CASES);
}

#[test]
fn a_database_moves_into_another_one() {
    moving::run(&database, &database, CASES);
}

#[test]
fn the_store_forgets_what_is_older_than_its_history() {
    retention::run(&database, CASES);
}

#[test]
fn only_the_owner_makes_history_shorter() {
    let city = City::new();
    let store = city.open();
    let stones = LayerId::new(STONES).expect("a name");
    let refused = store.prune(&stones, Revision(0));
    assert!(
        matches!(refused, Err(StoreError::Unusable(_))),
        "{refused:?}"
    );
}

#[test]
fn the_owner_erases_what_was_typed_in_operations() {
    ledger::erasing::run(&database);
}
