//! How long an answer may be kept by others: not at all while this server may show an older state than the newest.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use layers::Standing;

use crate::city::City;

use super::credentials;

/// Marks the answer; wraps the whole application.
pub(crate) async fn of_every_answer<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let city = req.app_data::<Data<City>>().cloned();
    let standing = || {
        city.as_ref()
            .map(|city| city.standing())
            .unwrap_or_default()
    };
    let before = standing();
    let is_personal = credentials::are_shown(req.head());
    let mut answer = next.call(req).await?;
    let headers = answer.headers_mut();
    if before.max(standing()) > Standing::UpToDate {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else if headers
        .get(CACHE_CONTROL)
        .is_none_or(|kept| kept == "no-cache")
    {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept(is_personal)));
    }
    Ok(answer)
}

/// What one user sees must not reach another from a cache between.
fn kept(is_personal: bool) -> &'static str {
    if is_personal {
        "private, no-cache"
    } else {
        "no-cache"
    }
}
