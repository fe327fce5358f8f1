//! Whether a store is the beginning of a copy of another one, and how far that has come.

use crate::merge::{LedgerRow, OperationRow};
use crate::{
    HistoryEntry, LayerId, OfficeRecord, Revision, RevisionInfo, Snapshot, StoreError,
    StoreFingerprint,
};

/// Why a store is not copied into another one.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target is neither empty nor the beginning of a copy of the source.
    #[error("the target is neither empty nor a copy that was begun: {0}")]
    NotACopy(String),
    /// One of the stores failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Returns the revision up to which the target is a copy of the source; zero when it is empty.
///
/// The newest revision of the target must be the same in the source: who, why and when. A store that somebody has
/// changed since, or another city, has another one there.
pub fn copied_so_far(
    source: &mut dyn Snapshot,
    target: &mut dyn Snapshot,
) -> Result<Revision, CopyError> {
    let so_far = target.head();
    let refuse = |why: String| Err(CopyError::NotACopy(why));
    if so_far > source.head() {
        return refuse(format!(
            "it is at revision {}, the source at {}",
            so_far.0,
            source.head().0
        ));
    }
    if so_far.0 > 0 && info(source, so_far)? != info(target, so_far)? {
        return refuse(format!(
            "its revision {} is another one than the source's",
            so_far.0
        ));
    }
    if let Some(layer) = shorter_history(source, target)? {
        return refuse(format!(
            "its history of {layer} begins later than the source's"
        ));
    }
    if let Some(strange) = strange_operation(source, target)? {
        return refuse(format!("its operation {strange} was received there"));
    }
    let there = target.records()?;
    match strange_record(&source.records()?, &there, so_far) {
        Some(record) => refuse(format!(
            "its record {}/{} was written there",
            record.kind.as_str(),
            record.key
        )),
        None => Ok(so_far),
    }
}

fn info(snapshot: &mut dyn Snapshot, at: Revision) -> Result<Option<RevisionInfo>, StoreError> {
    match snapshot.history(Revision(at.0 - 1))?.next() {
        Some(Ok(HistoryEntry::Revision(info))) => Ok(Some(info)),
        Some(Err(error)) => Err(error),
        _ => Ok(None),
    }
}

/// Returns a layer of which the target keeps less history than the source, which nothing could bring back.
fn shorter_history(
    source: &mut dyn Snapshot,
    target: &mut dyn Snapshot,
) -> Result<Option<LayerId>, StoreError> {
    let known = source.history_starts()?;
    let is_kept = |(layer, start): &(LayerId, Revision)| {
        let here = known.iter().find(|(other, _)| other == layer);
        here.is_some_and(|(_, here)| here >= start)
    };
    let mut there = target.history_starts()?.into_iter();
    Ok(there.find(|one| !is_kept(one)).map(|(layer, _)| layer))
}

/// Returns the last operation of the target if the source does not have it in its place.
fn strange_operation(
    source: &mut dyn Snapshot,
    target: &mut dyn Snapshot,
) -> Result<Option<String>, StoreError> {
    let mut last = None;
    for row in target.ledger()? {
        if let LedgerRow::Operation(operation) = row? {
            last = Some(operation);
        }
    }
    let Some(last) = last else { return Ok(None) };
    let name = |row: &OperationRow| row.operation["id"].as_str().unwrap_or_default().to_owned();
    for row in source.ledger()? {
        match row? {
            LedgerRow::Operation(row) if row.seq == last.seq && name(&row) == name(&last) => {
                return Ok(None);
            }
            _ => {}
        }
    }
    Ok(Some(name(&last)))
}

/// Returns a record of the target that no copy of the source can have left there.
///
/// The source may have changed or removed records since they were copied, so those of the target may only be older.
fn strange_record<'a>(
    source: &[OfficeRecord],
    target: &'a [OfficeRecord],
    so_far: Revision,
) -> Option<&'a OfficeRecord> {
    target.iter().find(|there| {
        let same = |record: &&OfficeRecord| record.kind == there.kind && record.key == there.key;
        match source.iter().find(same) {
            Some(here) if here.version == there.version => here.body != there.body,
            Some(here) => here.version < there.version,
            None => so_far.0 == 0,
        }
    })
}

impl StoreFingerprint {
    /// Returns in what two stores differ: the names of layers, `revisions`, `records`, `ledger`.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut names = Vec::new();
        if (self.head, &self.revisions) != (other.head, &other.revisions) {
            names.push("revisions".to_owned());
        }
        let layers = self.layers.iter().filter(|&layer| {
            let same = other.layers.iter().find(|there| there.layer == layer.layer);
            same != Some(layer)
        });
        names.extend(layers.map(|layer| layer.layer.to_string()));
        if self.records != other.records {
            names.push("records".to_owned());
        }
        if self.ledger != other.ledger {
            names.push("ledger".to_owned());
        }
        names
    }
}
