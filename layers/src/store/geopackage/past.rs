//! What a row of history says about a feature.

use rusqlite::types::ValueRef;
use rusqlite::{Row, types::Value as Sql};
use serde_json::Value as Json;

use super::column::from_sql;
use crate::{Field, Value};

/// Returns the condition that a row of history of the layer was in force before the row `end` was written.
pub(super) fn standing(layer: &str, end: &str) -> String {
    format!(
        "t.layer = {layer} AND t.operation <> 'delete' AND t.seq = (SELECT max(v.seq) FROM obzor_history v
           WHERE v.layer = {layer} AND v.fid = t.fid AND v.seq < {end})"
    )
}

/// Returns the values of fields from the JSON of a row of history, where each has one of its names; a field it does not
/// know is empty.
pub(super) fn values<'a>(
    row: &Row<'_>,
    place: usize,
    fields: impl Iterator<Item = (&'a Field, &'a Vec<String>)>,
    fid: i64,
) -> rusqlite::Result<Vec<Value>> {
    let document: Json = row
        .get_ref(place)?
        .as_str_or_null()?
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let value = |json: Option<&Json>| match json {
        Some(Json::Bool(flag)) => Sql::Integer((*flag).into()),
        Some(Json::Number(number)) => number.as_i64().map_or_else(
            || number.as_f64().map_or(Sql::Null, Sql::Real),
            Sql::Integer,
        ),
        Some(Json::String(text)) => Sql::Text(text.clone()),
        _ => Sql::Null,
    };
    Ok(fields
        .map(|(field, names)| {
            let json = names.iter().find_map(|name| document.get(name));
            from_sql(field, ValueRef::from(&value(json)), fid)
        })
        .collect())
}
