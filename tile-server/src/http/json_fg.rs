//! JSON-FG 1.0 (OGC 21-045r1): GeoJSON with each geometry also in S-JTSK, page by page as GeoJSON is.

use actix_web::HttpRequest;
use actix_web::http::header::LINK;
use actix_web::web::Data;
use layers::crs::NamedCrs;
use layers::geojson::{write_geometry, write_properties, write_some_properties};
use layers::{Feature, LayerView};
use serde_json::json;

use crate::city::City;
use crate::page::PageRequest;
use crate::selection::Selection;

use super::answer::{Answer, in_background};
use super::asker::Asker;
use super::error::HttpError;
use super::items::{Addresses, in_state, now};
use super::links::{self, GEO_JSON};
use super::parameters::Parameters;
use super::{crs, instant, items_query, recorded};

/// The profile of GeoJSON that has the geometry in both systems.
pub(super) const PROFILE: &str = "http://www.opengis.net/def/profile/ogc/0/jsonfg-plus";
/// The parts of the standard that a document keeps.
const CONFORMS_TO: [&str; 2] = [
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/core",
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/types-schemas",
];

/// Answers with one page of features.
pub(super) async fn list(
    req: &HttpRequest,
    city: Data<City>,
    asker: Asker,
    view: &LayerView,
    parameters: Parameters,
) -> Result<Answer, HttpError> {
    let mut request = items_query::read(view, &parameters)?;
    let instant = instant::read(view, &parameters)?;
    let place = match parameters.text(crs::CRS) {
        Some(_) => crs::read(&parameters, crs::CRS)?,
        None => NamedCrs::STORED,
    };
    let base = links::base_url(req, &city)?;
    let here = format!("{base}/collections/{}/items", view.layer().id);
    let addresses = Addresses { here, parameters };
    in_background(move || {
        in_state(&city, &asker, &mut request, instant)?;
        page(&city, &asker, &request, place, &addresses)
    })
    .await
}

fn page(
    city: &City,
    asker: &Asker,
    request: &PageRequest,
    place: NamedCrs,
    addresses: &Addresses,
) -> Result<Answer, HttpError> {
    let view = &request.selection.view;
    let head = json!({
        "type": "FeatureCollection",
        "conformsTo": CONFORMS_TO,
        "featureType": view.layer().id.as_str(),
        "coordRefSys": place.uri(),
    });
    let mut body = head.to_string().into_bytes();
    body.pop();
    body.extend_from_slice(b",\"features\":[");
    let page = request.read(asker.finder(city), &mut |feature| {
        if body.last() != Some(&b'[') {
            body.extend_from_slice(b",\n");
        }
        write_feature(&mut body, &request.selection, feature, place);
    })?;
    let mut links = addresses.links(&request.selection, &page, "jsonfg");
    links.push(links::link("profile", "", "JSON-FG", PROFILE));
    let rest = json!({
        "numberMatched": page.matched,
        "numberReturned": page.returned,
        "timeStamp": now(),
        "links": links,
    });
    body.extend_from_slice(b"],");
    body.extend_from_slice(&rest.to_string().as_bytes()[1..]);
    let (name, value) = crs::content(place);
    let answer = Answer::new(GEO_JSON, body)
        .with(name, value)
        .with(LINK, format!("<{PROFILE}>; rel=\"profile\""));
    recorded::page(city, asker, request, page.returned, &answer)?;
    Ok(answer)
}

/// Writes one feature; no definition says which of its times would be that of the feature.
fn write_feature(out: &mut Vec<u8>, asked: &Selection, feature: &Feature, place: NamedCrs) {
    let head = format!(
        "{{\"type\":\"Feature\",\"id\":\"{}\",\"fid\":{},\"time\":null,\"place\":",
        feature.id, feature.fid
    );
    out.extend_from_slice(head.as_bytes());
    // A geometry of GeoJSON's own system stands in `geometry` alone.
    let is_elsewhere = place != NamedCrs::CRS84;
    let stored = feature.geometry.as_ref();
    let there = stored
        .filter(|_| is_elsewhere)
        .map(|it| place.of_stored(it));
    write_geometry(out, there.as_deref());
    out.extend_from_slice(b",\"geometry\":");
    let geometry = stored.map(|it| NamedCrs::CRS84.of_stored(it));
    write_geometry(out, geometry.as_deref());
    out.extend_from_slice(b",\"properties\":{");
    match &asked.properties {
        None => write_properties(out, &asked.view, feature),
        Some(places) => write_some_properties(out, &asked.view, feature, places),
    }
    out.extend_from_slice(b"}}");
}
