//! `/conflicts/{id}`: one conflict, the decision about it, and the way back.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::web::{Data, Path, Payload};
use layers::audit::{AuditAct, AuditEvent};
use layers::merge::ConflictId;
use layers::{Language, Text};

use crate::audit::Actor;
use crate::city::City;
use crate::conflicts::{Case, Desk, DeskError};
use crate::municipality_names::MunicipalityNames;
use crate::rights::User;

use super::answer::{Answer, in_background};
use super::conflicts::hidden;
use super::error::HttpError;
use super::pages::{self, ConflictPage, conflict_path};
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::request_id::RequestId;
use super::visit::to_login;
use super::{credentials, form, links};

mod asked;
mod json;
mod refusal;

use self::asked::Asked;

pub(super) use self::json::write_case;

/// Somebody at the desk, by a token or logged in, and how they are answered.
pub(super) struct Visitor {
    user: User,
    actor: Actor,
    pub(super) language: Language,
    pub(super) base: String,
    format: Format,
}

impl Visitor {
    /// Finds out who asks; none for a stranger with a browser, who can log in.
    pub(super) async fn of(
        req: &HttpRequest,
        city: &Data<City>,
        format: Format,
    ) -> Result<Option<Self>, HttpError> {
        let user = match format {
            Format::Html => credentials::user(req, city).await?,
            Format::Json => Some(credentials::editor(req, city).await?),
        };
        let Some(user) = user else {
            return Ok(None);
        };
        Ok(Some(Self {
            actor: Actor::user(&user, RequestId::of(req).as_str()),
            user,
            language: preferences::language(req),
            base: links::base_url(req, city)?,
            format,
        }))
    }

    pub(super) fn desk<'a>(&'a self, city: &'a City) -> Desk<'a> {
        Desk {
            store: &*city.store,
            user: &self.user,
        }
    }

    /// Answers with a conflict, and with what must be said about it.
    fn show(
        &self,
        city: &City,
        case: &Case,
        status: StatusCode,
        notices: Vec<Text>,
    ) -> Result<Answer, HttpError> {
        let answer = match self.format {
            Format::Json => Answer::json(&write_case(case, self)),
            Format::Html => {
                let page = ConflictPage {
                    case,
                    municipalities: MunicipalityNames::read(&*city.store)?,
                    notices,
                };
                pages::conflict(city, self.language, &page)
            }
        };
        let tag = format!("\"{}\"", case.mark());
        Ok(answer.with_status(status).with(ETAG, tag).kept_by_nobody())
    }
}

/// Answers with one conflict.
pub(crate) async fn one(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["f"])?;
    let format = preferences::format(&req, &parameters)?;
    let Some(visitor) = Visitor::of(&req, &city, format).await? else {
        return Ok(to_login(&req));
    };
    in_background(move || {
        let case = visitor.desk(&city).case(&named(&path)?)?;
        let case = case.ok_or(HttpError::NoSuchPage)?;
        record_read(&city, &visitor, std::slice::from_ref(&case))?;
        visitor.show(&city, &case, StatusCode::OK, Vec::new())
    })
    .await
}

/// Decides a conflict: a form of its page, or JSON with `If-Match`.
pub(crate) async fn decide(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let Some(visitor) = Visitor::of(&req, &city, form::format_of(&req)).await? else {
        return Ok(to_login(&req));
    };
    let asked = Asked::decision(&req, visitor.format, payload).await?;
    in_background(move || {
        let (id, desk) = (named(&path)?, visitor.desk(&city));
        let case = desk.case(&id)?.ok_or(HttpError::NoSuchPage)?;
        let resolution = asked.resolution(&case)?;
        let decided = desk.decide(&id, &resolution);
        answer(&city, &visitor, &id, "decided", decided)
    })
    .await
}

/// Takes a decision back, and answers with the conflict that is open again.
pub(crate) async fn reopen(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let Some(visitor) = Visitor::of(&req, &city, form::format_of(&req)).await? else {
        return Ok(to_login(&req));
    };
    let asked = Asked::way_back(&req, visitor.format, payload).await?;
    in_background(move || {
        let (id, desk) = (named(&path)?, visitor.desk(&city));
        let reopened = desk.reopen(&id, &asked.reopening());
        answer(&city, &visitor, &id, "reopened", reopened)
    })
    .await
}

/// Answers with what was done, or why it was not; what was done is written down.
fn answer(
    city: &City,
    visitor: &Visitor,
    id: &ConflictId,
    act: &str,
    done: Result<Case, DeskError>,
) -> Result<Answer, HttpError> {
    match done {
        Ok(case) => {
            record_act(city, visitor, &case, act);
            city.catch_up();
            match visitor.format {
                Format::Json => visitor.show(city, &case, StatusCode::OK, Vec::new()),
                Format::Html => {
                    let here = conflict_path(&case.kept);
                    let lang = visitor.language.code();
                    Ok(Answer::see_other(format!("{here}?lang={lang}")).kept_by_nobody())
                }
            }
        }
        Err(error) => refusal::answer(city, visitor, id, error),
    }
}

fn named(id: &str) -> Result<ConflictId, HttpError> {
    id.parse().map_err(|_no_conflict| HttpError::NoSuchPage)
}

/// Writes down that somebody saw conflicts about what is not public.
pub(super) fn record_read(city: &City, visitor: &Visitor, cases: &[Case]) -> Result<(), HttpError> {
    for (view, rows) in hidden(cases) {
        let only = <&[Case; 1]>::try_from(cases)
            .ok()
            .map(|[case]| &case.kept.conflict);
        city.record(AuditEvent {
            layer: Some(view.layer().id.to_string()),
            municipality: only.and_then(|conflict| conflict.municipality),
            subject: only.map(|conflict| conflict.feature.to_string()),
            filter: Some("conflicts".to_owned()),
            rows: Some(rows),
            ..visitor.actor.event(AuditAct::Read)
        })?;
    }
    Ok(())
}

/// Writes down what was done; it stays done when that cannot be written, as the ledger says who did it.
fn record_act(city: &City, visitor: &Visitor, case: &Case, act: &str) {
    let conflict = &case.kept.conflict;
    let recorded = city.record(AuditEvent {
        layer: Some(conflict.layer.to_string()),
        municipality: conflict.municipality,
        subject: Some(conflict.feature.to_string()),
        after: Some(format!("conflict {act}: {}", conflict.part.key())),
        ..visitor.actor.event(AuditAct::Edit)
    });
    if let Err(error) = recorded {
        tracing::error!("a decision is not in the audit log: {error}");
    }
}
