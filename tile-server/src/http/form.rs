//! A form as a browser sends it (`application/x-www-form-urlencoded`), from a page of this server only.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;

use crate::city::City;

use super::error::{HttpError, NotAllowed};
use super::preferences::Format;
use super::session;

/// How browsers send a form without files.
const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";
/// The most bytes of a form.
const SIZE_MAX: usize = 16 * 1024;

/// Returns how who sends a body is answered: a form with a page, anything else with JSON.
pub(super) fn format_of(req: &HttpRequest) -> Format {
    let media_type = req.headers().get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    if media_type.is_some_and(|one| one.starts_with(MEDIA_TYPE)) {
        Format::Html
    } else {
        Format::Json
    }
}

/// What somebody filled in.
#[derive(Default)]
pub(crate) struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads the form of a request; refuses one that a page from elsewhere sends.
    pub(crate) async fn of_own_page(
        req: &HttpRequest,
        city: &City,
        payload: Payload,
    ) -> Result<Self, HttpError> {
        session::require_own_page(req, city)?;
        Self::read(req, payload).await
    }

    /// Reads the form of a request that comes from a page of this server.
    pub(super) async fn read(req: &HttpRequest, payload: Payload) -> Result<Self, HttpError> {
        let is_form = format_of(req) == Format::Html;
        let bytes = payload.to_bytes_limited(SIZE_MAX).await;
        match bytes {
            Ok(Ok(bytes)) if is_form => Ok(Self {
                pairs: form_urlencoded::parse(&bytes).into_owned().collect(),
            }),
            _ => Err(NotAllowed::BadForm.into()),
        }
    }

    /// Returns a value as it was typed; empty when it is missing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts(name).next().unwrap_or_default()
    }

    /// Returns all values of a name, such as those of the boxes that are ticked.
    pub(crate) fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.pairs.iter().filter(move |(other, _)| other == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Returns all values of a name that are whole numbers; 0, which names nothing, stands for one that is none.
    pub(crate) fn numbers(&self, name: &str) -> Vec<i64> {
        let numbers = self.texts(name).map(str::parse);
        numbers.map(Result::unwrap_or_default).collect()
    }
}
