//! The input by which somebody writes a value that is neither side's: the right one for the type of the field.

use geo_types::Geometry;
use layers::{Field, FieldType, Language, Value, to_json};
use maud::{Markup, html};
use serde_json::Value as Json;

use crate::conflicts::{Case, Side};
use crate::http::form::Form;

use super::say;
use super::tables::symbol;

/// From how many characters on a text gets more than one line.
const LONG: usize = 60;

/// Returns the input; none where nothing can be typed on a page, as for a line.
pub(super) fn typed_input(case: &Case, language: Language) -> Option<Markup> {
    match (case.field(), case.stands()) {
        (Some(field), _) if matches!(field.field_type, FieldType::List(_)) => {
            Some(rows(case, field, language))
        }
        (Some(field), Side::Value(now)) => Some(html! {
            label { (field.title.in_language(language)) @if let Some(unit) = &field.unit { " (" (symbol(unit)) ")" }
                (input(field, &now, language))
            }
        }),
        (None, Side::Geometry(Some(Geometry::Point(at)))) => Some(html! {
            @for (name, value) in [("x", at.x()), ("y", at.y())] {
                label { (name.to_uppercase()) " (S-JTSK, EPSG:5514, m)"
                    input type="number" step="any" name=(name) value=(value) required;
                }
            }
        }),
        _ => None,
    }
}

fn input(field: &Field, now: &Value, language: Language) -> Markup {
    let text = plain(field, now);
    if let Some(list) = &field.codes {
        let codes = list.codes.iter();
        let codes = codes.map(|code| (plain(field, &code.value), code.title.in_language(language)));
        return select(field, codes, &text, language);
    }
    let number = |step: &str| {
        html! {
            input type="number" name="value" value=(text) step=(step) required[field.mandatory]
                min=[field.range.map(|(min, _)| min)] max=[field.range.map(|(_, max)| max)];
        }
    };
    match &field.field_type {
        FieldType::Integer => number("1"),
        FieldType::Real => number("any"),
        FieldType::Boolean => {
            let words = [
                ("true".to_owned(), say(language, "ano", "yes")),
                ("false".to_owned(), say(language, "ne", "no")),
            ];
            select(field, words.into_iter(), &text, language)
        }
        FieldType::Date => {
            html! { input type="date" name="value" value=(text) required[field.mandatory]; }
        }
        FieldType::Timestamp => html! {
            span.soft { (say(language, "v čase UTC", "in UTC")) }
            input type="datetime-local" step="1" name="value" value=(text.get(..19).unwrap_or_default())
                required[field.mandatory];
        },
        _ if text.len() > LONG || text.contains('\n') => {
            html! { textarea name="value" rows="4" required[field.mandatory] { (text) } }
        }
        _ => html! { input name="value" value=(text) required[field.mandatory]; },
    }
}

fn select<'a>(
    field: &Field,
    choices: impl Iterator<Item = (String, &'a str)>,
    now: &str,
    language: Language,
) -> Markup {
    html! {
        select name="value" required[field.mandatory] {
            @if !field.mandatory || now.is_empty() { option value="" { (say(language, "– nic –", "– nothing –")) } }
            @for (value, title) in choices { option value=(value) selected[value == now] { (title) } }
        }
    }
}

/// The rows of both sides, of which those are kept that are ticked.
fn rows(case: &Case, field: &Field, language: Language) -> Markup {
    let standing = list(&case.stands()).len();
    html! {
        fieldset {
            legend { (say(language, "Nechat tyto řádky", "Keep these rows")) }
            @for (number, row) in both_lists(case).into_iter().enumerate() {
                label.tick {
                    input type="checkbox" name="row" value=(number) checked[number < standing];
                    span { (row_in_words(field, &row, language)) }
                }
            }
        }
    }
}

/// Says what stands in one row of a list.
pub(super) fn row_in_words(field: &Field, row: &[Value], language: Language) -> String {
    let FieldType::List(columns) = &field.field_type else {
        return String::new();
    };
    let known = columns
        .iter()
        .zip(row)
        .filter(|(_, value)| !value.is_null());
    let said = known.map(|(column, value)| {
        let unit = column
            .unit
            .as_deref()
            .map_or_else(String::new, |unit| format!(" {}", symbol(unit)));
        let title = column.title.in_language(language);
        format!("{title} {}{unit}", column.display(value, language))
    });
    said.collect::<Vec<_>>().join(", ")
}

/// Returns the rows that stand, and behind them those that wait and are not among them.
fn both_lists(case: &Case) -> Vec<Vec<Value>> {
    let mut rows = list(&case.stands());
    for row in list(&case.mine()) {
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}

fn list(side: &Side) -> Vec<Vec<Value>> {
    match side {
        Side::Value(Value::List(rows)) => rows.clone(),
        _ => Vec::new(),
    }
}

/// Returns a value as an input holds it.
fn plain(field: &Field, value: &Value) -> String {
    match to_json(&field.field_type, value) {
        Json::Null => String::new(),
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// Reads what was typed as JSON; what is no value of the field stays a text, of which the checks say what is wrong.
pub(crate) fn typed_value(case: &Case, field: &Field, form: &Form) -> Json {
    let text = form.text("value").trim();
    let as_typed = || Json::from(text);
    match &field.field_type {
        FieldType::List(_) => {
            let rows = both_lists(case);
            let kept = form.texts("row").filter_map(|number| {
                let number: usize = number.parse().ok()?;
                rows.get(number).cloned()
            });
            to_json(&field.field_type, &Value::List(kept.collect()))
        }
        _ if text.is_empty() => Json::Null,
        FieldType::Integer => text.parse::<i64>().map_or_else(|_| as_typed(), Json::from),
        FieldType::Real => {
            let number = text.replace(',', ".").parse::<f64>();
            number.map_or_else(|_| as_typed(), Json::from)
        }
        FieldType::Boolean => text.parse::<bool>().map_or_else(|_| as_typed(), Json::from),
        // A browser sends no seconds when they are zero, and never a zone.
        FieldType::Timestamp if text.len() == "2026-05-31T12:00".len() => {
            Json::from(format!("{text}:00Z"))
        }
        FieldType::Timestamp if !text.ends_with('Z') => Json::from(format!("{text}Z")),
        _ => as_typed(),
    }
}
