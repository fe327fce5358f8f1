//! What every answer carries, whatever it says: security headers, the public read permission, the sample mark, a log line.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use crate::city::City;

/// Pages load nothing from elsewhere; the map runs its workers from blobs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; \
    manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "ETag, Link, Location, Accept-Ranges, Content-Range, Content-Disposition",
    ),
];

/// Adds the headers and writes one log line: no address, no query and no name of who asked.
pub(crate) async fn of_every_answer<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let start = Instant::now();
    let is_sample = req
        .app_data::<web::Data<City>>()
        .is_some_and(|city| city.config.sample);
    let mut answer = next.call(req).await?;
    add_headers(answer.headers_mut(), is_sample);
    tracing::info!(
        method = %answer.request().method(),
        path = answer.request().path(),
        status = answer.status().as_u16(),
        millis = start.elapsed().as_secs_f64() * 1000.0,
        "answered"
    );
    Ok(answer)
}

fn add_headers(headers: &mut HeaderMap, is_sample: bool) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
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
    if is_sample {
        headers.insert(
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex, nofollow"),
        );
    }
}
