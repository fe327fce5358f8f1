//! Whether every file that a record names is there and whole, for `obzor check`, copies and backups.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;

use layers::{OfficeStore, StoreError};

use crate::checksum::digest;

use super::files::AttachmentFiles;
use super::hash::ContentHash;
use super::record::all;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Examination {
    /// Which of them are not there, with a feature on which each hangs.
    pub(crate) missing: Vec<(ContentHash, String)>,
    /// Which of them have other bytes, likewise.
    pub(crate) damaged: Vec<(ContentHash, String)>,
    /// Which files no record names.
    pub(crate) nameless: Vec<ContentHash>,
}

impl Examination {
    /// Writes what is wrong, a line each. Files without a record are cleared up by the server and are not.
    pub(crate) fn problems(&self) -> Vec<String> {
        let says = |word: &'static str| {
            move |(sha256, feature): &(ContentHash, String)| {
                format!("attachment {sha256} of {feature}: the file {word}")
            }
        };
        let missing = self.missing.iter().map(says("is missing"));
        let damaged = self.damaged.iter().map(says("is damaged"));
        missing.chain(damaged).collect()
    }
}

/// Reads every file that a record needs.
pub(crate) fn examine(
    store: &(impl OfficeStore + ?Sized),
    files: &AttachmentFiles,
) -> Result<Examination, ExamineError> {
    let needed = needed(store)?;
    let there: BTreeSet<_> = files.all()?.into_iter().map(|file| file.sha256).collect();
    let mut found = Examination {
        nameless: there
            .iter()
            .filter(|sha256| !needed.contains_key(*sha256))
            .cloned()
            .collect(),
        ..Examination::default()
    };
    for (sha256, feature) in needed {
        if !there.contains(&sha256) {
            found.missing.push((sha256, feature));
            continue;
        }
        let (_, is) = digest(&mut File::open(files.path(&sha256))?)?;
        if is != sha256.as_str() {
            found.damaged.push((sha256, feature));
        }
    }
    Ok(found)
}

/// Returns the files that records need, each with a feature on which it hangs; those of removed ones may be gone.
pub(crate) fn needed(
    store: &(impl OfficeStore + ?Sized),
) -> Result<BTreeMap<ContentHash, String>, StoreError> {
    let mut needed = BTreeMap::new();
    for kept in all(store)? {
        if kept.attachment.removed.is_none() {
            let feature = format!("{}/{}", kept.key.layer, kept.key.feature);
            for sha256 in kept.attachment.hashes(&kept.key) {
                needed.insert(sha256.clone(), feature.clone());
            }
        }
    }
    Ok(needed)
}

/// Why files could not be compared with their records.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExamineError {
    /// The folder failed.
    #[error("the files of attachments cannot be read: {0}")]
    Files(#[from] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
