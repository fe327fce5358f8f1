//! Reads that are written down before they are sent: those of what is not public.

use layers::audit::{AuditAct, AuditEvent};
use layers::cql2::Filter;
use sha2::{Digest, Sha256};

use crate::checksum::hexadecimal;
use crate::city::City;
use crate::edit::Seen;
use crate::page::PageRequest;

use super::answer::Answer;
use super::asker::Asker;
use super::error::HttpError;

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

/// Writes down that somebody reads a page of features as the public does not see them.
pub(super) fn page(
    city: &City,
    asker: &Asker,
    request: &PageRequest,
    rows: u64,
    answer: &Answer,
) -> Result<(), HttpError> {
    let (Some(actor), false) = (asker.actor(), request.view.is_public()) else {
        return Ok(());
    };
    // The values that were typed may be personal; the names of the fields are not.
    let names = request.equal.iter().map(|(name, _)| name.as_str());
    let filtered = request.filter.iter().flat_map(Filter::fields);
    let names = names
        .chain(filtered)
        .chain(request.filter.iter().map(|_| "filter"));
    let filter: Vec<_> = names.chain(request.bbox.map(|_| "bbox")).collect();
    let body = answer.body();
    Ok(city.record(AuditEvent {
        layer: Some(request.view.layer().id.to_string()),
        filter: (!filter.is_empty()).then(|| filter.join(" ")),
        rows: Some(rows),
        bytes: Some(body.len() as u64),
        sha256: Some(hexadecimal(&Sha256::digest(body))),
        ..actor.event(AuditAct::Read)
    })?)
}
