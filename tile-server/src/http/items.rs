//! `/collections/{layer}/items`: the features of a layer, page by page, and one feature by its id.

use std::fmt::Write;
use std::time::SystemTime;

use actix_web::HttpRequest;
use actix_web::http::header::{ETAG, VARY};
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use layers::crs::NamedCrs;
use layers::{Language, LayerView};
use serde_json::{Value as Json, json};
use xxhash_rust::xxh3::xxh3_128;

use crate::city::City;
use crate::edit::{Seen, look_at};
use crate::finding::Finder;
use crate::page::{PageRequest, PageSummary};
use crate::selection::{AsOf, Selection};

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::collections::extent;
use super::crs;
use super::error::HttpError;
use super::feature::{FeatureForm, write_feature};
use super::formats;
use super::items_order;
use super::items_query::{self, MAX_LIMIT};
use super::links::{self, GEO_JSON, HTML, JSON, link};
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::{etag, instant, pages, recorded};

/// By what an answer with an entity tag differs.
pub(super) const VARIES: &str = "Accept, Accept-Language, Authorization, Cookie";

/// Answers with one page of features; people send the query by a form, which names what nobody filled in.
pub(super) async fn list(
    req: &HttpRequest,
    city: Data<City>,
    asker: Asker,
    view: LayerView,
    parameters: Parameters,
    format: Format,
) -> Result<Answer, HttpError> {
    let parameters = match format {
        Format::Json => parameters,
        Format::Html => parameters.filled(),
    };
    let mut request = items_query::read(&view, &parameters)?;
    let instant = instant::read(&view, &parameters)?;
    let language = preferences::language(req);
    let base = links::base_url(req, &city)?;
    let here = format!("{base}/collections/{}/items", view.layer().id);
    let addresses = Addresses { here, parameters };
    let answer = in_background(move || {
        in_state(&city, &asker, &mut request, instant)?;
        page(&city, &asker, &request, format, language, &addresses)
    });
    Ok(answer.await?.unless_known(req))
}

/// Answers with one feature, found by its UUID or by its `fid`.
pub(crate) async fn one(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String)>,
) -> Result<Answer, HttpError> {
    let (layer, id) = path.into_inner();
    let asker = Asker::of(&req, &city).await?;
    let view = asker.view(&city, &layer)?;
    let parameters = Parameters::read(&req, &["f", instant::DATETIME, crs::CRS])?;
    let crs = crs::read(&parameters, crs::CRS)?;
    let instant = instant::read(&view, &parameters)?;
    let format = preferences::format(&req, &parameters)?;
    let language = preferences::language(&req);
    let base = links::base_url(&req, &city)?;
    let answer = in_background(move || {
        let as_of = instant::find(asker.store(&city), instant)?;
        let seen = seen(&city, &asker, &view, &id, as_of)?;
        Ok(match format {
            Format::Json => feature_answer(&seen, crs, language, &base),
            Format::Html => pages::feature(&city, &seen, as_of, language, &base),
        })
    });
    Ok(answer.await?.unless_known(&req))
}

/// Finds a feature, now or as it was, and writes down that it is read.
fn seen(
    city: &City,
    asker: &Asker,
    view: &LayerView,
    id: &str,
    as_of: Option<AsOf>,
) -> Result<Seen, HttpError> {
    let which = id.parse().map_err(|()| HttpError::NoSuchFeature)?;
    let at = as_of.map(|state| state.revision);
    // Who looks at the past has not seen what stands now.
    if at.is_none() {
        asker.note_served(city, view)?;
    }
    let found = look_at(asker.store(city), asker.user(), view.layer(), which, at)?;
    let seen = found.ok_or(HttpError::NoSuchFeature)?;
    recorded::feature(city, asker, &seen)?;
    Ok(seen)
}

/// The address of the page and the query it was asked with.
pub(super) struct Addresses {
    pub(super) here: String,
    pub(super) parameters: Parameters,
}

impl Addresses {
    /// Returns the address with some parameters replaced or, with none, left out.
    pub(super) fn with(&self, changes: &[(&str, Option<String>)]) -> String {
        let query = self.parameters.with(changes);
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{mark}{query}", self.here)
    }

    /// Returns the links of a page in one of the formats of JSON, with all others beside it.
    pub(super) fn links(&self, selection: &Selection, page: &PageSummary, f: &str) -> Vec<Json> {
        let here = |format: &str| self.with(&[("f", Some(format.to_owned()))]);
        let mut links = vec![
            link("self", GEO_JSON, f, &here(f)),
            link("collection", JSON, "", self.here.trim_end_matches("/items")),
        ];
        links.extend(formats::links(&selection.view, "alternate", &[f], here));
        links.extend(
            self.next(selection, page, f)
                .map(|next| link("next", GEO_JSON, "", &next)),
        );
        links
    }

    /// Returns the address of all that is asked for, not of a page, in a format; GeoJSON has no more than a page may.
    pub(super) fn whole(&self, format: &str) -> String {
        let limit = (format == "json").then(|| MAX_LIMIT.to_string());
        self.with(&[
            ("f", Some(format.to_owned())),
            ("limit", limit),
            ("offset", None),
            (items_order::CURSOR, None),
            ("lang", None),
        ])
    }

    /// Returns the address of the next page, if there is one.
    pub(super) fn next(
        &self,
        selection: &Selection,
        page: &PageSummary,
        format: &str,
    ) -> Option<String> {
        let Selection { view, sort, .. } = selection;
        let after = items_order::encoded(view, sort, page.next_after.as_ref()?);
        Some(self.with(&[
            (items_order::CURSOR, Some(after)),
            ("offset", None),
            ("f", Some(format.to_owned())),
        ]))
    }
}

/// Returns when an answer is made.
pub(super) fn now() -> String {
    DateTime::<Utc>::from(SystemTime::now()).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Asks for a state; the area is cut to where the features are now, which does not say where they were.
pub(super) fn in_state(
    city: &City,
    asker: &Asker,
    request: &mut PageRequest,
    instant: Option<DateTime<Utc>>,
) -> Result<(), HttpError> {
    let store = asker.store(city);
    request.selection.as_of = instant::find(store, instant)?;
    if !request.fix_state(store)? {
        let selection = &mut request.selection;
        asker.note_served(city, &selection.view)?;
        // Nobody waits for the extent of a layer who asks for all of it.
        if selection.area.is_some()
            && let Some(extent) = extent(city, &selection.view)?
        {
            selection.cut_to(extent);
        }
    }
    Ok(())
}

fn page(
    city: &City,
    asker: &Asker,
    request: &PageRequest,
    format: Format,
    language: Language,
    addresses: &Addresses,
) -> Result<Answer, HttpError> {
    let finder = asker.finder(city);
    let (answer, rows) = match format {
        Format::Json => feature_collection(finder, request, language, addresses)?,
        Format::Html => table(city, finder, request, language, addresses)?,
    };
    recorded::page(city, asker, request, rows, &answer)?;
    Ok(answer)
}

fn feature_collection(
    finder: Finder<'_>,
    request: &PageRequest,
    language: Language,
    addresses: &Addresses,
) -> Result<(Answer, u64), HttpError> {
    let selection = &request.selection;
    let form = FeatureForm {
        crs: selection.crs,
        language,
        properties: selection.properties.as_deref(),
    };
    let mut body = b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec();
    let page = request.read(finder, &mut |feature| {
        if body.last() != Some(&b'[') {
            body.extend_from_slice(b",\n");
        }
        write_feature(&mut body, &selection.view, feature, form, "");
    })?;
    let tag = format!("\"{:032x}.{}\"", xxh3_128(&body), page.matched);
    let rest = json!({
        "numberMatched": page.matched,
        "numberReturned": page.returned,
        "timeStamp": now(),
        "links": addresses.links(selection, &page, "json"),
    });
    body.extend_from_slice(b"],");
    body.extend_from_slice(&rest.to_string().as_bytes()[1..]);
    let (name, value) = crs::content(selection.crs);
    let answer = Answer::new(GEO_JSON, body).with(name, value);
    Ok((
        match selection.as_of {
            Some(_) => answer.with(ETAG, tag).with(VARY, VARIES),
            None => answer,
        },
        page.returned,
    ))
}

fn table(
    city: &City,
    finder: Finder<'_>,
    request: &PageRequest,
    language: Language,
    addresses: &Addresses,
) -> Result<(Answer, u64), HttpError> {
    let mut features = Vec::new();
    let page = request.read(finder, &mut |feature| features.push(feature.clone()))?;
    let answer = pages::items(city, request, &features, &page, language, addresses);
    Ok((answer, page.returned))
}

/// Answers with one feature, its geometry in `crs`, and the entity tag of its version.
pub(super) fn feature_answer(seen: &Seen, crs: NamedCrs, language: Language, base: &str) -> Answer {
    let Seen { view, feature } = seen;
    let collection = format!("{base}/collections/{}", view.layer().id);
    let here = format!("{collection}/items/{}", feature.id);
    let mut links = vec![
        link("self", GEO_JSON, "GeoJSON", &here),
        link("alternate", HTML, "HTML", &format!("{here}?f=html")),
        link("collection", JSON, "", &collection),
    ];
    if view.layer().source.is_none() {
        let history = format!("{here}/history");
        links.push(link("version-history", JSON, "", &history));
    }
    let mut more = String::new();
    write!(more, ",\"links\":{}", Json::from(links)).expect("a string takes every character");
    let mut body = Vec::new();
    let form = FeatureForm {
        crs,
        language,
        properties: None,
    };
    write_feature(&mut body, view, feature, form, &more);
    let tag = etag::of_feature_in(crs, view, feature, language);
    let (name, value) = crs::content(crs);
    Answer::new(GEO_JSON, body)
        .with(name, value)
        .with(ETAG, tag)
        .with(VARY, VARIES)
}
