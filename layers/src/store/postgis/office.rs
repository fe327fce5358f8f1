//! The records of the office.

use postgres::{Error, Row};

use super::column::Sql;
use super::connection::{During, Session};
use crate::{OfficeRecord, RecordChange, RecordKind, StoreError};

/// Returns a record.
pub(super) fn record(
    session: &mut Session,
    kind: RecordKind,
    key: &str,
) -> Result<Option<OfficeRecord>, StoreError> {
    let sql = "SELECT key, version, body FROM obzor_store.records WHERE kind = $1 AND key = $2";
    let row = session.first(sql, &[name(kind), Sql::Text(key.to_owned())]);
    Ok(row
        .during("read a record")?
        .map(|row| office_record(kind, &row)))
}

/// Returns all records of a kind, by key.
pub(super) fn records(
    session: &mut Session,
    kind: RecordKind,
) -> Result<Vec<OfficeRecord>, StoreError> {
    let sql = "SELECT key, version, body FROM obzor_store.records WHERE kind = $1 ORDER BY key";
    let rows = session.query(sql, &[name(kind)]);
    let rows = rows.during("read the records")?.into_iter();
    Ok(rows.map(|row| office_record(kind, &row)).collect())
}

/// Returns the records of a kind whose keys begin so, by key.
pub(super) fn records_under(
    session: &mut Session,
    kind: RecordKind,
    beginning: &str,
) -> Result<Vec<OfficeRecord>, StoreError> {
    // Keys are compared byte by byte, and no text has a byte above the last one here.
    let sql = "SELECT key, version, body FROM obzor_store.records
        WHERE kind = $1 AND key >= $2 AND key < $2 || chr(1114111) ORDER BY key";
    let rows = session.query(sql, &[name(kind), Sql::Text(beginning.to_owned())]);
    let rows = rows.during("read the records")?.into_iter();
    Ok(rows.map(|row| office_record(kind, &row)).collect())
}

fn name(kind: RecordKind) -> Sql {
    Sql::Text(kind.as_str().to_owned())
}

fn office_record(kind: RecordKind, row: &Row) -> OfficeRecord {
    OfficeRecord {
        kind,
        key: row.get(0),
        version: row.get(1),
        body: row.get(2),
    }
}

/// Commits all changes or none.
pub(super) fn write(session: &mut Session, changes: &[RecordChange]) -> Result<(), StoreError> {
    let act = "write records";
    session.begin("READ WRITE").during(act)?;
    let mut stale = Vec::new();
    for change in changes {
        let (RecordChange::Put { kind, key, .. } | RecordChange::Remove { kind, key, .. }) = change;
        if !write_one(session, change).during(act)? {
            stale.push(format!("{}/{key}", kind.as_str()));
        }
    }
    if !stale.is_empty() {
        return Err(StoreError::StaleRecords(stale));
    }
    session.commit().during(act)
}

/// Writes one change unless another version than the expected stands there.
fn write_one(session: &mut Session, change: &RecordChange) -> Result<bool, Error> {
    let (RecordChange::Put {
        kind,
        key,
        expected,
        ..
    }
    | RecordChange::Remove {
        kind,
        key,
        expected,
    }) = change;
    let mut values = vec![name(*kind), Sql::Text(key.clone())];
    let body = match change {
        RecordChange::Put { body, .. } => Some(Sql::Text(body.to_string())),
        RecordChange::Remove { .. } => None,
    };
    let is_new = *expected == 0 && body.is_some();
    values.extend(body);
    let sql = if is_new {
        "INSERT INTO obzor_store.records VALUES ($1, $2, 1, $3::json) ON CONFLICT DO NOTHING"
    } else {
        values.push(Sql::Integer(*expected));
        match change {
            RecordChange::Put { .. } => {
                "UPDATE obzor_store.records SET version = version + 1, body = $3::json
                 WHERE kind = $1 AND key = $2 AND version = $4"
            }
            RecordChange::Remove { .. } => {
                "DELETE FROM obzor_store.records WHERE kind = $1 AND key = $2 AND version = $3"
            }
        }
    };
    Ok(session.execute(sql, &values)? == 1)
}
