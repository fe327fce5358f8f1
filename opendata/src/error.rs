//! What can go wrong on the way from features to files.

use std::io;

use layers::StoreError;

/// Why the files of a release could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PublicationError {
    /// The store did not give the features, or a file of its kind could not be written.
    #[error(transparent)]
    ReadFeatures(#[from] StoreError),
    /// A file could not be written.
    #[error("{file} cannot be written: {source}")]
    WriteFile {
        /// Its name.
        file: String,
        /// Why.
        source: io::Error,
    },
}
