//! The body of an edit: of a media type, a size and a coordinate system that are read here.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use layers::{FeatureId, Text};
use serde_json::Value as Json;

use crate::edit::Sent;
use crate::http::crs;
use crate::http::error::{HttpError, NotWritten, WrongValue};

/// The most bytes of one feature; 50,000 vertices are half of it.
const BODY_MAX: usize = 4 * 1024 * 1024;
/// The media types that are read; all of them hold the same GeoJSON.
const MEDIA_TYPES: &str = "application/geo+json, application/json, application/merge-patch+json";

/// Reads the document of a request and the coordinate system of its geometry; with `PUT` it is the whole feature.
pub(super) async fn read(req: &HttpRequest, payload: Payload) -> Result<Sent, HttpError> {
    let crs = crs::of_body(req)?;
    check_media_type(req)?;
    let max = BODY_MAX;
    let too_large = |_| NotWritten::BodyTooLarge { max };
    let bytes = payload.to_bytes_limited(max).await.map_err(too_large)?;
    let unread = |error: &dyn std::fmt::Display| NotWritten::BodyNotJson {
        problem: error.to_string(),
    };
    let bytes = bytes.map_err(|error| unread(&error))?;
    let document = serde_json::from_slice(&bytes).map_err(|error| unread(&error))?;
    Ok(Sent {
        document,
        crs,
        is_whole: req.method() == Method::PUT,
    })
}

/// Returns the identity that a client gives its new feature, so that it can send it a second time; none without one.
pub(super) fn own_id(document: &Json) -> Result<Option<FeatureId>, HttpError> {
    let id = match document.get("id") {
        None | Some(Json::Null) => return Ok(None),
        Some(id) => id.as_str().and_then(|id| id.parse().ok()),
    };
    let wrong = || {
        NotWritten::WrongValues(vec![WrongValue {
            field: Some("id".to_owned()),
            code: "wrong-type",
            message: Text {
                cs: "má být UUID, nebo ho vynechte".to_owned(),
                en: "must be a UUID, or leave it out".to_owned(),
            },
            nearest: None,
            allowed: Vec::new(),
            at: None,
        }])
    };
    id.map(Some).ok_or_else(|| wrong().into())
}

fn check_media_type(req: &HttpRequest) -> Result<(), HttpError> {
    let header = req.headers().get(CONTENT_TYPE);
    let header = header
        .and_then(|header| header.to_str().ok())
        .unwrap_or_default();
    let media_type = header.split(';').next().unwrap_or_default().trim();
    let accepted = MEDIA_TYPES;
    if accepted
        .split(", ")
        .any(|known| known.eq_ignore_ascii_case(media_type))
    {
        Ok(())
    } else {
        Err(NotWritten::WrongMediaType { accepted }.into())
    }
}
