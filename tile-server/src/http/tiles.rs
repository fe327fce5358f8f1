//! `/tiles/…`: vector tiles and the TileJSON 3 document that describes them.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, VARY};
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use layers::{Bbox, Language, LayerView};
use serde_json::{Value as Json, json};
use tokio::time::timeout;

use crate::city::City;
use crate::freshness;
use crate::tiles::{Tile, TileError};
use crate::vector_layer::vector_layer;

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::collections::{corners, extent};
use super::error::HttpError;
use super::parameters::Parameters;
use super::{etag, links, preferences, recorded_small};

/// How long a tile waits for the store at first.
const PATIENCE: Duration = Duration::from_secs(3);

/// The media type of vector tiles.
pub(crate) const MVT: &str = "application/vnd.mapbox-vector-tile";

/// Answers with one tile of one layer or several, separated by commas.
pub(crate) async fn tile(
    req: HttpRequest,
    city: Data<City>,
    path: Path<(String, u8, u32, String)>,
) -> Result<HttpResponse, HttpError> {
    let (names, z, x, row) = path.into_inner();
    let asker = Asker::of(&req, &city).await?;
    Parameters::read(&req, &[])?;
    let views = asker.drawable_views(&city, &names)?;
    let hidden = recorded_small::hidden_in_tiles(&asker, &views);
    let y = row_number(&row).ok_or(HttpError::NoSuchTile)?;
    let accepted = preferences::encodings(&req);
    let tiles = Arc::clone(&city.tiles);
    let tile = match tiles.tile_at_hand(&views, z, x, y, accepted) {
        Some(tile) => tile,
        None => made(move || tiles.tile(&views, z, x, y, accepted)).await?,
    };
    let answer = tile_answer(&req, tile);
    recorded_small::tile(&city, &asker, hidden, &answer).await?;
    Ok(answer)
}

/// Makes a tile in another thread, at once if it can.
async fn made(
    make: impl Fn() -> Result<Tile, TileError> + Clone + Send + 'static,
) -> Result<Tile, HttpError> {
    match timeout(PATIENCE, web::block(make.clone())).await {
        Ok(tile) => Ok(tile??),
        // The store fell silent while it was asked. That is known by now, so memory answers.
        Err(_) => Ok(web::block(make).await??),
    }
}

/// Answers with the TileJSON of one layer or several.
pub(crate) async fn tile_json(
    req: HttpRequest,
    city: Data<City>,
    path: Path<String>,
) -> Result<Answer, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    Parameters::read(&req, &[])?;
    let views = asker.drawable_views(&city, &path)?;
    let base = links::base_url(&req, &city)?;
    let language = preferences::language(&req);
    in_background(move || Ok(Answer::json(&describe(&city, &views, language, &base)?))).await
}

fn row_number(row: &str) -> Option<u32> {
    let bare = row
        .strip_suffix(".mvt")
        .or_else(|| row.strip_suffix(".pbf"))
        .unwrap_or(row);
    bare.parse().ok()
}

/// The tag is weak: it names the content, which comes in another encoding when it is asked for often.
fn tile_answer(req: &HttpRequest, tile: Tile) -> HttpResponse {
    let tag = format!("W/\"{:016x}\"", tile.hash);
    let is_known = etag::is_known(req, &tag);
    let mut answer = match (is_known, tile.is_empty) {
        (true, _) => HttpResponse::NotModified(),
        (false, true) => HttpResponse::NoContent(),
        (false, false) => HttpResponse::Ok(),
    };
    answer
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "Accept-Encoding, Authorization, Cookie"));
    if is_known || tile.is_empty {
        return answer.finish();
    }
    if let Some(encoding) = tile.encoding.name() {
        answer.insert_header((CONTENT_ENCODING, encoding));
    }
    answer.content_type(MVT).body(Bytes::from_owner(tile.bytes))
}

fn describe(
    city: &City,
    views: &[LayerView],
    language: Language,
    base: &str,
) -> Result<Json, TileError> {
    let ids: Vec<&str> = views.iter().map(|view| view.layer().id.as_str()).collect();
    let titles: Vec<&str> = views
        .iter()
        .map(|view| view.layer().title.in_language(language))
        .collect();
    let vector_layers: Vec<Json> = views
        .iter()
        .map(|view| {
            let mut entry = vector_layer(view, language);
            freshness::add_to(&mut entry, city.watch.freshness(&view.layer().id));
            entry
        })
        .collect();
    let zooms = views.iter().map(|view| view.layer().zooms);
    let mut document = json!({
        "tilejson": "3.0.0",
        "name": titles.join(", "),
        "tiles": [format!("{base}/tiles/{}/{{z}}/{{x}}/{{y}}", ids.join(","))],
        "vector_layers": vector_layers,
        "minzoom": zooms.clone().map(|zooms| zooms.min).min(),
        "maxzoom": zooms.map(|zooms| zooms.max).max(),
        "attribution": city.config.attribution.join("; "),
    });
    let mut bounds: Option<Bbox> = None;
    for view in views {
        let own = extent(city, view)?;
        bounds = own
            .map(|own| bounds.map_or(own, |so_far| so_far.union(&own)))
            .or(bounds);
    }
    if let Some(bounds) = bounds {
        document["bounds"] = json!(corners(bounds));
    }
    Ok(document)
}
