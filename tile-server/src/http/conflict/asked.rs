//! What somebody decides, as a form or as JSON says it.

use actix_web::HttpRequest;
use actix_web::http::header::IF_MATCH;
use actix_web::web::Payload;
use layers::merge::Choice;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::conflicts::{Case, Resolution, Side, Typed};
use crate::http::credentials::now;
use crate::http::error::{HttpError, NotWritten};
use crate::http::form::Form;
use crate::http::pages;
use crate::http::preferences::Format;

/// The most bytes of a decision; a shape of 50,000 vertices is half of it.
const BODY_MAX: usize = 4 * 1024 * 1024;
/// The coordinates of a form, and those of JSON that does not say.
const STORED: i32 = 5514;
const WGS_84: i32 = 4326;

/// What was sent.
pub(super) struct Asked {
    seen: String,
    said: Said,
}

enum Said {
    Form(Form),
    Json(Map<String, Json>),
}

impl Asked {
    /// Reads a decision.
    pub(super) async fn decision(
        req: &HttpRequest,
        format: Format,
        payload: Payload,
    ) -> Result<Self, HttpError> {
        Self::read(req, format, payload, &["choice", "value", "crs"]).await
    }

    /// Reads that a decision shall be taken back.
    pub(super) async fn way_back(
        req: &HttpRequest,
        format: Format,
        payload: Payload,
    ) -> Result<Self, HttpError> {
        Self::read(req, format, payload, &[]).await
    }

    async fn read(
        req: &HttpRequest,
        format: Format,
        payload: Payload,
        known: &[&str],
    ) -> Result<Self, HttpError> {
        if format == Format::Html {
            let form = Form::read(req, payload).await?;
            let seen = form.text("seen").to_owned();
            let said = Said::Form(form);
            return Ok(Self { seen, said });
        }
        let seen = req.headers().get(IF_MATCH);
        let seen = seen.and_then(|seen| seen.to_str().ok());
        let seen = seen.ok_or(NotWritten::VersionMissing)?;
        Ok(Self {
            seen: seen.trim().trim_matches('"').to_owned(),
            said: Said::Json(members(payload, known).await?),
        })
    }

    /// Returns what is decided about a conflict.
    pub(super) fn resolution(&self, case: &Case) -> Result<Resolution, HttpError> {
        let word = match &self.said {
            Said::Form(form) => form.text("choice"),
            Said::Json(members) => members
                .get("choice")
                .and_then(Json::as_str)
                .unwrap_or_default(),
        };
        let (choice, reason) = match word {
            "mine" => (Choice::Mine, "rozhodnutí konfliktu: vzato, co čekalo"),
            "theirs" => (Choice::Theirs, "rozhodnutí konfliktu: zůstalo, co platilo"),
            "typed" => (Choice::Typed, "rozhodnutí konfliktu: jiná hodnota"),
            _ => return Err(malformed("`choice`: mine, theirs, typed")),
        };
        let typed = match choice {
            Choice::Typed => Some(self.typed(case)?),
            Choice::Mine | Choice::Theirs => None,
        };
        Ok(Resolution {
            choice,
            typed,
            reason: reason.to_owned(),
            ..self.reopening()
        })
    }

    /// Returns that the decision shall be taken back.
    pub(super) fn reopening(&self) -> Resolution {
        Resolution {
            choice: Choice::Theirs,
            typed: None,
            seen: self.seen.clone(),
            operation: Uuid::now_v7().into(),
            at: now(),
            reason: "rozhodnutí konfliktu vzato zpět".to_owned(),
        }
    }

    fn typed(&self, case: &Case) -> Result<Typed, HttpError> {
        let is_shape = matches!(case.stands(), Side::Geometry(_));
        Ok(match &self.said {
            Said::Form(form) if is_shape => {
                let number = |name: &str| form.text(name).replace(',', ".").parse::<f64>().ok();
                Typed::Geometry {
                    crs: STORED,
                    geometry: json!({ "type": "Point", "coordinates": [number("x"), number("y")] }),
                }
            }
            Said::Form(form) => {
                let value = case
                    .field()
                    .map(|field| pages::typed_value(case, field, form));
                Typed::Value(value.unwrap_or_default())
            }
            Said::Json(members) => {
                let value = members.get("value").cloned();
                let value = value.ok_or_else(|| malformed("`value`"))?;
                let crs = members.get("crs").and_then(Json::as_i64);
                if is_shape {
                    Typed::Geometry {
                        crs: crs.and_then(|crs| crs.try_into().ok()).unwrap_or(WGS_84),
                        geometry: value,
                    }
                } else {
                    Typed::Value(value)
                }
            }
        })
    }
}

/// Reads the members of a JSON document; nothing sent is an empty one.
async fn members(payload: Payload, known: &[&str]) -> Result<Map<String, Json>, HttpError> {
    let too_large = |_| NotWritten::BodyTooLarge { max: BODY_MAX };
    let bytes = payload
        .to_bytes_limited(BODY_MAX)
        .await
        .map_err(too_large)?;
    let bytes = bytes.map_err(|error| malformed(&error.to_string()))?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    let members: Map<String, Json> =
        serde_json::from_slice(&bytes).map_err(|error| malformed(&error.to_string()))?;
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(odd) => Err(malformed(&format!("`{odd}`"))),
        None => Ok(members),
    }
}

fn malformed(problem: &str) -> HttpError {
    let problem = problem.to_owned();
    NotWritten::BodyNotJson { problem }.into()
}
