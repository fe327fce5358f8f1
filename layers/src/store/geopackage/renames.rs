//! The renames that the file remembers.

use rusqlite::{Connection, params};

use crate::LayerId;
use crate::store::renames::{Rename, Renames};

/// Reads them; within a transaction nobody adds one.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Renames> {
    let mut statement =
        connection.prepare_cached("SELECT layer, former, name FROM obzor_renames")?;
    let rename = |row: &rusqlite::Row<'_>| {
        Ok(Rename {
            layer: row.get(0)?,
            former: row.get(1)?,
            name: row.get(2)?,
        })
    };
    let renames = statement.query_map([], rename)?;
    Ok(Renames(renames.collect::<rusqlite::Result<_>>()?))
}

/// Whether the file can remember any: one made by an older program cannot yet.
pub(super) fn has_table(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'obzor_renames'",
        [],
        |row| row.get(0),
    )
}

/// Remembers that a column got another name, which is nobody's former name from now on.
pub(super) fn add(
    connection: &Connection,
    layer: &LayerId,
    former: &str,
    name: &str,
) -> rusqlite::Result<()> {
    let layer = layer.as_str();
    connection.execute(
        "DELETE FROM obzor_renames WHERE layer = ?1 AND former = ?2",
        [layer, name],
    )?;
    connection.execute(
        "INSERT OR REPLACE INTO obzor_renames VALUES (?1, ?2, ?3)",
        params![layer, former, name],
    )?;
    Ok(())
}
