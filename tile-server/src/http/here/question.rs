//! What somebody asks about: read from the query or from a document, and refused when it is no place of ours.

use actix_web::web::Payload;
use geo::CoordsIter;
use geo_types::{Coord, Geometry, Point};
use layers::cql2::{MAX_POSITIONS, read_geometry_text};
use layers::crs::{Crs, in_krovak_area, transform_geometry};
use layers::geojson::read_geometry;
use layers::{Text, find_flaws};
use serde_json::Value as Json;

use crate::http::error::{HttpError, NotWritten};
use crate::http::parameters::{Parameters, bad};

const POINT: &str = "point";
const FEATURE: &str = "feature";
const GEOMETRY: &str = "geometry";
/// How far from a point or line things still count, in metres.
pub(super) const RADIUS: &str = "radius";
/// What the query may have; it asks about one of point, feature and geometry.
pub(super) const PARAMETERS: [&str; 5] = ["f", POINT, FEATURE, GEOMETRY, RADIUS];

const RADIUS_DEFAULT: f64 = 2.0;
const RADIUS_MAX: f64 = 200.0;
/// The most bytes of a document; as many positions as may be drawn are half of it.
const BODY_MAX: usize = 512 * 1024;

/// What is asked, and by which parameter.
pub(super) struct Question {
    pub(super) what: What,
    pub(super) parameter: &'static str,
    /// In metres.
    pub(super) radius: f64,
}

/// What is asked about.
pub(super) enum What {
    /// A place on the map, in EPSG:5514.
    Place(Geometry<f64>),
    /// A feature.
    Feature { layer: String, id: String },
}

impl Question {
    /// Reads the query; none when it asks about nothing.
    pub(super) fn read(parameters: &Parameters) -> Result<Option<Self>, HttpError> {
        let radius = radius(parameters)?;
        let asked = [POINT, FEATURE, GEOMETRY].map(|name| parameters.text(name));
        let (what, parameter) = match asked {
            [None, None, None] => return Ok(None),
            [Some(text), None, None] => (What::Place(point(text)?), POINT),
            [None, Some(text), None] => (feature(text)?, FEATURE),
            [None, None, Some(text)] => (What::Place(geometry(text)?), GEOMETRY),
            _ => return Err(nothing_asked()),
        };
        Ok(Some(Self {
            what,
            parameter,
            radius,
        }))
    }

    /// Reads a GeoJSON document: a geometry, or a feature that has one.
    pub(super) async fn drawn(
        payload: Payload,
        parameters: &Parameters,
    ) -> Result<Self, HttpError> {
        let document = document(payload).await?;
        let geometry = match document.get(GEOMETRY) {
            Some(geometry) => geometry,
            None => &document,
        };
        let read = read_geometry(geometry).map_err(|problems| match problems.first() {
            Some(problem) => refused(GEOMETRY, &problem.text()),
            None => nothing_asked(),
        })?;
        let geometry = read.ok_or_else(nothing_asked)?;
        Ok(Self {
            what: What::Place(on_the_map(&geometry, GEOMETRY)?),
            parameter: GEOMETRY,
            radius: radius(parameters)?,
        })
    }
}

async fn document(payload: Payload) -> Result<Json, HttpError> {
    let max = BODY_MAX;
    let too_large = |_| NotWritten::BodyTooLarge { max };
    let bytes = payload.to_bytes_limited(max).await.map_err(too_large)?;
    let unread = |error: &dyn std::fmt::Display| NotWritten::BodyNotJson {
        problem: error.to_string(),
    };
    let bytes = bytes.map_err(|error| unread(&error))?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| unread(&error))?)
}

/// Says what may be asked.
pub(super) fn nothing_asked() -> HttpError {
    bad(
        POINT,
        "nebo `feature`, nebo `geometry` musí říkat, na jaké místo se ptáte, a jen jeden z nich",
        "or `feature` or `geometry` must say which place you ask about, and only one of them",
    )
}

fn radius(parameters: &Parameters) -> Result<f64, HttpError> {
    let Some(text) = parameters.text(RADIUS) else {
        return Ok(RADIUS_DEFAULT);
    };
    let metres = text.parse().ok();
    let metres = metres.filter(|metres| (0.0..=RADIUS_MAX).contains(metres));
    metres.ok_or_else(|| {
        bad(
            RADIUS,
            &format!("musí být počet metrů od 0 do {RADIUS_MAX}"),
            &format!("must be a number of metres from 0 to {RADIUS_MAX}"),
        )
    })
}

fn point(text: &str) -> Result<Geometry<f64>, HttpError> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some([lon, lat]) => on_the_map(&Point::new(*lon, *lat).into(), POINT),
        _ => Err(bad(
            POINT,
            "musí být délka,šířka ve stupních, například 13.41,50.46",
            "must be longitude,latitude in degrees, such as 13.41,50.46",
        )),
    }
}

fn feature(text: &str) -> Result<What, HttpError> {
    let (layer, id) = text.split_once('/').ok_or_else(|| {
        bad(
            FEATURE,
            "musí být vrstva/prvek, jako v adrese /collections/vrstva/items/prvek",
            "must be layer/feature, as in the address /collections/layer/items/feature",
        )
    })?;
    Ok(What::Feature {
        layer: layer.to_owned(),
        id: id.to_owned(),
    })
}

fn geometry(text: &str) -> Result<Geometry<f64>, HttpError> {
    let read = read_geometry_text(text);
    let read = read.map_err(|fault| refused(GEOMETRY, &fault.describe(text)))?;
    on_the_map(&read, GEOMETRY)
}

/// Brings a geometry in degrees to EPSG:5514, if it is one and lies where that is used.
fn on_the_map(
    geometry: &Geometry<f64>,
    parameter: &'static str,
) -> Result<Geometry<f64>, HttpError> {
    if geometry.coords_count() > MAX_POSITIONS {
        return Err(bad(
            parameter,
            &format!("smí mít nejvýš {MAX_POSITIONS} vrcholů"),
            &format!("may have {MAX_POSITIONS} positions at most"),
        ));
    }
    if let Some(flaw) = find_flaws(geometry).first() {
        return Err(refused(parameter, &flaw.kind.text()));
    }
    let is_in_degrees = |at: Coord<f64>| at.x.abs() <= 180.0 && at.y.abs() <= 90.0;
    let here = transform_geometry(Crs::Wgs84, Crs::SJtsk, geometry);
    let is_here = |at: Coord<f64>| in_krovak_area([at.x, at.y]);
    if !geometry.coords_iter().all(is_in_degrees) || !here.coords_iter().all(is_here) {
        return Err(bad(
            parameter,
            "leží mimo Česko; souřadnice jsou stupně, nejdřív délka, pak šířka",
            "lies outside Czechia; coordinates are degrees, longitude first, then latitude",
        ));
    }
    Ok(here)
}

fn refused(parameter: &str, why: &Text) -> HttpError {
    bad(
        parameter,
        &format!("nejde použít: {}", why.cs),
        &format!("cannot be used: {}", why.en),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_in_czechia_and_longitude_comes_first() {
        for good in ["13.41,50.46", " 13.41 , 50.46 "] {
            assert!(point(good).is_ok(), "{good}");
        }
        for bad in ["", "13.41", "50.46,13.41", "NaN,50", "13,50,1", "1e9,50"] {
            assert!(point(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_drawn_area_is_valid_and_small() {
        let ring = |count: u32| {
            let at = |step: u32| {
                let angle = f64::from(step % count) / f64::from(count) * std::f64::consts::TAU;
                format!(
                    "{} {}",
                    13.4 + angle.cos() / 100.0,
                    50.4 + angle.sin() / 100.0
                )
            };
            (0..=count).map(at).collect::<Vec<_>>().join(",")
        };
        assert!(geometry(&format!("POLYGON(({}))", ring(100))).is_ok());
        for bad in [
            format!("POLYGON(({}))", ring(5000)),
            "POLYGON((13.4 50.4, 13.5 50.5, 13.5 50.4, 13.4 50.5, 13.4 50.4))".to_owned(),
            "POLYGON((0 0, 1 0, 1 1, 0 0))".to_owned(),
            "zde".to_owned(),
        ] {
            assert!(geometry(&bad).is_err(), "{bad:.60}");
        }
    }
}
