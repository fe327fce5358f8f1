//! The shape of the file: what is in it when it is new, and what must be in it when it is opened.

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
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .during(act)?;
    transaction
        .pragma_update(None, "user_version", GEOPACKAGE_VERSION)
        .during(act)?;
    transaction
        .execute_batch(include_str!("frame.sql"))
        .during(act)?;
    name_reference_systems(&transaction).during(act)?;
    for layer in layers.iter() {
        table::create(&transaction, layer).during(act)?;
    }
    transaction.commit().during(act)?;
    use_wal(connection).during(act)
}

/// Checks an existing file and adds the tables of layers that are new to it.
pub(super) fn check(connection: &Connection, layers: &LayerSet) -> Result<(), StoreError> {
    let act = "check the tables";
    let transaction = begin(connection).during(act)?;
    check_format(&transaction)?;
    let mut differences = Vec::new();
    for layer in layers.iter() {
        match found_columns(&transaction, layer).during(act)? {
            found if found.is_empty() => table::create(&transaction, layer).during(act)?,
            found => differences.extend(compare(layer, &found)),
        }
    }
    if !differences.is_empty() {
        return Err(StoreError::Unusable(differences.join("; ")));
    }
    transaction.commit().during(act)?;
    use_wal(connection).during(act)
}

/// Begins a transaction that may write, on a connection that nobody else has.
fn begin(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
}

fn name_reference_systems(connection: &Connection) -> rusqlite::Result<()> {
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

/// Says in words how a table differs from its definition.
fn compare(layer: &Layer, found: &[(String, String)]) -> Vec<String> {
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
