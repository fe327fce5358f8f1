//! Reads that are written down before they are sent: those of what is not public.

use std::collections::BTreeMap;

use layers::audit::{AuditAct, AuditEvent};
use layers::cql2::Filter;
use layers::{FeatureId, LayerId, LayerView};
use sha2::{Digest, Sha256};

use crate::changes::ChangesPage;
use crate::checksum::hexadecimal;
use crate::city::City;
use crate::edit::Seen;
use crate::export::ExportFile;
use crate::history::FeatureHistory;
use crate::page::PageRequest;
use crate::selection::Selection;

use super::answer::Answer;
use super::asker::Asker;
use super::error::HttpError;
use super::revisions::Touched;

/// Writes down that somebody saw more of a feature than the public does.
pub(super) fn feature(city: &City, asker: &Asker, seen: &Seen) -> Result<(), HttpError> {
    let (Some(actor), false) = (asker.actor(), seen.view.is_public()) else {
        return Ok(());
    };
    Ok(city.record(AuditEvent {
        layer: Some(seen.view.layer().id.to_string()),
        municipality: seen.view.municipality_of(&seen.feature),
        subject: Some(seen.feature.id.to_string()),
        rows: Some(1),
        ..actor.event(AuditAct::Read)
    })?)
}

/// Writes down that somebody sees more of the history of a feature than the public does.
pub(super) fn history(
    city: &City,
    asker: &Asker,
    view: &LayerView,
    id: FeatureId,
    history: &FeatureHistory,
) -> Result<(), HttpError> {
    let (Some(actor), false) = (asker.actor(), view.is_public()) else {
        return Ok(());
    };
    let shown = history.shown.as_ref();
    Ok(city.record(AuditEvent {
        layer: Some(view.layer().id.to_string()),
        municipality: shown.and_then(|feature| view.municipality_of(feature)),
        subject: Some(id.to_string()),
        rows: Some(history.steps.len() as u64),
        ..actor.event(AuditAct::Read)
    })?)
}

/// Writes down that somebody sees more of what a change set touched than the public does.
pub(super) fn touched(
    city: &City,
    asker: &Asker,
    touched: &[Touched<'_>],
) -> Result<(), HttpError> {
    let Some(actor) = asker.actor() else {
        return Ok(());
    };
    let mut rows: BTreeMap<&LayerId, u64> = BTreeMap::new();
    for one in touched.iter().filter(|one| !one.field.view.is_public()) {
        *rows.entry(&one.field.view.layer().id).or_default() += 1;
    }
    for (layer, rows) in rows {
        city.record(AuditEvent {
            layer: Some(layer.to_string()),
            rows: Some(rows),
            ..actor.event(AuditAct::Read)
        })?;
    }
    Ok(())
}

/// Writes down that somebody reads changes of a layer as the public does not see them.
pub(super) fn changes(
    city: &City,
    asker: &Asker,
    view: &LayerView,
    page: &ChangesPage,
    answer: &Answer,
) -> Result<(), HttpError> {
    let (Some(actor), false) = (asker.actor(), view.is_public()) else {
        return Ok(());
    };
    let body = answer.body();
    Ok(city.record(AuditEvent {
        layer: Some(view.layer().id.to_string()),
        rows: Some((page.features.len() + page.removed.len()) as u64),
        bytes: Some(body.len() as u64),
        sha256: Some(hexadecimal(&Sha256::digest(body))),
        ..actor.event(AuditAct::Read)
    })?)
}

/// Writes down that somebody reads a page of features as the public does not see them.
pub(super) fn page(
    city: &City,
    asker: &Asker,
    request: &PageRequest,
    rows: u64,
    answer: &Answer,
) -> Result<(), HttpError> {
    let wanted = &request.selection;
    let (Some(actor), false) = (asker.actor(), wanted.view.is_public()) else {
        return Ok(());
    };
    let body = answer.body();
    Ok(city.record(AuditEvent {
        layer: Some(wanted.view.layer().id.to_string()),
        filter: asked_by(wanted),
        rows: Some(rows),
        bytes: Some(body.len() as u64),
        sha256: Some(hexadecimal(&Sha256::digest(body))),
        ..actor.event(AuditAct::Read)
    })?)
}

/// Writes down that somebody gets a file of features as the public does not see them, whole or a part of it.
pub(super) fn export(
    city: &City,
    asker: &Asker,
    wanted: &Selection,
    file: &ExportFile,
) -> Result<(), HttpError> {
    let (Some(actor), false) = (asker.actor(), wanted.view.is_public()) else {
        return Ok(());
    };
    Ok(city.record(AuditEvent {
        layer: Some(wanted.view.layer().id.to_string()),
        filter: asked_by(wanted),
        rows: Some(file.rows),
        bytes: Some(file.bytes),
        sha256: Some(file.sha256.clone()),
        ..actor.event(AuditAct::Export)
    })?)
}

/// Names by what features were asked for: the values that were typed may be personal, the names of the fields are not.
fn asked_by(asked: &Selection) -> Option<String> {
    let names = asked.equal.iter().map(|(name, _)| name.as_str());
    let filtered = asked.filter.iter().flat_map(Filter::fields);
    let sorted = asked.sort.iter().map(|key| key.field.as_str());
    let filter = asked.filter.iter().map(|_| "filter");
    let area = asked.area.iter().map(|_| "bbox");
    let names = names.chain(filtered).chain(sorted);
    let names: Vec<_> = names.chain(filter).chain(area).collect();
    (!names.is_empty()).then(|| names.join(" "))
}
