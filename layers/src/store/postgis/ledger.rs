//! The ledger: operations that were sent, conflicts, and what was shown to whom.

mod read;
mod redact;
mod served;

use serde_json::{Value as Json, json};

pub(super) use self::read::{conflict_row, conflicts, count, known, operation_row, receipts};
pub(super) use self::redact::redact;
pub(super) use self::served::{first_served, forget_served, note_served};
use super::column::Sql;
use super::commit::Committed;
use super::connection::{During, Session};
use super::{renames, write};
use crate::merge::json::write_decision;
use crate::merge::{Conflict, ConflictId, Decision, Ledger, OperationId, Receipt};
use crate::store::ledger::{
    conflict_document, is_committed, kept_instant, kept_part, receipt_documents, searched,
};
use crate::store::renames::PastLayers;
use crate::{ChangeSet, LayerSet, StoreError};

const ACT: &str = "write what became of operations";

/// Commits a change set and the ledger with it.
pub(super) fn apply_judged(
    session: &mut Session,
    layers: &LayerSet,
    set: ChangeSet<'_>,
    ledger: &Ledger,
) -> Result<Committed, StoreError> {
    let opened = Sql::Timestamp(kept_instant(set.at));
    write::apply(session, layers, set, |session, change_set| {
        add_receipts(session, &ledger.receipts, change_set)?;
        add_conflicts(session, layers, &ledger.conflicts, opened)?;
        decide(session, layers, &ledger.decisions)
    })
}

/// Adds operations, all in one statement; those that are there already stop it all.
///
/// The documents go as texts: the database takes no document apart that has an escaped NUL in it.
fn add_receipts(
    session: &mut Session,
    receipts: &[Receipt],
    change_set: Option<i64>,
) -> Result<(), StoreError> {
    if receipts.is_empty() {
        return Ok(());
    }
    let rows = receipts.iter().map(|receipt| {
        let [document, outcome] = receipt_documents(receipt)?;
        let operation = &receipt.recorded.operation;
        Ok(json!({
            "id": operation.id,
            "device": searched(&operation.device),
            "layer": operation.layer,
            "feature": operation.feature,
            "sender": receipt.sender,
            "at": kept_instant(receipt.at).to_rfc3339(),
            "is_blind": receipt.is_blind,
            "is_committed": is_committed(receipt),
            "operation": document.to_string(),
            "outcome": outcome.to_string(),
        }))
    });
    let rows: Json = rows.collect::<Result<_, StoreError>>()?;
    let sql = "INSERT INTO obzor_store.operations
                 (id, device, layer, feature, sender, at, is_blind, change_set, operation, outcome)
               SELECT (r ->> 'id')::uuid, r ->> 'device', r ->> 'layer', (r ->> 'feature')::uuid, r ->> 'sender',
                 (r ->> 'at')::timestamptz, (r ->> 'is_blind')::boolean,
                 CASE WHEN (r ->> 'is_committed')::boolean THEN $2::bigint END, (r ->> 'operation')::json, (r ->> 'outcome')::json
               FROM json_array_elements($1::text::json) WITH ORDINALITY rows (r, place) ORDER BY place
               ON CONFLICT DO NOTHING RETURNING id";
    let change_set = change_set.map_or(Sql::Null, Sql::Integer);
    let values = [Sql::Text(rows.to_string()), change_set];
    let added = session.query(sql, &values).during(ACT)?;
    let added: Vec<_> = added
        .iter()
        .map(|row| OperationId::from(row.get::<_, uuid::Uuid>(0)))
        .collect();
    if added.len() == receipts.len() {
        return Ok(());
    }
    let ids = receipts.iter().map(|receipt| receipt.recorded.operation.id);
    let known = ids.filter(|id| !added.contains(id)).collect();
    Err(StoreError::KnownOperations(known))
}

fn add_conflicts(
    session: &mut Session,
    layers: &LayerSet,
    conflicts: &[Conflict],
    opened: Sql,
) -> Result<(), StoreError> {
    if conflicts.is_empty() {
        return Ok(());
    }
    let rows = conflicts.iter().map(|conflict| {
        json!({
            "operation": conflict.operation,
            "part": conflict.part.key(),
            "layer": conflict.layer,
            "feature": conflict.feature,
            "municipality": conflict.municipality,
            "conflict": conflict_document(layers, conflict).to_string(),
        })
    });
    let rows: Json = rows.collect();
    let sql = "INSERT INTO obzor_store.conflicts (operation, part, layer, feature, municipality, opened, conflict)
               SELECT (r ->> 'operation')::uuid, r ->> 'part', r ->> 'layer', (r ->> 'feature')::uuid,
                 (r ->> 'municipality')::bigint, $2::timestamptz, (r ->> 'conflict')::json
               FROM json_array_elements($1::text::json) WITH ORDINALITY rows (r, place) ORDER BY place";
    let written = session.execute(sql, &[Sql::Text(rows.to_string()), opened]);
    written.map(drop).during(ACT)
}

/// Decides conflicts, or opens them again; one that is not as that expects stops it all.
fn decide(
    session: &mut Session,
    layers: &LayerSet,
    decisions: &[(ConflictId, Option<Decision>)],
) -> Result<(), StoreError> {
    if decisions.is_empty() {
        return Ok(());
    }
    let layers = PastLayers::new(layers, &renames::read(session).during(ACT)?);
    let mut stale = Vec::new();
    for (id, decision) in decisions {
        if !decide_one(session, &layers, id, decision.as_ref()).during(ACT)? {
            stale.push(id.to_string());
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(StoreError::StaleRecords(stale))
}

fn decide_one(
    session: &mut Session,
    layers: &PastLayers,
    id: &ConflictId,
    decision: Option<&Decision>,
) -> Result<bool, postgres::Error> {
    let operation = Sql::Id(id.operation.as_uuid());
    let sql = "SELECT layer, part FROM obzor_store.conflicts WHERE operation = $1";
    let kept = session.query(sql, std::slice::from_ref(&operation))?;
    let kept: Vec<_> = kept.iter().map(|row| (row.get(0), row.get(1))).collect();
    let Some(part) = kept_part(layers, id, &kept) else {
        return Ok(false);
    };
    let decision = decision.map(|decision| Sql::Text(write_decision(decision).to_string()));
    let sql = "UPDATE obzor_store.conflicts SET decision = $3::text::json
               WHERE operation = $1 AND part = $2 AND (decision IS NULL) = ($3::text IS NOT NULL)";
    let values = [
        operation,
        Sql::Text(part.to_owned()),
        decision.unwrap_or(Sql::Null),
    ];
    Ok(session.execute(sql, &values)? == 1)
}
