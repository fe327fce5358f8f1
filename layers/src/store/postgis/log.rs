//! Revisions and the change log, read from history and the rows of loads.

use chrono::{DateTime, Utc};
use postgres::Row;
use uuid::Uuid;

use super::attached::id_of;
use super::column::Sql;
use super::connection::{During, Session};
use super::loads;
use crate::{
    Bbox, ChangeKind, FeatureId, LayerId, LayerSet, LoggedChange, Revision, RevisionInfo, Scope,
    StoreError, Touched,
};

/// What the log tells of a change, in the order in which [`Entries`] reads it.
const COLUMNS: &str = "h.layer, h.id, h.fid, h.operation, \
     h.before_min_x, h.before_min_y, h.before_max_x, h.before_max_y, \
     h.after_min_x, h.after_min_y, h.after_max_x, h.after_max_y";

/// Returns the newest revision.
pub(super) fn head(session: &mut Session) -> Result<Revision, StoreError> {
    let rows = session.query("SELECT head FROM obzor_store.state", &[]);
    Ok(Revision(rows.during("read the newest revision")?[0].get(0)))
}

/// Returns who made a revision, when and why.
pub(super) fn revision(
    session: &mut Session,
    revision: Revision,
) -> Result<Option<RevisionInfo>, StoreError> {
    let sql = "SELECT at, author, reason FROM obzor_store.revisions WHERE revision = $1";
    let row = session.first(sql, &[Sql::Integer(revision.0)]);
    Ok(row.during("read a revision")?.map(|row| RevisionInfo {
        revision,
        at: row.get(0),
        author: row.get(1),
        reason: row.get(2),
    }))
}

/// Returns the last revision that was made at or before an instant.
pub(super) fn revision_at(
    session: &mut Session,
    at: DateTime<Utc>,
) -> Result<Revision, StoreError> {
    // People are told milliseconds, and who asks for one means all of it.
    let sql = "SELECT revision FROM obzor_store.revisions
               WHERE date_trunc('milliseconds', at) <= $1 AND revision IS NOT NULL ORDER BY revision DESC LIMIT 1";
    let row = session.first(sql, &[Sql::Timestamp(at)]);
    let row = row.during("find a revision by its time")?;
    Ok(Revision(row.map_or(0, |row| row.get(0))))
}

/// Returns what was touched after a revision, in commit order.
pub(super) fn changes(
    session: &mut Session,
    layers: &LayerSet,
    since: Revision,
) -> Result<Vec<LoggedChange>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, r.revision FROM obzor_store.revisions r
         JOIN (SELECT * FROM obzor_store.log{}) h USING (change_set)
         WHERE r.revision > $1 ORDER BY r.revision, h.seq, h.fid",
        loads::logged(layers)
    );
    let mut entries = Entries::default();
    let logged = |row: &Row| {
        Some(LoggedChange {
            scope: entries.scope(row)?,
            revision: Revision(row.get(12)),
        })
    };
    session
        .collect(&sql, &[Sql::Integer(since.0)], logged)
        .during("read the change log")
}

/// Returns what an open change set has touched so far.
pub(super) fn touched(session: &mut Session, change_set: i64) -> Result<Vec<Touched>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM obzor_store.history h WHERE h.change_set = $1 ORDER BY h.seq, h.fid"
    );
    let mut entries = Entries::default();
    session
        .collect(&sql, &[Sql::Integer(change_set)], |row| {
            entries.touched(row)
        })
        .during("read the change log")
}

/// Reads entries; keeps the layer of the one before, as a log tells long runs of one layer.
#[derive(Default)]
struct Entries {
    last: Option<LayerId>,
}

impl Entries {
    /// Reads an entry; without a `fid` it tells of a whole layer.
    fn scope(&mut self, row: &Row) -> Option<Scope> {
        if row.get::<_, Option<i64>>(2).is_none() {
            return Some(Scope::WholeLayer(self.layer(row)?));
        }
        self.touched(row).map(Scope::Feature)
    }

    fn layer(&mut self, row: &Row) -> Option<LayerId> {
        let name: &str = row.get(0);
        if self.last.as_ref().is_none_or(|last| last.as_str() != name) {
            self.last = LayerId::new(name);
        }
        self.last.clone()
    }

    fn touched(&mut self, row: &Row) -> Option<Touched> {
        let layer = self.layer(row)?;
        let fid = row.get(2);
        let id = row.get::<_, Option<Uuid>>(1).map(FeatureId::from);
        let kind = match row.get(3) {
            "insert" => ChangeKind::Insert,
            "update" => ChangeKind::Update,
            _ => ChangeKind::Delete,
        };
        Some(Touched {
            // Of a row that is not ours the log tells the key alone.
            id: id.unwrap_or_else(|| id_of(&layer, fid)),
            layer,
            fid,
            kind,
            before: logged_box(row, 4),
            after: logged_box(row, 8),
        })
    }
}

/// Reads a box; none when there was none.
pub(super) fn logged_box(row: &Row, first: usize) -> Option<Bbox> {
    let edge = |place: usize| row.get::<_, Option<f64>>(first + place);
    Some(Bbox::new([edge(0)?, edge(1)?], [edge(2)?, edge(3)?]))
}
