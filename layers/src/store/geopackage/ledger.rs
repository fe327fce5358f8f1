//! The ledger: operations that were sent, conflicts, and what was shown to whom.

mod read;
mod redact;
mod served;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

pub(super) use self::read::{conflict_row, conflicts, count, known, operation_row, receipts};
pub(super) use self::redact::redact;
pub(super) use self::served::{first_served, forget_served, note_served};
use super::connection::During;
use super::log::instant;
use super::{renames, write};
use crate::merge::json::write_decision;
use crate::merge::{Conflict, ConflictId, Decision, Ledger, Receipt};
use crate::store::ledger::{
    conflict_document, is_committed, kept_part, receipt_documents, searched,
};
use crate::store::renames::PastLayers;
use crate::{Applied, ChangeSet, LayerSet, Revision, StoreError};

const ACT: &str = "write what became of operations";

/// Whether the file has the tables: one made by an older program has none yet.
pub(super) fn has_tables(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'obzor_operations'";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Adds the tables.
pub(super) fn add_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("ledger.sql"))
}

/// Commits a change set and the ledger with it.
pub(super) fn apply_judged(
    connection: &mut Connection,
    layers: &LayerSet,
    set: ChangeSet<'_>,
    ledger: &Ledger,
) -> Result<Applied, StoreError> {
    let opened = instant(set.at);
    write::apply(connection, layers, set, |transaction, revision| {
        add_receipts(transaction, &ledger.receipts, revision)?;
        for conflict in &ledger.conflicts {
            let document = conflict_document(layers, conflict).to_string();
            add_conflict(transaction, conflict, &opened, &document).during(ACT)?;
        }
        decide(transaction, layers, &ledger.decisions)
    })
}

/// Adds operations; those that are there already stop it all.
fn add_receipts(
    transaction: &Transaction<'_>,
    receipts: &[Receipt],
    revision: Option<Revision>,
) -> Result<(), StoreError> {
    let mut known = Vec::new();
    for receipt in receipts {
        let [document, outcome] = receipt_documents(receipt)?;
        let revision = revision.filter(|_| is_committed(receipt));
        let operation = &receipt.recorded.operation;
        let row = params![
            operation.id.to_string(),
            searched(&operation.device),
            operation.layer.as_str(),
            operation.feature.to_string(),
            receipt.sender,
            instant(receipt.at),
            receipt.is_blind,
            revision.map(|revision| revision.0),
            document.to_string(),
            outcome.to_string()
        ];
        let sql = "INSERT INTO obzor_operations (id, device, layer, feature, sender, at, is_blind, revision, operation, outcome)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";
        let mut statement = transaction.prepare_cached(sql).during(ACT)?;
        if statement.execute(row).during(ACT)? == 0 {
            known.push(operation.id);
        }
    }
    if known.is_empty() {
        return Ok(());
    }
    Err(StoreError::KnownOperations(known))
}

fn add_conflict(
    transaction: &Transaction<'_>,
    conflict: &Conflict,
    opened: &str,
    document: &str,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO obzor_conflicts (operation, part, layer, feature, municipality, opened, conflict)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let row = params![
        conflict.operation.to_string(),
        conflict.part.key(),
        conflict.layer.as_str(),
        conflict.feature.to_string(),
        conflict.municipality,
        opened,
        document
    ];
    transaction.prepare_cached(sql)?.execute(row).map(drop)
}

/// Decides conflicts, or opens them again; one that is not as that expects stops it all.
fn decide(
    transaction: &Transaction<'_>,
    layers: &LayerSet,
    decisions: &[(ConflictId, Option<Decision>)],
) -> Result<(), StoreError> {
    if decisions.is_empty() {
        return Ok(());
    }
    let layers = PastLayers::new(layers, &renames::read(transaction).during(ACT)?);
    let mut stale = Vec::new();
    for (id, decision) in decisions {
        if !decide_one(transaction, &layers, id, decision.as_ref()).during(ACT)? {
            stale.push(id.to_string());
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(StoreError::StaleRecords(stale))
}

fn decide_one(
    transaction: &Transaction<'_>,
    layers: &PastLayers,
    id: &ConflictId,
    decision: Option<&Decision>,
) -> rusqlite::Result<bool> {
    let operation = id.operation.to_string();
    let mut statement = transaction
        .prepare_cached("SELECT layer, part FROM obzor_conflicts WHERE operation = ?1")?;
    let kept = statement.query_map([&operation], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let kept: Vec<_> = kept.collect::<rusqlite::Result<_>>()?;
    let Some(part) = kept_part(layers, id, &kept) else {
        return Ok(false);
    };
    let decision = decision.map(|decision| write_decision(decision).to_string());
    let sql = "UPDATE obzor_conflicts SET decision = ?3
               WHERE operation = ?1 AND part = ?2 AND (decision IS NULL) = (?3 IS NOT NULL) RETURNING seq";
    let row = params![operation, part, decision];
    let decided: Option<i64> = transaction
        .query_row(sql, row, |row| row.get(0))
        .optional()?;
    Ok(decided.is_some())
}
