//! Which state of a layer was shown to whom.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::super::connection::During;
use super::super::log::instant;
use crate::{LayerId, Revision, StoreError};

/// Notes that a reader was shown a layer as it stood at a revision.
pub(in super::super) fn note_served(
    connection: &Connection,
    reader: &str,
    layer: &LayerId,
    revision: Revision,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO obzor_served VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (reader, layer, revision) DO UPDATE SET at = max(at, excluded.at)";
    let row = params![reader, layer.as_str(), revision.0, instant(at)];
    let noted = connection.execute(sql, row);
    noted.map(drop).during("note what was shown")
}

/// Returns the first revision at or after one at which a reader was shown a layer.
pub(in super::super) fn first_served(
    connection: &Connection,
    reader: &str,
    layer: &LayerId,
    since: Revision,
) -> Result<Option<Revision>, StoreError> {
    let sql = "SELECT min(revision) FROM obzor_served WHERE reader = ?1 AND layer = ?2 AND revision >= ?3";
    let row = params![reader, layer.as_str(), since.0];
    let first: rusqlite::Result<Option<i64>> = connection.query_row(sql, row, |row| row.get(0));
    Ok(first.during("read what was shown")?.map(Revision))
}

/// Forgets what was shown before an instant.
pub(in super::super) fn forget_served(
    connection: &Connection,
    before: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM obzor_served WHERE at < ?1";
    let forgotten = connection.execute(sql, [instant(before)]);
    forgotten.map(drop).during("forget what was shown")
}
