//! Erasure of what one field of one feature held, in operations and conflicts; values are looked for in every table.

use rusqlite::{Transaction, params};
use serde_json::Value as Json;

use crate::LayerSet;
use crate::store::redaction::{Erased, Redaction, RedactionPlace, clean_conflict, clean_operation};

/// A changed row: its key and its two documents.
type NewRow = (i64, [Json; 2]);

/// Erases in operations, in what became of them, and in conflicts.
pub(in super::super) fn redact(
    transaction: &Transaction<'_>,
    layers: &LayerSet,
    redaction: &Redaction<'_>,
    erased: &mut Erased,
) -> rusqlite::Result<()> {
    let mut operations: Vec<NewRow> = Vec::new();
    let mut statement =
        transaction.prepare("SELECT seq, operation, outcome FROM obzor_operations")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let [mut operation, mut outcome] = documents(row, [1, 2])?;
        if clean_operation(redaction, erased, layers, &mut operation, &mut outcome) {
            operations.push((row.get(0)?, [operation, outcome]));
        }
    }
    let sql = "UPDATE obzor_operations SET operation = ?2, outcome = ?3 WHERE seq = ?1";
    erased.add(RedactionPlace::Operations, operations.len());
    update(transaction, redaction, sql, operations)?;

    let mut conflicts: Vec<NewRow> = Vec::new();
    let sql = "SELECT seq, conflict, decision, layer, feature, part FROM obzor_conflicts";
    let mut statement = transaction.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let [mut conflict, mut decision] = documents(row, [1, 2])?;
        let of: [String; 3] = [row.get(3)?, row.get(4)?, row.get(5)?];
        let of = of.each_ref().map(String::as_str);
        if clean_conflict(redaction, erased, layers, of, &mut conflict, &mut decision) {
            conflicts.push((row.get(0)?, [conflict, decision]));
        }
    }
    erased.add(RedactionPlace::Conflicts, conflicts.len());
    let sql =
        "UPDATE obzor_conflicts SET conflict = ?2, decision = nullif(?3, 'null') WHERE seq = ?1";
    update(transaction, redaction, sql, conflicts)
}

fn documents(row: &rusqlite::Row<'_>, places: [usize; 2]) -> rusqlite::Result<[Json; 2]> {
    let document = |place| -> rusqlite::Result<Json> {
        let text = row.get_ref(place)?.as_str_or_null()?;
        Ok(text
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default())
    };
    Ok([document(places[0])?, document(places[1])?])
}

fn update(
    transaction: &Transaction<'_>,
    redaction: &Redaction<'_>,
    sql: &str,
    rows: Vec<NewRow>,
) -> rusqlite::Result<()> {
    for (seq, [first, second]) in rows.into_iter().filter(|_| !redaction.dry_run) {
        let row = params![seq, first.to_string(), second.to_string()];
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}
