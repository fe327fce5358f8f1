//! Where the history of layers begins in a database, and the removal of what is older.

use postgres::error::SqlState;

use super::PostgisStore;
use super::column::Sql;
use super::connection::{During, Session, store_error};
use super::log;
use crate::store::retention::{HistoryStart, ROWS_AT_ONCE, RetentionStore, refuse_future};
use crate::{LayerId, Revision, StoreError};

const ACT: &str = "shorten history";
/// The rows of a layer up to a revision, each of which has one after it that is not later than that either.
///
/// A row that stands as a load left it is not among them: it is its own newest version.
const OUTLIVED: &str =
    "h.layer = $1 AND r.change_set = h.change_set AND r.revision <= $2 AND EXISTS (
    SELECT FROM obzor_store.history n JOIN obzor_store.revisions s USING (change_set)
    WHERE n.layer = h.layer AND n.fid = h.fid AND n.seq > h.seq AND s.revision <= $2)";

impl RetentionStore for PostgisStore {
    fn prunable(&self, layer: &LayerId, start: Revision) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT count(*) FROM obzor_store.history h, obzor_store.revisions r WHERE {OUTLIVED}"
        );
        let mut session = self.pool.take()?;
        let rows = session.query(&sql, &[Sql::Text(layer.to_string()), Sql::Integer(start.0)]);
        Ok(rows.during(ACT)?[0].get::<_, i64>(0) as u64)
    }

    fn prune(&self, layer: &LayerId, start: Revision) -> Result<u64, StoreError> {
        let session = &mut *self.pool.take()?;
        refuse_future(start, log::head(session)?)?;
        let start = set_start(session, layer, start)?;
        let (mut removed, mut after) = (0, i64::MIN);
        while let Some(last) = last_of_piece(session, layer, after)? {
            removed += remove(session, layer, start, after, last)?;
            after = last;
        }
        Ok(removed)
    }
}

/// Returns where the history of a layer begins; none when all of it is kept.
pub(super) fn start(
    session: &mut Session,
    layer: &LayerId,
) -> Result<Option<HistoryStart>, StoreError> {
    let sql = "SELECT revision, at FROM obzor_store.history_starts JOIN obzor_store.revisions USING (revision)
               WHERE layer = $1";
    let row = session.first(sql, &[Sql::Text(layer.to_string())]);
    let row = row.during("read where history begins")?;
    Ok(row.map(|row| HistoryStart {
        revision: Revision(row.get(0)),
        at: row.get(1),
    }))
}

/// Returns where the history of each layer begins of which not all is kept.
pub(super) fn starts(session: &mut Session) -> Result<Vec<(LayerId, Revision)>, StoreError> {
    let sql = "SELECT layer, revision FROM obzor_store.history_starts ORDER BY layer";
    let start = |row: &postgres::Row| Some((LayerId::new(row.get(0))?, Revision(row.get(1))));
    let starts = session.collect(sql, &[], start);
    starts.during("read where history begins")
}

/// Begins a transaction of the owner: the program's role can write no history, and remove none.
fn begin(session: &mut Session) -> Result<(), StoreError> {
    session.begin_as_owner("").map_err(|error| {
        if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return store_error(ACT, &error);
        }
        let why = "history is the owner's: name the role that owns the tables in the address";
        StoreError::Unusable(why.to_owned())
    })?;
    let patience = "SET LOCAL statement_timeout = 0";
    session.client().batch_execute(patience).during(ACT)
}

/// Notes where history begins; returns where it does, which may be later.
fn set_start(
    session: &mut Session,
    layer: &LayerId,
    start: Revision,
) -> Result<Revision, StoreError> {
    begin(session)?;
    let sql = "INSERT INTO obzor_store.history_starts AS known VALUES ($1, $2)
               ON CONFLICT (layer) DO UPDATE SET revision = greatest(known.revision, excluded.revision)
               RETURNING revision";
    let rows = session.query(sql, &[Sql::Text(layer.to_string()), Sql::Integer(start.0)]);
    let start = Revision(rows.during(ACT)?[0].get(0));
    session.commit().during(ACT)?;
    Ok(start)
}

/// Returns the last feature of those whose rows are looked at next; none when there are no more.
fn last_of_piece(
    session: &mut Session,
    layer: &LayerId,
    after: i64,
) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT max(fid) FROM (
                 SELECT fid FROM obzor_store.history WHERE layer = $1 AND fid > $2 ORDER BY fid LIMIT $3) piece";
    let values = [
        Sql::Text(layer.to_string()),
        Sql::Integer(after),
        Sql::Integer(ROWS_AT_ONCE),
    ];
    Ok(session.query(sql, &values).during(ACT)?[0].get(0))
}

fn remove(
    session: &mut Session,
    layer: &LayerId,
    start: Revision,
    after: i64,
    last: i64,
) -> Result<u64, StoreError> {
    begin(session)?;
    let sql = format!(
        "DELETE FROM obzor_store.history h USING obzor_store.revisions r
         WHERE h.fid > $3 AND h.fid <= $4 AND {OUTLIVED}"
    );
    let values = [
        Sql::Text(layer.to_string()),
        Sql::Integer(start.0),
        Sql::Integer(after),
        Sql::Integer(last),
    ];
    let removed = session.execute(&sql, &values).during(ACT)?;
    session.commit().during(ACT)?;
    Ok(removed)
}
