//! The name of a request, by which the answer, the error and the log lines of it are found together.

use actix_web::dev::ServiceRequest;
use actix_web::{HttpMessage, HttpRequest};
use uuid::Uuid;

use crate::config::Proxies;

use super::client;

/// The header that carries it.
pub(crate) const HEADER: &str = "x-request-id";
/// The most characters of a name that a proxy gave.
const MOST: usize = 64;

/// The name of a request.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// Names a request: as a trusted proxy did, else anew.
    pub(crate) fn give(req: &ServiceRequest, proxies: &Proxies) -> Self {
        let given = client::told_by_proxy(req.request(), proxies, HEADER);
        let name = given.filter(|name| is_plain(name)).map(str::to_owned);
        let id = Self(name.unwrap_or_else(|| Uuid::now_v7().simple().to_string()));
        req.extensions_mut().insert(id.clone());
        id
    }

    /// Returns the name that a request was given.
    pub(crate) fn of(req: &HttpRequest) -> Self {
        let given = req.extensions().get::<Self>().cloned();
        given.expect("every request is named before it is answered")
    }

    /// Returns the name as it is written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a name may stand in a log line and in a header as it is.
fn is_plain(name: &str) -> bool {
    (1..=MOST).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}
