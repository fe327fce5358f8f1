//! Datasets as files for people and as records of the store.

use layers::{OfficeRecord, RecordChange, RecordKind};

use crate::{CatalogError, Dataset};

impl Dataset {
    /// Reads a dataset from TOML; whether it is sound is said by [`Dataset::check`].
    pub fn from_toml(text: &str) -> Result<Self, CatalogError> {
        toml::from_str(text).map_err(CatalogError::ReadFile)
    }

    /// Writes the dataset as TOML, which [`Dataset::from_toml`] reads back.
    ///
    /// # Panics
    /// Never: a dataset has no value that TOML lacks.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a dataset holds texts, whole numbers and lists of them")
    }

    /// Reads a dataset from a record of the store.
    pub fn from_record(record: &OfficeRecord) -> Result<Self, CatalogError> {
        let key = record.key.clone();
        match serde_json::from_value::<Self>(record.body.clone()) {
            Ok(dataset) if dataset.id == key => Ok(dataset),
            Ok(Self { id, .. }) => Err(CatalogError::MisplacedRecord { key, id }),
            Err(source) => Err(CatalogError::ReadRecord { key, source }),
        }
    }

    /// Returns the change that writes the dataset; `expected` is the version to replace, 0 for a new dataset.
    ///
    /// # Panics
    /// Never: a dataset has no value that JSON lacks.
    pub fn to_change(&self, expected: i64) -> RecordChange {
        RecordChange::Put {
            kind: RecordKind::Dataset,
            key: self.id.clone(),
            expected,
            body: serde_json::to_value(self)
                .expect("a dataset holds texts, whole numbers and lists"),
        }
    }
}
