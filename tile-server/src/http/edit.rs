//! `POST`, `PATCH`, `PUT` and `DELETE` on the features of a layer: one at a time, as GeoJSON, with a token.

use std::time::SystemTime;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::web::{Data, Path, Payload};
use chrono::{DateTime, Utc};
use layers::Language;
use layers::audit::{AuditAct, AuditEvent};
use layers::crs::NamedCrs;
use layers::merge::Part;
use uuid::Uuid;

use crate::audit::Actor;
use crate::blind::Written;
use crate::city::City;
use crate::edit::{EditError, Editor, Sent, Version, Which};
use crate::rights::User;

use super::answer::{Answer, in_background};
use super::error::HttpError;
use super::items::feature_answer;
use super::parameters::{Parameters, bad};
use super::request_id::RequestId;
use super::{credentials, etag, links, preferences};

mod body;
pub(super) mod refusal;

use self::refusal::refusal;
pub(crate) use self::refusal::{feature_json, wrong_value};

/// The operation as which an edit was received that did not say what was seen.
const OPERATION: HeaderName = HeaderName::from_static("obzor-operation");
/// The parts of the feature that were left to a person to decide.
const CONFLICT: HeaderName = HeaderName::from_static("obzor-conflict");
/// How many characters a reason may have.
pub(crate) const REASON_MAX: usize = 500;

/// Adds a feature.
pub(crate) async fn create(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let asked = Asked::read(&req, &city, "nový prvek přes rozhraní").await?;
    let sent = body::read(&req, payload).await?;
    in_background(move || {
        let id = body::own_id(&sent.document)?.unwrap_or_else(|| Uuid::now_v7().into());
        let editor = asked.editor(&city, &path);
        let made = editor.create(&sent, id);
        asked.record(&city, &path, &id.to_string(), &made)?;
        let seen = made.map_err(|error| refusal(error, asked.language))?;
        city.catch_up();
        let here = format!("{}/collections/{path}/items/{id}", asked.base);
        Ok(feature_answer(&seen, NamedCrs::CRS84, asked.language, &asked.base).created(here))
    })
    .await
}

/// Changes what the document mentions of a feature (RFC 7396), or all of it: `PATCH` and `PUT`.
pub(crate) async fn update(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String)>,
    payload: Payload,
) -> Result<Answer, HttpError> {
    let asked = Asked::read(&req, &city, "změna prvku přes rozhraní").await?;
    let claim = asked.claim(&req)?;
    let sent = body::read(&req, payload).await?;
    let (layer, id) = path.into_inner();
    in_background(move || {
        let which = named(&id)?;
        let editor = asked.editor(&city, &layer);
        let changed = claim.update(&editor, which, &sent);
        asked.record(&city, &layer, &id, &changed)?;
        let changed = changed.map_err(|error| refusal(error, asked.language))?;
        city.catch_up();
        Ok(asked.answer(&changed))
    })
    .await
}

/// Removes a feature; its history stays.
pub(crate) async fn remove(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String)>,
) -> Result<Answer, HttpError> {
    let asked = Asked::read(&req, &city, "odstranění prvku přes rozhraní").await?;
    let claim = asked.claim(&req)?;
    let (layer, id) = path.into_inner();
    in_background(move || {
        let which = named(&id)?;
        let editor = asked.editor(&city, &layer);
        let removed = claim.remove(&editor, which);
        asked.record(&city, &layer, &id, &removed)?;
        let removed = removed.map_err(|error| refusal(error, asked.language))?;
        city.catch_up();
        Ok(asked.answer(&removed))
    })
    .await
}

/// What a client says to have seen of the feature that it edits.
enum Claim {
    /// One of these versions.
    Saw(Vec<Version>),
    /// Nothing, and need not.
    Nothing { writer: String },
}

impl Claim {
    fn update(&self, editor: &Editor<'_>, which: Which, sent: &Sent) -> Result<Written, EditError> {
        match self {
            Self::Saw(versions) => {
                let seen = editor.update(which, versions, sent)?;
                Ok(Written::wholly(Some(seen)))
            }
            Self::Nothing { writer } => editor.update_blindly(writer, which, sent),
        }
    }

    fn remove(&self, editor: &Editor<'_>, which: Which) -> Result<Written, EditError> {
        match self {
            Self::Saw(versions) => {
                editor.remove(which, versions)?;
                Ok(Written::wholly(None))
            }
            Self::Nothing { writer } => editor.remove_blindly(writer, which),
        }
    }
}

fn named(id: &str) -> Result<Which, HttpError> {
    id.parse().map_err(|()| HttpError::NoSuchFeature)
}

/// What every edit says beside the feature.
pub(crate) struct Asked {
    pub(crate) user: User,
    pub(crate) actor: Actor,
    pub(crate) reason: String,
    pub(crate) language: Language,
    base: String,
}

impl Asked {
    /// Finds out who edits and why; nobody may without credentials.
    pub(crate) async fn read(
        req: &HttpRequest,
        city: &Data<City>,
        default_reason: &str,
    ) -> Result<Self, HttpError> {
        let user = credentials::editor(req, city).await?;
        let reason = given_reason(req)?;
        Ok(Self {
            actor: Actor::user(&user, RequestId::of(req).as_str()),
            user,
            reason: reason.unwrap_or_else(|| default_reason.to_owned()),
            language: preferences::language(req),
            base: links::base_url(req, city)?,
        })
    }

    /// Returns what the client says to have seen; only some tokens need not say it.
    fn claim(&self, req: &HttpRequest) -> Result<Claim, HttpError> {
        match (etag::expected_versions(req), &self.user.blind_as) {
            (Err(_), Some(writer)) => Ok(Claim::Nothing {
                writer: writer.clone(),
            }),
            (versions, _) => Ok(Claim::Saw(versions?)),
        }
    }

    /// Answers with the feature as it stands, and says what was left to a person.
    fn answer(&self, written: &Written) -> Answer {
        let seen = written.seen.as_ref();
        let answer =
            seen.map(|seen| feature_answer(seen, NamedCrs::CRS84, self.language, &self.base));
        let mut answer = answer.unwrap_or_else(Answer::nothing);
        if let Some(operation) = written.operation {
            answer = answer.with(OPERATION, operation.to_string());
        }
        if written.open.contains(&Part::Feature) {
            answer = answer.with_status(StatusCode::ACCEPTED);
        }
        let open: Vec<_> = written.open.iter().map(Part::key).collect();
        if open.is_empty() {
            return answer;
        }
        answer.with(CONFLICT, open.join(", "))
    }

    /// Writes down an edit that was made, or refused for lack of rights.
    ///
    /// What was made stays made when it cannot be written down: its revision says who made it.
    fn record<T>(
        &self,
        city: &City,
        layer: &str,
        id: &str,
        done: &Result<T, EditError>,
    ) -> Result<(), HttpError> {
        let act = match done {
            Ok(_) => AuditAct::Edit,
            Err(EditError::NotYours) => AuditAct::Refused,
            Err(_) => return Ok(()),
        };
        let recorded = city.record(AuditEvent {
            layer: Some(layer.to_owned()),
            subject: Some(id.to_owned()),
            ..self.actor.event(act)
        });
        match recorded {
            Err(error) if done.is_ok() => {
                tracing::error!("an edit is not in the audit log: {error}");
                Ok(())
            }
            recorded => Ok(recorded?),
        }
    }

    fn editor<'a>(&'a self, city: &'a City, layer: &'a str) -> Editor<'a> {
        Editor {
            store: &*city.store,
            user: &self.user,
            layer,
            reason: &self.reason,
            at: DateTime::<Utc>::from(SystemTime::now()),
        }
    }
}

/// Reads why something is edited, if that is said.
fn given_reason(req: &HttpRequest) -> Result<Option<String>, HttpError> {
    let parameters = Parameters::read(req, &["reason"])?;
    let reason = parameters.text("reason").map(str::trim);
    let Some(reason) = reason.filter(|reason| !reason.is_empty()) else {
        return Ok(None);
    };
    if reason.chars().count() > REASON_MAX {
        let (cs, en) = (
            format!("smí mít nejvýš {REASON_MAX} znaků"),
            format!("may have {REASON_MAX} characters at most"),
        );
        return Err(bad("reason", &cs, &en));
    }
    if reason.contains('\0') {
        let (cs, en) = (
            "nesmí obsahovat znak NUL",
            "must not have the character NUL",
        );
        return Err(bad("reason", cs, en));
    }
    Ok(Some(reason.to_owned()))
}
