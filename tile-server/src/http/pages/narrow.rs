//! The form by which a table of features is narrowed: one input for each field that has codes, and for the heading's.

use layers::{Field, FieldType, Language, LayerView, Value, to_json};
use maud::{Markup, html};
use serde_json::Value as Json;

use crate::http::items::Addresses;
use crate::http::items_order::CURSOR;

use super::say;
use super::tables::heading;

/// Makes the form; `equal` is what the table is narrowed by now. What else the query says stays, apart from the page.
pub(super) fn form(
    view: &LayerView,
    addresses: &Addresses,
    equal: &[(String, Value)],
    language: Language,
) -> Markup {
    let fields: Vec<&Field> = offered(view).collect();
    let is_kept = |name: &str| {
        let is_offered = fields
            .iter()
            .any(|field| field.names().any(|own| own == name));
        !is_offered && ![CURSOR, "offset", "f"].contains(&name)
    };
    let kept = addresses
        .parameters
        .pairs()
        .filter(|(name, _)| is_kept(name));
    html! {
        @if !fields.is_empty() {
            details open[!equal.is_empty()] {
                summary { (say(language, "Vybrat jen některé", "Choose some only")) }
                form.narrow method="get" action=(addresses.here) {
                    input type="hidden" name="f" value="html";
                    @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
                    @for field in &fields {
                        label { (heading(field, language)) (input(field, chosen(field, equal).as_deref(), language)) }
                    }
                    button { (say(language, "Vybrat", "Choose")) }
                }
            }
        }
        @if is_narrowed(addresses, equal) {
            p { (say(language, "Tabulka ukazuje jen některé prvky.", "The table shows some features only.")) " "
                a href={ (addresses.here) "?f=html&lang=" (language.code()) } { (say(language, "Ukázat všechny", "Show all")) }
            }
        }
    }
}

/// Returns the fields by which the table may be narrowed.
fn offered(view: &LayerView) -> impl Iterator<Item = &Field> {
    let label = view.layer().label.field_names();
    view.fields().filter(move |field| {
        let is_simple = !matches!(field.field_type, FieldType::List(_));
        let is_told = label.contains(&field.name.as_str()) || field.codes.is_some();
        is_simple && (is_told || field.field_type == FieldType::Boolean)
    })
}

fn is_narrowed(addresses: &Addresses, equal: &[(String, Value)]) -> bool {
    let narrows = |name| ["filter", "bbox"].contains(&name);
    !equal.is_empty() || addresses.parameters.pairs().any(|(name, _)| narrows(name))
}

/// Returns what a field is narrowed to now, as it stands in an address.
fn chosen(field: &Field, equal: &[(String, Value)]) -> Option<String> {
    let (_, value) = equal.iter().find(|(name, _)| *name == field.name)?;
    Some(in_address(field, value))
}

fn in_address(field: &Field, value: &Value) -> String {
    match to_json(&field.field_type, value) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

fn input(field: &Field, chosen: Option<&str>, language: Language) -> Markup {
    let any = say(language, "cokoli", "anything");
    let choices: Option<Vec<(String, String)>> = match (&field.codes, &field.field_type) {
        (Some(list), _) => {
            let code = |code: &layers::Code| {
                let title = code.title.in_language(language).to_owned();
                (in_address(field, &code.value), title)
            };
            Some(list.codes.iter().map(code).collect())
        }
        (None, FieldType::Boolean) => Some(
            [true, false]
                .map(|flag| (flag.to_string(), field.display(&flag.into(), language)))
                .to_vec(),
        ),
        _ => None,
    };
    let (kind, step) = match field.field_type {
        FieldType::Integer => ("number", Some("1")),
        FieldType::Real => ("number", Some("any")),
        FieldType::Date => ("date", None),
        _ => ("text", None),
    };
    html! {
        @if let Some(choices) = choices {
            select name=(field.name) {
                option value="" { (any) }
                @for (value, title) in &choices {
                    option value=(value) selected[Some(value.as_str()) == chosen] { (title) }
                }
            }
        } @else {
            input type=(kind) step=[step] name=(field.name) value=(chosen.unwrap_or_default()) placeholder=(any) autocomplete="off";
        }
    }
}
