//! The shape of the file: what is in it when it is new, and what must be in it when it is opened.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::connection::{During, use_wal};
use super::{SRS_ID, audit, evolve, ledger, prune, renames, table, versions};
use crate::crs::{Crs, S_JTSK_WKT, WGS84_WKT};
use crate::store::LayerPlan;
use crate::store::evolution::refuse_all_but_additions;
use crate::{LayerSet, StoreError};

/// `GPKG`, which marks an `SQLite` file as a `GeoPackage`.
const APPLICATION_ID: i32 = 0x4750_4B47;
/// `GeoPackage` 1.3.
const GEOPACKAGE_VERSION: i32 = 10300;
/// The version of Obzor's own tables.
const FORMAT: i64 = 1;

/// Fills an empty file.
pub(super) fn create(connection: &Connection, layers: &LayerSet) -> Result<(), StoreError> {
    let act = "create the tables";
    let transaction = begin(connection).during(act)?;
    add_frame(&transaction).during(act)?;
    add_own_tables(&transaction).during(act)?;
    for layer in layers.iter() {
        table::create(&transaction, layer).during(act)?;
    }
    transaction.commit().during(act)?;
    use_wal(connection).during(act)
}

/// Checks an existing file and adds what its layers have more than it.
pub(super) fn check(connection: &Connection, layers: &LayerSet) -> Result<(), StoreError> {
    let act = "check the tables";
    let plans = evolve::plan(connection, layers)?;
    refuse_all_but_additions(&plans)?;
    let is_whole = has_own_tables(connection).during(act)?;
    if !is_whole || !plans.iter().all(LayerPlan::is_empty) {
        evolve::carry_out(connection, layers, refuse_all_but_additions)?;
    }
    use_wal(connection).during(act)
}

/// Begins a transaction that may write, on a connection that nobody else has.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
}

/// Adds the tables of ours that do not depend on the layers.
pub(super) fn add_own_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("own.sql"))?;
    add_newer_tables(connection)
}

/// Whether the file has all tables of ours: those of older programs lack some.
fn has_own_tables(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(renames::has_table(connection)?
        && audit::has_tables(connection)?
        && ledger::has_tables(connection)?
        && versions::has_index(connection)?
        && prune::has_table(connection)?)
}

/// Adds the tables of ours that files of older programs lack.
pub(super) fn add_newer_tables(connection: &Connection) -> rusqlite::Result<()> {
    if !renames::has_table(connection)? {
        connection.execute_batch(include_str!("renames.sql"))?;
    }
    if !audit::has_tables(connection)? {
        audit::add_tables(connection)?;
    }
    if !ledger::has_tables(connection)? {
        ledger::add_tables(connection)?;
    }
    if !versions::has_index(connection)? {
        versions::add_index(connection)?;
    }
    if !prune::has_table(connection)? {
        prune::add_table(connection)?;
    }
    Ok(())
}

/// Makes an empty database a `GeoPackage` without layers.
pub(super) fn add_frame(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", GEOPACKAGE_VERSION)?;
    connection.execute_batch(include_str!("frame.sql"))?;
    let add = "INSERT INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?2, ?4, ?5)";
    let undefined = "undefined";
    connection.execute(
        add,
        params![
            "Undefined Cartesian SRS",
            -1,
            "NONE",
            undefined,
            "Cartesian"
        ],
    )?;
    connection.execute(
        add,
        params![
            "Undefined geographic SRS",
            0,
            "NONE",
            undefined,
            "geographic"
        ],
    )?;
    connection.execute(
        add,
        params![
            "WGS 84",
            Crs::Wgs84.epsg(),
            "EPSG",
            WGS84_WKT,
            "longitude, latitude"
        ],
    )?;
    connection.execute(
        add,
        params![
            "S-JTSK / Krovak East North",
            SRS_ID,
            "EPSG",
            S_JTSK_WKT,
            "easting, northing"
        ],
    )?;
    Ok(())
}

/// Refuses a file that is no store, or one of another format.
pub(super) fn check_format(connection: &Connection) -> Result<(), StoreError> {
    let format: Option<i64> = connection
        .query_row("SELECT format FROM obzor_state", [], |row| row.get(0))
        .optional()
        .unwrap_or_default();
    match format {
        Some(FORMAT) => Ok(()),
        Some(other) => Err(StoreError::Unusable(format!(
            "its format is {other}, this program knows format {FORMAT}"
        ))),
        None => Err(StoreError::Unusable(
            "the file is not a store of Obzor; import it instead".to_owned(),
        )),
    }
}
