//! Features of a layer as a file: made in the background, recorded where it is not public, sent whole or in part.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::{HeaderName, HeaderValue, VARY};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use layers::crs::NamedCrs;
use layers::{FeatureQuery, LayerView, Revision, last_visible_revision};

use crate::city::City;
use crate::export::{ExportError, ExportFile, ExportFormat, ExportKey, ExportRequest};
use crate::page::PageRequest;

use super::asker::Asker;
use super::error::HttpError;
use super::items::{VARIES, in_state};
use super::parameters::{Parameters, bad};
use super::stored_file::{Freshness, StoredFile};
use super::{crs, instant, items_query, preferences, recorded};

/// How many features of all that match are in the answer (OGC API Features Part 1, as GDAL and QGIS read it of files).
const NUMBER_RETURNED: HeaderName = HeaderName::from_static("ogc-numberreturned");
const NUMBER_MATCHED: HeaderName = HeaderName::from_static("ogc-numbermatched");

/// A format under its names.
pub(super) struct Named {
    pub(super) format: ExportFormat,
    /// With which the name of the file ends.
    pub(super) ending: &'static str,
    pub(super) media_type: &'static str,
}

/// Answers with a file of all features that match, or of as many as are asked for.
pub(super) async fn file(
    req: &HttpRequest,
    city: Data<City>,
    asker: Asker,
    view: &LayerView,
    parameters: &Parameters,
    named: Named,
) -> Result<HttpResponse, HttpError> {
    let instant = instant::read(view, parameters)?;
    let request = read(req, view, parameters, named.format)?;
    let question = parameters.with(&[("f", None), ("lang", None)]);
    let said = headers(&request)?;
    // Who walks away stops the work.
    let waiting = Waiting::default();
    let is_wanted = waiting.watched();
    let made = move || made(&city, &asker, request, instant, question, &is_wanted);
    let (file, made) = web::block(made).await??;
    answer(req, file, &made, view, &named, said)
}

/// Makes the file of a state and writes down who gets it.
fn made(
    city: &City,
    asker: &Asker,
    mut request: ExportRequest,
    instant: Option<DateTime<Utc>>,
    question: String,
    is_wanted: &dyn Fn() -> bool,
) -> Result<(File, Arc<ExportFile>), HttpError> {
    in_state(city, asker, &mut request.page, instant)?;
    let made = make(city, asker, &request, question, is_wanted)?;
    recorded::export(city, asker, &request.page.selection, &made)?;
    // Open from here on, whatever is forgotten meanwhile.
    let file = File::open(&made.path).map_err(ExportError::from)?;
    Ok((file, made))
}

/// What the answer says of a file beside what every file's answer does.
struct Said {
    /// The system of the geometries; a sheet has the position in two.
    content_crs: Option<(HeaderName, HeaderValue)>,
    is_all: bool,
}

fn headers(request: &ExportRequest) -> Result<Said, HttpError> {
    let PageRequest {
        selection,
        after,
        offset,
        limit,
        ..
    } = &request.page;
    let has_one = request.format != ExportFormat::Xlsx && selection.view.layer().geometry.is_some();
    let (name, value) = crs::content(selection.crs);
    let value = HeaderValue::try_from(value);
    let value = value.map_err(|error| HttpError::Failed(error.to_string()))?;
    Ok(Said {
        content_crs: has_one.then_some((name, value)),
        is_all: *limit == u64::MAX && *offset == 0 && after.is_none(),
    })
}

fn answer(
    req: &HttpRequest,
    file: File,
    made: &ExportFile,
    view: &LayerView,
    named: &Named,
    said: Said,
) -> Result<HttpResponse, HttpError> {
    let stored = StoredFile {
        file,
        bytes: made.bytes,
        name: format!("{}.{}", view.layer().id, named.ending),
        media_type: named.media_type,
        etag: format!("\"{}\"", made.sha256),
        freshness: Freshness::AsksEveryTime,
    };
    let mut answer = stored.answer(req)?;
    let headers = answer.headers_mut();
    headers.insert(VARY, HeaderValue::from_static(VARIES));
    headers.insert(NUMBER_RETURNED, made.rows.into());
    if said.is_all {
        headers.insert(NUMBER_MATCHED, made.rows.into());
    }
    if let Some((name, value)) = said.content_crs {
        headers.insert(name, value);
    }
    Ok(answer)
}

/// Reads which features go into the file, and how.
fn read(
    req: &HttpRequest,
    view: &LayerView,
    parameters: &Parameters,
    format: ExportFormat,
) -> Result<ExportRequest, HttpError> {
    let limit = parameters.whole_number("limit", 1)?;
    let mut page = items_query::read(view, parameters)?;
    page.limit = limit.unwrap_or(u64::MAX);
    page.selection.crs = system(parameters, format)?;
    Ok(ExportRequest {
        page,
        format,
        language: preferences::language(req),
    })
}

/// Reads the system of the geometries; a `GeoPackage` has the one in which everything is stored, and says so.
fn system(parameters: &Parameters, format: ExportFormat) -> Result<NamedCrs, HttpError> {
    let asked = crs::read(parameters, crs::CRS)?;
    if format != ExportFormat::GeoPackage {
        return Ok(asked);
    }
    if parameters.text(crs::CRS).is_some() && asked != NamedCrs::STORED {
        let stored = NamedCrs::STORED.uri();
        return Err(bad(
            crs::CRS,
            &format!("může být u GeoPackage jen {stored}"),
            &format!("can only be {stored} for a GeoPackage"),
        ));
    }
    Ok(NamedCrs::STORED)
}

/// Returns the file, of one state: that of an instant, or the newest.
fn make(
    city: &City,
    asker: &Asker,
    request: &ExportRequest,
    question: String,
    is_wanted: &dyn Fn() -> bool,
) -> Result<Arc<ExportFile>, HttpError> {
    let store = asker.store(city);
    let query = request.page.query_to_the_end();
    let view = &query.view;
    let state = match query.at {
        Some(state) => state,
        None => store.head()?,
    };
    // The same features make the same bytes, and so the same tag, on every server and after every restart.
    let find = || last_visible_revision(store, std::slice::from_ref(view), state);
    let shown = city.last_shown.of(view, state, find)?;
    let made_at = match store.revision(shown)? {
        Some(revision) => revision.at,
        None => DateTime::<Utc>::UNIX_EPOCH,
    };
    let key = key(request, shown, question);
    let query = FeatureQuery {
        at: view.layer().state_at(Some(state)),
        ..query.clone()
    };
    let write = |path: &_| request.write(store, &query, path, made_at, is_wanted);
    Ok(city.exports.file(key, write)?)
}

/// Returns what makes the file the same as another; none of a table of other software, of which no state has a number.
fn key(request: &ExportRequest, revision: Revision, question: String) -> Option<ExportKey> {
    let view = &request.page.selection.view;
    view.layer().source.is_none().then(|| ExportKey {
        view: view.clone(),
        revision,
        question,
        format: request.format,
        language: request.language,
    })
}

/// Somebody who waits for a file; when it is dropped, nobody does.
#[derive(Default)]
struct Waiting(Arc<AtomicBool>);

impl Waiting {
    fn watched(&self) -> impl Fn() -> bool + use<> {
        let is_gone = Arc::clone(&self.0);
        move || !is_gone.load(Ordering::Relaxed)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
