//! Which tables this server looks at, so that no two servers of a database look at the same one.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::store::postgis::column::Sql;
use crate::store::postgis::connection::{During, Session};
use crate::store::postgis::pool::{Pool, discard};
use crate::{LayerId, StoreError};

/// The turns of this server: an advisory lock for each table, held by a connection kept for that alone, so that another
/// server takes over as soon as this one is gone.
#[derive(Default)]
pub(super) struct Turns(Mutex<Option<Keeper>>);

struct Keeper {
    session: Session,
    held: HashSet<LayerId>,
}

impl Turns {
    /// Whether it is this server that looks at the table of a layer; on a standby nobody can.
    pub(super) fn has(&self, pool: &Pool, layer: &LayerId) -> Result<bool, StoreError> {
        let mut keeper = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = keeper.take_if(|keeper| keeper.session.check().is_err());
        discard(lost.map(|lost| lost.session).into_iter().collect());
        let keeper = match &mut *keeper {
            Some(keeper) => keeper,
            none => none.insert(Keeper {
                session: pool.connect()?,
                held: HashSet::new(),
            }),
        };
        if keeper.held.contains(layer) {
            return Ok(true);
        }
        let sql = "SELECT NOT pg_is_in_recovery() AND pg_try_advisory_lock(hashtextextended('obzor attached ' || $1, 0))";
        let got = keeper.session.query(sql, &[Sql::Text(layer.to_string())]);
        let got = got.during("take the turn to look at a table")?[0].get(0);
        if got {
            keeper.held.insert(layer.clone());
        }
        Ok(got)
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        let keeper = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        discard(
            keeper
                .take()
                .map(|keeper| keeper.session)
                .into_iter()
                .collect(),
        );
    }
}
