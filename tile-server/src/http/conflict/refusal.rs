//! What a decision that was not made looks like: to programs as a problem, to people as the page with what to mend.

use actix_web::http::StatusCode;
use layers::audit::{AuditAct, AuditEvent};
use layers::merge::ConflictId;
use layers::{Finding, Text};

use crate::city::City;
use crate::conflicts::{Case, DeskError};
use crate::http::answer::Answer;
use crate::http::edit::refusal::wrong_value;
use crate::http::error::{HttpError, NotWritten};
use crate::http::preferences::Format;

use super::{Visitor, write_case};

/// Turns the reason into an answer.
pub(super) fn answer(
    city: &City,
    visitor: &Visitor,
    id: &ConflictId,
    error: DeskError,
) -> Result<Answer, HttpError> {
    match (visitor.format, error) {
        (_, DeskError::NoSuchConflict) => Err(HttpError::NoSuchPage),
        (_, DeskError::Store(error)) => Err(error.into()),
        (_, DeskError::NotYours) => {
            city.record(AuditEvent {
                subject: Some(format!("conflict {id}")),
                ..visitor.actor.event(AuditAct::Refused)
            })?;
            Err(NotWritten::NotYours.into())
        }
        (Format::Json, DeskError::Overtaken(case)) => Err(NotWritten::Overtaken {
            etag: format!("\"{}\"", case.mark()),
            current: write_case(&case, visitor),
            yours: None,
        }
        .into()),
        (Format::Json, DeskError::Wrong(view, findings)) => {
            let wrong = findings
                .into_iter()
                .map(|finding| wrong_value(&view, finding));
            Err(NotWritten::WrongValues(wrong.collect()).into())
        }
        (Format::Json, DeskError::Undecidable(why)) => Err(NotWritten::Undecidable(why).into()),
        (Format::Html, DeskError::Overtaken(case)) => visitor.show(
            city,
            &case,
            StatusCode::PRECONDITION_FAILED,
            vec![overtaken()],
        ),
        (Format::Html, DeskError::Undecidable(why)) => {
            again(city, visitor, id, StatusCode::CONFLICT, |_| vec![why])
        }
        (Format::Html, DeskError::Wrong(_, findings)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            again(city, visitor, id, status, |case| in_words(case, findings))
        }
    }
}

/// Shows the conflict as it is, with what must be said.
fn again(
    city: &City,
    visitor: &Visitor,
    id: &ConflictId,
    status: StatusCode,
    notices: impl FnOnce(&Case) -> Vec<Text>,
) -> Result<Answer, HttpError> {
    let case = visitor.desk(city).case(id)?.ok_or(HttpError::NoSuchPage)?;
    let notices = notices(&case);
    visitor.show(city, &case, status, notices)
}

fn overtaken() -> Text {
    Text {
        cs: "Nic se nezapsalo: mezitím se prvek změnil, nebo konflikt rozhodl někdo jiný. Tady je, jak to je teď."
            .to_owned(),
        en: "Nothing was written: the feature changed meanwhile, or somebody else decided. This is how it is now."
            .to_owned(),
    }
}

/// Says everything that is wrong with a value, each with the title of its field.
fn in_words(case: &Case, findings: Vec<Finding>) -> Vec<Text> {
    let say = |finding: Finding| {
        let name = finding.field.as_deref();
        let field = name.and_then(|name| case.view.field(name.split('[').next()?));
        let wrong = wrong_value(&case.view, finding);
        match field {
            Some((_, field)) => Text {
                cs: format!("{}: {}", field.title.cs, wrong.message.cs),
                en: format!("{}: {}", field.title.en, wrong.message.en),
            },
            None => wrong.message,
        }
    };
    findings.into_iter().map(say).collect()
}
