//! Reading what became of operations, and conflicts.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Row, params_from_iter};
use serde_json::Value as Json;

use super::super::connection::During;
use super::super::{log, renames};
use crate::merge::{
    ConflictQuery, ConflictRow, KeptConflict, OpenConflicts, OperationId, OperationRow, Receipt,
    ReceiptQuery,
};
use crate::store::ledger::{is_part, open_conflicts, searched};
use crate::store::renames::PastLayers;
use crate::{LayerSet, Municipalities, Revision, StoreError};

const RECEIPTS: &str = "read what became of operations";
const CONFLICTS: &str = "read the conflicts";

/// The conditions of a statement, with their values.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Sql>,
}

impl Conditions {
    /// Adds a condition of one value, if there is one.
    fn add(&mut self, sql: &str, value: Option<Sql>) {
        if let Some(value) = value {
            self.sql.push(sql.to_owned());
            self.values.push(value);
        }
    }

    fn add_text(&mut self, sql: &str, value: Option<impl ToString>) {
        self.add(sql, value.map(|value| Sql::Text(value.to_string())));
    }

    /// Returns the rest of a statement, the last rows first.
    fn finish(self, limit: Option<u64>) -> (String, Vec<Sql>) {
        let Self {
            mut sql,
            mut values,
        } = self;
        sql.push("1".to_owned());
        let limit = limit.and_then(|limit| i64::try_from(limit).ok());
        values.push(Sql::Integer(limit.unwrap_or(-1)));
        let sql = format!("WHERE {} ORDER BY seq DESC LIMIT ?", sql.join(" AND "));
        (sql, values)
    }
}

/// Returns the operations that a query looks for, the last received first.
pub(in super::super) fn receipts(
    connection: &Connection,
    layers: &LayerSet,
    query: &ReceiptQuery,
) -> Result<Vec<Receipt>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.add_text("id = ?", query.id);
    conditions.add_text("device = ?", query.device.as_deref().map(searched));
    if let Some((layer, feature)) = &query.feature {
        conditions.add_text("layer = ?", Some(layer));
        conditions.add_text("feature = ?", Some(feature));
    }
    let revision = query.revision.map(|revision| Sql::Integer(revision.0));
    conditions.add("revision = ?", revision);
    let (rest, values) = conditions.finish(query.limit);
    read_receipts(connection, layers, &rest, values)
}

/// Returns those of these operations that are kept.
pub(in super::super) fn known(
    connection: &Connection,
    layers: &LayerSet,
    ids: &[OperationId],
) -> Result<Vec<Receipt>, StoreError> {
    let ids: Json = ids.iter().map(OperationId::to_string).collect();
    let rest = "WHERE id IN (SELECT value FROM json_each(?))";
    read_receipts(connection, layers, rest, vec![Sql::Text(ids.to_string())])
}

fn read_receipts(
    connection: &Connection,
    layers: &LayerSet,
    rest: &str,
    values: Vec<Sql>,
) -> Result<Vec<Receipt>, StoreError> {
    let layers = past_layers(connection, layers, RECEIPTS)?;
    let sql = format!(
        "SELECT seq, sender, at, is_blind, revision, operation, outcome FROM obzor_operations {rest}"
    );
    let rows = collect(connection, &sql, values, operation_row).during(RECEIPTS)?;
    rows.into_iter().map(|row| row.read(&layers)).collect()
}

/// Reads a row of the operations.
pub(in super::super) fn operation_row(row: &Row<'_>) -> rusqlite::Result<OperationRow> {
    Ok(OperationRow {
        seq: row.get(0)?,
        sender: row.get(1)?,
        at: log::read_instant(row, 2)?,
        is_blind: row.get(3)?,
        revision: row.get::<_, Option<i64>>(4)?.map(Revision),
        operation: document(row, 5)?.unwrap_or_default(),
        outcome: document(row, 6)?.unwrap_or_default(),
    })
}

/// Returns the conflicts that a query looks for, the last opened first.
pub(in super::super) fn conflicts(
    connection: &Connection,
    layers: &LayerSet,
    query: &ConflictQuery,
) -> Result<Vec<KeptConflict>, StoreError> {
    let mut conditions = Conditions::default();
    let part = query.id.as_ref().map(|id| &id.part);
    conditions.add_text("operation = ?", query.id.as_ref().map(|id| id.operation));
    if let Municipalities::Listed(codes) = &query.municipalities {
        let codes: Json = codes.iter().copied().collect();
        let sql = "municipality IN (SELECT value FROM json_each(?))";
        conditions.add_text(sql, Some(codes));
    }
    conditions.add_text("layer = ?", query.layer.as_ref());
    conditions.add_text("feature = ?", query.feature);
    match query.is_open {
        Some(true) => conditions.sql.push("decision IS NULL".to_owned()),
        Some(false) => conditions.sql.push("decision IS NOT NULL".to_owned()),
        None => {}
    }
    conditions.add("seq < ?", query.before.map(Sql::Integer));
    let (rest, values) = conditions.finish(query.limit.filter(|_| part.is_none()));
    let sql = format!(
        "SELECT seq, operation, part, layer, feature, municipality, opened, conflict, decision,
           (SELECT revision FROM obzor_operations o WHERE o.id = c.operation)
         FROM obzor_conflicts c {rest}"
    );
    let layers = past_layers(connection, layers, CONFLICTS)?;
    let row = |row: &Row<'_>| {
        let revision: Option<i64> = row.get(9)?;
        Ok((conflict_row(row)?, revision.map(Revision)))
    };
    let rows = collect(connection, &sql, values, row).during(CONFLICTS)?;
    let kept = rows
        .into_iter()
        .map(|(row, revision)| row.read(&layers, revision));
    let is_it = |kept: &Result<KeptConflict, _>| match (kept, part) {
        (Ok(kept), Some(part)) => is_part(&layers, kept, part),
        _ => true,
    };
    kept.filter(is_it).collect()
}

/// Reads a row of the conflicts.
pub(in super::super) fn conflict_row(row: &Row<'_>) -> rusqlite::Result<ConflictRow> {
    Ok(ConflictRow {
        seq: row.get(0)?,
        operation: row.get(1)?,
        part: row.get(2)?,
        layer: row.get(3)?,
        feature: row.get(4)?,
        municipality: row.get(5)?,
        opened: log::read_instant(row, 6)?,
        conflict: document(row, 7)?.unwrap_or_default(),
        decision: document(row, 8)?,
    })
}

/// Counts the open conflicts.
pub(in super::super) fn count(
    connection: &Connection,
    layers: &LayerSet,
) -> Result<OpenConflicts, StoreError> {
    let sql =
        "SELECT layer, municipality, part, count(*) FROM obzor_conflicts WHERE decision IS NULL
               GROUP BY 1, 2, 3";
    let layers = past_layers(connection, layers, CONFLICTS)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let counts = collect(connection, sql, Vec::new(), row).during(CONFLICTS)?;
    Ok(open_conflicts(&layers, counts.into_iter()))
}

fn past_layers(
    connection: &Connection,
    layers: &LayerSet,
    act: &'static str,
) -> Result<PastLayers, StoreError> {
    let renames = renames::read(connection).during(act)?;
    Ok(PastLayers::new(layers, &renames))
}

fn collect<T>(
    connection: &Connection,
    sql: &str,
    values: Vec<Sql>,
    row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement
        .query_map(params_from_iter(values), row)?
        .collect()
}

/// Reads a JSON document, if there is one.
fn document(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<Json>> {
    let Some(text) = row.get_ref(place)?.as_str_or_null()? else {
        return Ok(None);
    };
    serde_json::from_str(text).map(Some).map_err(|error| {
        let text = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(place, text, Box::new(error))
    })
}
