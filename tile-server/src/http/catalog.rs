//! `/catalog`: the catalogues of the municipalities, which the national catalogue harvests.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use catalog::{Addresses, CatalogError, CatalogProfile, Entry, JSON_LD};
use serde_json::{Value as Json, json};

use crate::city::City;

use super::answer::{Answer, in_background};
use super::error::HttpError;
use super::links;
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};

/// The edition of the norm in which records are written.
pub(super) const PROFILE: CatalogProfile = CatalogProfile::OFN_2024_05_28;

/// Answers with all municipalities that publish something.
pub(crate) async fn municipalities(
    req: HttpRequest,
    city: Data<City>,
) -> Result<Answer, HttpError> {
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    if preferences::format(&req, &parameters)? == Format::Html {
        return in_background(move || pages::catalogs(&city, language)).await;
    }
    let addresses = addresses(&req, &city)?;
    in_background(move || Ok(Answer::json(&list(&city.entries()?, &addresses)))).await
}

/// Answers with the catalogue of one municipality.
pub(crate) async fn municipality(
    req: HttpRequest,
    city: Data<City>,
    code: Path<String>,
) -> Result<Answer, HttpError> {
    let code = code.parse().ok().ok_or(HttpError::NoSuchDataset)?;
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    if preferences::format(&req, &parameters)? == Format::Html {
        return in_background(move || pages::municipality(&city, code, language)).await;
    }
    have_lasting_names(&city)?;
    let addresses = addresses(&req, &city)?;
    in_background(move || record(&of_municipality(&city, code)?, &addresses)).await
}

/// Returns the entries of one municipality; there is at least one.
pub(super) fn of_municipality(city: &City, code: i64) -> Result<Vec<Entry>, HttpError> {
    let mut entries = city.entries()?;
    entries.retain(|entry| entry.dataset.municipality_code == code);
    if entries.is_empty() {
        return Err(HttpError::NoSuchDataset);
    }
    Ok(entries)
}

/// Returns the addresses of this instance as the client knows it.
pub(super) fn addresses(req: &HttpRequest, city: &City) -> Result<Addresses, HttpError> {
    let base = links::base_url(req, city)?;
    Ok(Addresses::new(base, city.config.sample))
}

/// Refuses to write records without `public_url`: their IRIs are names for good, which must not come from a request.
pub(super) fn have_lasting_names(city: &City) -> Result<(), HttpError> {
    if city.config.public_url.is_some() || city.config.sample {
        return Ok(());
    }
    let cause = "records of the catalogue need public_url in obzor.toml";
    Err(HttpError::Failed(cause.to_owned()))
}

fn record(entries: &[Entry], addresses: &Addresses) -> Result<Answer, HttpError> {
    let releases: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.release.as_ref())
        .collect();
    let record = PROFILE.catalog(&releases, addresses);
    let record = record.ok_or(HttpError::NoSuchDataset)?;
    Ok(Answer::new(JSON_LD, record.to_string()))
}

/// Lists the catalogues, one of each municipality that has released something.
fn list(entries: &[Entry], addresses: &Addresses) -> Json {
    let mut catalogs: Vec<Json> = Vec::new();
    for release in entries.iter().filter_map(|entry| entry.release.as_ref()) {
        let code = release.dataset.municipality_code;
        if catalogs
            .iter()
            .all(|catalog| catalog["municipality_code"] != code)
        {
            catalogs.push(json!({
                "municipality_code": code,
                "publisher": release.dataset.publisher.name,
                "href": addresses.catalog(code),
            }));
        }
    }
    json!({ "catalogs": catalogs })
}

impl From<CatalogError> for HttpError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::ReadStore(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}
