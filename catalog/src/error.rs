//! What can go wrong when a dataset or a release is read.

/// Why a dataset or a release could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The store could not be read.
    #[error("the catalogue cannot be read: {0}")]
    ReadStore(#[from] layers::StoreError),
    /// The file is not a dataset; the source says where and why.
    #[error("the dataset file cannot be read: {0}")]
    ReadFile(#[source] toml::de::Error),
    /// The record in the store is not a dataset; the source says why.
    #[error("the record of dataset {key} cannot be read: {source}")]
    ReadRecord {
        /// The key of the record.
        key: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The record in the store is not a release; the source says why.
    #[error("the record of release {key} cannot be read: {source}")]
    ReadRelease {
        /// The key of the record.
        key: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The record stands under a key that is not the dataset's id.
    #[error("the record {key} holds the dataset {id}")]
    MisplacedRecord {
        /// The key of the record.
        key: String,
        /// The id inside.
        id: String,
    },
}
