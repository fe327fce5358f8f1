//! What can go wrong, and with which exit code the caller learns of it.

use std::path::PathBuf;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkerError {
    /// The path is not a file of this machine.
    #[error("{path}: only local files are read ({source})")]
    NotLocal {
        /// What was asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No driver of the list takes the file.
    #[error("{path}: not one of the formats that are read here ({formats}), or damaged: {detail}")]
    NoDriver {
        /// What was asked for.
        path: PathBuf,
        /// What is allowed.
        formats: String,
        /// What GDAL said.
        detail: String,
    },
    /// A layer cannot be described.
    #[error("layer {layer} cannot be read: {detail}")]
    ReadLayer {
        /// Its name or number.
        layer: String,
        /// What GDAL said.
        detail: String,
    },
    /// The file has several layers and none was chosen, or not the one that was.
    #[error("choose one of the file's layers with --layer-name: {}", .0.join(", "))]
    ChooseLayer(Vec<String>),
    /// A table is not what its ending says.
    #[error("the table cannot be read: {0}")]
    ReadTable(String),
    /// The system did not take rights away.
    #[error("the process cannot be confined, so nothing was read: {0}")]
    Confine(String),
    /// The answer cannot be printed.
    #[error("the answer cannot be written: {0}")]
    Print(std::io::Error),
}

impl WorkerError {
    /// Returns the exit code that stands for the error.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NotLocal { .. } | Self::NoDriver { .. } | Self::ChooseLayer(_) => 3,
            Self::ReadLayer { .. } | Self::ReadTable(_) | Self::Confine(_) | Self::Print(_) => 4,
        }
    }
}
