//! The page that tells people by what they may ask for the features of a layer.

use layers::cql2::GEOMETRY;
use layers::{Field, FieldType, Language, LayerView};
use maud::html;

use crate::city::City;
use crate::http::answer::Answer;

use super::portal::kind;
use super::wide::wide;
use super::{page, say};

/// By what the features of a layer may be asked for, with an example of a filter.
pub(crate) fn queryables(city: &City, view: &LayerView, language: Language) -> Answer {
    let layer = view.layer();
    let here = format!("/collections/{}", layer.id);
    let title = say(language, "Podle čeho filtrovat", "What to filter by");
    let rows = view.fields().flat_map(|field| rows(field, language));
    let body = html! {
        p { (say(language,
            "Tyto údaje smějí stát ve filtru CQL2, například: ",
            "These properties may stand in a CQL2 filter, for example: "))
            @if let Some(first) = view.fields().next() {
                a href={ (here) "/items?f=html&filter=" (first.name) "%20IS%20NOT%20NULL&lang=" (language.code()) } {
                    code { (here) "/items?filter=" (first.name) " IS NOT NULL" }
                }
            }
        }
        (wide(say(language, "Údaje", "Properties"), &html! {
            thead { tr {
                th scope="col" { (say(language, "Údaj", "Property")) }
                th scope="col" { (say(language, "Ve filtru", "In a filter")) }
                th scope="col" { (say(language, "Druh", "Type")) }
            } }
            tbody {
                @for (title, name, field) in rows { tr { td { (title) } td { code { (name) } } td { (kind(field, language)) } } }
                @if layer.geometry.is_some() {
                    tr { td { (say(language, "Geometrie", "Geometry")) } td { code { (GEOMETRY) } } td { "WKT" } }
                }
            }
        }))
        p { a href={ (here) "/queryables?f=json" } { "JSON Schema" } }
    };
    let trail = [
        (say(language, "Vrstvy", "Layers"), "/collections"),
        (layer.title.in_language(language), here.as_str()),
    ];
    page(city, language, title, &trail, &body)
}

/// Returns titles and names of a field, or of the columns of a list.
fn rows(field: &Field, language: Language) -> Vec<(String, String, &Field)> {
    let title = field.title.in_language(language);
    match &field.field_type {
        FieldType::List(columns) => columns
            .iter()
            .map(|column| {
                let column_title = column.title.in_language(language);
                (
                    format!("{title}: {column_title}"),
                    format!("{}.{}", field.name, column.name),
                    column,
                )
            })
            .collect(),
        _ => vec![(title.to_owned(), field.name.clone(), field)],
    }
}
