//! The manifest: what a package says of itself, and the checksum of everything else in it.

use layers::Text;
use serde::{Deserialize, Serialize};

use crate::config::Start;

/// The word by which a package is known.
pub(super) const FORMAT: &str = "obzor-package";
/// The version of the format that this program writes and reads.
pub(super) const VERSION: u32 = 1;

/// The content of `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: String,
    pub(crate) version: u32,
    pub(crate) title: Text,
    pub(crate) municipality: TownName,
    /// The revision of everything in the package.
    pub(crate) revision: i64,
    /// For whom it is.
    pub(crate) audience: String,
    /// When it was built (RFC 3339, UTC).
    pub(crate) built_at: String,
    pub(crate) sample: bool,
    pub(crate) attribution: Vec<String>,
    /// West, south, east, north in degrees (WGS 84).
    pub(crate) bbox: [f64; 4],
    pub(crate) start: Opening,
    /// Every entry but the manifest, in the order of the container.
    pub(crate) files: Vec<FileEntry>,
}

/// Whose package it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TownName {
    pub(crate) code: i64,
    pub(crate) name: String,
}

/// Where the map opens.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// Longitude and latitude in degrees (WGS 84).
    pub(crate) center: [f64; 2],
    pub(crate) zoom: f64,
}

impl From<Start> for Opening {
    fn from(Start { center, zoom }: Start) -> Self {
        Self { center, zoom }
    }
}

/// One entry of the container.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// SHA-256 in lower-case hexadecimal digits.
    pub(crate) sha256: String,
}
