//! Revisions of another store written as they are: history first, then the tables of the layers from it.

use std::iter::Peekable;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Transaction, TransactionBehavior, params, params_from_iter};
use serde_json::{Map, Value as Json};

use super::super::connection::During;
use super::super::table::{columns, quote};
use super::super::write::{set_writer, widen_extents};
use super::super::{blob, column, log, past, renames};
use crate::store::renames::Renames;
use crate::transfer::refuse_gap;
use crate::{
    Bbox, HistoryEntry, HistoryStream, Layer, LayerSet, OfficeRecord, RevisionInfo, StoreError,
    Version,
};

const ACT: &str = "take over history";
/// After how many versions a transaction ends with the revision.
const BATCH: u64 = 50_000;

/// Writes all of it.
pub(in super::super) fn take_over(
    connection: &mut Connection,
    layers: &LayerSet,
    history: HistoryStream<'_>,
) -> Result<(), StoreError> {
    let mut history = history.peekable();
    while history.peek().is_some() {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .during(ACT)?;
        // No trigger waits for this word, so none writes history: the rows bring theirs.
        set_writer(&transaction, "transfer").during(ACT)?;
        let first_seq = next_seq(&transaction).during(ACT)?;
        let renames = renames::read(&transaction).during(ACT)?;
        write_batch(&transaction, layers, &renames, &mut history)?;
        for layer in touched_layers(&transaction, layers, first_seq).during(ACT)? {
            bring_to_end(&transaction, layer, &renames, first_seq).during(ACT)?;
        }
        widen_extents(&transaction, first_seq).during(ACT)?;
        set_writer(&transaction, "outside").during(ACT)?;
        transaction.commit().during(ACT)?;
    }
    Ok(())
}

fn next_seq(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT coalesce(max(seq), 0) + 1 FROM obzor_history";
    connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))
}

/// Writes so many revisions, whole ones, that the transaction is worth its while.
fn write_batch(
    transaction: &Transaction<'_>,
    layers: &LayerSet,
    renames: &Renames,
    history: &mut Peekable<HistoryStream<'_>>,
) -> Result<(), StoreError> {
    let mut newest = log::head(transaction)?;
    let mut written = 0;
    let is_enough = |written, entry: &Result<HistoryEntry, _>| {
        written >= BATCH && matches!(entry, Ok(HistoryEntry::Revision(_)))
    };
    while let Some(entry) = history.next_if(|entry| !is_enough(written, entry)) {
        match entry? {
            HistoryEntry::Revision(info) => {
                refuse_gap(newest, info.revision)?;
                newest = info.revision;
                write_revision(transaction, &info).during(ACT)?;
            }
            HistoryEntry::Version(version) => {
                let id = &version.touched.layer;
                let layer = layers.get(id);
                let layer = layer.ok_or_else(|| StoreError::UnknownLayer(id.clone()))?;
                write_version(transaction, newest.0, layer, renames, &version).during(ACT)?;
                written += 1;
            }
        }
    }
    Ok(())
}

fn write_revision(connection: &Connection, info: &RevisionInfo) -> rusqlite::Result<()> {
    let sql = "INSERT INTO obzor_revisions VALUES (?1, ?2, ?3, ?4,
                 (SELECT coalesce(max(seq), 0) + 1 FROM obzor_history))";
    // As many digits as there are, but at least those that the store itself writes.
    let at = if info.at.timestamp_subsec_micros().is_multiple_of(1000) {
        chrono::SecondsFormat::Millis
    } else {
        chrono::SecondsFormat::Micros
    };
    connection.prepare_cached(sql)?.execute(params![
        info.revision.0,
        info.at.to_rfc3339_opts(at, true),
        info.author,
        info.reason
    ])?;
    Ok(())
}

fn write_version(
    connection: &Connection,
    revision: i64,
    layer: &Layer,
    renames: &Renames,
    version: &Version,
) -> rusqlite::Result<()> {
    let touched = &version.touched;
    let mut row = vec![
        Sql::Integer(revision),
        Sql::Text(layer.id.to_string()),
        Sql::Integer(touched.fid),
        Sql::Text(touched.id.to_string()),
        Sql::Integer(version.rev),
        Sql::Text(touched.kind.as_str().to_owned()),
    ];
    row.extend(edges(touched.before));
    row.extend(edges(touched.after));
    row.push(past_values(layer, renames, version));
    row.push(geometry(version));
    let places = vec!["?"; row.len()].join(", ");
    let sql = format!("INSERT INTO obzor_history VALUES (NULL, {places})");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.execute(params_from_iter(row)).map(drop)
}

fn edges(bbox: Option<Bbox>) -> [Sql; 4] {
    bbox.map_or([const { Sql::Null }; 4], |Bbox { min, max }| {
        [min[0], min[1], max[0], max[1]].map(Sql::Real)
    })
}

fn geometry(version: &Version) -> Sql {
    let geometry = version.geometry.as_ref();
    geometry.map_or(Sql::Null, |geometry| Sql::Blob(blob::encode(geometry)))
}

/// Returns the values as the triggers write them: the columns of the row as a JSON object.
fn past_values(layer: &Layer, renames: &Renames, version: &Version) -> Sql {
    if version.values.is_empty() {
        return Sql::Null;
    }
    let pairs = layer
        .fields
        .iter()
        .zip(&version.values)
        .map(|(field, value)| {
            let json = match column::to_sql(&field.field_type, value) {
                Sql::Integer(number) => Json::from(number),
                Sql::Real(number) => Json::from(number),
                Sql::Text(text) => Json::String(text),
                Sql::Null | Sql::Blob(_) => Json::Null,
            };
            (renames.column(&layer.id, &field.name).to_owned(), json)
        });
    Sql::Text(Json::Object(pairs.collect::<Map<_, _>>()).to_string())
}

fn touched_layers<'a>(
    connection: &Connection,
    layers: &'a LayerSet,
    first_seq: i64,
) -> rusqlite::Result<Vec<&'a Layer>> {
    let sql = "SELECT DISTINCT layer FROM obzor_history WHERE seq >= ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let names = statement.query_map([first_seq], |row| row.get::<_, String>(0))?;
    let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
    let layers = names.iter().filter_map(|name| layers.named(name));
    Ok(layers.map(AsRef::as_ref).collect())
}

/// Puts every feature that history tells of since a row into the layer's table as it stood last.
fn bring_to_end(
    connection: &Connection,
    layer: &Layer,
    renames: &Renames,
    first_seq: i64,
) -> rusqlite::Result<()> {
    let (name, table) = (layer.id.as_str(), quote(layer.id.as_str()));
    let touched = "SELECT fid FROM obzor_history WHERE seq >= ?1 AND layer = ?2";
    connection.execute(
        &format!("DELETE FROM {table} WHERE fid IN ({touched})"),
        params![first_seq, name],
    )?;
    let columns = columns(layer);
    let columns = columns
        .iter()
        .map(|(name, _)| quote(renames.column(&layer.id, name)));
    let columns: Vec<_> = columns.collect();
    let names: Vec<_> = layer
        .fields
        .iter()
        .map(|field| vec![renames.column(&layer.id, &field.name).to_owned()])
        .collect();
    let places = vec!["?"; columns.len()].join(", ");
    let columns = columns.join(", ");
    let mut insert = connection.prepare_cached(&format!(
        "INSERT INTO {table} ({columns}) VALUES ({places})"
    ))?;
    let mut standing = connection.prepare_cached(&format!(
        "SELECT t.fid, t.id, t.rev, t.geom, t.\"values\" FROM obzor_history t WHERE t.seq >= ?1 AND {} ORDER BY t.seq",
        past::standing("?2", "?3")
    ))?;
    let mut rows = standing.query(params![first_seq, name, i64::MAX])?;
    while let Some(row) = rows.next()? {
        let fid = row.get(0)?;
        let mut new = vec![Sql::Integer(fid)];
        if layer.geometry.is_some() {
            new.push(row.get(3)?);
        }
        new.push(row.get(1)?);
        new.push(row.get(2)?);
        let values = past::values(row, 4, layer.fields.iter().zip(&names), fid)?;
        let fields = layer.fields.iter().zip(&values);
        new.extend(fields.map(|(field, value)| column::to_sql(&field.field_type, value)));
        insert.execute(params_from_iter(new))?;
    }
    keep_keys(connection, name)
}

/// Keeps the key of a feature that is gone from being given to another.
fn keep_keys(connection: &Connection, layer: &str) -> rusqlite::Result<()> {
    let largest = "(SELECT coalesce(max(fid), 0) FROM obzor_history WHERE layer = ?1)";
    connection.execute(
        "INSERT INTO sqlite_sequence (name, seq)
           SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
        [layer],
    )?;
    let sql = format!("UPDATE sqlite_sequence SET seq = max(seq, {largest}) WHERE name = ?1");
    connection.execute(&sql, [layer]).map(drop)
}

/// Makes these records the only ones.
pub(in super::super) fn take_over_records(
    connection: &mut Connection,
    records: &[OfficeRecord],
) -> Result<(), StoreError> {
    let act = "take over records";
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .during(act)?;
    transaction
        .execute("DELETE FROM obzor_records", [])
        .during(act)?;
    for record in records {
        let sql = "INSERT INTO obzor_records VALUES (?1, ?2, ?3, ?4)";
        let body = record.body.to_string();
        let row = params![record.kind.as_str(), record.key, record.version, body];
        transaction.execute(sql, row).during(act)?;
    }
    transaction.commit().during(act)
}
