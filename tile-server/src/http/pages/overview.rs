//! The picture of a whole layer: its features over the borders of the municipalities.

use geo_types::Geometry;
use layers::{FeatureQuery, Language, LayerView, StoreError};
use maud::{Markup, html};

use crate::city::City;

use super::drawing::Frame;
use super::picture::picture;
use super::say;

/// How many features are drawn at most; a layer that has more is drawn on the map only.
const MOST: u64 = 3_000;
/// The least side of the picture, in metres.
const SPAN_MIN: f64 = 100.0;
/// How large points are, in pixels; and one that is alone.
const DOT: f64 = 2.0;
const LONE_DOT: f64 = 5.0;

/// Draws a layer; nothing of a table, of an empty layer and of one with too many features.
pub(super) fn overview(
    city: &City,
    view: &LayerView,
    language: Language,
) -> Result<Markup, StoreError> {
    if view.layer().geometry.is_none() {
        return Ok(html! {});
    }
    let query = FeatureQuery {
        limit: Some(MOST + 1),
        ..FeatureQuery::new(view.clone().with_fields(&[]))
    };
    let read = city.reading.read(&query)?;
    let read = read.map(|feature| feature.map(|feature| feature.geometry));
    let drawn: Vec<Option<Geometry<f64>>> = read.collect::<Result<_, _>>()?;
    if drawn.len() as u64 > MOST {
        return Ok(html! {});
    }
    let drawn: Vec<_> = drawn.into_iter().flatten().collect();
    let name = view.layer().title.in_language(language);
    Ok(draw(city, &drawn, name, language))
}

/// Draws geometries over what lies around them.
pub(super) fn draw(city: &City, drawn: &[Geometry<f64>], name: &str, language: Language) -> Markup {
    let Some(frame) = Frame::around(drawn.iter(), SPAN_MIN) else {
        return html! {};
    };
    let ground = city.ground(frame.bbox());
    let dot = if drawn.len() == 1 { LONE_DOT } else { DOT };
    let shapes = html! {
        g.ground { @for geometry in &ground { (frame.draw(geometry, DOT)) } }
        g.features { @for geometry in drawn { (frame.draw(geometry, dot)) } }
    };
    let key = [
        ("features", name),
        (
            "ground",
            say(
                language,
                "hranice, parcely a budovy",
                "borders, parcels and buildings",
            ),
        ),
    ];
    picture(&frame, &shapes, name, &key, language)
}
