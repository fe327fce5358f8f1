//! The order in which features come, and the condition that one comes after another, as SQL.
//!
//! What is unknown comes last, whichever way is sorted; texts are ordered by their characters; equal ones by `fid`.

use super::filter::Literals;
use super::sql::{shown, unknown_field, visible_field};
use crate::{FeatureQuery, Field, FieldType, SortKey, StoreError, Value};

/// How the features of a query are sorted.
pub(super) struct Sorted {
    /// What stands before the key in `ORDER BY`, with a comma behind it.
    pub(super) order: String,
    /// The condition that a feature comes after that of the query.
    pub(super) after: Option<String>,
}

/// Writes the order of a query that is sorted; `term` reads a field of a row, `key` its `fid`.
pub(super) fn sorted<D: Literals>(
    query: &FeatureQuery,
    dialect: &mut D,
    term: impl Fn(&Field) -> String,
    key: &str,
) -> Result<Sorted, StoreError> {
    let mut terms = Vec::new();
    for one in &query.sort {
        let (place, field) = visible_field(&query.view, &one.field)?;
        if matches!(field.field_type, FieldType::List(_)) {
            return Err(unknown_field(&query.view, &one.field));
        }
        let value = shown(&query.view, place, &term, |code| {
            dialect.bind_value(&Value::Integer(code))
        });
        let value = match field.field_type {
            FieldType::Timestamp => D::instant(&value),
            FieldType::Text | FieldType::Reference(_) => D::ordered(&value),
            _ => value,
        };
        terms.push((one, field, value));
    }
    let order = terms.iter().map(|(one, _, value)| {
        let way = if one.is_descending { "DESC" } else { "ASC" };
        format!("({value} IS NULL), {value} {way}, ")
    });
    let order = order.collect();
    let Some(fid) = query.after_fid else {
        return Ok(Sorted { order, after: None });
    };
    let fid = dialect.bind_value(&Value::Integer(fid));
    let mut after = format!("{key} > {fid}");
    for (one, field, value) in terms.iter().rev() {
        after = after_one(one, field, value, &after, dialect);
    }
    Ok(Sorted {
        order,
        after: Some(format!("({after})")),
    })
}

/// Writes the condition for one more key; `rest` is the one for features that are equal in it.
fn after_one<D: Literals>(
    one: &SortKey,
    field: &Field,
    value: &str,
    rest: &str,
    dialect: &mut D,
) -> String {
    if one.after.is_null() {
        return format!("({value} IS NULL AND {rest})");
    }
    if field.field_type.mismatch(&one.after).is_some() {
        return "(1 = 0)".to_owned();
    }
    let place = dialect.bind_value(&one.after);
    let sign = if one.is_descending { "<" } else { ">" };
    format!("({value} {sign} {place} OR {value} IS NULL OR ({value} = {place} AND {rest}))")
}
