//! Absolute addresses and the links between pages.

use actix_web::HttpRequest;
use serde_json::{Value as Json, json};

use crate::city::City;

use super::client;
use super::error::HttpError;

/// The media type of GeoJSON (RFC 7946).
pub(crate) const GEO_JSON: &str = "application/geo+json";
/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";
/// The media type of JSON Schema.
pub(crate) const JSON_SCHEMA: &str = "application/schema+json";
/// The media type of pages.
pub(crate) const HTML: &str = "text/html";
/// The media type of the description of the interface, as OGC API Features writes it.
pub(crate) const OPEN_API: &str = "application/vnd.oai.openapi+json;version=3.0";

/// Returns the address before every path: `public_url`, else the host that the client asked for.
pub(crate) fn base_url(req: &HttpRequest, city: &City) -> Result<String, HttpError> {
    if let Some(url) = &city.config.public_url {
        return Ok(url.clone());
    }
    let proxies = &city.config.proxies;
    let host = client::host(req, proxies);
    let clean = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
    if host.is_empty() || !clean {
        return Err(HttpError::BadHost);
    }
    let scheme = if client::is_secure(req, proxies) {
        "https"
    } else {
        "http"
    };
    Ok(format!("{scheme}://{host}{}", city.config.base_path))
}

/// Makes a link object.
pub(crate) fn link(rel: &str, media_type: &str, title: &str, href: &str) -> Json {
    json!({ "rel": rel, "type": media_type, "title": title, "href": href })
}
