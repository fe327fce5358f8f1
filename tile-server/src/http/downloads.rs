//! `/downloads/{dataset}/{number}/{file}`: the files of releases; `latest` in place of a number is the release in force.

use std::fs::File;
use std::path::Path;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use catalog::{CatalogError, Release};
use layers::RecordKind;

use crate::city::City;

use super::error::HttpError;
use super::parameters::Parameters;
use super::stored_file::{Freshness, StoredFile};

/// The release in force, whatever its number.
const LATEST: &str = "latest";

/// Answers with a file of a release, whole or in part.
pub(crate) async fn file(
    req: HttpRequest,
    city: Data<City>,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, HttpError> {
    Parameters::read(&req, &[])?;
    let (dataset, number, name) = path.into_inner();
    let found = web::block(move || find(&city, &dataset, &number, &name)).await??;
    found.answer(&req)
}

/// Finds the file by the record of the release alone: what the record does not name cannot be had.
fn find(city: &City, dataset: &str, number: &str, name: &str) -> Result<StoredFile, HttpError> {
    let release = release(city, dataset, number)?.ok_or(HttpError::NoSuchFile)?;
    let public = city.public_files.file(&release, name);
    let public = public.ok_or(HttpError::NoSuchFile)?;
    let (file, bytes) = open(&public.path)?;
    let listed = release.files.iter().find(|file| file.name == name);
    if let Some(listed) = listed.filter(|listed| listed.bytes != bytes) {
        return Err(HttpError::Failed(format!(
            "{name} of release {} has {bytes} bytes instead of {}",
            release.key(),
            listed.bytes
        )));
    }
    // A release never changes, so its number tells the versions of what the record gives no checksum of.
    let version = public.sha256.unwrap_or_else(|| release.number.to_string());
    Ok(StoredFile {
        file,
        bytes,
        name: name.to_owned(),
        media_type: public.media_type,
        etag: format!("\"{version}\""),
        freshness: if number == LATEST {
            Freshness::AsksEveryTime
        } else {
            Freshness::NeverChanges
        },
    })
}

fn release(city: &City, dataset: &str, number: &str) -> Result<Option<Release>, CatalogError> {
    if number == LATEST {
        return Ok(city.entry(dataset)?.and_then(|entry| entry.release));
    }
    let key = format!("{dataset}/{number}");
    let record = city.reading.record(RecordKind::Release, &key)?;
    record.as_ref().map(Release::from_record).transpose()
}

fn open(path: &Path) -> Result<(File, u64), HttpError> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (bytes, file) = opened
        .map_err(|error| HttpError::Failed(format!("cannot open {}: {error}", path.display())))?;
    Ok((file, bytes))
}
