//! The renames that the database remembers, and what this program knows of them.

use std::sync::{Arc, PoisonError, RwLock};

use postgres::Error;

use super::column::Sql;
use super::connection::{During, Session};
use crate::store::renames::{Rename, Renames};
use crate::{LayerId, StoreError};

/// The advisory lock that keeps a change of the columns out of every change set.
const COLUMNS_LOCK: i64 = 0x6f62_7a6f_7200_00c0;

/// Reads them for a change set; until the transaction ends nobody adds one.
pub(super) fn hold(session: &mut Session) -> Result<Renames, Error> {
    let sql = "SELECT pg_advisory_xact_lock_shared($1)";
    session.query(sql, &[Sql::Integer(COLUMNS_LOCK)])?;
    read(session)
}

/// Reads them.
pub(super) fn read(session: &mut Session) -> Result<Renames, Error> {
    let rename = |row: &postgres::Row| {
        Some(Rename {
            layer: row.get(0),
            former: row.get(1),
            name: row.get(2),
        })
    };
    let sql = "SELECT layer, former, name FROM obzor_store.renames";
    session.collect(sql, &[], rename).map(Renames)
}

/// Keeps every change set out until the transaction ends; who only reads goes on.
pub(super) fn lock(session: &mut Session) -> Result<(), Error> {
    let sql = "SELECT pg_advisory_xact_lock($1)";
    session
        .query(sql, &[Sql::Integer(COLUMNS_LOCK)])
        .map(|_| ())
}

/// Remembers that a column got another name, which is nobody's former name from now on.
pub(super) fn add(
    session: &mut Session,
    layer: &LayerId,
    former: &str,
    name: &str,
) -> Result<(), Error> {
    let text = |text: &str| Sql::Text(text.to_owned());
    let sql = "DELETE FROM obzor_store.renames WHERE layer = $1 AND former = $2";
    session.execute(sql, &[text(layer.as_str()), text(name)])?;
    let sql = "INSERT INTO obzor_store.renames (layer, former, name) VALUES ($1, $2, $3)
               ON CONFLICT (layer, former) DO UPDATE SET name = excluded.name";
    let values = [text(layer.as_str()), text(former), text(name)];
    session.execute(sql, &values).map(|_| ())
}

/// What this program knows of the renames: nothing until it needs to.
#[derive(Default)]
pub(super) struct KnownRenames(RwLock<Arc<Renames>>);

impl KnownRenames {
    /// Returns what is known.
    pub(super) fn known(&self) -> Arc<Renames> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads them anew and returns them.
    pub(super) fn learn(&self, session: &mut Session) -> Result<Arc<Renames>, StoreError> {
        let newest = Arc::new(read(session).during("read the renames")?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&newest);
        Ok(newest)
    }
}
