//! Entries of the catalogue: every dataset with its release in force, if it was ever published.

use std::collections::BTreeMap;

use layers::{OfficeRecord, OfficeStore, RecordKind};

use crate::{CatalogError, Dataset, Release};

/// One dataset as the catalogue knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its description: that of the release in force, else the newest.
    pub dataset: Dataset,
    /// The release in force, which is the one with the highest number.
    pub release: Option<Release>,
}

impl Entry {
    /// Reads all entries, ordered by the ids of the datasets.
    pub fn all(store: &dyn OfficeStore) -> Result<Vec<Self>, CatalogError> {
        let datasets = store.records(RecordKind::Dataset)?;
        let mut newest: BTreeMap<&str, &OfficeRecord> = datasets
            .iter()
            .map(|record| (&*record.key, record))
            .collect();
        let releases = store.records(RecordKind::Release)?;
        let in_force = in_force(&releases);
        let published = in_force.values().map(|(_, record)| Self::published(record));
        let mut entries = published.collect::<Result<Vec<_>, _>>()?;
        newest.retain(|id, _| !in_force.contains_key(id));
        for record in newest.into_values() {
            entries.push(Self::unpublished(record)?);
        }
        entries.sort_by(|a, b| a.dataset.id.cmp(&b.dataset.id));
        Ok(entries)
    }

    /// Reads one entry.
    pub fn of(store: &dyn OfficeStore, id: &str) -> Result<Option<Self>, CatalogError> {
        let releases = store.records(RecordKind::Release)?;
        if let Some((_, record)) = in_force(&releases).get(id) {
            return Self::published(record).map(Some);
        }
        let record = store.record(RecordKind::Dataset, id)?;
        record.as_ref().map(Self::unpublished).transpose()
    }

    fn published(record: &OfficeRecord) -> Result<Self, CatalogError> {
        let release = Release::from_record(record)?;
        Ok(Self {
            dataset: release.dataset.clone(),
            release: Some(release),
        })
    }

    fn unpublished(record: &OfficeRecord) -> Result<Self, CatalogError> {
        Ok(Self {
            dataset: Dataset::from_record(record)?,
            release: None,
        })
    }
}

/// Returns the release in force of every dataset, with its number, by the keys alone.
fn in_force(releases: &[OfficeRecord]) -> BTreeMap<&str, (u32, &OfficeRecord)> {
    let mut newest: BTreeMap<&str, (u32, &OfficeRecord)> = BTreeMap::new();
    for record in releases {
        let Some((dataset, number)) = record.key.split_once('/') else {
            continue;
        };
        let number = number.parse().unwrap_or(0);
        let best = newest.entry(dataset).or_insert((number, record));
        if number > best.0 {
            *best = (number, record);
        }
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_in_force_has_the_highest_number_not_the_last_key() {
        let releases = ["lamps/10", "lamps/2", "lamps/9", "trees/1"].map(|key| OfficeRecord {
            kind: RecordKind::Release,
            key: key.to_owned(),
            version: 1,
            body: serde_json::Value::Null,
        });
        let found: Vec<_> = in_force(&releases)
            .into_values()
            .map(|(_, record)| &*record.key)
            .collect();
        assert_eq!(found, ["lamps/10", "trees/1"]);
    }
}
