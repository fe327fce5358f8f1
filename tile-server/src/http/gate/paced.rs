//! Bodies at the client's pace: what a handler waits for, and what waits for the client to take it.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

use super::{Connection, Place};

/// How much of an answer is handed over at once, in bytes.
const PIECE: usize = 64 * 1024;

/// A request that is being answered, until its answer is handed over.
pub(super) struct Answered(Option<Rc<Connection>>);

impl Answered {
    pub(super) fn begin(connection: Option<Rc<Connection>>) -> Self {
        if let Some(connection) = &connection {
            connection.begin();
        }
        Self(connection)
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.end();
        }
    }
}

/// Makes the body of a request one whose client is watched while it is read.
pub(super) fn paced_body(payload: Payload, connection: Rc<Connection>) -> Payload {
    Payload::Stream {
        payload: Box::pin(PacedBody {
            payload,
            connection,
        }),
    }
}

struct PacedBody {
    payload: Payload,
    connection: Rc<Connection>,
}

impl Stream for PacedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.payload).poll_next(context);
        let flow = &self.connection.body;
        match &polled {
            Poll::Pending => flow.waits(),
            Poll::Ready(Some(Ok(piece))) => flow.moved(piece.len()),
            Poll::Ready(_) => flow.rests(),
        }
        polled
    }
}

impl Drop for PacedBody {
    fn drop(&mut self) {
        self.connection.body.rests();
    }
}

/// The body of an answer, piece by piece; what of it lies in memory is counted until it is handed over.
pub(crate) struct PacedAnswer {
    content: Content,
    size: BodySize,
    _counted: Option<Place>,
    _answered: Answered,
}

enum Content {
    Bytes(Bytes),
    Stream(BoxBody),
}

impl PacedAnswer {
    pub(super) fn new(
        body: impl MessageBody + 'static,
        count: impl FnOnce(usize) -> Place,
        answered: Answered,
    ) -> Self {
        let size = body.size();
        match body.try_into_bytes() {
            Ok(bytes) => {
                let counted = count(bytes.len());
                Self {
                    content: Content::Bytes(bytes),
                    size,
                    _counted: Some(counted),
                    _answered: answered,
                }
            }
            Err(body) => Self {
                size,
                ..Self::small(body, answered)
            },
        }
    }

    /// Makes an answer that is not worth counting.
    pub(super) fn small(body: impl MessageBody + 'static, answered: Answered) -> Self {
        Self {
            size: body.size(),
            content: Content::Stream(body.boxed()),
            _counted: None,
            _answered: answered,
        }
    }
}

impl MessageBody for PacedAnswer {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match &mut self.content {
            Content::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Bytes(bytes) => {
                let piece = bytes.split_to(PIECE.min(bytes.len()));
                Poll::Ready(Some(Ok(piece)))
            }
            Content::Stream(body) => Pin::new(body).poll_next(context),
        }
    }
}
