//! `/field`: the page for work without a network, the worker that keeps it on a device, and how it is installed.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use super::error::HttpError;
use super::map;

/// Lets the worker, which lies below the page, keep the page itself; relative, as proxies may put a path before both.
const WORKER_ALLOWED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("service-worker-allowed"),
    HeaderValue::from_static("../field"),
);

/// Answers with the field page.
pub(crate) async fn page(req: HttpRequest) -> Result<HttpResponse, HttpError> {
    map::built_file(&req, "field.html").ok_or(HttpError::MapNotBuilt)
}

/// Answers with the service worker.
pub(crate) async fn worker(req: HttpRequest) -> Result<HttpResponse, HttpError> {
    let mut answer = map::built_file(&req, "sw.js").ok_or(HttpError::MapNotBuilt)?;
    let (name, scope) = WORKER_ALLOWED;
    answer.headers_mut().insert(name, scope);
    Ok(answer)
}

/// Answers with what a phone needs to put the page on its home screen.
pub(crate) async fn manifest(req: HttpRequest) -> Result<HttpResponse, HttpError> {
    map::built_file(&req, "field.webmanifest").ok_or(HttpError::MapNotBuilt)
}
