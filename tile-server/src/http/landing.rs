//! `/`, `/conformance` and `/robots.txt`: where programs and people start.

use actix_web::HttpRequest;
use actix_web::web::Data;
use serde_json::json;

use crate::city::City;

use super::answer::{Answer, in_background};
use super::error::HttpError;
use super::links::{self, HTML, JSON, OPEN_API, link};
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};

/// The parts of the standards that are kept, whole.
const CONFORMANCE: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/array-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/advanced-property-roles",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/returnables-and-receivables",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/sortables",
    "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/sortables",
    "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/sorting",
    "http://www.opengis.net/spec/ogcapi-features-8/1.0/conf/features-sorting",
    "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/schemas",
];

/// Answers with the portal for people, or with the landing page of OGC API for programs.
pub(crate) async fn page(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    let base = links::base_url(&req, &city)?;
    if preferences::format(&req, &parameters)? == Format::Html {
        return in_background(move || pages::portal(&city, language)).await;
    }
    let title = city.config.title.in_language(language);
    Ok(Answer::json(&json!({
        "title": title,
        "description": pages::about(&city, language),
        "attribution": city.config.attribution.join("; "),
        "links": [
            link("self", JSON, title, &format!("{base}/?f=json")),
            link("alternate", HTML, title, &format!("{base}/?f=html")),
            link("service-desc", OPEN_API, "OpenAPI 3.0", &format!("{base}/api")),
            link("service-doc", HTML, "API", &format!("{base}/api?f=html")),
            link("conformance", JSON, "Conformance", &format!("{base}/conformance")),
            link("data", JSON, "Collections", &format!("{base}/collections")),
            link("related", JSON, "Open data catalogues", &format!("{base}/catalog")),
        ],
    })))
}

/// Answers with the list of conformance classes.
pub(crate) async fn conformance(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["f"])?;
    Ok(match preferences::format(&req, &parameters)? {
        Format::Json => Answer::json(&json!({ "conformsTo": CONFORMANCE })),
        Format::Html => pages::conformance(&city, CONFORMANCE, preferences::language(&req)),
    })
}

/// Tells robots what to leave alone: everything, when the data are samples.
pub(crate) async fn robots(city: Data<City>) -> Answer {
    let rules = if city.config.sample {
        "User-agent: *\nDisallow: /\n"
    } else {
        "User-agent: *\nDisallow:\n"
    };
    Answer::new("text/plain; charset=utf-8", rules)
}
