//! One state of the whole database, streamed in one transaction.

use std::sync::Arc;

use postgres::fallible_iterator::FallibleIterator;
use postgres::{Row, RowIter};
use uuid::Uuid;

use super::super::column::{self, Sql, read_geometry};
use super::super::connection::{During, Session, references};
use super::super::pool::Lent;
use super::super::table::{GEOMETRY_COLUMN, qualified};
use super::super::{log, office, renames};
use crate::store::renames::{PastLayers, Renames};
use crate::store::sql::quote;
use crate::transfer::{refuse_unknown_kinds, refuse_unknown_layers};
use crate::{
    ChangeKind, Feature, HistoryEntry, HistoryStream, Layer, LayerId, LayerSet, OfficeRecord,
    RecordKind, Revision, RevisionInfo, Snapshot, StandingStream, StoreError, Touched, Version,
};

const ACT: &str = "read the whole store";
/// For a transaction that takes as long as it takes. Rows come in the order of two indexes, so that they are neither
/// gathered nor sorted first; and rather none than only those that a policy lets the role
/// see. Reading it all is for the login itself, not for the role that the program takes.
const SNAPSHOT: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
     SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL row_security = off; \
     SET LOCAL ROLE NONE";

/// Begins to read; the state is fixed now.
pub(in super::super) fn snapshot<'a>(
    mut session: Lent<'a>,
    layers: &Arc<LayerSet>,
) -> Result<DatabaseSnapshot<'a>, StoreError> {
    session
        .begin("ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .during(ACT)?;
    session.client().batch_execute(SNAPSHOT).during(ACT)?;
    // The first read of a transaction fixes what it sees.
    let head = log::head(&mut session)?;
    let renames = renames::read(&mut session).during(ACT)?;
    let mut unknown = names(
        &mut session,
        "SELECT DISTINCT layer FROM obzor_store.history",
    )?;
    unknown.retain(|name| layers.named(name).is_none());
    refuse_unknown_layers(&unknown)?;
    Ok(DatabaseSnapshot {
        session,
        layers: Arc::clone(layers),
        past: PastLayers::new(layers, &renames),
        renames,
        head,
    })
}

fn names(session: &mut Session, sql: &str) -> Result<Vec<String>, StoreError> {
    let rows = session.query(sql, &[]).during(ACT)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// One state of the database.
pub(in super::super) struct DatabaseSnapshot<'a> {
    session: Lent<'a>,
    layers: Arc<LayerSet>,
    past: PastLayers,
    renames: Renames,
    head: Revision,
}

impl Snapshot for DatabaseSnapshot<'_> {
    fn head(&self) -> Revision {
        self.head
    }

    fn count_versions(&mut self, since: Revision) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM obzor_store.revisions r JOIN obzor_store.history h USING (change_set)
                   WHERE r.revision > $1";
        let rows = self.session.query(sql, &[Sql::Integer(since.0)]);
        Ok(rows.during(ACT)?[0].get::<_, i64>(0) as u64)
    }

    fn history(&mut self, since: Revision) -> Result<HistoryStream<'_>, StoreError> {
        let sql = "SELECT r.revision, r.at, r.author, r.reason, h.layer, h.id, h.fid, h.operation,
                     h.before_min_x, h.before_min_y, h.before_max_x, h.before_max_y,
                     h.after_min_x, h.after_min_y, h.after_max_x, h.after_max_y,
                     h.rev, h.\"values\", ST_AsBinary(h.geom)
                   FROM obzor_store.revisions r LEFT JOIN obzor_store.history h USING (change_set)
                   WHERE r.revision > $1 ORDER BY r.revision, h.seq";
        let since = [Sql::Integer(since.0)];
        let rows = self.session.client().query_raw(sql, references(&since));
        Ok(Box::new(History {
            rows: rows.during(ACT)?,
            layers: &self.past,
            revision: None,
            waiting: None,
        }))
    }

    fn standing(&mut self, layer: &LayerId) -> Result<StandingStream<'_>, StoreError> {
        let found = self.layers.get(layer);
        let layer = Arc::clone(found.ok_or_else(|| StoreError::UnknownLayer(layer.clone()))?);
        let geometry = match layer.geometry {
            Some(_) => format!("ST_AsBinary({GEOMETRY_COLUMN})"),
            None => "NULL::bytea".to_owned(),
        };
        let fields = layer.fields.iter();
        let fields = fields.map(|field| quote(self.renames.column(&layer.id, &field.name)));
        let sql = format!(
            "SELECT fid, id, rev, {geometry}, {} FROM {} ORDER BY fid",
            fields.collect::<Vec<_>>().join(", "),
            qualified(&layer)
        );
        let rows = self.session.client().query_raw(&sql, references(&[]));
        let rows = rows.during(ACT)?.iterator();
        Ok(Box::new(rows.map(move |row| {
            row.map(|row| feature(&row, &layer)).during(ACT)
        })))
    }

    fn records(&mut self) -> Result<Vec<OfficeRecord>, StoreError> {
        let sql = "SELECT DISTINCT kind FROM obzor_store.records";
        refuse_unknown_kinds(&names(&mut self.session, sql)?)?;
        let of_kind = RecordKind::ALL.map(|kind| office::records(&mut self.session, kind));
        let all: Result<Vec<_>, _> = of_kind.into_iter().collect();
        Ok(all?.concat())
    }
}

fn feature(row: &Row, layer: &Layer) -> Feature {
    let fid = row.get(0);
    let fields = layer.fields.iter().enumerate();
    Feature {
        id: row.get::<_, Uuid>(1).into(),
        fid,
        rev: row.get(2),
        geometry: read_geometry(row, 3, fid),
        values: fields
            .map(|(place, field)| column::read(field, row, 4 + place, fid))
            .collect(),
    }
}

/// The history, as the rows come.
struct History<'a> {
    rows: RowIter<'a>,
    layers: &'a PastLayers,
    /// The revision that was begun last.
    revision: Option<i64>,
    /// A version whose revision was told just now.
    waiting: Option<Version>,
}

impl History<'_> {
    fn entry(&mut self) -> Result<Option<HistoryEntry>, StoreError> {
        if let Some(version) = self.waiting.take() {
            return Ok(Some(HistoryEntry::Version(version)));
        }
        let Some(row) = self.rows.next().during(ACT)? else {
            return Ok(None);
        };
        let version = match row.get::<_, Option<&str>>(4) {
            Some(layer) => Some(version(&row, self.layers, layer)?),
            None => None,
        };
        let revision = row.get(0);
        if self.revision == Some(revision) {
            return Ok(version.map(HistoryEntry::Version));
        }
        self.revision = Some(revision);
        self.waiting = version;
        Ok(Some(HistoryEntry::Revision(RevisionInfo {
            revision: Revision(revision),
            at: row.get(1),
            author: row.get(2),
            reason: row.get(3),
        })))
    }
}

impl Iterator for History<'_> {
    type Item = Result<HistoryEntry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.entry().transpose()
    }
}

fn version(row: &Row, layers: &PastLayers, name: &str) -> Result<Version, StoreError> {
    let broken = || StoreError::Unusable(format!("the history of {name} cannot be understood"));
    let (layer, names) = layers.get(name).ok_or_else(broken)?;
    let fid = row.get(6);
    let kind = ChangeKind::of_word(row.get(7)).ok_or_else(broken)?;
    Ok(Version {
        touched: Touched {
            layer: layer.id.clone(),
            id: row.get::<_, Uuid>(5).into(),
            fid,
            kind,
            before: log::logged_box(row, 8),
            after: log::logged_box(row, 12),
        },
        rev: row.get(16),
        geometry: read_geometry(row, 18, fid),
        values: match kind {
            ChangeKind::Delete => Vec::new(),
            _ => column::read_past(layer.fields.iter().zip(names), row, 17, fid),
        },
    })
}
