//! `/collections` and `/collections/{layer}`: the layers as OGC API Features describes them.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use layers::crs::NamedCrs;
use layers::{Bbox, Language, LayerView};
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::freshness;
use crate::search::fold;
use crate::tiles::TileError;

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::crs;
use super::error::HttpError;
use super::formats;
use super::links::{self, GEO_JSON, HTML, JSON, JSON_SCHEMA, link};
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::queryables::{QUERYABLES, SORTABLES};
use super::schema::GEO_JSON_FEATURE;

/// The relation to what features are like (OGC API Features Part 5).
const SCHEMA: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";

/// Answers with all layers.
pub(crate) async fn list(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &["f", "q"])?;
    let language = preferences::language(&req);
    let base = links::base_url(&req, &city)?;
    let text = parameters.text("q").unwrap_or_default().to_owned();
    let mut views: Vec<LayerView> = city.views(asker.audience()).collect();
    views.retain(|view| is_about(view, &text));
    if preferences::format(&req, &parameters)? == Format::Html {
        return in_background(move || Ok(pages::collections(&city, &views, &text, language)?))
            .await;
    }
    in_background(move || all(&city, &views, language, &base)).await
}

/// Answers with one layer.
pub(crate) async fn one(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let view = Asker::of(&req, &city).await?.view(&city, &path)?;
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    let base = links::base_url(&req, &city)?;
    if preferences::format(&req, &parameters)? == Format::Html {
        return in_background(move || Ok(pages::collection(&city, &view, language, &base)?)).await;
    }
    in_background(move || Ok(Answer::json(&collection(&city, &view, language, &base)?))).await
}

/// Whether a layer has every word of a text in its titles, description or fields; case and diacritics do not count.
fn is_about(view: &LayerView, text: &str) -> bool {
    let layer = view.layer();
    let about = [&layer.title, &layer.description].into_iter();
    let texts = about.chain(view.fields().map(|field| &field.title));
    let folded: Vec<String> = texts
        .flat_map(|text| [fold(&text.cs), fold(&text.en)])
        .collect();
    let begins = |word: &str| {
        let mut own = folded.iter().flat_map(|text| text.split(' '));
        own.any(|own| own.starts_with(word))
    };
    let wanted = fold(text);
    let mut words = wanted.split(' ').filter(|word| !word.is_empty());
    words.all(begins)
}

fn all(
    city: &City,
    views: &[LayerView],
    language: Language,
    base: &str,
) -> Result<Answer, HttpError> {
    let here = format!("{base}/collections");
    let collections = views.iter();
    let collections = collections.map(|view| collection(city, view, language, base));
    Ok(Answer::json(&json!({
        "links": [
            link("self", JSON, "JSON", &here),
            link("alternate", HTML, "HTML", &format!("{here}?f=html")),
        ],
        "collections": collections.collect::<Result<Vec<_>, _>>()?,
    })))
}

fn collection(
    city: &City,
    view: &LayerView,
    language: Language,
    base: &str,
) -> Result<Json, HttpError> {
    let layer = view.layer();
    let here = format!("{base}/collections/{}", layer.id);
    let whole = format!("{here}/schema?of={GEO_JSON_FEATURE}");
    let title = layer.title.in_language(language);
    let mut answer = json!({
        "id": layer.id.as_str(),
        "title": title,
        "description": layer.description.in_language(language),
        "itemType": "feature",
        "links": [
            link("self", JSON, title, &here),
            link("alternate", HTML, title, &format!("{here}?f=html")),
            link("items", GEO_JSON, title, &format!("{here}/items")),
            link("items", HTML, title, &format!("{here}/items?f=html")),
            link("describedby", JSON_SCHEMA, title, &whole),
            link(SCHEMA, JSON_SCHEMA, title, &format!("{here}/schema")),
            link(QUERYABLES, JSON_SCHEMA, title, &format!("{here}/queryables")),
            link(SORTABLES, JSON_SCHEMA, title, &format!("{here}/sortables")),
        ],
    });
    if layer.geometry.is_some() {
        answer["crs"] = json!(crs::uris());
        answer["storageCrs"] = json!(NamedCrs::STORED.uri());
    }
    let files = formats::links(view, "items", &["json", "html"], |f| {
        format!("{here}/items?f={f}")
    });
    answer["links"]
        .as_array_mut()
        .into_iter()
        .for_each(|links| links.extend(files.clone()));
    freshness::add_to(&mut answer, city.watch.freshness(&layer.id));
    if let Some(bbox) = extent(city, view)? {
        answer["extent"] = json!({
            "spatial": { "bbox": [corners(bbox)], "crs": NamedCrs::CRS84.uri() },
            "temporal": { "interval": [[null, null]] },
        });
    }
    Ok(answer)
}

/// Returns the box around a layer in degrees, rounded outwards to a tenth of a metre.
pub(super) fn extent(city: &City, view: &LayerView) -> Result<Option<Bbox>, TileError> {
    const PARTS: f64 = 1e6;
    if view.layer().geometry.is_none() {
        return Ok(None);
    }
    let bounds = city.tiles.bounds(view)?;
    Ok(bounds.map(|Bbox { min, max }| {
        Bbox::new(
            min.map(|degrees| (degrees * PARTS).floor() / PARTS),
            max.map(|degrees| (degrees * PARTS).ceil() / PARTS),
        )
    }))
}

/// Returns a box as west, south, east, north.
pub(super) fn corners(
    Bbox {
        min: [west, south],
        max: [east, north],
    }: Bbox,
) -> [f64; 4] {
    [west, south, east, north]
}
