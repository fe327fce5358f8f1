//! Erasing whole files that hang on features, by their SHA-256 or by their feature.

use anyhow::Context;
use layers::audit::{AuditAct, AuditEvent};
use layers::store::{Erased, RedactionPlace};
use layers::{FeatureId, LayerId, Store};

use crate::attachments::{ContentHash, erase, hashes_of};
use crate::audit::{self, Actor};
use crate::instance::Instance;

use super::Report;

/// Returns the hashes of the files that hang on a feature or ever did.
pub(crate) fn hashes(
    store: &dyn Store,
    layer: &LayerId,
    feature: FeatureId,
) -> anyhow::Result<Vec<ContentHash>> {
    hashes_of(store, layer, feature).context("přílohy prvku nelze přečíst")
}

/// Erases files wherever they hang, with what their records say of them, and writes the store anew.
pub(crate) fn erase_attachments(
    instance: &Instance,
    store: &dyn Store,
    hashes: &[ContentHash],
    author: &str,
) -> anyhow::Result<Report> {
    let records = erase_all(instance, store, hashes, author)?;
    for sha256 in hashes {
        let event = AuditEvent {
            sha256: Some(sha256.to_string()),
            ..Actor::author(author).event(AuditAct::Redact)
        };
        audit::record_command(instance, store, event)?;
    }
    let mut erased = Erased::default();
    if records > 0 {
        erased.rows.push((RedactionPlace::Records, records));
    }
    let left = store.scrub(&erased);
    let left = left.context("úložiště nelze zapsat znovu; spusťte `obzor redact --again`")?;
    Ok(Report {
        erased,
        attachments: hashes.to_vec(),
        left,
        ..Report::default()
    })
}

pub(super) fn erase_all(
    instance: &Instance,
    store: &dyn Store,
    hashes: &[ContentHash],
    author: &str,
) -> anyhow::Result<u64> {
    let files = instance.attachment_files()?;
    let now = std::time::SystemTime::now().into();
    erase(store, &files, hashes, author, now).context("přílohy nelze vymazat")
}
