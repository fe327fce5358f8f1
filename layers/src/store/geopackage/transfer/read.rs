//! One state of the whole file, read in one transaction, by pages.

use std::collections::VecDeque;
use std::sync::Arc;

use geo::CoordsIter;
use geo_types::Geometry;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::connection::{During, Reader};
use super::super::table::quote;
use super::super::{GEOMETRY_COLUMN, column, log, office, past, prune, read, renames};
use super::ledger;
use crate::merge::LedgerStream;
use crate::store::renames::{PastLayers, Renames};
use crate::transfer::{refuse_unknown_kinds, refuse_unknown_layers};
use crate::{
    ChangeKind, Feature, HistoryEntry, HistoryStream, Layer, LayerId, LayerSet, OfficeRecord,
    RecordKind, Revision, RevisionInfo, Snapshot, StandingStream, StoreError, Touched, Version,
};

const ACT: &str = "read the whole store";
/// How many rows are read at once.
const PAGE: i64 = 1000;

/// Begins to read; the state is fixed now.
pub(in super::super) fn snapshot<'a>(
    reader: Reader<'a>,
    layers: &Arc<LayerSet>,
) -> Result<FileSnapshot<'a>, StoreError> {
    reader.execute_batch("BEGIN").during(ACT)?;
    // The first read of a transaction fixes what it sees.
    let head = log::head(&reader)?;
    let renames = renames::read(&reader).during(ACT)?;
    refuse_unknown_layers(&unknown_layers(&reader, layers).during(ACT)?)?;
    Ok(FileSnapshot {
        reader,
        layers: Arc::clone(layers),
        past: PastLayers::new(layers, &renames),
        renames,
        head,
    })
}

fn unknown_layers(connection: &Connection, layers: &LayerSet) -> rusqlite::Result<Vec<String>> {
    let names = names(connection, "SELECT DISTINCT layer FROM obzor_history")?;
    let unknown = names
        .into_iter()
        .filter(|name| layers.named(name).is_none());
    Ok(unknown.collect())
}

fn names(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(sql)?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// One state of the file.
pub(in super::super) struct FileSnapshot<'a> {
    reader: Reader<'a>,
    layers: Arc<LayerSet>,
    past: PastLayers,
    renames: Renames,
    head: Revision,
}

impl Snapshot for FileSnapshot<'_> {
    fn head(&self) -> Revision {
        self.head
    }

    fn history_starts(&mut self) -> Result<Vec<(LayerId, Revision)>, StoreError> {
        prune::starts(&self.reader).during(ACT)
    }

    fn count_versions(&mut self, since: Revision) -> Result<u64, StoreError> {
        let Some(first) = log::first_seq_after(&self.reader, since).during(ACT)? else {
            return Ok(0);
        };
        let sql = "SELECT count(*) FROM obzor_history WHERE seq >= ?1";
        let count: rusqlite::Result<i64> = self.reader.query_row(sql, [first], |row| row.get(0));
        count.map(|count| count as u64).during(ACT)
    }

    fn history(&mut self, since: Revision) -> Result<HistoryStream<'_>, StoreError> {
        Ok(Box::new(History {
            connection: &self.reader,
            layers: &self.past,
            revision: since.0,
            seq: 0..0,
            page: VecDeque::new(),
        }))
    }

    fn standing(&mut self, layer: &LayerId) -> Result<StandingStream<'_>, StoreError> {
        let found = self.layers.get(layer);
        let found = found.ok_or_else(|| StoreError::UnknownLayer(layer.clone()))?;
        Ok(Box::new(Standing::new(&self.reader, found, &self.renames)))
    }

    fn records(&mut self) -> Result<Vec<OfficeRecord>, StoreError> {
        let kinds = names(&self.reader, "SELECT DISTINCT kind FROM obzor_records");
        refuse_unknown_kinds(&kinds.during(ACT)?)?;
        let of_kind = RecordKind::ALL.map(|kind| office::records(&self.reader, kind));
        let all: Result<Vec<_>, _> = of_kind.into_iter().collect();
        Ok(all?.concat())
    }

    fn ledger(&mut self) -> Result<LedgerStream<'_>, StoreError> {
        Ok(Box::new(ledger::Rows::of(&self.reader)))
    }
}

/// The history, one revision after the other.
struct History<'a> {
    connection: &'a Connection,
    layers: &'a PastLayers,
    /// The last revision that was begun.
    revision: i64,
    /// Which rows of it are still to be read.
    seq: std::ops::Range<i64>,
    page: VecDeque<HistoryEntry>,
}

impl History<'_> {
    /// Reads more; false when there is no more.
    fn read_on(&mut self) -> rusqlite::Result<bool> {
        if self.read_page()? {
            return Ok(true);
        }
        let sql = "SELECT revision, at, author, reason, first_seq,
                     (SELECT min(n.first_seq) FROM obzor_revisions n WHERE n.revision = r.revision + 1)
                   FROM obzor_revisions r WHERE revision > ?1 ORDER BY revision LIMIT 1";
        let begin = |row: &Row<'_>| {
            let end: Option<i64> = row.get(5)?;
            Ok((
                log::revision_info(row, 0)?,
                row.get(4)?..end.unwrap_or(i64::MAX),
            ))
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let next: Option<(RevisionInfo, _)> =
            statement.query_row([self.revision], begin).optional()?;
        let Some((info, seq)) = next else {
            return Ok(false);
        };
        (self.revision, self.seq) = (info.revision.0, seq);
        self.page.push_back(HistoryEntry::Revision(info));
        Ok(true)
    }

    fn read_page(&mut self) -> rusqlite::Result<bool> {
        if self.seq.is_empty() {
            return Ok(false);
        }
        let sql = "SELECT seq, layer, id, fid, operation, before_min_x, before_min_y, before_max_x, before_max_y,
                     after_min_x, after_min_y, after_max_x, after_max_y, rev, \"values\", geom
                   FROM obzor_history WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.seq.start, self.seq.end, PAGE])?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            last = Some(row.get(0)?);
            let version = version(row, self.layers)?;
            self.page.push_back(HistoryEntry::Version(version));
        }
        self.seq.start = last.map_or(self.seq.end, |last: i64| last + 1);
        Ok(last.is_some())
    }
}

impl Iterator for History<'_> {
    type Item = Result<HistoryEntry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.page.is_empty() {
            match self.read_on() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error).during(ACT)),
            }
        }
        self.page.pop_front().map(Ok)
    }
}

fn version(row: &Row<'_>, layers: &PastLayers) -> rusqlite::Result<Version> {
    let broken = |place| {
        let text = rusqlite::types::Type::Text;
        rusqlite::Error::InvalidColumnType(place, "history".to_owned(), text)
    };
    let layer = layers.get(row.get_ref(1)?.as_str()?);
    let (layer, names) = layer.ok_or_else(|| broken(1))?;
    let fid = row.get(3)?;
    let kind = ChangeKind::of_word(row.get_ref(4)?.as_str()?).ok_or_else(|| broken(4))?;
    let touched = Touched {
        layer: layer.id.clone(),
        id: row
            .get_ref(2)?
            .as_str()?
            .parse()
            .map_err(|_not_an_id| broken(2))?,
        fid,
        kind,
        before: log::logged_box(row, 5)?,
        after: log::logged_box(row, 9)?,
    };
    let values = match kind {
        ChangeKind::Delete => Vec::new(),
        _ => past::values(row, 14, layer.fields.iter().zip(names), fid)?,
    };
    Ok(Version {
        touched,
        rev: row.get(13)?,
        geometry: read::geometry(row, 15, fid)?.filter(has_positions),
        values,
    })
}

/// Some programs write an empty geometry where there is none.
fn has_positions(geometry: &Geometry<f64>) -> bool {
    geometry.coords_iter().next().is_some()
}

/// What stands in a layer.
struct Standing<'a> {
    connection: &'a Connection,
    layer: &'a Layer,
    sql: String,
    after: Option<i64>,
    page: VecDeque<Feature>,
}

impl<'a> Standing<'a> {
    fn new(connection: &'a Connection, layer: &'a Layer, renames: &Renames) -> Self {
        let geometry = layer.geometry.map_or("NULL", |_| GEOMETRY_COLUMN);
        let fields = layer
            .fields
            .iter()
            .map(|field| quote(renames.column(&layer.id, &field.name)));
        let fields: Vec<_> = fields.collect();
        Self {
            connection,
            layer,
            sql: format!(
                "SELECT fid, id, rev, {geometry}, {} FROM {} WHERE fid > ?1 ORDER BY fid LIMIT {PAGE}",
                fields.join(", "),
                quote(layer.id.as_str())
            ),
            after: Some(i64::MIN),
            page: VecDeque::new(),
        }
    }

    fn read_page(&mut self, after: i64) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(&self.sql)?;
        let mut rows = statement.query([after])?;
        self.after = None;
        while let Some(row) = rows.next()? {
            self.after = Some(row.get(0)?);
            self.page.extend(feature(row, self.layer)?);
        }
        Ok(())
    }
}

impl Iterator for Standing<'_> {
    type Item = Result<Feature, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.page.is_empty() {
            if let Err(error) = self.read_page(self.after?) {
                self.after = None;
                return Some(Err(error).during(ACT));
            }
        }
        self.page.pop_front().map(Ok)
    }
}

/// Reads a row of a layer's table; none when another program left it without an identity.
fn feature(row: &Row<'_>, layer: &Layer) -> rusqlite::Result<Option<Feature>> {
    let fid = row.get(0)?;
    let id = row.get_ref(1)?.as_str_or_null()?;
    let Some(id) = id.and_then(|id| id.parse().ok()) else {
        return Ok(None);
    };
    let values = layer.fields.iter().enumerate();
    let values =
        values.map(|(place, field)| Ok(column::from_sql(field, row.get_ref(4 + place)?, fid)));
    Ok(Some(Feature {
        id,
        fid,
        rev: row.get::<_, Option<i64>>(2)?.unwrap_or(1),
        geometry: read::geometry(row, 3, fid)?.filter(has_positions),
        values: values.collect::<rusqlite::Result<_>>()?,
    }))
}
