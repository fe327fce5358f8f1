//! `/map`: the web map, its configuration and its files.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;

use crate::city::City;
use crate::map_config::describe;

use super::answer::Answer;
use super::asker::Asker;
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
    built_file(&req, "index.html").ok_or(HttpError::MapNotBuilt)
}

/// Answers with a file of the web app.
pub(crate) async fn asset(req: HttpRequest, name: Path<String>) -> Result<HttpResponse, HttpError> {
    built_file(&req, &name).ok_or(HttpError::NoSuchPage)
}

/// Makes the answer for a file of the web app, if there is one of this name.
pub(super) fn built_file(req: &HttpRequest, name: &str) -> Option<HttpResponse> {
    let file = WebApp::get(name)?;
    Some(styles::file(req, name, file.data.into_owned()))
}

/// Answers with what the web map needs to know of this city.
pub(crate) async fn config(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    Parameters::read(&req, &[])?;
    let language = preferences::language(&req);
    let base = &city.config.base_path;
    Ok(Answer::json(&describe(
        &city.config,
        city.layers(),
        asker.audience(),
        language,
        &format!("{base}/styles/city.json?lang={}", language.code()),
        |layer| city.watch.freshness(layer),
    )))
}
