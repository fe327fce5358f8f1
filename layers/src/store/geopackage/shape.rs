//! The shape of the file: what is in it when it is new, and what must be in it when it is opened.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::connection::{During, use_wal};
use super::{SRS_ID, table};
use crate::crs::{Crs, S_JTSK_WKT, WGS84_WKT};
use crate::{Layer, LayerSet, StoreError};

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

/// Checks an existing file and adds the tables of layers that are new to it.
pub(super) fn check(connection: &Connection, layers: &LayerSet) -> Result<(), StoreError> {
    let act = "check the tables";
    check_format(connection)?;
    let sound = Connection::open_in_memory().during(act)?;
    add_frame(&sound).during(act)?;
    add_own_tables(&sound).during(act)?;
    let (mut differences, mut new) = (Vec::new(), Vec::new());
    for layer in layers.iter() {
        table::create(&sound, layer).during(act)?;
        let found = found_columns(connection, layer).during(act)?;
        if found.is_empty() {
            new.push(layer);
        } else {
            differences.extend(compare_columns(layer, &found));
            differences.extend(compare_parts(connection, &sound, layer).during(act)?);
        }
    }
    if !differences.is_empty() {
        return Err(StoreError::Unusable(differences.join("; ")));
    }
    if !new.is_empty() {
        add(connection, &new).during(act)?;
    }
    use_wal(connection).during(act)
}

fn add(connection: &Connection, layers: &[&Arc<Layer>]) -> rusqlite::Result<()> {
    let transaction = begin(connection)?;
    for layer in layers {
        // Another program may have added it since we looked.
        if found_columns(&transaction, layer)?.is_empty() {
            table::create(&transaction, layer)?;
        }
    }
    transaction.commit()
}

/// Begins a transaction that may write, on a connection that nobody else has.
fn begin(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
}

/// Adds the tables of ours that do not depend on the layers.
fn add_own_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("own.sql"))
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

fn check_format(connection: &Connection) -> Result<(), StoreError> {
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

fn found_columns(
    connection: &Connection,
    layer: &Layer,
) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare("SELECT name, type FROM pragma_table_info(?1)")?
        .query_map([layer.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Says in words how the columns of a table differ from its definition.
fn compare_columns(layer: &Layer, found: &[(String, String)]) -> Vec<String> {
    let wanted = table::columns(layer);
    let id = &layer.id;
    let mut differences = Vec::new();
    for (name, kind) in &wanted {
        match found.iter().find(|(other, _)| other == name) {
            None => differences.push(format!("table {id} lacks the column {name} ({kind})")),
            Some((_, other)) if other != kind => differences.push(format!(
                "column {name} of table {id} is {other}, its definition says {kind}"
            )),
            Some(_) => {}
        }
    }
    let known = |name: &String| wanted.iter().any(|(other, _)| other == name);
    for (name, _) in found.iter().filter(|(name, _)| !known(name)) {
        differences.push(format!(
            "table {id} has the column {name}, which no definition names"
        ));
    }
    differences
}

/// Says which of the triggers and indexes that the store needs on a table are not as they should be.
fn compare_parts(
    found: &Connection,
    sound: &Connection,
    layer: &Layer,
) -> rusqlite::Result<Vec<String>> {
    let wanted = parts(sound, layer)?;
    let there = parts(found, layer)?;
    let broken = wanted.iter().filter(|part| !there.contains(part));
    Ok(broken
        .map(|(name, _)| {
            let id = &layer.id;
            format!("table {id} lacks {name}, or has another by that name: history or keys would not be kept")
        })
        .collect())
}

/// Returns name and text of the triggers and indexes of ours on a layer's table.
fn parts(connection: &Connection, layer: &Layer) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare(
            "SELECT name, sql FROM sqlite_master
             WHERE tbl_name = ?1 AND type IN ('trigger', 'index') AND name GLOB 'obzor_*'",
        )?
        .query_map([layer.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
