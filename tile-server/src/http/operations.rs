//! `/operations`: what devices did to features, received as a batch, and what became of each operation.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::{Data, Path, Payload};
use layers::audit::{AuditAct, AuditEvent};
use layers::merge::{Batch, Outcome, Received};
use layers::{Language, LayerId};

use crate::city::City;
use crate::edit::Seen;
use crate::operations::Sender;

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::credentials::now;
use super::edit::Asked;
use super::error::{HttpError, NotWritten};
use super::parameters::Parameters;
use super::{preferences, recorded};

mod answer;
mod body;

/// Receives a batch of operations.
pub(crate) async fn receive(
    req: HttpRequest,
    city: Data<City>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let asked = Asked::read(&req, &city, "operace přes rozhraní").await?;
    let operations = body::read(&req, payload).await?;
    in_background(move || {
        let sender = Sender {
            store: &*city.store,
            user: &asked.user,
        };
        let (batch, received) = sender.send(operations, &asked.reason, now(), false)?;
        record(&asked, &city, &batch, &received)?;
        city.catch_up();
        let told = sender.tell(&batch, &received)?;
        let revision = sender.told_revision(&received)?;
        let early = &received.judgement.early;
        let document = answer::of_batch(&told, revision, early, asked.language);
        Ok(Answer::json(&document).kept_by_nobody())
    })
    .await
}

/// Answers with what became of an operation, for a device that got no answer.
pub(crate) async fn one(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    Parameters::read(&req, &[])?;
    let asker = Asker::of(&req, &city).await?;
    let language = preferences::language(&req);
    in_background(move || kept(&city, &asker, &path, language)).await
}

fn kept(city: &City, asker: &Asker, id: &str, language: Language) -> Result<Answer, HttpError> {
    let sender = Sender {
        store: &*city.store,
        user: asker.user().ok_or(NotWritten::NotLoggedIn)?,
    };
    let id = id.parse().map_err(|_no_uuid| HttpError::NoSuchOperation)?;
    let told = sender.tell_again(id)?;
    let (receipt, told) = told.ok_or(HttpError::NoSuchOperation)?;
    if let (Some(view), Some(feature)) = (told.view.clone(), told.feature.clone()) {
        recorded::feature(city, asker, &Seen { view, feature })?;
    }
    let document = answer::of_receipt(&receipt, &told, language);
    Ok(Answer::json(&document).kept_by_nobody())
}

/// Writes down how many features of which layer were changed, and with which the sender tried what they may not.
fn record(asked: &Asked, city: &City, batch: &Batch, received: &Received) -> Result<(), HttpError> {
    let mut changed: BTreeMap<&LayerId, u64> = BTreeMap::new();
    for touched in &received.touched {
        *changed.entry(&touched.layer).or_default() += 1;
    }
    let mut refused: BTreeMap<&LayerId, u64> = BTreeMap::new();
    let operations = batch.operations.iter();
    let layers: BTreeMap<_, _> = operations.map(|one| (one.id, &one.layer)).collect();
    for (id, outcome) in &received.judgement.outcomes {
        // What a client calls a layer is written down only where there is one.
        let layer = layers
            .get(id)
            .filter(|layer| city.layers().get(layer).is_some());
        if let (Outcome::Unpermitted, Some(layer)) = (outcome, layer) {
            *refused.entry(layer).or_default() += 1;
        }
    }
    let events = [(AuditAct::Edit, changed), (AuditAct::Refused, refused)];
    let events = events.into_iter().flat_map(|(act, layers)| {
        let event = move |(layer, rows): (&LayerId, u64)| AuditEvent {
            layer: Some(layer.to_string()),
            rows: Some(rows),
            ..asked.actor.event(act)
        };
        layers.into_iter().map(event)
    });
    let events: Vec<_> = events.collect();
    match city.record_all(&events) {
        // What was made stays made: its revision says who made it.
        Err(error) if !received.touched.is_empty() => {
            tracing::error!("operations are not in the audit log: {error}");
            Ok(())
        }
        recorded => Ok(recorded?),
    }
}
