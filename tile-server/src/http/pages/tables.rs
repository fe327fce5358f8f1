//! The features of a layer as a table.

use layers::{Feature, Field, FieldType, Language, LayerView, Value};
use maud::{Markup, html};

use crate::city::{City, title};
use crate::freshness::in_words;
use crate::http::answer::Answer;
use crate::http::items::Addresses;
use crate::http::items_order::CURSOR;
use crate::page::{PageRequest, PageSummary};
use crate::selection::AsOf;

use super::account::moment;
use super::downloads::downloads;
use super::narrow;
use super::overview::draw;
use super::portal::grouped;
use super::sorting::Sorting;
use super::wide::wide;
use super::{PageHead, page_with, say};

/// How many fields a table shows; the card of a feature has all.
const COLUMNS: usize = 6;

/// One page of a layer's features.
pub(crate) fn items(
    city: &City,
    request: &PageRequest,
    features: &[Feature],
    summary: &PageSummary,
    language: Language,
    addresses: &Addresses,
) -> Answer {
    let selection = &request.selection;
    let view = &selection.view;
    let here = format!("/collections/{}", view.layer().id);
    let name = view.layer().title.in_language(language);
    let sort = selection.sort.as_slice();
    let drawn: Vec<_> = features
        .iter()
        .filter_map(|one| one.geometry.clone())
        .collect();
    let body = html! {
        (past(selection.as_of, language))
        p {
            (say(language, "Prvků", "Features")) ": " (grouped(summary.matched)) " · "
            (say(language, "na této stránce", "on this page")) ": " (summary.returned)
            @if view.layer().geometry.is_some() {
                " · " a href={ "/map#on=" (view.layer().id) "&lang=" (language.code()) } { (say(language, "Otevřít v mapě", "Open on the map")) }
            }
        }
        (narrow::form(view, addresses, &selection.equal, language))
        @if features.is_empty() {
            p.notice { (say(language, "Takový prvek tu žádný není.", "There is no such feature.")) }
        } @else {
            (feature_table(view, features, Some(Sorting { sort, addresses }), language))
        }
        (turn(request, summary, addresses, language))
        (draw(city, &drawn, name, language))
        (downloads(view, &|format| addresses.whole(format), language))
        (for_programs(&here, addresses, language))
    };
    let head = PageHead {
        query: format!("&{}", addresses.parameters.with(&[("lang", None)])),
        ..PageHead::default()
    };
    let trail = trail(view, &here, language);
    page_with(city, language, name, &trail, &head, &body)
}

/// Leads to the other pages.
fn turn(
    request: &PageRequest,
    summary: &PageSummary,
    addresses: &Addresses,
    language: Language,
) -> Markup {
    let is_later = request.after.is_some() || request.offset > 0;
    let next = addresses.next(&request.selection, summary, "html");
    html! {
        @if is_later || next.is_some() {
            p {
                @if is_later {
                    a rel="first" href=(addresses.with(&[(CURSOR, None), ("offset", None)])) { (say(language, "Na první stránku", "To the first page")) } " "
                }
                @if let Some(next) = &next {
                    a.button rel="next" href=(next) { (say(language, "Další stránka", "Next page")) }
                }
            }
        }
    }
}

/// Says where programs find the same, and what they may ask for.
fn for_programs(here: &str, addresses: &Addresses, language: Language) -> Markup {
    let json = addresses.with(&[("f", Some("json".to_owned())), ("lang", None)]);
    html! {
        details {
            summary { (say(language, "Pro programy", "For programs")) }
            p { (say(language, "Tatáž stránka jako GeoJSON:", "The same page as GeoJSON:")) }
            p { a href=(json) { code { (json) } } }
            p {
                a href={ (here) "/queryables?f=html&lang=" (language.code()) } { (say(language, "Podle čeho filtrovat", "What to filter by")) }
                " · " a href={ (here) "/schema" } { "JSON Schema" }
            }
        }
    }
}

/// A table of features, with the first of their fields; people sort it where it can be.
pub(super) fn feature_table(
    view: &LayerView,
    features: &[Feature],
    sorting: Option<Sorting<'_>>,
    language: Language,
) -> Markup {
    let here = format!("/collections/{}", view.layer().id);
    let columns: Vec<(usize, &Field)> = view.fields().enumerate().take(COLUMNS).collect();
    let label = view.layer().label.field_names();
    let label = label.into_iter().filter(|name| view.field(name).is_some());
    let head = |title: &Markup, fields: &[&str]| {
        sorting.map_or_else(
            || html! { th scope="col" { (title) } },
            |sorting| sorting.heading(title, fields),
        )
    };
    wide(
        view.layer().title.in_language(language),
        &html! {
            thead { tr {
                (head(&html! { (say(language, "Prvek", "Feature")) }, &label.collect::<Vec<_>>()))
                @for (_, field) in &columns { (head(&heading(field, language), &sortable(field))) }
            } }
            tbody { @for feature in features { tr {
                td { a href={ (here) "/items/" (feature.id) "?f=html&lang=" (language.code()) } {
                    (title(view, feature, language))
                } }
                @for (place, field) in &columns { td { (field.display(&feature.values[*place], language)) } }
            } } }
        },
    )
}

/// Returns by what a column may be sorted.
fn sortable(field: &Field) -> Vec<&str> {
    match field.field_type {
        FieldType::List(_) => Vec::new(),
        _ => vec![&field.name],
    }
}

/// Says that the state is not the newest.
pub(super) fn past(as_of: Option<AsOf>, language: Language) -> Markup {
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

/// Returns the pages above those of a layer's features.
pub(super) fn trail<'a>(
    view: &'a LayerView,
    here: &'a str,
    language: Language,
) -> [(&'a str, &'a str); 2] {
    [
        (say(language, "Vrstvy", "Layers"), "/collections"),
        (view.layer().title.in_language(language), here),
    ]
}

pub(super) fn heading(field: &Field, language: Language) -> Markup {
    html! {
        (field.title.in_language(language))
        @if let Some(unit) = &field.unit { " (" (symbol(unit)) ")" }
    }
}

/// Writes a unit as people do.
pub(super) fn symbol(unit: &str) -> &str {
    match unit {
        "m2" => "m²",
        "mm2" => "mm²",
        "deg" => "°",
        "CZK" => "Kč",
        other => other,
    }
}

pub(super) fn shown(field: &Field, value: &Value, language: Language) -> Markup {
    let (FieldType::List(fields), Value::List(rows)) = (&field.field_type, value) else {
        return html! { (field.display(value, language)) };
    };
    wide(
        field.title.in_language(language),
        &html! {
            thead { tr { @for field in fields { th scope="col" { (heading(field, language)) } } } }
            tbody { @for row in rows { tr {
                @for (field, value) in fields.iter().zip(row) { td { (field.display(value, language)) } }
            } } }
        },
    )
}
