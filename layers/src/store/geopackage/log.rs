//! Revisions and the change log, read from history.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::connection::During;
use crate::{
    Bbox, ChangeKind, LayerId, LoggedChange, Revision, RevisionInfo, Scope, StoreError, Touched,
};

/// Returns the newest revision.
pub(super) fn head(connection: &Connection) -> Result<Revision, StoreError> {
    let act = "read the newest revision";
    connection
        .prepare_cached("SELECT coalesce(max(revision), 0) FROM obzor_revisions")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map(Revision)
        .during(act)
}

/// Returns who made a revision, when and why.
pub(super) fn revision(
    connection: &Connection,
    revision: Revision,
) -> Result<Option<RevisionInfo>, StoreError> {
    connection
        .query_row(
            "SELECT revision, at, author, reason FROM obzor_revisions WHERE revision = ?1",
            [revision.0],
            |row| revision_info(row, 0),
        )
        .optional()
        .during("read a revision")
}

/// Reads number, time, author and reason, which stand from a place on.
pub(super) fn revision_info(row: &Row<'_>, first: usize) -> rusqlite::Result<RevisionInfo> {
    Ok(RevisionInfo {
        revision: Revision(row.get(first)?),
        at: read_instant(row, first + 1)?,
        author: row.get(first + 2)?,
        reason: row.get(first + 3)?,
    })
}

/// Returns the last revision that was made at or before an instant.
pub(super) fn revision_at(
    connection: &Connection,
    at: DateTime<Utc>,
) -> Result<Revision, StoreError> {
    connection
        .query_row(
            "SELECT revision FROM obzor_revisions WHERE at <= ?1 ORDER BY revision DESC LIMIT 1",
            [instant(at)],
            |row| row.get(0),
        )
        .optional()
        .map(|found| Revision(found.unwrap_or(0)))
        .during("find a revision by its time")
}

/// Writes an instant to the millisecond, so that texts are in the order of time.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads an instant.
pub(super) fn read_instant(row: &Row<'_>, place: usize) -> rusqlite::Result<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(row.get_ref(place)?.as_str()?);
    Ok(at.map_or(DateTime::UNIX_EPOCH, |at| at.to_utc()))
}

/// Begins the next revision; the triggers file what follows under it.
pub(super) fn begin_revision(
    connection: &Connection,
    author: &str,
    reason: &str,
    at: DateTime<Utc>,
) -> rusqlite::Result<Revision> {
    connection.query_row(
        "INSERT INTO obzor_revisions SELECT coalesce(max(revision), 0) + 1, ?1, ?2, ?3,
           (SELECT coalesce(max(seq), 0) + 1 FROM obzor_history) FROM obzor_revisions RETURNING revision",
        params![instant(at), author, reason],
        |row| row.get(0).map(Revision),
    )
}

/// Returns the first row of history that is later than a revision, or none when it is the newest.
pub(super) fn first_seq_after(
    connection: &Connection,
    revision: Revision,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT first_seq FROM obzor_revisions WHERE revision > ?1 ORDER BY revision LIMIT 1",
        )?
        .query_row([revision.0], |row| row.get(0))
        .optional()
}

/// Returns what was touched after a revision, in commit order.
pub(super) fn changes(
    connection: &Connection,
    since: Revision,
) -> Result<Vec<LoggedChange>, StoreError> {
    let act = "read the change log";
    let Some(first) = first_seq_after(connection, since).during(act)? else {
        return Ok(Vec::new());
    };
    let mut statement = connection
        .prepare_cached(
            "SELECT revision, layer, id, fid, operation, before_min_x, before_min_y, before_max_x, before_max_y,
               after_min_x, after_min_y, after_max_x, after_max_y FROM obzor_history WHERE seq >= ?1 ORDER BY seq",
        )
        .during(act)?;
    let mut layer = None;
    let rows = statement
        .query_map([first], |row| logged_change(row, &mut layer))
        .during(act)?;
    rows.filter_map(|row| row.during(act).transpose()).collect()
}

/// Reads an entry; `last` keeps the layer of the one before, as a log tells long runs of one layer.
fn logged_change(
    row: &Row<'_>,
    last: &mut Option<LayerId>,
) -> rusqlite::Result<Option<LoggedChange>> {
    let name = row.get_ref(1)?.as_str()?;
    if last.as_ref().is_none_or(|layer| layer.as_str() != name) {
        *last = LayerId::new(name);
    }
    let id = row.get_ref(2)?.as_str()?.parse().ok();
    let kind = ChangeKind::of_word(row.get_ref(4)?.as_str()?);
    let (Some(layer), Some(id), Some(kind)) = (last.clone(), id, kind) else {
        tracing::warn!("the change log holds a row that cannot be understood; it is passed over");
        return Ok(None);
    };
    Ok(Some(LoggedChange {
        revision: Revision(row.get(0)?),
        scope: Scope::Feature(Touched {
            layer,
            id,
            fid: row.get(3)?,
            kind,
            before: logged_box(row, 5)?,
            after: logged_box(row, 9)?,
        }),
    }))
}

/// Reads a box; none when there was none.
pub(super) fn logged_box(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Bbox>> {
    let mut edges = [0.0; 4];
    for (place, edge) in edges.iter_mut().enumerate() {
        match row.get(first + place)? {
            Some(number) => *edge = number,
            None => return Ok(None),
        }
    }
    let [min_x, min_y, max_x, max_y] = edges;
    Ok(Some(Bbox::new([min_x, min_y], [max_x, max_y])))
}
