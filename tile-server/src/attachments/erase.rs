//! Erasing a file for good: its bytes at once, wherever it hangs, and all that its records say of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use layers::audit::AuditEvent;
use layers::{FeatureId, LayerId, Store, StoreError};

use super::examine::ExamineError;
use super::files::AttachmentFiles;
use super::hash::ContentHash;
use super::record::{Attachment, Kept, Removal, all, of_feature, put};

/// What stands for the name of an erased file.
const ERASED: &str = "vymazano";

impl Attachment {
    /// Returns what is left of the record: that there was such a file, who attached it, and who erased it.
    fn erased(&self, by: &str, at: DateTime<Utc>) -> Self {
        Self {
            name: format!("{ERASED}.{}", self.media_type.ending()),
            size: None,
            caption: String::new(),
            position: None,
            taken: None,
            bare: None,
            removed: Some(Removal {
                by: by.to_owned(),
                at: AuditEvent::instant(at),
                erased: true,
            }),
            ..self.clone()
        }
    }
}

/// Erases the files that have these bytes, or of which these are the public copy; returns how many records say so now.
pub(crate) fn erase(
    store: &dyn Store,
    files: &AttachmentFiles,
    hashes: &[ContentHash],
    by: &str,
    at: DateTime<Utc>,
) -> Result<u64, ExamineError> {
    let _alone = files.while_nobody_adds()?;
    let is_meant = |kept: &Kept| {
        let mut own = kept.attachment.hashes(&kept.key).into_iter();
        own.any(|hash| hashes.contains(hash))
    };
    let (meant, others): (Vec<_>, Vec<_>) = all(store)?.into_iter().partition(is_meant);
    let mut records = 0;
    for kept in meant.iter().filter(|kept| !is_erased(kept)) {
        let left = kept.attachment.erased(by, at);
        store.write(&[put(&kept.key, kept.version, &left)])?;
        records += 1;
    }
    // Two photos of which only the notes differ have one public copy.
    let others = others.iter().filter(|kept| !is_erased(kept));
    let needed: BTreeSet<_> = others
        .flat_map(|kept| kept.attachment.hashes(&kept.key))
        .collect();
    let own = meant
        .iter()
        .flat_map(|kept| kept.attachment.hashes(&kept.key));
    for hash in own.chain(hashes).filter(|hash| !needed.contains(hash)) {
        files.remove(hash)?;
    }
    Ok(records)
}

fn is_erased(kept: &Kept) -> bool {
    let removed = kept.attachment.removed.as_ref();
    removed.is_some_and(|removal| removal.erased)
}

/// Returns the hashes of the files that hang on a feature or ever did, those aside that were erased.
pub(crate) fn hashes_of(
    store: &dyn Store,
    layer: &LayerId,
    feature: FeatureId,
) -> Result<Vec<ContentHash>, StoreError> {
    let mut all = of_feature(store, layer, feature)?;
    all.retain(|kept| !is_erased(kept));
    Ok(all.into_iter().map(|kept| kept.key.sha256).collect())
}
