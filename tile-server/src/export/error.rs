//! Why an export was not made.

use std::io;

use layers::StoreError;
use thiserror::Error;

/// Why an export was not made.
#[derive(Debug, Error)]
pub(crate) enum ExportError {
    /// The features could not be read.
    #[error(transparent)]
    Read(#[from] StoreError),
    /// The file could not be written.
    #[error("cannot write an export: {0}")]
    Write(#[from] io::Error),
    /// A sheet has no room for so many features.
    #[error("a sheet holds {0} features at most")]
    SheetFull(u32),
    /// As many files are being made as may be at once.
    #[error("too many exports are being made")]
    Busy,
    /// Whoever asked is gone.
    #[error("nobody waits for the export any more")]
    Abandoned,
}
