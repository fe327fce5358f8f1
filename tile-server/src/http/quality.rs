//! `/quality`: how complete, fresh and sound every layer of every municipality is.

use actix_web::HttpRequest;
use actix_web::web::Data;
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::quality::{LayerReport, MunicipalityReport, ProblemReport, Report};

use super::answer::{Answer, in_background};
use super::error::HttpError;
use super::links;
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};

/// Answers with the report of all layers that everybody may see.
pub(crate) async fn page(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    let format = preferences::format(&req, &parameters)?;
    let base = links::base_url(&req, &city)?;
    in_background(move || {
        let report = city.quality.report()?;
        Ok(match format {
            Format::Html => pages::quality(&city, &report, language),
            Format::Json => Answer::json(&record(&report, &base)),
        })
    })
    .await
}

fn record(report: &Report, base: &str) -> Json {
    let layers = report.layers.iter();
    json!({ "layers": layers.map(|layer| of_layer(layer, base)).collect::<Vec<_>>() })
}

fn of_layer(report: &LayerReport, base: &str) -> Json {
    let layer = report.view.layer();
    let items = format!("{base}/collections/{}/items", layer.id);
    let problems = report.problems.iter();
    json!({
        "id": layer.id.as_str(),
        "title": { "cs": layer.title.cs, "en": layer.title.en },
        "features": report.features,
        "flawed": report.flawed(),
        "last_change": report.last_change(),
        "update_frequency": layer.update_frequency,
        "by_municipality": report.municipalities.iter().map(of_municipality).collect::<Vec<_>>(),
        "findings": problems.map(|problem| of_problem(problem, &items)).collect::<Vec<_>>(),
    })
}

fn of_municipality(report: &MunicipalityReport) -> Json {
    json!({
        "municipality_code": report.code,
        "name": report.name,
        "features": report.features,
        "flawed": report.flawed,
        "last_change": report.last_change,
    })
}

fn of_problem(report: &ProblemReport, items: &str) -> Json {
    let text = report.finding.problem.text();
    let examples = report.examples.iter();
    let example = |id: String| json!({ "id": id, "href": format!("{items}/{id}") });
    json!({
        "field": report.finding.field,
        "code": report.finding.problem.code(),
        "message": { "cs": text.cs, "en": text.en },
        "features": report.features,
        "first": examples.map(|one| example(one.id.to_string())).collect::<Vec<_>>(),
    })
}
