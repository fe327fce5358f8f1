//! The order of `/items` and its properties: `sortby`, `properties`, and the cursor that says where a page begins.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use layers::{Field, FieldType, LayerView, Revision, SortKey, Value, from_json, to_json};
use serde_json::Value as Json;

use crate::page::Position;

use super::error::HttpError;
use super::parameters::{Parameters, bad, nearest};

/// The parameter that says by what features are sorted.
pub(crate) const SORT_BY: &str = "sortby";
/// The parameter that says which properties are wanted.
pub(crate) const PROPERTIES: &str = "properties";
/// The parameter that says after which feature a page begins.
pub(crate) const CURSOR: &str = "cursor";
/// By how many properties may be sorted.
const MOST_KEYS: usize = 8;

/// Reads by what is sorted: names of properties, each with `-` in front where the largest come first.
pub(crate) fn sort(view: &LayerView, parameters: &Parameters) -> Result<Vec<SortKey>, HttpError> {
    let Some(text) = parameters.text(SORT_BY) else {
        return Ok(Vec::new());
    };
    let mut keys: Vec<SortKey> = Vec::new();
    for name in text.split(',') {
        let is_descending = name.starts_with('-');
        // A plus sign in a query is a space.
        let name = name.strip_prefix(['-', '+', ' ']).unwrap_or(name);
        let field = named(SORT_BY, view, name, is_sortable)?;
        if keys.len() == MOST_KEYS || keys.iter().any(|key| key.field == field.name) {
            return Err(bad(
                SORT_BY,
                &format!("smí mít nejvýš {MOST_KEYS} údajů, každý jednou"),
                &format!("may name {MOST_KEYS} properties at most, each once"),
            ));
        }
        keys.push(SortKey {
            field: field.name.clone(),
            is_descending,
            after: Value::Null,
        });
    }
    Ok(keys)
}

/// Whether features may be sorted by a field: a list has no order.
pub(super) fn is_sortable(field: &Field) -> bool {
    !matches!(field.field_type, FieldType::List(_))
}

/// Reads which properties are wanted, as their places in the view; none are all.
pub(crate) fn properties(
    view: &LayerView,
    parameters: &Parameters,
) -> Result<Option<Vec<usize>>, HttpError> {
    let Some(text) = parameters.text(PROPERTIES) else {
        return Ok(None);
    };
    let names = text.split(',').filter(|name| !name.is_empty());
    let places = names.map(|name| {
        let field = named(PROPERTIES, view, name, |_| true)?;
        Ok(view.fields().position(|one| one.name == field.name))
    });
    let places: Vec<_> = places.collect::<Result<_, HttpError>>()?;
    let mut places: Vec<_> = places.into_iter().flatten().collect();
    places.sort_unstable();
    places.dedup();
    Ok(Some(places))
}

/// Finds a field by its name or a former one.
fn named<'a>(
    parameter: &str,
    view: &'a LayerView,
    name: &str,
    is_fit: impl Fn(&Field) -> bool,
) -> Result<&'a Field, HttpError> {
    let found = view.field(name).map(|(_, field)| field);
    if let Some(field) = found.filter(|field| is_fit(field)) {
        return Ok(field);
    }
    let fit = view.fields().filter(|field| is_fit(field));
    let known: Vec<_> = fit.map(|field| field.name.as_str()).collect();
    let nearest = nearest(name, &known);
    let suggest = |question: &str| {
        nearest
            .as_ref()
            .map_or_else(String::new, |meant| format!("; {question} `{meant}`?"))
    };
    Err(bad(
        parameter,
        &format!("tu nemůže jmenovat `{name}`{}", suggest("mysleli jste")),
        &format!("cannot name `{name}` here{}", suggest("did you mean")),
    ))
}

/// Reads after which feature the page begins.
pub(crate) fn cursor(
    view: &LayerView,
    sort: &[SortKey],
    parameters: &Parameters,
) -> Result<Option<Position>, HttpError> {
    let Some(text) = parameters.text(CURSOR) else {
        return Ok(None);
    };
    let position = if sort.is_empty() {
        text.parse().ok().map(Position::unsorted)
    } else {
        decoded(view, sort, text)
    };
    position.map(Some).ok_or_else(|| {
        bad(
            CURSOR,
            "má být z odkazu `next` na stránce před touto, se stejným `sortby`",
            "must be that of the link `next` of the page before, with the same `sortby`",
        )
    })
}

/// Writes a position for a link.
pub(crate) fn encoded(view: &LayerView, sort: &[SortKey], position: &Position) -> String {
    if sort.is_empty() {
        return position.fid.to_string();
    }
    let revision = position.revision.map(|revision| revision.0);
    let mut document = vec![Json::from(position.fid), Json::from(revision)];
    for (key, value) in sort.iter().zip(&position.values) {
        let field_type = view.field(&key.field).map(|(_, field)| &field.field_type);
        document.push(match (value, field_type) {
            // To the last digit: what a cursor leaves out comes again.
            (Value::Timestamp(at), _) => at.to_rfc3339().into(),
            (value, Some(field_type)) => to_json(field_type, value),
            (_, None) => Json::Null,
        });
    }
    BASE64_URL_SAFE_NO_PAD.encode(Json::from(document).to_string())
}

fn decoded(view: &LayerView, sort: &[SortKey], text: &str) -> Option<Position> {
    let document = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let document: Vec<Json> = serde_json::from_slice(&document).ok()?;
    let [fid, revision, values @ ..] = document.as_slice() else {
        return None;
    };
    if values.len() != sort.len() {
        return None;
    }
    let values = sort.iter().zip(values).map(|(key, json)| {
        let (_, field) = view.field(&key.field)?;
        let value = from_json(&field.field_type, json).ok()?;
        // No database takes the character NUL.
        let has_nul = value.as_text().is_some_and(|text| text.contains('\0'));
        (!has_nul).then_some(value)
    });
    let revision = match revision {
        Json::Null => None,
        number => Some(Revision(number.as_i64().filter(|number| *number >= 0)?)),
    };
    Some(Position {
        fid: fid.as_i64()?,
        values: values.collect::<Option<_>>()?,
        revision,
    })
}
