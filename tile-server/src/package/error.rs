//! What can go wrong while a package is made.

use std::io;
use std::path::PathBuf;

use layers::StoreError;
use pmtiles::PmtError;
use styles::StyleError;
use zip::result::ZipError;

use crate::tiles::TileError;

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    /// The store could not be read.
    #[error("data nelze přečíst")]
    ReadFeatures(#[source] StoreError),
    /// The features could not be written to their file.
    #[error("soubor s prvky nelze zapsat")]
    WriteFeatures(#[source] StoreError),
    /// A tile could not be made.
    #[error("dlaždici nelze vytvořit")]
    MakeTile(#[source] TileError),
    /// The archive of tiles could not be written.
    #[error("archiv dlaždic nelze zapsat")]
    WriteTiles(#[source] PmtError),
    /// The style cannot be used.
    #[error("styl nelze použít")]
    ReadStyle(#[source] StyleError),
    /// The entries could not be put together.
    #[error("balíček nelze složit")]
    WriteContainer(#[source] ZipError),
    /// A file could not be read or written.
    #[error("soubor {} nelze přečíst nebo zapsat", path.display())]
    UseFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl PackageError {
    /// Returns what turns the system's error about a file into ours.
    pub(crate) fn at(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::UseFile {
            path: path.to_owned(),
            source,
        }
    }
}
