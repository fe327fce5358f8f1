//! The `source` of a definition, which attaches a table that others keep: as written, and checked.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::file::{FieldEntry, LayerFile};
use crate::crs::Crs;
use crate::{MUNICIPALITY_FIELD, Source, Watch};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceEntry {
    table: String,
    geometry: Option<String>,
    key: String,
    srid: Option<i32>,
    watch: WatchEntry,
    municipality: Option<MunicipalityEntry>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WatchEntry {
    Trigger,
    /// Seconds.
    Poll(u32),
}

/// Whose the rows are: one municipality's, or what a column says.
#[derive(Deserialize)]
#[serde(untagged)]
enum MunicipalityEntry {
    Code(i64),
    Column(String),
}

/// Builds the source of a layer, if it has one, and reports all that is wrong with it.
pub(super) fn build_source(file: &LayerFile, problems: &mut Vec<String>) -> Option<Source> {
    problems.extend(column_problems(file));
    let entry = file.source.as_ref()?;
    let mut problem = |why: &str| problems.push(format!("source: {why}"));
    let name = entry.table.split_once('.');
    let name = name.filter(|(schema, table)| !schema.is_empty() && !table.is_empty());
    if name.is_none() {
        problem("write the table with its schema, as in `gis.lamps`");
    }
    if entry.key.is_empty() {
        problem("`key` is the column of whole numbers that names a row");
    }
    match (file.geometry, &entry.geometry) {
        (Some(_), None) => problem("`geometry` is missing, the column with the geometry"),
        (None, Some(_)) => {
            problem("the layer has no geometry, so the source names no column for it");
        }
        _ => {}
    }
    let crs = match (entry.srid, &entry.geometry) {
        (Some(number), _) => Crs::of_epsg(number),
        (None, Some(_)) => None,
        (None, None) => Some(Crs::SJtsk),
    };
    if crs.is_none() {
        problem(&format!("`srid` must be one of {}", Crs::known_epsg()));
    }
    if matches!(entry.watch, WatchEntry::Poll(0)) {
        problem("`poll` is a number of seconds, at least 1");
    }
    if entry.municipality.is_some() && !file.municipal {
        problem("`municipality` is for a municipal layer");
    }
    if file.borders.is_some() {
        problem("the borders of the municipalities cannot come from an attached table");
    }
    let (schema, table) = name?;
    Some(Source {
        schema: schema.to_owned(),
        table: table.to_owned(),
        geometry: entry.geometry.clone(),
        key: entry.key.clone(),
        srid: entry.srid.unwrap_or(Crs::SJtsk.epsg()),
        crs: crs?,
        watch: match entry.watch {
            WatchEntry::Trigger => Watch::Trigger,
            WatchEntry::Poll(seconds) => Watch::Poll(Duration::from_secs(seconds.into())),
        },
        municipality: match entry.municipality {
            Some(MunicipalityEntry::Code(code)) => Some(code),
            _ => None,
        },
        columns: columns(file, entry),
    })
}

fn columns(file: &LayerFile, entry: &SourceEntry) -> BTreeMap<String, String> {
    let named = |field: &FieldEntry| Some((field.name.clone(), field.column.clone()?));
    let mut columns: BTreeMap<_, _> = file.fields.iter().filter_map(named).collect();
    if let Some(MunicipalityEntry::Column(column)) = &entry.municipality {
        columns.insert(MUNICIPALITY_FIELD.to_owned(), column.clone());
    }
    columns
}

/// Returns the columns that are named where no table is attached, or within a list.
fn column_problems(file: &LayerFile) -> Vec<String> {
    let mut problems = Vec::new();
    for field in &file.fields {
        if field.column.is_some() && file.source.is_none() {
            problems.push(format!(
                "field `{}`: `column` is for a layer with a `source`",
                field.name
            ));
        }
        for item in field.items.iter().filter(|item| item.column.is_some()) {
            problems.push(format!(
                "field `{}`: `{}` lies within a list and has no column",
                field.name, item.name
            ));
        }
    }
    problems
}
