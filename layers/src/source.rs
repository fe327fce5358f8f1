//! Attached tables: what a definition says of a table that others keep and that a layer only shows.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::crs::Crs;
use crate::{Field, MUNICIPALITY_FIELD};

/// A table of the store's database that is kept by other software; a layer shows it and never writes to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The schema of the table.
    pub schema: String,
    /// The table, view or foreign table.
    pub table: String,
    /// The column with the geometry; none for a layer without geometry.
    pub geometry: Option<String>,
    /// The column of whole numbers that names a row for ever.
    pub key: String,
    /// The number that the table gives its coordinate system.
    pub srid: i32,
    /// The system that the number stands for.
    pub crs: Crs,
    /// How changes are found.
    pub watch: Watch,
    /// The municipality that all rows belong to, when the table does not say.
    pub municipality: Option<i64>,
    /// The columns of fields whose name differs from the column's.
    pub columns: BTreeMap<String, String>,
}

/// How changes of an attached table are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// A trigger on the table tells of every change.
    Trigger,
    /// The table is looked at this often.
    Poll(Duration),
}

/// Where the value of a field of an attached table comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A column of the table.
    Column(&'a str),
    /// The same number for all rows.
    Fixed(i64),
}

impl Source {
    /// Returns where the value of a field comes from.
    pub fn origin<'a>(&'a self, field: &'a Field) -> Origin<'a> {
        match self.municipality {
            Some(code) if field.name == MUNICIPALITY_FIELD => Origin::Fixed(code),
            _ => Origin::Column(self.columns.get(&field.name).unwrap_or(&field.name)),
        }
    }

    /// Returns the name of the table as people write it.
    pub fn name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}

/// As of when what is shown of an attached table is known to be its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// When it was last looked at, by the clock of the database.
    pub as_of: DateTime<Utc>,
    /// Whether every later change is told as it is committed.
    pub live: bool,
}
