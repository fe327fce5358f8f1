//! Brings the tables of a file to the layers' definitions: compares them, and does what is planned in one transaction.

use rusqlite::{Connection, ErrorCode};

use super::connection::During;
use super::renames;
use super::shape::{add_frame, add_newer_tables, add_own_tables, begin, check_format};
use super::table::{self, quote};
use crate::store::evolution::{Found, LayerPlan, Step, plan_layer};
use crate::store::renames::Renames;
use crate::{Layer, LayerSet, StoreError};

const ACT: &str = "change the tables";

/// Compares the file with the definitions; changes nothing.
pub(super) fn plan(
    connection: &Connection,
    layers: &LayerSet,
) -> Result<Vec<LayerPlan>, StoreError> {
    check_format(connection)?;
    let sound = sound_file(layers).during(ACT)?;
    compare(connection, &sound, layers).during(ACT)
}

/// Does what is planned, unless `refuse` refuses it, and returns it.
pub(super) fn carry_out(
    connection: &Connection,
    layers: &LayerSet,
    refuse: fn(&[LayerPlan]) -> Result<(), StoreError>,
) -> Result<Vec<LayerPlan>, StoreError> {
    check_format(connection)?;
    let sound = sound_file(layers).during(ACT)?;
    let transaction = begin(connection).during(ACT)?;
    add_newer_tables(&transaction).during(ACT)?;
    // Another program may have done some of it since anybody looked.
    let plans = compare(&transaction, &sound, layers).during(ACT)?;
    refuse(&plans)?;
    for (layer, plan) in layers.iter().zip(&plans) {
        change(&transaction, &sound, layer, plan).map_err(|error| explain(layer, error))?;
    }
    transaction.commit().during(ACT)?;
    Ok(plans)
}

/// Makes an empty file as the definitions want it, in memory.
fn sound_file(layers: &LayerSet) -> rusqlite::Result<Connection> {
    let sound = Connection::open_in_memory()?;
    add_frame(&sound)?;
    add_own_tables(&sound)?;
    for layer in layers.iter() {
        table::create(&sound, layer)?;
    }
    Ok(sound)
}

fn compare(
    connection: &Connection,
    sound: &Connection,
    layers: &LayerSet,
) -> rusqlite::Result<Vec<LayerPlan>> {
    let renames = if renames::has_table(connection)? {
        renames::read(connection)?
    } else {
        Renames::default()
    };
    let plan = |layer: &Layer| {
        let wanted = columns(sound, layer)?;
        let broken = broken_parts(connection, sound, layer)?.into_iter();
        let found = Found {
            columns: columns(connection, layer)?,
            indexed: indexed_columns(connection, layer)?,
            broken: broken.map(|part| part.name).collect(),
        };
        Ok(plan_layer(layer, &wanted, found, &renames))
    };
    layers.iter().map(|layer| plan(layer)).collect()
}

fn columns(connection: &Connection, layer: &Layer) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare("SELECT name, type FROM pragma_table_info(?1)")?
        .query_map([layer.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Returns the columns with which an index of a layer's table begins.
fn indexed_columns(connection: &Connection, layer: &Layer) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT c.name FROM pragma_index_list(?1) i, pragma_index_info(i.name) c
             WHERE c.seqno = 0 AND c.name IS NOT NULL AND NOT i.partial",
        )?
        .query_map([layer.id.as_str()], |row| row.get(0))?
        .collect()
}

fn change(
    connection: &Connection,
    sound: &Connection,
    layer: &Layer,
    plan: &LayerPlan,
) -> rusqlite::Result<()> {
    let table = quote(layer.id.as_str());
    for step in &plan.steps {
        match step {
            Step::AddTable => table::create(connection, layer)?,
            Step::AddColumn { name, kind, .. } => connection.execute_batch(&format!(
                "ALTER TABLE {table} ADD COLUMN {} {kind}",
                quote(name)
            ))?,
            Step::RenameColumn { former, name } => {
                connection.execute_batch(&format!(
                    "ALTER TABLE {table} RENAME COLUMN {} TO {}",
                    quote(former),
                    quote(name)
                ))?;
                renames::add(connection, &layer.id, former, name)?;
            }
            Step::AddIndex { name } => connection.execute_batch(&table::index(layer, name))?,
            Step::RenewParts { .. } => {
                table::describe_anew(connection, layer)?;
                renew_parts(connection, sound, layer)?;
            }
        }
    }
    Ok(())
}

/// A trigger or an index of ours on a layer's table.
#[derive(PartialEq)]
struct Part {
    kind: String,
    name: String,
    sql: String,
}

fn parts(connection: &Connection, layer: &Layer) -> rusqlite::Result<Vec<Part>> {
    let part = |row: &rusqlite::Row<'_>| {
        Ok(Part {
            kind: row.get(0)?,
            name: row.get(1)?,
            sql: row.get(2)?,
        })
    };
    connection
        .prepare(
            "SELECT type, name, sql FROM sqlite_master
             WHERE tbl_name = ?1 AND type IN ('trigger', 'index') AND name GLOB 'obzor_*'",
        )?
        .query_map([layer.id.as_str()], part)?
        .collect()
}

/// Returns the parts of a sound table that are missing, or are not as they should be.
fn broken_parts(
    connection: &Connection,
    sound: &Connection,
    layer: &Layer,
) -> rusqlite::Result<Vec<Part>> {
    let found = parts(connection, layer)?;
    let wanted = parts(sound, layer)?.into_iter();
    Ok(wanted.filter(|part| !found.contains(part)).collect())
}

/// Makes anew what is not as it should be; an index that is sound is left, as a large one takes long.
fn renew_parts(connection: &Connection, sound: &Connection, layer: &Layer) -> rusqlite::Result<()> {
    for Part { kind, name, sql } in broken_parts(connection, sound, layer)? {
        let name = quote(&name);
        connection.execute_batch(&format!("DROP {kind} IF EXISTS {name}; {sql};"))?;
    }
    Ok(())
}

/// Says which layer it was when rows break its key.
fn explain(layer: &Layer, error: rusqlite::Error) -> StoreError {
    if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        return StoreError::Unusable(format!(
            "features of layer {} share the key {}; nothing was changed",
            layer.id,
            layer.key.join(", ")
        ));
    }
    let failed = Err::<(), _>(error).during(ACT);
    failed.expect_err("an error stays one")
}
