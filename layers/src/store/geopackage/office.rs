//! The records of the office.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::connection::During;
use crate::{OfficeRecord, RecordChange, RecordKind, StoreError};

/// Returns a record.
pub(super) fn record(
    connection: &Connection,
    kind: RecordKind,
    key: &str,
) -> Result<Option<OfficeRecord>, StoreError> {
    connection
        .query_row(
            "SELECT key, version, body FROM obzor_records WHERE kind = ?1 AND key = ?2",
            [kind.as_str(), key],
            |row| office_record(kind, row),
        )
        .optional()
        .during("read a record")
}

/// Returns all records of a kind, by key.
pub(super) fn records(
    connection: &Connection,
    kind: RecordKind,
) -> Result<Vec<OfficeRecord>, StoreError> {
    let act = "read the records";
    let mut statement = connection
        .prepare_cached("SELECT key, version, body FROM obzor_records WHERE kind = ?1 ORDER BY key")
        .during(act)?;
    let rows = statement.query_map([kind.as_str()], |row| office_record(kind, row));
    rows.and_then(Iterator::collect).during(act)
}

/// Returns the records of a kind whose keys begin so, by key.
pub(super) fn records_under(
    connection: &Connection,
    kind: RecordKind,
    beginning: &str,
) -> Result<Vec<OfficeRecord>, StoreError> {
    let act = "read the records";
    // Keys are compared byte by byte, and no text has a byte above the last one here.
    let sql = "SELECT key, version, body FROM obzor_records
        WHERE kind = ?1 AND key >= ?2 AND key < ?2 || char(1114111) ORDER BY key";
    let mut statement = connection.prepare_cached(sql).during(act)?;
    let rows = statement.query_map([kind.as_str(), beginning], |row| office_record(kind, row));
    rows.and_then(Iterator::collect).during(act)
}

fn office_record(kind: RecordKind, row: &Row<'_>) -> rusqlite::Result<OfficeRecord> {
    let body = row.get_ref(2)?.as_str()?;
    let body = serde_json::from_str(body).map_err(|error| {
        let text = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(2, text, Box::new(error))
    })?;
    Ok(OfficeRecord {
        kind,
        key: row.get(0)?,
        version: row.get(1)?,
        body,
    })
}

/// Commits all changes or none.
pub(super) fn write(
    connection: &mut Connection,
    changes: &[RecordChange],
) -> Result<(), StoreError> {
    let act = "write records";
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .during(act)?;
    let mut stale = Vec::new();
    for change in changes {
        let (RecordChange::Put { kind, key, .. } | RecordChange::Remove { kind, key, .. }) = change;
        if !write_one(&transaction, change).during(act)? {
            stale.push(format!("{}/{key}", kind.as_str()));
        }
    }
    if !stale.is_empty() {
        return Err(StoreError::StaleRecords(stale));
    }
    transaction.commit().during(act)
}

/// Writes one change unless another version than the expected stands there.
fn write_one(connection: &Connection, change: &RecordChange) -> rusqlite::Result<bool> {
    let rows = match change {
        RecordChange::Put {
            kind,
            key,
            expected: 0,
            body,
        } => connection.execute(
            "INSERT INTO obzor_records VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING",
            params![kind.as_str(), key, body.to_string()],
        ),
        RecordChange::Put {
            kind,
            key,
            expected,
            body,
        } => connection.execute(
            "UPDATE obzor_records SET version = version + 1, body = ?4 WHERE kind = ?1 AND key = ?2 AND version = ?3",
            params![kind.as_str(), key, expected, body.to_string()],
        ),
        RecordChange::Remove {
            kind,
            key,
            expected,
        } => connection.execute(
            "DELETE FROM obzor_records WHERE kind = ?1 AND key = ?2 AND version = ?3",
            params![kind.as_str(), key, expected],
        ),
    };
    Ok(rows? == 1)
}
