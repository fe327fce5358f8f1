//! Reading what became of operations, and conflicts.

use postgres::Row;
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::column::Sql;
use super::super::connection::{During, Session};
use super::super::renames;
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
    /// Adds a condition of one value, which comes at its end, if there is one.
    fn add(&mut self, sql: &str, value: Option<Sql>) {
        if let Some(value) = value {
            self.values.push(value);
            self.sql.push(format!("{sql} (${})", self.values.len()));
        }
    }

    /// Returns the rest of a statement, the last rows first.
    fn finish(self, limit: Option<u64>) -> (String, Vec<Sql>) {
        let Self {
            mut sql,
            mut values,
        } = self;
        sql.push("true".to_owned());
        values.push(limit.map_or(Sql::Null, |limit| Sql::Integer(limit as i64)));
        let (sql, last) = (sql.join(" AND "), values.len());
        (
            format!("WHERE {sql} ORDER BY seq DESC LIMIT ${last}"),
            values,
        )
    }
}

fn text(text: &str) -> Sql {
    Sql::Text(text.to_owned())
}

/// Returns the operations that a query looks for, the last received first.
pub(in super::super) fn receipts(
    session: &mut Session,
    layers: &LayerSet,
    query: &ReceiptQuery,
) -> Result<Vec<Receipt>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.add("id =", query.id.map(|id| Sql::Id(id.as_uuid())));
    let device = query.device.as_deref().map(searched);
    conditions.add("device =", device.map(Sql::Text));
    if let Some((layer, feature)) = &query.feature {
        conditions.add("layer =", Some(text(layer.as_str())));
        conditions.add("feature =", Some(Sql::Id(feature.as_uuid())));
    }
    let of_revision =
        "change_set IN (SELECT change_set FROM obzor_store.revisions WHERE revision = $)";
    if let Some(revision) = query.revision {
        conditions.values.push(Sql::Integer(revision.0));
        let place = format!("${}", conditions.values.len());
        conditions.sql.push(of_revision.replace('$', &place));
    }
    let (rest, values) = conditions.finish(query.limit);
    read_receipts(session, layers, &rest, &values)
}

/// Returns those of these operations that are kept.
pub(in super::super) fn known(
    session: &mut Session,
    layers: &LayerSet,
    ids: &[OperationId],
) -> Result<Vec<Receipt>, StoreError> {
    let ids = ids.iter().map(OperationId::as_uuid).collect();
    read_receipts(session, layers, "WHERE id = ANY ($1)", &[Sql::Ids(ids)])
}

fn read_receipts(
    session: &mut Session,
    layers: &LayerSet,
    rest: &str,
    values: &[Sql],
) -> Result<Vec<Receipt>, StoreError> {
    let sql = format!(
        "SELECT seq, sender, at, is_blind, (SELECT revision FROM obzor_store.revisions r WHERE r.change_set = o.change_set),
           operation, outcome FROM obzor_store.operations o {rest}"
    );
    let rows = session.query(&sql, values).during(RECEIPTS)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let layers = past_layers(session, layers, RECEIPTS)?;
    let read = |row| operation_row(row).read(&layers);
    rows.iter().map(read).collect()
}

/// Reads a row of the operations.
pub(in super::super) fn operation_row(row: &Row) -> OperationRow {
    OperationRow {
        seq: row.get(0),
        sender: row.get(1),
        at: row.get(2),
        is_blind: row.get(3),
        revision: row.get::<_, Option<i64>>(4).map(Revision),
        operation: row.get(5),
        outcome: row.get(6),
    }
}

/// Returns the conflicts that a query looks for, the last opened first.
pub(in super::super) fn conflicts(
    session: &mut Session,
    layers: &LayerSet,
    query: &ConflictQuery,
) -> Result<Vec<KeptConflict>, StoreError> {
    let mut conditions = Conditions::default();
    let operation = query.id.as_ref().map(|id| Sql::Id(id.operation.as_uuid()));
    let part = query.id.as_ref().map(|id| &id.part);
    conditions.add("operation =", operation);
    if let Municipalities::Listed(codes) = &query.municipalities {
        let codes = Sql::Integers(codes.iter().copied().collect());
        conditions.add("municipality = ANY", Some(codes));
    }
    let layer = query.layer.as_ref().map(|layer| text(layer.as_str()));
    conditions.add("layer =", layer);
    let feature = query.feature.map(|id| Sql::Id(id.as_uuid()));
    conditions.add("feature =", feature);
    match query.is_open {
        Some(true) => conditions.sql.push("decision IS NULL".to_owned()),
        Some(false) => conditions.sql.push("decision IS NOT NULL".to_owned()),
        None => {}
    }
    conditions.add("seq <", query.before.map(Sql::Integer));
    let (rest, values) = conditions.finish(query.limit.filter(|_| part.is_none()));
    let sql = format!(
        "SELECT seq, operation, part, layer, feature, municipality, opened, conflict, decision,
           (SELECT revision FROM obzor_store.operations o JOIN obzor_store.revisions USING (change_set)
             WHERE o.id = c.operation)
         FROM obzor_store.conflicts c {rest}"
    );
    let rows = session.query(&sql, &values).during(CONFLICTS)?;
    let layers = past_layers(session, layers, CONFLICTS)?;
    let kept = rows.iter().map(|row| {
        let revision: Option<i64> = row.get(9);
        conflict_row(row).read(&layers, revision.map(Revision))
    });
    let is_it = |kept: &Result<KeptConflict, _>| match (kept, part) {
        (Ok(kept), Some(part)) => is_part(&layers, kept, part),
        _ => true,
    };
    kept.filter(is_it).collect()
}

/// Reads a row of the conflicts.
pub(in super::super) fn conflict_row(row: &Row) -> ConflictRow {
    ConflictRow {
        seq: row.get(0),
        operation: row.get::<_, Uuid>(1).to_string(),
        part: row.get(2),
        layer: row.get(3),
        feature: row.get::<_, Uuid>(4).to_string(),
        municipality: row.get(5),
        opened: row.get(6),
        conflict: row.get(7),
        decision: row.get::<_, Option<Json>>(8),
    }
}

/// Counts the open conflicts.
pub(in super::super) fn count(
    session: &mut Session,
    layers: &LayerSet,
) -> Result<OpenConflicts, StoreError> {
    let sql = "SELECT layer, municipality, part, count(*) FROM obzor_store.conflicts WHERE decision IS NULL
               GROUP BY 1, 2, 3";
    let layers = past_layers(session, layers, CONFLICTS)?;
    let rows = session.query(sql, &[]).during(CONFLICTS)?;
    let counts = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)));
    Ok(open_conflicts(&layers, counts))
}

fn past_layers(
    session: &mut Session,
    layers: &LayerSet,
    act: &'static str,
) -> Result<PastLayers, StoreError> {
    let renames = renames::read(session).during(act)?;
    Ok(PastLayers::new(layers, &renames))
}
