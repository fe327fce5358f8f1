//! What the SQL of both stores has in common.

use std::collections::BTreeSet;

use crate::{Field, Layer, LayerView, MUNICIPALITY_FIELD, Rows, StoreError};

/// Puts the name of a table or column in double quotes: it may have hyphens or be a word of SQL.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Puts a text in single quotes.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns a field that is asked for by name, and its place among the visible ones.
pub(super) fn visible_field<'a>(
    view: &'a LayerView,
    name: &str,
) -> Result<(usize, &'a Field), StoreError> {
    view.field(name).ok_or_else(|| unknown_field(view, name))
}

/// Says that a field cannot be asked for.
pub(super) fn unknown_field(view: &LayerView, name: &str) -> StoreError {
    StoreError::UnknownField {
        layer: view.layer().id.clone(),
        field: name.to_owned(),
    }
}

/// Returns the condition that a view allows a row, none when it allows all; `term` reads a field of the row, `number`
/// writes a number.
pub(super) fn allowed(
    view: &LayerView,
    term: impl Fn(&Field) -> String,
    is_true: &str,
    mut number: impl FnMut(i64) -> String,
) -> Option<String> {
    let layer = view.layer();
    let public = || {
        let (_, mark) = layer.field(layer.public_if.as_deref()?)?;
        Some(format!("{} {is_true}", term(mark)))
    };
    match view.rows() {
        Rows::All => None,
        Rows::PublicOrOf(codes) => {
            let public = public().unwrap_or_else(|| NOTHING.to_owned());
            Some(format!(
                "({public} OR {})",
                owned(layer, codes, &term, &mut number)
            ))
        }
        Rows::Of(codes) => Some(owned(layer, codes, &term, &mut number)),
    }
}

/// Returns a field of a row as a view shows it: empty in the features of municipalities where it must not show.
pub(super) fn shown(
    view: &LayerView,
    place: usize,
    term: impl Fn(&Field) -> String,
    mut number: impl FnMut(i64) -> String,
) -> String {
    let layer = view.layer();
    let value = term(&layer.fields[view.places()[place]]);
    match view.shown_only_in(place) {
        None => value,
        Some(codes) => {
            let owned = owned(layer, codes, &term, &mut number);
            format!("CASE WHEN {owned} THEN {value} END")
        }
    }
}

/// A condition that no row meets.
const NOTHING: &str = "1 = 0";

/// Returns the condition that a row is one of these municipalities'.
fn owned(
    layer: &Layer,
    codes: &BTreeSet<i64>,
    term: &impl Fn(&Field) -> String,
    number: &mut impl FnMut(i64) -> String,
) -> String {
    match layer.field(MUNICIPALITY_FIELD) {
        Some((_, owner)) if !codes.is_empty() => {
            let codes: Vec<_> = codes.iter().map(|&code| number(code)).collect();
            format!("{} IN ({})", term(owner), codes.join(", "))
        }
        _ => NOTHING.to_owned(),
    }
}
