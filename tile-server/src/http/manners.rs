//! What every answer carries, whatever it says: security headers, the public read permission, the sample mark, its name.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::city::City;
use crate::config::Config;

use super::answered::{Told, door};
use super::doors;
use super::metrics::Metrics;
use super::request_id::{self, RequestId};

/// Pages load nothing from elsewhere; the map runs its workers from blobs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; \
    manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        header::PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
];

/// What pages from elsewhere may read: never with credentials, which `*` rules out.
const SHARED: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "ETag, Link, Location, Accept-Ranges, Content-Range, Content-Disposition, X-Request-Id, Retry-After",
    ),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
];
const NOT_SHARED: [(HeaderName, &str); 1] = [(header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin")];

/// A year, after which a browser asks again whether HTTPS is all there is.
const HTTPS_ONLY: &str = "max-age=31536000";

/// Names the request and adds the headers to its answer; wraps the whole application.
pub(crate) async fn of_every_answer<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Told<B>>, Error> {
    let start = Instant::now();
    let data = (
        req.app_data::<Data<City>>().cloned(),
        req.app_data::<Data<Metrics>>().cloned(),
    );
    let (Some(city), Some(metrics)) = data else {
        unreachable!("the application is made with a city and its metrics");
    };
    let id = RequestId::give(&req, &city.config.proxies);
    let mut answer = next.call(req).await?;
    let is_shared = doors::is_shared(answer.request().method(), &door(answer.request()));
    let name = HeaderValue::from_str(id.as_str()).expect("a name has plain characters only");
    let headers = answer.headers_mut();
    headers.insert(HeaderName::from_static(request_id::HEADER), name);
    add_headers(headers, is_shared);
    add_headers_of_city(headers, &city.config);
    Ok(Told::new(answer, id, start, metrics))
}

fn add_headers_of_city(headers: &mut HeaderMap, config: &Config) {
    if config.sample {
        let turned_away = HeaderValue::from_static("noindex, nofollow");
        headers.insert(HeaderName::from_static("x-robots-tag"), turned_away);
    }
    if config.is_https() {
        let only = HeaderValue::from_static(HTTPS_ONLY);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, only);
    }
}

fn add_headers(headers: &mut HeaderMap, is_shared: bool) {
    let sharing = if is_shared { &SHARED[..] } else { &NOT_SHARED };
    let stricter = headers.get(header::CONTENT_SECURITY_POLICY).cloned();
    for (name, value) in HEADERS.iter().chain(sharing) {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    // A file that somebody sent says itself that nothing of it may run.
    if let Some(stricter) = stricter {
        headers.insert(header::CONTENT_SECURITY_POLICY, stricter);
    }
    // It only kept compression away; on the wire the word has no place (RFC 9110, section 8.4.1).
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|encoding| encoding == "identity")
    {
        headers.remove(header::CONTENT_ENCODING);
    }
    // What has an entity tag is the same in every language.
    if !headers.contains_key(header::ETAG) {
        headers.append(
            header::VARY,
            HeaderValue::from_static("Accept, Accept-Language, Authorization, Cookie"),
        );
    }
}
