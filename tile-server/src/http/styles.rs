//! `/styles`, `/fonts` and `/sprites`: how the map looks.

use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use styles::{Style, StyleError};
use xxhash_rust::xxh3::xxh3_64;

use crate::city::City;

use super::answer::Answer;
use super::asker::Asker;
use super::error::HttpError;
use super::parameters::Parameters;
use super::{etag, links, preferences};

/// Answers with a MapLibre style with absolute addresses; its name in the address ends with `.json`.
pub(crate) async fn style(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    Parameters::read(&req, &[])?;
    let style = shipped(&path)?.with_all(city.layers(), asker.audience());
    let base = links::base_url(&req, &city)?;
    let language = preferences::language(&req);
    Ok(Answer::json(&style.resolve(
        &base,
        city.layers(),
        asker.audience(),
        language,
    )))
}

/// Answers with the legend made from a style.
pub(crate) async fn legend(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    Parameters::read(&req, &[])?;
    let style = shipped(&path)?.with_all(city.layers(), asker.audience());
    let language = preferences::language(&req);
    let legend = style.legend(city.layers(), asker.audience(), language)?;
    Ok(Answer::json(&json!(legend)))
}

/// Answers with a font of the styles.
pub(crate) async fn font(req: HttpRequest, name: Path<String>) -> Result<HttpResponse, HttpError> {
    let font = styles::font(&name).ok_or(HttpError::NoSuchPage)?;
    Ok(file(&req, &name, font.into_owned()))
}

/// Answers with a file of a sprite.
pub(crate) async fn sprite(
    req: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, HttpError> {
    let sprite = styles::sprite(&name).ok_or(HttpError::NoSuchPage)?;
    Ok(file(&req, &name, sprite.into_owned()))
}

/// Makes the answer for a file that is part of the program; only its content can tell that it changed.
pub(super) fn file(req: &HttpRequest, name: &str, bytes: Vec<u8>) -> HttpResponse {
    // Weak, because the same tag stands for the compressed and the bare bytes.
    let tag = format!("W/\"{:016x}\"", xxh3_64(&bytes));
    let is_known = etag::is_known(req, &tag);
    let mut answer = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "no-cache"));
    if is_known {
        return answer.finish();
    }
    answer.content_type(media_type(name)).body(bytes)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn shipped(id: &str) -> Result<Style, HttpError> {
    Ok(Style::shipped(id).ok_or(HttpError::NoSuchPage)??)
}

impl From<StyleError> for HttpError {
    fn from(error: StyleError) -> Self {
        Self::Failed(error.to_string())
    }
}
