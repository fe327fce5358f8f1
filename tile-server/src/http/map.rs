//! `/map`: the web map, its configuration and its files.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use layers::Audience;
use rust_embed::RustEmbed;

use crate::city::City;
use crate::map_config::describe;

use super::answer::Answer;
use super::error::HttpError;
use super::parameters::Parameters;
use super::{preferences, styles};

/// The web app as `npm run build` leaves it; empty when it was not built before the program.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct WebApp;

/// Answers with the page of the web map.
pub(crate) async fn page(req: HttpRequest) -> Result<HttpResponse, HttpError> {
    let page = WebApp::get("index.html").ok_or(HttpError::MapNotBuilt)?;
    Ok(styles::file(&req, "index.html", page.data.into_owned()))
}

/// Answers with a file of the web app.
pub(crate) async fn asset(req: HttpRequest, name: Path<String>) -> Result<HttpResponse, HttpError> {
    let file = WebApp::get(&name).ok_or(HttpError::NoSuchPage)?;
    Ok(styles::file(&req, &name, file.data.into_owned()))
}

/// Answers with what the web map needs to know of this city.
pub(crate) async fn config(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    Parameters::read(&req, &[])?;
    let language = preferences::language(&req);
    Ok(Answer::json(&describe(
        &city.config,
        city.layers(),
        Audience::PUBLIC,
        language,
        &format!("/styles/city.json?lang={}", language.code()),
    )))
}
