//! One state of the whole database, streamed in one transaction.

use std::collections::VecDeque;
use std::sync::Arc;

use postgres::fallible_iterator::FallibleIterator;
use postgres::{Error, Row};
use uuid::Uuid;

use super::super::column::{self, Sql, read_geometry};
use super::super::connection::{During, Session, references};
use super::super::loads::{self, Load};
use super::super::pool::Lent;
use super::super::table::{GEOMETRY_COLUMN, qualified};
use super::super::{log, office, prune, renames};
use super::ledger;
use crate::merge::LedgerStream;
use crate::store::renames::{PastLayers, Renames};
use crate::store::sql::quote;
use crate::transfer::{refuse_unknown_kinds, refuse_unknown_layers};
use crate::{
    ChangeKind, Feature, HistoryEntry, HistoryStream, Layer, LayerId, LayerSet, OfficeRecord,
    RecordKind, Revision, RevisionInfo, Snapshot, StandingStream, StoreError, Touched, Version,
};

const ACT: &str = "read the whole store";
/// How many rows are read at once.
const PAGE: usize = 1000;
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
        "SELECT layer FROM obzor_store.history UNION SELECT layer FROM obzor_store.loads",
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

    fn history_starts(&mut self) -> Result<Vec<(LayerId, Revision)>, StoreError> {
        prune::starts(&mut self.session)
    }

    fn count_versions(&mut self, since: Revision) -> Result<u64, StoreError> {
        // A row of a load is one version, in history or not.
        let sql = "SELECT (SELECT count(*) FROM obzor_store.revisions r JOIN obzor_store.history h USING (change_set)
                     LEFT JOIN obzor_store.loads l USING (change_set, seq) WHERE r.revision > $1 AND l.seq IS NULL)
                   + (SELECT coalesce(sum(last_fid - first_fid + 1), 0)::bigint
                     FROM obzor_store.revisions r JOIN obzor_store.loads l USING (change_set) WHERE r.revision > $1)";
        let rows = self.session.query(sql, &[Sql::Integer(since.0)]);
        Ok(rows.during(ACT)?[0].get::<_, i64>(0) as u64)
    }

    fn history(&mut self, since: Revision) -> Result<HistoryStream<'_>, StoreError> {
        let sql = format!(
            "SELECT r.revision, r.at, r.author, r.reason, h.layer, h.id, h.fid, h.operation,
               h.before_min_x, h.before_min_y, h.before_max_x, h.before_max_y,
               h.after_min_x, h.after_min_y, h.after_max_x, h.after_max_y,
               h.rev, h.\"values\", ST_AsBinary(h.geom), h.seq
             FROM obzor_store.revisions r LEFT JOIN obzor_store.history h USING (change_set)
             WHERE r.revision > {} ORDER BY r.revision, h.seq, h.fid",
            since.0
        );
        let read_before = self.session.client().batch_execute("CLOSE ALL");
        read_before.during(ACT)?;
        let loads = loads::after(&mut self.session, since).during(ACT)?;
        let written = Pages::begin(&mut self.session, "written", &sql).during(ACT)?;
        Ok(Box::new(History {
            session: &mut self.session,
            layers: &self.past,
            renames: &self.renames,
            written,
            loaded: Pages::default(),
            loads: loads.into_iter(),
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

    fn ledger(&mut self) -> Result<LedgerStream<'_>, StoreError> {
        Ok(Box::new(ledger::Rows::of(&mut self.session)))
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

/// The history, as the rows come: those that are written down, and among them those that still stand as a load left them.
struct History<'a> {
    session: &'a mut Session,
    layers: &'a PastLayers,
    renames: &'a Renames,
    written: Pages,
    loaded: Pages,
    /// The loads whose rows are still to come.
    loads: std::vec::IntoIter<Load>,
    /// The revision that was begun last.
    revision: Option<i64>,
    /// A version whose revision was told just now.
    waiting: Option<Version>,
}

impl History<'_> {
    /// Returns the next row of both kinds.
    fn next_row(&mut self) -> Result<Option<Row>, StoreError> {
        while self.loaded.peek(self.session).during(ACT)?.is_none()
            && let Some(load) = self.loads.next()
        {
            let (layer, _) = self
                .layers
                .get(&load.layer)
                .ok_or_else(|| broken(&load.layer))?;
            let (name, sql) = (load.name(), load.versions(layer, self.renames));
            self.loaded = Pages::begin(self.session, &name, &sql).during(ACT)?;
        }
        let written = self.written.peek(self.session).during(ACT)?.map(place);
        let loaded = self.loaded.peek(self.session).during(ACT)?.map(place);
        let is_loaded = loaded.is_some_and(|loaded| written.is_none_or(|written| loaded < written));
        Ok(if is_loaded {
            self.loaded.rows.pop_front()
        } else {
            self.written.rows.pop_front()
        })
    }

    fn entry(&mut self) -> Result<Option<HistoryEntry>, StoreError> {
        if let Some(version) = self.waiting.take() {
            return Ok(Some(HistoryEntry::Version(version)));
        }
        let Some(row) = self.next_row()? else {
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

/// Returns the place of a row in history; a revision without versions comes before all of them.
fn place(row: &Row) -> (i64, Option<i64>, Option<i64>) {
    (row.get(0), row.get(19), row.get(6))
}

/// Rows that a statement returns, of which it holds but a few.
#[derive(Default)]
struct Pages {
    fetch: Option<String>,
    rows: VecDeque<Row>,
}

impl Pages {
    /// Begins to read.
    fn begin(session: &mut Session, name: &str, sql: &str) -> Result<Self, Error> {
        let declare = format!("DECLARE {name} NO SCROLL CURSOR FOR {sql}");
        session.client().batch_execute(&declare)?;
        Ok(Self {
            fetch: Some(format!("FETCH {PAGE} FROM {name}")),
            rows: VecDeque::new(),
        })
    }

    /// Returns the next row without taking it.
    fn peek(&mut self, session: &mut Session) -> Result<Option<&Row>, Error> {
        if self.rows.is_empty()
            && let Some(fetch) = &self.fetch
        {
            self.rows.extend(session.client().query(fetch, &[])?);
            if self.rows.len() < PAGE {
                self.fetch = None;
            }
        }
        Ok(self.rows.front())
    }
}

fn broken(layer: &str) -> StoreError {
    StoreError::Unusable(format!("the history of {layer} cannot be understood"))
}

fn version(row: &Row, layers: &PastLayers, name: &str) -> Result<Version, StoreError> {
    let broken = || broken(name);
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
