//! Tables that others keep in the same database: found and checked at opening, read where they are, never written.

mod check;
mod expression;
mod identity;
mod look;
mod query;
mod read;
mod sketch;
mod trigger;
mod turns;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use self::check::{Fitting, find};
pub(super) use self::identity::id_of;
use self::look::{Memory, look};
pub(super) use self::read::{count, features};
pub(super) use self::sketch::sketch;
pub(super) use self::trigger::trigger_sql;
use self::turns::Turns;
use super::column::Sql;
use super::connection::{During, Session};
use super::pool::Pool;
use crate::store::sql::quote;
use crate::{Freshness, Layer, LayerId, LayerSet, Source, StoreError};

/// The largest key that is served: every whole number up to it is exact in JSON and on maps.
const LARGEST_KEY: i64 = (1 << 53) - 1;

/// The attached tables of a store.
pub(super) struct Attached {
    tables: HashMap<LayerId, Arc<Table>>,
    /// The name of this server among those that look at tables.
    server: Sql,
    turns: Turns,
}

/// An attached table, as it was when the store was opened.
pub(super) struct Table {
    layer: Arc<Layer>,
    source: Source,
    /// The expression that reads each field of the layer, in the schema's order.
    expressions: Vec<String>,
    /// Whether the database keeps with each row which transaction wrote it: tables do, views and foreign tables do not.
    has_versions: bool,
    memory: Memory,
    /// Whether it was told that some rows have no key of their own.
    told_unnamed: AtomicBool,
    /// Whether a misfit of each field, and last of the geometry, was told already.
    told: Vec<AtomicBool>,
}

impl Attached {
    /// Looks for the tables of all layers that have one; everything that is wrong with any is said.
    pub(super) fn open(session: &mut Session, layers: &LayerSet) -> Result<Self, StoreError> {
        let (mut tables, mut problems) = (HashMap::new(), Vec::new());
        for layer in layers.attached() {
            let Some(source) = &layer.source else {
                continue;
            };
            match find(session, layer, source)? {
                Ok(found) => {
                    let table = Table::new(layer, source, found);
                    tables.insert(layer.id.clone(), Arc::new(table));
                }
                Err(found) => {
                    let told = found.into_iter();
                    problems.extend(told.map(|why| format!("layer {}: {why}", layer.id)));
                }
            }
        }
        if !problems.is_empty() {
            return Err(StoreError::Unusable(problems.join("; ")));
        }
        let server = session.query("SELECT gen_random_uuid()", &[]);
        Ok(Self {
            tables,
            server: Sql::Id(server.during("name this server")?[0].get(0)),
            turns: Turns::default(),
        })
    }

    /// Returns the table that a layer shows, if it shows one.
    pub(super) fn table(&self, layer: &LayerId) -> Option<&Arc<Table>> {
        self.tables.get(layer)
    }

    /// Looks at a table for changes, if no other server does, and says as of when its state is known.
    pub(super) fn look(&self, pool: &Pool, table: &Table) -> Result<Option<Freshness>, StoreError> {
        let may_look = self.turns.has(pool, &table.layer.id)?;
        look(&mut *pool.take()?, table, may_look, &self.server)
    }
}

impl Table {
    fn new(layer: &Arc<Layer>, source: &Source, found: Fitting) -> Self {
        let places = 0..=layer.fields.len();
        Self {
            layer: Arc::clone(layer),
            source: source.clone(),
            expressions: found.expressions,
            has_versions: found.has_versions,
            memory: Memory::default(),
            told_unnamed: AtomicBool::new(false),
            told: places.map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// Says of a table that cannot be read that it is away: its owner may have renamed it, or its server is down.
    fn away(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Engine { detail, .. } => {
                let name = self.source.name();
                StoreError::Unreachable(format!(
                    "the attached table {name} does not answer: {detail}"
                ))
            }
            StoreError::MissingColumn => {
                let name = self.source.name();
                StoreError::Unreachable(format!("the attached table {name} is not what it was"))
            }
            error => error,
        }
    }

    /// Tells once that some rows cannot be shown or told apart, as they have no key or that of another row.
    fn tell_unnamed(&self, rows: usize) {
        if rows > 0 && !self.told_unnamed.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                layer = %self.layer.id,
                rows,
                "rows of an attached table have no key, or the key of another row"
            );
        }
    }

    /// Tells once per field, and once of geometries, that something does not fit: a million rows may have the same.
    fn tell_misfit(&self, place: Option<usize>, fid: i64) {
        let told = &self.told[place.unwrap_or(self.layer.fields.len())];
        if told.swap(true, Ordering::Relaxed) {
            return;
        }
        let what = place.map_or("the geometry", |place| &self.layer.fields[place].name);
        tracing::warn!(
            layer = %self.layer.id,
            feature.fid = fid,
            "{what} of an attached table does not fit the definition; it is read as empty here and in all such rows"
        );
    }
}

/// Returns the name of an attached table for SQL.
fn qualified(source: &Source) -> String {
    format!("{}.{}", quote(&source.schema), quote(&source.table))
}

/// Returns the column of the key for SQL.
fn key(source: &Source) -> String {
    format!("t.{}", quote(&source.key))
}
