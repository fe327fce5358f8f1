//! `/collections` and `/collections/{layer}`: the layers as OGC API Features describes them.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use layers::crs::NamedCrs;
use layers::{Bbox, Language, LayerView};
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::freshness;
use crate::tiles::TileError;

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::crs;
use super::error::HttpError;
use super::links::{self, GEO_JSON, HTML, JSON, JSON_SCHEMA, link};
use super::pages;
use super::parameters::Parameters;
use super::preferences::{self, Format};
use super::queryables;

/// Answers with all layers.
pub(crate) async fn list(req: HttpRequest, city: Data<City>) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &["f"])?;
    let language = preferences::language(&req);
    let base = links::base_url(&req, &city)?;
    let views: Vec<LayerView> = city.views(asker.audience()).collect();
    if preferences::format(&req, &parameters)? == Format::Html {
        return in_background(move || Ok(pages::collections(&city, &views, language)?)).await;
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
        return in_background(move || Ok(pages::collection(&city, &view, language)?)).await;
    }
    in_background(move || Ok(Answer::json(&collection(&city, &view, language, &base)?))).await
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
            link("describedBy", JSON_SCHEMA, title, &format!("{here}/schema")),
            link(queryables::RELATION, JSON_SCHEMA, title, &format!("{here}/queryables")),
        ],
    });
    if layer.geometry.is_some() {
        answer["crs"] = json!(crs::uris());
        answer["storageCrs"] = json!(NamedCrs::STORED.uri());
    }
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
