//! Records of accounts: read as what they are, changed as they were read, removed.

use layers::{OfficeRecord, OfficeStore, RecordChange, RecordKind, StoreError};
use serde::{Deserialize, Serialize};

use super::AccountError;

/// How often a change is tried again when others change the same record.
const TRIES: usize = 5;

/// Reads a record as what it is.
pub(super) fn parsed<'a, T: Deserialize<'a>>(record: &'a OfficeRecord) -> Result<T, AccountError> {
    let unreadable =
        |_| AccountError::ReadRecord(format!("{}/{}", record.kind.as_str(), record.key));
    T::deserialize(&record.body).map_err(unreadable)
}

/// Returns the change that makes a record, which must not be there.
pub(super) fn addition(kind: RecordKind, key: &str, body: &impl Serialize) -> RecordChange {
    RecordChange::Put {
        kind,
        key: key.to_owned(),
        expected: 0,
        body: as_json(body),
    }
}

/// Returns the change that gives a record another body.
pub(super) fn replacement(record: &OfficeRecord, body: &impl Serialize) -> RecordChange {
    RecordChange::Put {
        kind: record.kind,
        key: record.key.clone(),
        expected: record.version,
        body: as_json(body),
    }
}

/// Returns the change that removes a record.
pub(super) fn removal(record: OfficeRecord) -> RecordChange {
    RecordChange::Remove {
        kind: record.kind,
        key: record.key,
        expected: record.version,
    }
}

/// Removes records of a kind and returns how many there were; what somebody else removes meanwhile is as good.
pub(super) fn remove_where(
    store: &dyn OfficeStore,
    kind: RecordKind,
    is_meant: impl Fn(&OfficeRecord) -> Result<bool, AccountError>,
) -> Result<usize, AccountError> {
    let mut count = 0;
    for record in store.records(kind)? {
        if is_meant(&record)? {
            count += usize::from(written(store, &[removal(record)])?);
        }
    }
    Ok(count)
}

/// Writes changes; says no when others changed one of the records meanwhile.
pub(super) fn written(
    store: &dyn OfficeStore,
    changes: &[RecordChange],
) -> Result<bool, AccountError> {
    match store.write(changes) {
        Err(StoreError::StaleRecords(_)) => Ok(false),
        done => Ok(done.map(|()| true)?),
    }
}

/// Does something that reads and writes, until nobody else comes between.
pub(super) fn until_written<T>(
    mut act: impl FnMut() -> Result<Option<T>, AccountError>,
) -> Result<T, AccountError> {
    for _ in 0..TRIES {
        if let Some(done) = act()? {
            return Ok(done);
        }
    }
    Err(StoreError::Busy.into())
}

fn as_json(body: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(body).expect("a record has no keys but texts")
}
