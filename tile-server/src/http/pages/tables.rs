//! The features of a layer as a table, and one feature as a card.

use layers::{Feature, Field, FieldType, Language, LayerView, Value};
use maud::{Markup, html};

use crate::city::{City, title};
use crate::edit::Seen;
use crate::freshness::in_words;
use crate::page::{PageRequest, PageSummary};
use crate::search::Place;
use crate::selection::AsOf;

use super::account::moment;
use super::portal::grouped;
use crate::http::answer::Answer;

use super::{page, say};

/// At which zoom level the map shows one feature.
const CARD_ZOOM: u8 = 17;
/// How many fields a table shows; the card of a feature has all.
const COLUMNS: usize = 6;

/// One page of a layer's features.
pub(crate) fn items(
    city: &City,
    request: &PageRequest,
    features: &[Feature],
    summary: &PageSummary,
    language: Language,
    next: Option<&str>,
    json: &str,
) -> Answer {
    let view = &request.selection.view;
    let here = format!("/collections/{}", view.layer().id);
    let columns: Vec<(usize, &Field)> = view.fields().enumerate().take(COLUMNS).collect();
    let body = html! {
        (past(request.selection.as_of, language))
        p {
            (say(language, "Prvků", "Features")) ": " (grouped(summary.matched)) " · "
            (say(language, "na této stránce", "on this page")) ": " (summary.returned) " · "
            a href=(json) { "GeoJSON" }
        }
        div.wide { table {
            thead { tr {
                th { (say(language, "Prvek", "Feature")) }
                @for (_, field) in &columns { th { (heading(field, language)) } }
            } }
            tbody { @for feature in features { tr {
                td { a href={ (here) "/items/" (feature.id) "?f=html&lang=" (language.code()) } {
                    (title(view, feature, language))
                } }
                @for (place, field) in &columns { td { (field.display(&feature.values[*place], language)) } }
            } } }
        } }
        @if let Some(next) = next {
            p { a.button rel="next" href=(next) { (say(language, "Další stránka", "Next page")) } }
        }
    };
    page(
        city,
        language,
        view.layer().title.in_language(language),
        &trail(view, &here, language),
        &body,
    )
}

/// One feature with all its fields.
pub(crate) fn feature(
    city: &City,
    Seen { view, feature }: &Seen,
    as_of: Option<AsOf>,
    language: Language,
    base: &str,
) -> Answer {
    let here = format!("/collections/{}", view.layer().id);
    let known = view
        .fields()
        .zip(&feature.values)
        .filter(|(_, value)| !value.is_null());
    let body = html! {
        (past(as_of, language))
        dl.card {
            @for (field, value) in known {
                dt { (heading(field, language)) }
                dd { (shown(field, value, language)) }
            }
            (age(city, view, language))
        }
        @if let Some(place) = feature.geometry.as_ref().and_then(Place::of) {
            p { a.button href=(map_address(view, feature, &place, language)) {
                (say(language, "Ukázat v mapě", "Show on the map"))
            } }
        }
        @if view.layer().attachments.is_some() {
            p { a href={ (here) "/items/" (feature.id) "/attachments?f=html&lang=" (language.code()) } {
                (say(language, "Fotografie a dokumenty", "Photos and documents"))
            } }
        }
        p {
            a href={ (base) (here) "/items/" (feature.id) "?f=json" } { "GeoJSON" }
            @if view.layer().source.is_none() {
                " · " a href={ (here) "/items/" (feature.id) "/history?f=html&lang=" (language.code()) } {
                    (say(language, "Historie", "History"))
                }
            }
        }
    };
    page(
        city,
        language,
        &title(view, feature, language),
        &trail(view, &here, language),
        &body,
    )
}

/// Says that the state is not the newest.
fn past(as_of: Option<AsOf>, language: Language) -> Markup {
    html! {
        @if let Some(as_of) = as_of {
            p.notice { (say(language, "Stav, jaký platil", "The state as of")) " " (moment(as_of.instant, language)) }
        }
    }
}

/// Says how old what is shown of an attached table may be.
pub(super) fn age(city: &City, view: &LayerView, language: Language) -> Markup {
    let freshness = city.watch.freshness(&view.layer().id);
    html! {
        @if let Some(freshness) = freshness {
            dt { (say(language, "Stáří údajů", "Age of the data")) }
            dd { (in_words(freshness, language)) }
        }
    }
}

fn map_address(view: &LayerView, feature: &Feature, place: &Place, language: Language) -> String {
    let [lon, lat] = place.center;
    let (layer, fid, lang) = (&view.layer().id, feature.fid, language.code());
    format!("/map#map={CARD_ZOOM}/{lat:.5}/{lon:.5}&lang={lang}&feature={layer}/{fid}")
}

fn trail<'a>(view: &'a LayerView, here: &'a str, language: Language) -> [(&'a str, &'a str); 2] {
    [
        (say(language, "Vrstvy", "Layers"), "/collections"),
        (view.layer().title.in_language(language), here),
    ]
}

pub(super) fn heading(field: &Field, language: Language) -> Markup {
    html! {
        (field.title.in_language(language))
        @if let Some(unit) = &field.unit { " (" (unit) ")" }
    }
}

pub(super) fn shown(field: &Field, value: &Value, language: Language) -> Markup {
    let (FieldType::List(fields), Value::List(rows)) = (&field.field_type, value) else {
        return html! { (field.display(value, language)) };
    };
    html! {
        div.wide { table {
            thead { tr { @for field in fields { th { (heading(field, language)) } } } }
            tbody { @for row in rows { tr {
                @for (field, value) in fields.iter().zip(row) { td { (field.display(value, language)) } }
            } } }
        } }
    }
}
