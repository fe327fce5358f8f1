//! The portal and the pages about layers.

use layers::{Field, FieldType, Language, LayerView};
use maud::{Markup, html};

use crate::city::City;
use crate::http::answer::Answer;
use crate::http::error::HttpError;

use super::datasets::released;
use super::layer_list::layer_list;
use super::search::form;
use super::tables::symbol;
use super::wide::wide;
use super::{about, page, say};

/// The first page: what this is, the map, the layers, the interfaces.
pub(crate) fn portal(city: &City, language: Language) -> Result<Answer, HttpError> {
    let lang = language.code();
    let views: Vec<LayerView> = city.public_layers().collect();
    let body = html! {
        p.lead { (about(city, language)) }
        p { a.button href={ "/map#lang=" (lang) } { (say(language, "Otevřít mapu", "Open the map")) } }
        p {
            a href={ "/field#lang=" (lang) } { (say(language, "Mapa do terénu", "Field map")) } " – "
            (say(language, "pro práci bez signálu, z balíčku v telefonu", "for work without a signal, from a package on the phone"))
        }
        h2 { (say(language, "Otevřená data", "Open data")) }
        (released(city.entries()?, language))
        h2 { (say(language, "Najít", "Find")) }
        (form("", language))
        h2 { (say(language, "Vrstvy", "Layers")) }
        (layer_list(city, &views, language)?)
        h2 { (say(language, "Pro programy", "For programs")) }
        ul {
            li { a href="/collections?f=json" { "OGC API – Features" } " · " a href="/api?f=json" { "OpenAPI 3.0" } }
            li { a href="/styles/city.json" { (say(language, "Styl mapy (MapLibre)", "Map style (MapLibre)")) } }
            li { code { "/tiles/{" (say(language, "vrstvy", "layers")) "}/{z}/{x}/{y}" } " – "
                (say(language, "vektorové dlaždice", "vector tiles")) }
            li { code { "/search?q=…" } " – " (say(language, "hledání", "search")) }
        }
    };
    Ok(page(
        city,
        language,
        city.config.title.in_language(language),
        &[],
        &body,
    ))
}

/// The parts of the standards that are kept.
pub(crate) fn conformance(city: &City, classes: &[&str], language: Language) -> Answer {
    let body = html! { ul { @for class in classes { li { code { (class) } } } } };
    page(
        city,
        language,
        say(language, "Shoda se standardy", "Conformance"),
        &[],
        &body,
    )
}

/// Where the description of the interface is and what it is for.
pub(crate) fn api(city: &City, language: Language) -> Answer {
    let body = html! {
        p { (say(language,
            "Rozhraní popisuje dokument OpenAPI 3.0; čtou ho QGIS, GDAL i vývojářské nástroje.",
            "An OpenAPI 3.0 document describes the interface; QGIS, GDAL and developers' tools read it.")) }
        p { a.button href="/api?f=json" { "OpenAPI 3.0 (JSON)" } }
    };
    page(
        city,
        language,
        say(language, "Rozhraní", "Interface"),
        &[],
        &body,
    )
}

/// Lists fields with their names, types and units.
pub(super) fn field_table<'a>(
    fields: impl Iterator<Item = &'a Field>,
    language: Language,
) -> Markup {
    wide(
        say(language, "Údaje", "Fields"),
        &html! {
            thead { tr {
                th scope="col" { (say(language, "Údaj", "Field")) }
                th scope="col" { (say(language, "Název pro programy", "Name for programs")) }
                th scope="col" { (say(language, "Druh", "Type")) }
                th scope="col" { (say(language, "Jednotka", "Unit")) }
            } }
            tbody { @for field in fields { tr {
                td { (field.title.in_language(language)) }
                td { code { (field.name) } }
                td { (kind(field, language)) }
                td { (field.unit.as_deref().map_or("", symbol)) }
            } } }
        },
    )
}

/// Says of which type a field is.
pub(super) fn kind(field: &Field, language: Language) -> &'static str {
    match (&field.field_type, field.codes.is_some()) {
        (FieldType::List(_), _) => say(language, "seznam", "list"),
        (_, true) => say(language, "číselník", "code list"),
        (FieldType::Integer, _) => say(language, "celé číslo", "whole number"),
        (FieldType::Real, _) => say(language, "číslo", "number"),
        (FieldType::Boolean, _) => say(language, "ano/ne", "yes/no"),
        (FieldType::Date, _) => say(language, "den", "day"),
        (FieldType::Timestamp, _) => say(language, "okamžik", "instant"),
        (FieldType::Reference(_), _) => say(language, "odkaz", "reference"),
        (FieldType::Text, _) => "text",
    }
}

/// Writes a number in groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (3_172, "3\u{a0}172"),
            (1_000_000, "1\u{a0}000\u{a0}000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
