//! The manifest: what a backup says of itself, and the checksum of everything else in it.

use serde::{Deserialize, Serialize};

/// The word by which a backup is known.
pub(super) const FORMAT: &str = "obzor-backup";
/// The version of the format that this program writes and reads.
pub(super) const VERSION: u32 = 1;

/// The content of `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(super) format: String,
    pub(super) version: u32,
    /// The version of the program that made it.
    pub(super) program: String,
    /// When it was made (RFC 3339, UTC).
    pub(crate) made_at: String,
    /// Where the list of erasures is kept, if there is a folder for it; it is no part of the backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<String>,
    /// The newest revision in it.
    pub(crate) revision: i64,
    /// Every entry but the manifest, in the order of the archive.
    pub(crate) files: Vec<FileEntry>,
}

/// One file of the instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    /// Its path in the instance, with slashes.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// SHA-256 in lower-case hexadecimal digits.
    pub(crate) sha256: String,
}
