//! Moving a whole store between a file and a database, both ways.

use super::City;
use crate::store::contract::{Place, moving};
use crate::store::geopackage::tests::Folder;

/// How many random histories move, each in two legs.
const CASES: u32 = 30;

fn file() -> Box<dyn Place> {
    Box::new(Folder::new())
}

fn database() -> Box<dyn Place> {
    Box::new(City::new())
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
