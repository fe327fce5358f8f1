//! Where the history of layers begins in a file, and the removal of what is older.

use rusqlite::{Connection, OptionalExtension, params};

use super::connection::During;
use super::{log, shape};
use crate::store::retention::{HistoryStart, ROWS_AT_ONCE, refuse_future};
use crate::{LayerId, Revision, StoreError};

const ACT: &str = "shorten history";
/// The rows of a layer before a row, each of which has one after it that is before it too.
const OUTLIVED: &str = "layer = ?1 AND seq < ?2 AND EXISTS (SELECT 1 FROM obzor_history n
    WHERE n.layer = h.layer AND n.fid = h.fid AND n.seq > h.seq AND n.seq < ?2)";

/// Whether the file can remember any: one made by an older program cannot yet.
pub(super) fn has_table(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'obzor_history_starts'",
        [],
        |row| row.get(0),
    )
}

/// Adds what remembers them.
pub(super) fn add_table(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("history_starts.sql"))
}

/// Returns where the history of a layer begins; none when all of it is kept.
pub(super) fn start(
    connection: &Connection,
    layer: &LayerId,
) -> Result<Option<HistoryStart>, StoreError> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(HistoryStart {
            revision: Revision(row.get(0)?),
            at: log::read_instant(row, 1)?,
        })
    };
    connection
        .prepare_cached(
            "SELECT revision, at FROM obzor_history_starts JOIN obzor_revisions USING (revision) WHERE layer = ?1",
        )
        .and_then(|mut statement| statement.query_row([layer.as_str()], read).optional())
        .during("read where history begins")
}

/// Returns where the history of each layer begins of which not all is kept.
pub(super) fn starts(connection: &Connection) -> rusqlite::Result<Vec<(LayerId, Revision)>> {
    let sql = "SELECT layer, revision FROM obzor_history_starts ORDER BY layer";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let known = rows.filter_map(|row| {
        let named =
            |(layer, revision): (String, i64)| Some((LayerId::new(&layer)?, Revision(revision)));
        row.map(named).transpose()
    });
    known.collect()
}

/// Counts the versions that only states before a revision need.
pub(super) fn prunable(
    connection: &Connection,
    layer: &LayerId,
    start: Revision,
) -> Result<u64, StoreError> {
    let end = end_of(connection, start)?;
    let sql = format!("SELECT count(*) FROM obzor_history h WHERE {OUTLIVED}");
    let count: rusqlite::Result<i64> =
        connection.query_row(&sql, params![layer.as_str(), end], |row| row.get(0));
    count.map(|count| count as u64).during(ACT)
}

/// Lets history begin at a revision, and removes what is older in transactions that each keep every later state whole.
pub(super) fn prune(
    connection: &Connection,
    layer: &LayerId,
    start: Revision,
) -> Result<u64, StoreError> {
    refuse_future(start, log::head(connection)?)?;
    connection
        .pragma_update(None, "secure_delete", true)
        .during(ACT)?;
    let start = set_start(connection, layer, start).during(ACT)?;
    let end = end_of(connection, start)?;
    let (mut removed, mut after) = (0, i64::MIN);
    while let Some(last) = last_of_piece(connection, layer, after).during(ACT)? {
        removed += remove(connection, layer, end, after, last).during(ACT)?;
        after = last;
    }
    // What was removed stands in the journal until it is cut; who reads just now keeps it for a while.
    let cut = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    cut.during(ACT)?;
    Ok(removed)
}

fn end_of(connection: &Connection, start: Revision) -> Result<i64, StoreError> {
    let end = log::first_seq_after(connection, start).during(ACT)?;
    Ok(end.unwrap_or(i64::MAX))
}

/// Notes where history begins; returns where it does, which may be later.
fn set_start(
    connection: &Connection,
    layer: &LayerId,
    start: Revision,
) -> rusqlite::Result<Revision> {
    connection.query_row(
        "INSERT INTO obzor_history_starts VALUES (?1, ?2)
         ON CONFLICT (layer) DO UPDATE SET revision = max(revision, excluded.revision) RETURNING revision",
        params![layer.as_str(), start.0],
        |row| row.get(0).map(Revision),
    )
}

/// Returns the last feature of those whose rows are looked at next; none when there are no more.
fn last_of_piece(
    connection: &Connection,
    layer: &LayerId,
    after: i64,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT max(fid) FROM (SELECT fid FROM obzor_history WHERE layer = ?1 AND fid > ?2 ORDER BY fid LIMIT ?3)";
    connection
        .prepare_cached(sql)?
        .query_row(params![layer.as_str(), after, ROWS_AT_ONCE], |row| {
            row.get(0)
        })
}

fn remove(
    connection: &Connection,
    layer: &LayerId,
    end: i64,
    after: i64,
    last: i64,
) -> rusqlite::Result<u64> {
    let transaction = shape::begin(connection)?;
    let sql = format!("DELETE FROM obzor_history AS h WHERE fid > ?3 AND fid <= ?4 AND {OUTLIVED}");
    let removed =
        transaction
            .prepare_cached(&sql)?
            .execute(params![layer.as_str(), end, after, last])?;
    transaction.commit()?;
    Ok(removed as u64)
}
