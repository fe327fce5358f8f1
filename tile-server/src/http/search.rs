//! `/search`: finds features by typing.

use actix_web::HttpRequest;
use actix_web::web::Data;
use layers::Language;
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::search::Hit;

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::error::HttpError;
use super::parameters::{Parameters, bad};
use super::preferences::{self, Format};
use super::{pages, recorded_small};

const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: usize = 50;
const MAX_LENGTH: usize = 200;

/// Answers with the best hits, the best first.
pub(crate) async fn find(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &["f", "q", "limit"])?;
    let format = preferences::format(&req, &parameters)?;
    let text = asked(&parameters, format)?;
    let limit = parameters
        .whole_number("limit", 1)?
        .unwrap_or(DEFAULT_LIMIT)
        .min(MAX_LIMIT);
    let language = preferences::language(&req);
    in_background(move || {
        let hits = city.search.find(asker.audience(), &text, limit, language)?;
        recorded_small::found(&city, &asker, &hits)?;
        if format == Format::Html {
            return Ok(pages::search(&city, &text, &hits, language));
        }
        let results: Vec<Json> = hits.iter().map(|hit| result(hit, language)).collect();
        Ok(Answer::json(&json!({ "results": results })))
    })
    .await
}

/// Returns the text to find; a browser that asks for nothing gets the form.
fn asked(parameters: &Parameters, format: Format) -> Result<String, HttpError> {
    let text = parameters.text("q").unwrap_or_default();
    let is_form = text.is_empty() && format == Format::Html;
    if (text.is_empty() && !is_form) || text.len() > MAX_LENGTH {
        return Err(bad(
            "q",
            "musí být hledaný text, nejvýš 200 bajtů",
            "must be the text to find, at most 200 bytes",
        ));
    }
    Ok(text.to_owned())
}

fn result(hit: &Hit, language: Language) -> Json {
    let layer = hit.view.layer();
    let mut result = json!({
        "layer": layer.id.as_str(),
        "layer_title": layer.title.in_language(language),
        "id": hit.id.to_string(),
        "fid": hit.fid,
        "title": hit.title,
    });
    if let Some(place) = &hit.place {
        let [west, south] = place.bbox.min;
        let [east, north] = place.bbox.max;
        result["center"] = json!(place.center);
        result["bbox"] = json!([west, south, east, north]);
    }
    result
}
