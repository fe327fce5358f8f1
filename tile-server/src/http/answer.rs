//! An answer that may be made on any thread: a media type and a body.

use actix_web::body::BoxBody;
use actix_web::http::header::CONTENT_LANGUAGE;
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use layers::Language;
use serde_json::Value as Json;

use super::error::HttpError;
use super::links::JSON;

/// An answer with status 200.
pub(crate) struct Answer {
    media_type: &'static str,
    language: Option<Language>,
    body: Vec<u8>,
}

impl Answer {
    /// Makes an answer of the given media type.
    pub(crate) fn new(media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            media_type,
            language: None,
            body: body.into(),
        }
    }

    /// Makes a JSON answer.
    pub(crate) fn json(body: &Json) -> Self {
        Self::new(JSON, body.to_string())
    }

    /// Makes a page in one language.
    pub(crate) fn html(language: Language, body: String) -> Self {
        Self {
            language: Some(language),
            ..Self::new("text/html; charset=utf-8", body)
        }
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        if let Some(language) = self.language {
            answer.insert_header((CONTENT_LANGUAGE, language.code()));
        }
        answer.content_type(self.media_type).body(self.body)
    }
}

/// Makes an answer on a thread that may block, as every call of the store does.
pub(crate) async fn in_background(
    make: impl FnOnce() -> Result<Answer, HttpError> + Send + 'static,
) -> Result<Answer, HttpError> {
    web::block(make).await?
}
