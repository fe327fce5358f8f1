//! The photos and documents on features, which lie beside a store: copied where both stores are instances.

use anyhow::Context;
use layers::Store;

use super::place::StorePlace;
use crate::attachments::needed;

/// What became of the files that the records of the copy need.
#[derive(Default)]
pub(super) struct CopiedFiles {
    pub(super) needed: usize,
    pub(super) copied: usize,
    /// Which are not there, or not as their hash says; none where it is not ours to know.
    pub(super) missing: Vec<String>,
    /// Whether only one of both is an instance, so that they stay where they are.
    pub(super) stay: bool,
}

/// Copies what the target lacks and compares each file with its hash; records are there already.
pub(super) fn take_over(
    from: &StorePlace,
    to: &StorePlace,
    target: &dyn Store,
) -> anyhow::Result<CopiedFiles> {
    let needed = needed(target)?;
    let mut told = CopiedFiles {
        needed: needed.len(),
        ..CopiedFiles::default()
    };
    let (Some(from), Some(to)) = (from.attachment_files()?, to.attachment_files()?) else {
        told.stay = !needed.is_empty();
        return Ok(told);
    };
    for (sha256, feature) in needed {
        if to.path(&sha256).is_file() {
            continue;
        }
        let copied = to.copy_from(&from, &sha256);
        if copied.with_context(|| format!("cannot copy attachment {sha256}"))? {
            told.copied += 1;
        } else {
            told.missing.push(format!("{sha256} ({feature})"));
        }
    }
    Ok(told)
}
