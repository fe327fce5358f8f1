//! An answer that may be made on any thread: a media type and a body.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, HeaderName, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use layers::Language;
use serde_json::Value as Json;

use super::error::HttpError;
use super::etag;
use super::links::JSON;

/// An answer that is no error.
pub(crate) struct Answer {
    status: StatusCode,
    media_type: &'static str,
    language: Option<Language>,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// Makes an answer of the given media type, with status 200.
    pub(crate) fn new(media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: StatusCode::OK,
            media_type,
            language: None,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// Returns what will be sent, as long as it is not compressed.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Makes an answer that says only that it is done.
    pub(crate) fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            ..Self::new("", [])
        }
    }

    /// Makes it the answer to a request that made something, which now has an address.
    pub(crate) fn created(mut self, address: String) -> Self {
        self.status = StatusCode::CREATED;
        self.with(LOCATION, address)
    }

    /// Leaves the body out when the client says that it has this version; the headers stay.
    pub(crate) fn unless_known(mut self, req: &HttpRequest) -> Self {
        let tag = self.headers.iter().find(|(name, _)| *name == ETAG);
        if tag.is_some_and(|(_, tag)| etag::is_known(req, tag)) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body.clear();
        }
        self
    }

    /// Sends a browser on to another page of this server.
    pub(crate) fn see_other(address: String) -> Self {
        Self {
            status: StatusCode::SEE_OTHER,
            ..Self::new("", [])
        }
        .with(LOCATION, address)
    }

    /// Gives it another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Makes it an answer for one person that nobody keeps.
    pub(crate) fn kept_by_nobody(self) -> Self {
        self.with(CACHE_CONTROL, "no-store")
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
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
        let mut answer = HttpResponse::build(self.status);
        for header in self.headers {
            answer.append_header(header);
        }
        if let Some(language) = self.language {
            answer.insert_header((CONTENT_LANGUAGE, language.code()));
        }
        if self.body.is_empty() {
            return answer.finish();
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
