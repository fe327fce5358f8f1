//! `POST /revisions/{number}/undo`: takes back what a revision did, and keeps what others did beside it.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use layers::audit::{AuditAct, AuditEvent};
use layers::merge::ConflictId;
use layers::undo::{UndoError, Undone};
use layers::{Language, Revision, StoreError, Text};
use serde_json::{Value as Json, json};

use crate::audit::Actor;
use crate::city::City;
use crate::undo::undo_by;

use super::answer::{Answer, in_background};
use super::credentials::{self, now};
use super::error::{HttpError, NotWritten};
use super::form;
use super::preferences::{self, Format};
use super::request_id::RequestId;

/// Undoes a revision; a browser is sent on to what came of it.
pub(crate) async fn undo(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let user = credentials::editor(&req, &city).await?;
    let actor = Actor::user(&user, RequestId::of(&req).as_str());
    let (format, language) = (form::format_of(&req), preferences::language(&req));
    in_background(move || {
        let revision = path
            .parse()
            .map(Revision)
            .map_err(|_no_number| HttpError::NoSuchPage)?;
        let undone = undo_by(&user, &*city.store, revision, now());
        record(&city, &actor, revision, &undone)?;
        let undone = undone.map_err(refusal)?;
        city.catch_up();
        answer(&undone, format, language)
    })
    .await
}

fn answer(undone: &Undone, format: Format, language: Language) -> Result<Answer, HttpError> {
    if undone.is_nothing() {
        return Err(HttpError::NoSuchPage);
    }
    let lang = language.code();
    let answer = match format {
        Format::Json => Answer::json(&document(undone)),
        Format::Html if undone.conflicts.is_empty() => {
            Answer::see_other(format!("/revisions/{}?lang={lang}", undone.revision.0))
        }
        Format::Html => Answer::see_other(format!("/conflicts?lang={lang}")),
    };
    Ok(answer.kept_by_nobody())
}

fn refusal(error: UndoError) -> HttpError {
    match error {
        UndoError::NoSuchRevision(_) => HttpError::NoSuchPage,
        // Who may do nothing of it learns nothing of it either.
        UndoError::Unpermitted { refused, all } if refused == all => HttpError::NoSuchPage,
        UndoError::Unpermitted { .. } => NotWritten::NotYours.into(),
        UndoError::InTheWay(_) | UndoError::Store(StoreError::Rejected(_)) => {
            NotWritten::Undecidable(in_the_way()).into()
        }
        UndoError::Store(error) => error.into(),
    }
}

fn in_the_way() -> Text {
    Text {
        cs: "Revizi nelze vrátit: co bylo předtím, dnešní pravidla nebo jiné prvky nedovolí. Nic se nezapsalo."
            .to_owned(),
        en: "The revision cannot be undone: what was before, the present rules or other features do not allow. \
             Nothing was written."
            .to_owned(),
    }
}

fn document(undone: &Undone) -> Json {
    let conflicts = undone.conflicts.iter().map(|conflict| {
        let id = ConflictId {
            operation: conflict.operation,
            part: conflict.part.clone(),
        };
        id.to_string()
    });
    let merged = undone.merged.iter();
    let merged = merged.map(|(id, outcome)| json!({ "operation": id, "status": outcome.word() }));
    json!({
        "revision": undone.revision,
        "features": undone.features(),
        "merged": merged.collect::<Vec<_>>(),
        "conflicts": conflicts.collect::<Vec<_>>(),
    })
}

/// Writes down what was undone, or refused for lack of rights; what is done stays done.
fn record(
    city: &City,
    actor: &Actor,
    revision: Revision,
    done: &Result<Undone, UndoError>,
) -> Result<(), HttpError> {
    let (act, rows) = match done {
        Ok(undone) if undone.is_nothing() => return Ok(()),
        Ok(undone) => (AuditAct::Undo, Some(undone.features() as u64)),
        Err(UndoError::Unpermitted { .. }) => (AuditAct::Refused, None),
        Err(_) => return Ok(()),
    };
    let recorded = city.record(AuditEvent {
        subject: Some(format!("revision {}", revision.0)),
        rows,
        ..actor.event(act)
    });
    match recorded {
        Err(error) if done.is_ok() => {
            tracing::error!("an undone revision is not in the audit log: {error}");
            Ok(())
        }
        recorded => Ok(recorded?),
    }
}
