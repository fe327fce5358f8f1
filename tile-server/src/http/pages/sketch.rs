//! A small picture of three geometries, drawn by the server: what there was, what stands and what waits.

use geo::HausdorffDistance;
use layers::Language;
use maud::{Markup, html};

use crate::conflicts::{Case, Side};

use super::drawing::{Frame, HEIGHT, WIDTH, in_metres};
use super::say;

/// The least side of what is shown, in metres.
const SPAN_MIN: f64 = 4.0;
/// How large a point is, in pixels.
const DOT: f64 = 7.0;

/// Draws the three geometries of a conflict to scale, with how far apart two of them are.
pub(super) fn sketch(case: &Case, language: Language) -> Markup {
    let drawn = [
        ("base", say(language, "původně", "before"), case.base()),
        ("standing", say(language, "platí", "stands"), case.stands()),
        ("waiting", say(language, "čeká", "waits"), case.mine()),
    ];
    let shapes: Vec<_> = drawn
        .into_iter()
        .filter_map(|(class, title, side)| match side {
            Side::Geometry(Some(geometry)) => Some((class, title, geometry)),
            _ => None,
        })
        .collect();
    let geometries = shapes.iter().map(|(_, _, geometry)| geometry);
    let Some(frame) = Frame::around(geometries, SPAN_MIN) else {
        return html! {};
    };
    let apart = distance(case).map(|metres| in_metres(metres, language));
    let lead = say(
        language,
        "Co platí a co čeká, je od sebe nejvýš",
        "What stands and what waits are apart at most",
    );
    html! {
        figure.sketch {
            svg role="img" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
                aria-label=(say(language, "Náčrt: původně, platí a čeká", "Sketch: before, stands and waits")) {
                @for (class, _, geometry) in &shapes { g class=(class) { (frame.draw(geometry, DOT)) } }
                (frame.bar(language))
            }
            figcaption {
                @for (class, title, _) in &shapes { span class={ "key " (class) } { (title) } " " }
                @if let Some(apart) = apart { p { (lead) " " strong { (apart) } "." } }
            }
        }
    }
}

/// Returns how far, in metres, what stands and what waits are apart at most.
pub(crate) fn distance(case: &Case) -> Option<f64> {
    match (case.stands(), case.mine()) {
        (Side::Geometry(Some(one)), Side::Geometry(Some(other))) => {
            Some(one.hausdorff_distance(&other))
        }
        _ => None,
    }
}
