//! Requests at the gate: a head that is too large, or work that there is no place for, is refused before anything is done.

use std::net::IpAddr;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use tokio::sync::SemaphorePermit;

use crate::city::City;
use crate::http::client;
use crate::http::error::HttpError;

use super::paced::{Answered, PacedAnswer, paced_body};
use super::{Connection, Full, Gate, Place};

/// What is answered however much there is to do: whether the program lives, and streams, whose number has its own limit.
const ALWAYS: [&str; 4] = ["/livez", "/readyz", "/healthz", "/events"];

/// Lets a request in, or refuses it; wraps the handlers, nearest to them.
pub(crate) async fn of_requests<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<PacedAnswer>, Error> {
    let gate = req.app_data::<Data<Gate>>().cloned();
    let gate = gate.expect("the application is made with a gate");
    let connection = req.conn_data::<Rc<Connection>>().cloned();
    let answered = Answered::begin(connection.clone());
    let (has_body, address) = (has_body(&req), address(&req));
    if let (true, Some(connection)) = (has_body, connection) {
        watch_body(&mut req, connection);
    }
    let inside = match enter(&gate, &req, address, has_body).await {
        Ok(inside) => inside,
        Err(refusal) => {
            let answer = req.error_response(refusal);
            return Ok(answer.map_body(|_, body| PacedAnswer::small(body, answered)));
        }
    };
    let answer = next.call(req).await?;
    // Who takes the answer slowly keeps no place in which others could be answered.
    drop(inside);
    let hold = |bytes| gate.hold(address, bytes);
    Ok(answer.map_body(|_, body| PacedAnswer::new(body, hold, answered)))
}

fn watch_body(req: &mut ServiceRequest, connection: Rc<Connection>) {
    let payload = req.take_payload();
    req.set_payload(paced_body(payload, connection));
}

/// A request that is let in: its place, and its turn to be worked on.
struct Inside<'a> {
    _place: Place,
    _turn: Option<SemaphorePermit<'a>>,
}

/// Lets a request in, and waits until it is its turn; none is needed for what is always answered.
async fn enter<'a>(
    gate: &'a Gate,
    req: &ServiceRequest,
    address: Option<IpAddr>,
    has_body: bool,
) -> Result<Option<Inside<'a>>, HttpError> {
    let max = gate.limits.head_size;
    if head_size(req) > max {
        return Err(HttpError::HeadTooLarge { max });
    }
    if ALWAYS.contains(&req.path()) {
        return Ok(None);
    }
    let refusal = |full| match full {
        Full::ForAll => HttpError::Busy,
        Full::ForThisAddress => HttpError::TooManyAtOnce,
    };
    let place = gate.admit(address, has_body).map_err(refusal)?;
    let turn = gate.turn(has_body).await;
    gate.has_room_for_an_answer(address).map_err(refusal)?;
    Ok(Some(Inside {
        _place: place,
        _turn: turn,
    }))
}

fn address(req: &ServiceRequest) -> Option<IpAddr> {
    let city = req.app_data::<Data<City>>()?;
    client::address(req.request(), &city.config.proxies)
}

fn has_body(req: &ServiceRequest) -> bool {
    let headers = req.headers();
    headers.contains_key(TRANSFER_ENCODING)
        || headers
            .get(CONTENT_LENGTH)
            .is_some_and(|length| length.as_bytes() != b"0")
}

/// Returns how many bytes the head of a request has, near enough.
fn head_size(req: &ServiceRequest) -> usize {
    let uri = req.uri();
    let address = uri.path_and_query().map_or(0, |path| path.as_str().len());
    let headers = req.headers().iter();
    let headers: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    address + headers
}
