//! Rows that stand as a load left them: the row itself is its first version, until a trigger writes that to history.

use postgres::Error;

use super::column::Sql;
use super::connection::Session;
use super::query::geometry;
use super::table::{box_columns, qualified, values};
use crate::store::renames::Renames;
use crate::store::sql::literal;
use crate::{Layer, LayerSet, Revision};

/// Returns what the change log tells of such rows, to be added to a statement that reads the log.
pub(super) fn logged(layers: &LayerSet) -> String {
    let of_layer = |layer| {
        format!(
            " UNION ALL SELECT l.change_set, l.seq, l.layer, t.id, t.fid, 'insert', {}, {}
               FROM obzor_store.loads l JOIN {} t ON t.fid BETWEEN l.first_fid AND l.last_fid AND t.rev = 1
               WHERE l.layer = {}",
            box_columns(layer, false, "t"),
            box_columns(layer, true, "t"),
            qualified(layer),
            literal(layer.id.as_str())
        )
    };
    layers.kept().map(|layer| of_layer(layer)).collect()
}

/// One load.
pub(super) struct Load {
    pub(super) layer: String,
    revision: i64,
    change_set: i64,
    seq: i64,
    first_fid: i64,
    last_fid: i64,
}

/// Returns the loads after a revision, in commit order.
pub(super) fn after(session: &mut Session, since: Revision) -> Result<Vec<Load>, Error> {
    let sql = "SELECT layer, revision, change_set, seq, first_fid, last_fid
               FROM obzor_store.loads JOIN obzor_store.revisions USING (change_set)
               WHERE revision > $1 ORDER BY revision, seq";
    let load = |row: &postgres::Row| {
        Some(Load {
            layer: row.get(0),
            revision: row.get(1),
            change_set: row.get(2),
            seq: row.get(3),
            first_fid: row.get(4),
            last_fid: row.get(5),
        })
    };
    session.collect(sql, &[Sql::Integer(since.0)], load)
}

impl Load {
    /// Returns a name for it that no other load has.
    pub(super) fn name(&self) -> String {
        format!("load_{}_{}", self.change_set, self.seq)
    }

    /// Returns the statement that reads the rows that still stand as this load left them, ordered by `fid`, as
    /// [`super::transfer`] reads versions from history.
    pub(super) fn versions(&self, layer: &Layer, renames: &Renames) -> String {
        let of_revision = ["at", "author", "reason"].map(|column| {
            format!(
                "(SELECT {column} FROM obzor_store.revisions WHERE change_set = {})",
                self.change_set
            )
        });
        format!(
            "SELECT {}::bigint, {}, {}, t.id, t.fid, 'insert', {}, {}, t.rev, {}, {}, {}::bigint
             FROM {} t WHERE t.fid BETWEEN {} AND {} AND t.rev = 1 ORDER BY t.fid",
            self.revision,
            of_revision.join(", "),
            literal(&self.layer),
            box_columns(layer, false, "t"),
            box_columns(layer, true, "t"),
            values(layer, renames, "t"),
            geometry(layer),
            self.seq,
            qualified(layer),
            self.first_fid,
            self.last_fid
        )
    }
}
