//! The page of one feature: its picture, what is known of it, and where to go from it.

use layers::{Feature, Language, LayerView};
use maud::{Markup, html};

use crate::city::{City, title};
use crate::edit::Seen;
use crate::here::Spot;
use crate::http::answer::Answer;
use crate::search::Place;
use crate::selection::AsOf;

use super::here::quantity;
use super::overview::draw;
use super::tables::{age, heading, past, shown, trail};
use super::{page, say};

/// At which zoom level the map shows one feature.
const ZOOM: u8 = 17;

/// One feature with all its fields.
pub(crate) fn feature(
    city: &City,
    Seen { view, feature }: &Seen,
    as_of: Option<AsOf>,
    language: Language,
    base: &str,
) -> Answer {
    let here = format!("/collections/{}", view.layer().id);
    let name = title(view, feature, language);
    let body = html! {
        (past(as_of, language))
        @if let Some(geometry) = &feature.geometry {
            (draw(city, std::slice::from_ref(geometry), &name, language))
        }
        (links(view, feature, &here, language))
        (values(city, view, feature, language))
        details {
            summary { (say(language, "Pro programy", "For programs")) }
            dl {
                dt { "id" } dd { code { (feature.id) } }
                dt { "fid" } dd { code { (feature.fid) } }
                dt { "GeoJSON" } dd { a href={ (base) (here) "/items/" (feature.id) "?f=json" } { code { (here) "/items/" (feature.id) } } }
            }
        }
    };
    page(city, language, &name, &trail(view, &here, language), &body)
}

fn values(city: &City, view: &LayerView, feature: &Feature, language: Language) -> Markup {
    let known = view
        .fields()
        .zip(&feature.values)
        .filter(|(_, value)| !value.is_null());
    let extent = feature
        .geometry
        .clone()
        .and_then(|geometry| Spot::new(geometry, 0.0)?.extent());
    html! {
        dl.card {
            @for (field, value) in known {
                dt { (heading(field, language)) }
                dd { (shown(field, value, language)) }
            }
            @if let Some(extent) = extent {
                dt { (say(language, "Změřeno v mapě", "Measured on the map")) }
                dd { (quantity(extent, language)) }
            }
            (age(city, view, language))
        }
    }
}

/// Where to go from a feature.
fn links(view: &LayerView, feature: &Feature, here: &str, language: Language) -> Markup {
    let lang = language.code();
    let layer = view.layer();
    let item = format!("{here}/items/{}", feature.id);
    let place = feature.geometry.as_ref().and_then(Place::of);
    html! {
        ul.actions {
            @if let Some(place) = &place {
                li { a.button href=(map_address(view, feature, place, language)) {
                    (say(language, "Ukázat v mapě", "Show on the map"))
                } }
                li { a href={ "/what-is-here?f=html&lang=" (lang) "&feature=" (layer.id) "/" (feature.id) } {
                    (say(language, "Co je zde", "What is here"))
                } }
            }
            @if layer.attachments.is_some() {
                li { a href={ (item) "/attachments?f=html&lang=" (lang) } {
                    (say(language, "Fotografie a dokumenty", "Photos and documents"))
                } }
            }
            @if layer.source.is_none() {
                li { a href={ (item) "/history?f=html&lang=" (lang) } { (say(language, "Historie", "History")) } }
            }
        }
    }
}

fn map_address(view: &LayerView, feature: &Feature, place: &Place, language: Language) -> String {
    let [lon, lat] = place.center;
    let (layer, fid, lang) = (&view.layer().id, feature.fid, language.code());
    format!("/map#map={ZOOM}/{lat:.5}/{lon:.5}&lang={lang}&feature={layer}/{fid}")
}
