//! Which state of a layer was shown to whom.

use chrono::{DateTime, Utc};

use super::super::column::Sql;
use super::super::connection::{During, Session};
use crate::store::ledger::kept_instant;
use crate::{LayerId, Revision, StoreError};

/// Notes that a reader was shown a layer as it stood at a revision.
pub(in super::super) fn note_served(
    session: &mut Session,
    reader: &str,
    layer: &LayerId,
    revision: Revision,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO obzor_store.served AS s VALUES ($1, $2, $3, $4)
               ON CONFLICT (reader, layer, revision) DO UPDATE SET at = greatest(s.at, excluded.at)";
    let row = [
        Sql::Text(reader.to_owned()),
        Sql::Text(layer.to_string()),
        Sql::Integer(revision.0),
        Sql::Timestamp(kept_instant(at)),
    ];
    let noted = session.execute(sql, &row);
    noted.map(drop).during("note what was shown")
}

/// Returns the first revision at or after one at which a reader was shown a layer.
pub(in super::super) fn first_served(
    session: &mut Session,
    reader: &str,
    layer: &LayerId,
    since: Revision,
) -> Result<Option<Revision>, StoreError> {
    let sql = "SELECT min(revision) FROM obzor_store.served WHERE reader = $1 AND layer = $2 AND revision >= $3";
    let values = [
        Sql::Text(reader.to_owned()),
        Sql::Text(layer.to_string()),
        Sql::Integer(since.0),
    ];
    let rows = session.query(sql, &values).during("read what was shown")?;
    Ok(rows[0].get::<_, Option<i64>>(0).map(Revision))
}

/// Forgets what was shown before an instant.
pub(in super::super) fn forget_served(
    session: &mut Session,
    before: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM obzor_store.served WHERE at < $1";
    let forgotten = session.execute(sql, &[Sql::Timestamp(before)]);
    forgotten.map(drop).during("forget what was shown")
}
