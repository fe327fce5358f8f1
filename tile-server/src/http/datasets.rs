//! `/catalog/{municipality}/datasets/{id}` and its distributions: these addresses are the IRIs of what they answer.

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use catalog::{Addresses, Entry, JSON_LD, Release};

use crate::city::City;

use super::answer::{Answer, in_background};
use super::catalog::{PROFILE, addresses, have_lasting_names};
use super::error::HttpError;
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};

/// Answers with a dataset: its record, or its page for people.
pub(crate) async fn dataset(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String)>,
) -> Result<Answer, HttpError> {
    let (municipality, id) = path.into_inner();
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    let format = preferences::format(&req, &parameters)?;
    let addresses = addresses(&req, &city)?;
    in_background(move || {
        let entry = find(&city, &municipality, &id)?;
        match format {
            Format::Html => pages::dataset(&city, &entry, &addresses, language),
            Format::Json => record(&city, &released(entry)?, &addresses),
        }
    })
    .await
}

/// Answers with the record of a distribution; people are sent to its place on the dataset's page.
pub(crate) async fn distribution(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, HttpError> {
    let (municipality, id, format) = path.into_inner();
    let parameters = Parameters::read(&req, &["f"])?;
    let wants = preferences::format(&req, &parameters)?;
    let addresses = addresses(&req, &city)?;
    if wants == Format::Json {
        have_lasting_names(&city)?;
    }
    let release = web::block(move || released(find(&city, &municipality, &id)?)).await??;
    let mut files = release.files.iter();
    let file = files.find(|file| file.format.extension() == format);
    let file = file.ok_or(HttpError::NoSuchDataset)?;
    if wants == Format::Html {
        let place = format!("{}#{format}", addresses.page(&release.dataset));
        return Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, place))
            .finish());
    }
    let record = PROFILE.distribution(&release, file, &addresses);
    Ok(Answer::new(JSON_LD, record.to_string()).respond_to(&req))
}

fn find(city: &City, municipality: &str, id: &str) -> Result<Entry, HttpError> {
    let entry = city.entry(id)?.ok_or(HttpError::NoSuchDataset)?;
    if entry.dataset.municipality_code.to_string() != municipality {
        return Err(HttpError::NoSuchDataset);
    }
    Ok(entry)
}

fn released(entry: Entry) -> Result<Release, HttpError> {
    entry.release.ok_or(HttpError::NoSuchDataset)
}

fn record(city: &City, release: &Release, addresses: &Addresses) -> Result<Answer, HttpError> {
    have_lasting_names(city)?;
    let record = PROFILE.dataset(release, addresses);
    Ok(Answer::new(JSON_LD, record.to_string()))
}
