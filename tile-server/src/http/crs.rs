//! Coordinate systems as requests and answers name them (OGC API Features Part 2).

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use layers::crs::NamedCrs;

use super::error::{HttpError, NotWritten};
use super::parameters::{Parameters, bad};

/// The parameter that names the system of the answer.
pub(crate) const CRS: &str = "crs";
/// The parameter that names the system of `bbox`.
pub(crate) const BBOX_CRS: &str = "bbox-crs";
/// The header that names the system of what a body holds.
const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");

/// Reads the system that a parameter names; CRS84 when it names none.
pub(crate) fn read(parameters: &Parameters, name: &str) -> Result<NamedCrs, HttpError> {
    let Some(text) = parameters.text(name) else {
        return Ok(NamedCrs::CRS84);
    };
    NamedCrs::named(text).ok_or_else(|| {
        let known = uris().join(", ");
        bad(
            name,
            &format!("musí být jedno z: {known}"),
            &format!("must be one of: {known}"),
        )
    })
}

/// Reads the system that a request names for its body; CRS84 when it names none.
pub(crate) fn of_body(req: &HttpRequest) -> Result<NamedCrs, HttpError> {
    let Some(header) = req.headers().get(CONTENT_CRS) else {
        return Ok(NamedCrs::CRS84);
    };
    let given = header.to_str().unwrap_or_default().trim();
    // The standard has angle brackets around it; QGIS leaves them out.
    let bracketed = given
        .strip_prefix('<')
        .and_then(|uri| uri.strip_suffix('>'));
    let wrong = || NotWritten::BadHeader {
        name: "Content-Crs",
        expected: NamedCrs::ALL.map(bracketed_uri).join(", "),
    };
    Ok(NamedCrs::named(bracketed.unwrap_or(given)).ok_or_else(wrong)?)
}

/// Makes the header that names the system of an answer's geometries.
pub(crate) fn content(crs: NamedCrs) -> (HeaderName, String) {
    (CONTENT_CRS, bracketed_uri(crs))
}

/// Returns the names of all systems in which features are answered, the default first.
pub(crate) fn uris() -> [String; NamedCrs::ALL.len()] {
    NamedCrs::ALL.map(NamedCrs::uri)
}

fn bracketed_uri(crs: NamedCrs) -> String {
    format!("<{}>", crs.uri())
}
