//! `/collections/{layer}/items/{id}/history`: what became of one feature, version by version.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use chrono::{DateTime, SecondsFormat, Utc};
use layers::{FeatureId, Language, LayerView, Revision, Store};
use serde_json::{Value as Json, json};

use crate::city::{City, title};
use crate::edit::{Which, look};
use crate::history::{FeatureHistory, Step};

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::error::HttpError;
use super::links::{self, GEO_JSON, HTML, JSON, link};
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::{differences, pages, recorded};

/// How many versions an answer has unless the client says.
const DEFAULT_LIMIT: u64 = 100;
/// How many versions an answer has at most.
const MAX_LIMIT: u64 = 1000;

/// A feature's history and where it is found.
pub(super) struct Found {
    pub(super) view: LayerView,
    pub(super) id: FeatureId,
    pub(super) history: FeatureHistory,
    /// The address of the feature, as it was asked for by a client of any host.
    pub(super) feature: String,
    /// The query for what comes next.
    pub(super) next: Option<String>,
}

impl Found {
    fn new(
        view: LayerView,
        id: FeatureId,
        history: FeatureHistory,
        parameters: &Parameters,
        base: &str,
    ) -> Self {
        let next = history.next.map(|revision| revision.0.to_string());
        Self {
            feature: format!("{base}/collections/{}/items/{id}", view.layer().id),
            next: next.map(|next| parameters.with(&[("before", Some(next))])),
            view,
            id,
            history,
        }
    }
}

/// Answers with the versions that whoever asks may see, the newest first.
pub(crate) async fn of_feature(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, String)>,
) -> Result<Answer, HttpError> {
    let (layer, id) = path.into_inner();
    let asker = Asker::of(&req, &city).await?;
    let view = asker.view(&city, &layer)?;
    let parameters = Parameters::read(&req, &["f", "limit", "before"])?;
    let part = Part::read(&parameters)?;
    let format = preferences::format(&req, &parameters)?;
    let language = preferences::language(&req);
    let base = links::base_url(&req, &city)?;
    in_background(move || {
        let (id, history) = find(&city, &asker, &view, &id, part)?;
        let found = Found::new(view, id, history, &parameters, &base);
        Ok(match format {
            Format::Json => Answer::json(&document(&found, language)),
            Format::Html => pages::history(&city, &found, language),
        })
    })
    .await
}

/// Which part of a history is asked for.
#[derive(Clone, Copy)]
struct Part {
    before: Option<Revision>,
    limit: u64,
}

impl Part {
    fn read(parameters: &Parameters) -> Result<Self, HttpError> {
        let limit = parameters.whole_number("limit", 1)?;
        Ok(Self {
            before: parameters.whole_number("before", 1)?.map(Revision),
            limit: limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
        })
    }
}

/// Reads part of a feature's history and writes down that it is read.
fn find(
    city: &City,
    asker: &Asker,
    view: &LayerView,
    id: &str,
    Part { before, limit }: Part,
) -> Result<(FeatureId, FeatureHistory), HttpError> {
    if view.layer().source.is_some() {
        return Err(HttpError::NoSuchPage);
    }
    let store = asker.store(city);
    let id = identity(store, asker, view, id)?;
    let mut history = FeatureHistory::read(store, asker.user(), view, id, before, limit)?;
    if history.steps.is_empty() && before.is_none() {
        // Nothing changed since history is kept, or there never was such a feature.
        let seen = look(store, asker.user(), view.layer(), Which::Id(id))?;
        let seen = seen.filter(|_| history.start.is_some());
        history.shown = Some(seen.ok_or(HttpError::NoSuchFeature)?.feature);
    }
    recorded::history(city, asker, view, id, &history)?;
    Ok((id, history))
}

/// Returns the identity of a feature; one that is gone is found by its UUID alone.
fn identity(
    store: &dyn Store,
    asker: &Asker,
    view: &LayerView,
    text: &str,
) -> Result<FeatureId, HttpError> {
    let which = text.parse().map_err(|()| HttpError::NoSuchFeature)?;
    match which {
        Which::Id(id) => Ok(id),
        Which::Fid(_) => {
            let seen = look(store, asker.user(), view.layer(), which)?;
            Ok(seen.ok_or(HttpError::NoSuchFeature)?.feature.id)
        }
    }
}

fn document(found: &Found, language: Language) -> Json {
    let Found { view, feature, .. } = found;
    let here = format!("{feature}/history");
    let mut links = vec![
        link("self", JSON, "JSON", &here),
        link("alternate", HTML, "HTML", &format!("{here}?f=html")),
        link("latest-version", GEO_JSON, "GeoJSON", feature),
    ];
    if let Some(next) = &found.next {
        links.push(link("next", JSON, "", &format!("{here}?{next}")));
    }
    let shown = found.history.shown.as_ref();
    let steps = found.history.steps.iter();
    let start = found.history.start.as_ref();
    let start = start.map(|start| json!({ "revision": start.revision.0, "at": moment(start.at) }));
    json!({
        "layer": view.layer().id.as_str(),
        "id": found.id.to_string(),
        "title": shown.map(|feature| title(view, feature, language)),
        "historyStart": start,
        "versions": steps.map(|step| version(view, step, language)).collect::<Vec<_>>(),
        "links": links,
    })
}

fn version(view: &LayerView, step: &Step, language: Language) -> Json {
    let mut version = json!({
        "revision": step.revision.0,
        "at": moment(step.at),
        "change": differences::word(step.kind),
    });
    if let Some(signature) = &step.signature {
        version["by"] = json!(signature.author);
        version["reason"] = json!(signature.reason);
    }
    version["differences"] = differences::document(view, &step.differences, language);
    version
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
