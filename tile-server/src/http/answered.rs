//! What is told of every answer when it is over: a line in the log, and numbers; neither says who asked, or for what.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Data};

use super::metrics::Metrics;
use super::request_id::RequestId;

/// What stands for the door of an address that leads nowhere.
const NO_DOOR: &str = "none";

/// The body of an answer that is told of when it is over.
pub(crate) struct Told<B> {
    body: Pin<Box<B>>,
    note: Note,
}

/// What is told.
struct Note {
    id: RequestId,
    method: &'static str,
    /// The pattern of the address, which has no value of the client.
    door: String,
    status: StatusCode,
    /// Until the answer began.
    took: Duration,
    bytes: u64,
    metrics: Data<Metrics>,
}

impl<B: MessageBody> Told<B> {
    /// Makes the answer one that is told of.
    pub(crate) fn new(
        answer: ServiceResponse<B>,
        id: RequestId,
        start: Instant,
        metrics: Data<Metrics>,
    ) -> ServiceResponse<Self> {
        let note = Note {
            id,
            method: method(answer.request()),
            door: door(answer.request()),
            status: answer.status(),
            took: start.elapsed(),
            bytes: 0,
            metrics,
        };
        answer.map_body(|_, body| Self {
            body: Box::pin(body),
            note,
        })
    }
}

/// Returns the pattern of the door that a request came to.
pub(crate) fn door(req: &HttpRequest) -> String {
    req.match_pattern().unwrap_or_else(|| NO_DOOR.to_owned())
}

/// Returns the method if it is a known one: a client may write anything.
fn method(req: &HttpRequest) -> &'static str {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::OPTIONS,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    const NAMES: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    let place = KNOWN.iter().position(|known| known == req.method());
    place.map_or("other", |place| NAMES[place])
}

impl<B: MessageBody> MessageBody for Told<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        let polled = self.body.as_mut().poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            self.note.bytes += piece.len() as u64;
        }
        polled
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        tracing::info!(
            request = self.id.as_str(),
            method = self.method,
            door = self.door,
            status = self.status.as_u16(),
            millis = self.took.as_secs_f64() * 1000.0,
            bytes = self.bytes,
            "answered"
        );
        self.metrics
            .answered(&self.door, self.method, self.status, self.took, self.bytes);
    }
}
