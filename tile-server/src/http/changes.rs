//! `/changes`: what changed of a layer since a revision, so that a copy elsewhere can follow and prove that it is whole.

use actix_web::HttpRequest;
use actix_web::http::header::{ETAG, VARY};
use actix_web::web::Data;
use layers::{Language, LayerView, Revision};
use serde_json::{Value as Json, json};
use xxhash_rust::xxh3::xxh3_128;

use crate::changes::{self, ChangesPage, ChangesRequest, NoChanges};
use crate::city::City;

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::error::HttpError;
use super::feature::{FeatureForm, write_feature};
use super::links::{self, JSON, link};
use super::parameters::{Parameters, bad};
use super::{items, preferences, recorded};

/// How many changes a page has unless the client says.
const DEFAULT_LIMIT: u64 = 1000;
/// How many changes a page has at most.
const MAX_LIMIT: u64 = 10_000;

/// Answers with one page of changes.
pub(crate) async fn of_layer(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &["layer", "since", "until", "cursor", "limit"])?;
    let view = layer(&city, &asker, &parameters)?;
    let wanted = read(&parameters)?;
    let language = preferences::language(&req);
    let here = format!("{}/changes", links::base_url(&req, &city)?);
    let answer = in_background(move || {
        let store = asker.store(&city);
        let newest = city.layer_states(asker.user()).newest(store, &view)?;
        let page = changes::page(store, &view, newest, &wanted)?;
        let answer = document(&view, &wanted, &page, language, &parameters, &here);
        recorded::changes(&city, &asker, &view, &page, &answer)?;
        Ok(answer)
    });
    Ok(answer.await?.unless_known(&req))
}

fn layer(city: &City, asker: &Asker, parameters: &Parameters) -> Result<LayerView, HttpError> {
    let name = parameters.text("layer").ok_or_else(|| needed("layer"))?;
    let view = asker.view(city, name)?;
    if view.layer().source.is_some() {
        return Err(bad(
            "layer",
            "jmenuje vrstvu, která ukazuje tabulku jiného programu; co se v ní změnilo, není známo",
            "names a layer that shows a table of other software; what changed in it is not known",
        ));
    }
    Ok(view)
}

fn needed(name: &str) -> HttpError {
    bad(name, "musí být v dotazu", "must be given")
}

fn read(parameters: &Parameters) -> Result<ChangesRequest, HttpError> {
    let since = parameters.whole_number("since", 0)?;
    let limit = parameters.whole_number("limit", 1)?;
    Ok(ChangesRequest {
        since: Revision(since.ok_or_else(|| needed("since"))?),
        until: parameters.whole_number("until", 0)?.map(Revision),
        after_fid: parameters.whole_number("cursor", 0)?,
        limit: limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
    })
}

impl From<NoChanges> for HttpError {
    fn from(why: NoChanges) -> Self {
        match why {
            NoChanges::UnknownSince => Self::NoSuchRevision,
            NoChanges::UnknownUntil => bad(
                "until",
                "musí ležet mezi `since` a poslední revizí; vezměte odkaz `next` z předchozí stránky",
                "must lie between `since` and the last revision; take the link `next` of the page before",
            ),
            NoChanges::Store(error) => error.into(),
        }
    }
}

fn document(
    view: &LayerView,
    asked: &ChangesRequest,
    page: &ChangesPage,
    language: Language,
    parameters: &Parameters,
    here: &str,
) -> Answer {
    let mut body = b"{\"features\":[".to_vec();
    for (place, feature) in page.features.iter().enumerate() {
        if place > 0 {
            body.extend_from_slice(b",\n");
        }
        write_feature(&mut body, view, feature, FeatureForm::whole(language), "");
    }
    let until = page.until.0;
    let address =
        |changes: &[(&str, Option<String>)]| format!("{here}?{}", parameters.with(changes));
    let mut links = vec![link("self", JSON, "JSON", &address(&[]))];
    if let Some(after) = page.next_after {
        let next = address(&[
            ("until", Some(until.to_string())),
            ("cursor", Some(after.to_string())),
        ]);
        links.push(link("next", JSON, "", &next));
    }
    let removed: Vec<_> = page.removed.iter().map(ToString::to_string).collect();
    let rest: Json = json!({
        "removed": removed,
        "layer": view.layer().id.as_str(),
        "since": asked.since.0,
        "revision": until,
        "count": page.hash.count,
        "hash": page.hash.to_string(),
        "links": links,
    });
    body.extend_from_slice(b"],");
    body.extend_from_slice(&rest.to_string().as_bytes()[1..]);
    let tag = format!("\"{:032x}\"", xxh3_128(&body));
    Answer::new(JSON, body)
        .with(ETAG, tag)
        .with(VARY, items::VARIES)
}
