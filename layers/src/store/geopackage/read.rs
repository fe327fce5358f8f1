//! Reading: a stream that holds one connection in one read transaction, so it shows one revision to its end.

use rusqlite::{Row, params_from_iter};

use super::connection::{During, Reader};
use super::query::{HISTORY, PAST_COLUMNS, Selection, Statement};
use super::table::quote;
use super::{GEOMETRY_COLUMN, blob, column, log, past, prune, renames};
use crate::store::renames::Renames;
use crate::{Feature, FeatureQuery, LayerView, StoreError, Value};

const ACT: &str = "read features";
/// How many features are read at once.
const PAGE: u64 = 256;

/// Begins to read; the revision is fixed now.
pub(super) fn features<'a>(
    reader: Reader<'a>,
    query: &FeatureQuery,
) -> Result<Features<'a>, StoreError> {
    let (state, renames) = begin(&reader, query)?;
    let by_box = !query.boxes().is_empty() && state == State::Newest;
    // Every page of an R-tree search would search again, every sorted page sort again and every page of a list read the
    // list again, so their keys are found once, and then each row by its key.
    let rest = if by_box || query.fids.is_some() || !query.sort.is_empty() {
        let (key, table, columns) = match state {
            State::Newest => {
                let table = quote(query.view.layer().id.as_str());
                ("fid", table, columns(&query.view, &renames))
            }
            State::Before(_) => ("seq", HISTORY.to_owned(), PAST_COLUMNS.to_owned()),
        };
        let keys = read_keys(&reader, query, select(query, state, &renames)?.keys(key))?;
        Rest::Keys {
            sql: format!("SELECT {columns} FROM {table} t WHERE t.{key} = ?1"),
            keys: keys.into_iter(),
        }
    } else {
        Rest::Scan {
            statement: select(query, state, &renames)?.rows(),
            after: query.after_fid.unwrap_or(i64::MIN),
            offset: query.offset,
            left: query.limit.unwrap_or(u64::MAX),
        }
    };
    Ok(Features {
        reader,
        view: query.view.clone(),
        past_names: renames.past_names_of(&query.view),
        state,
        rest,
        page: Vec::new().into_iter(),
    })
}

/// Counts without reading.
pub(super) fn count(reader: &Reader<'_>, query: &FeatureQuery) -> Result<u64, StoreError> {
    let (state, renames) = begin(reader, query)?;
    let keys = page_of(query, select(query, state, &renames)?.keys("fid"));
    let sql = format!("SELECT count(*) FROM ({})", keys.sql);
    reader
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            statement.query_row(params_from_iter(&keys.values), |row| row.get::<_, i64>(0))
        })
        .map(|count| count as u64)
        .during("count features")
}

/// Returns the columns of a layer's table that [`newest`] reads.
pub(super) fn columns(view: &LayerView, renames: &Renames) -> String {
    let layer = view.layer();
    let geometry = layer.geometry.map_or("NULL", |_| GEOMETRY_COLUMN);
    let mut columns = format!("t.fid, t.id, t.rev, {geometry}");
    for field in view.fields() {
        columns += ", t.";
        columns += &quote(renames.column(&layer.id, &field.name));
    }
    columns
}

/// Reads a row of a layer's table; none, with a warning, when another program left it without an identity.
pub(super) fn newest(row: &Row<'_>, view: &LayerView) -> rusqlite::Result<Option<Feature>> {
    let fid = row.get(0)?;
    let values = view.fields().enumerate();
    let values = values.map(|(place, field)| {
        let value = row.get_ref(4 + place)?;
        Ok(column::from_sql(field, value, fid))
    });
    feature(row, fid, view, values.collect::<rusqlite::Result<_>>()?)
}

/// Reads a row of history; `names` are those that each field may have there.
pub(super) fn past(
    row: &Row<'_>,
    view: &LayerView,
    names: &[Vec<String>],
) -> rusqlite::Result<Option<Feature>> {
    let fid = row.get(0)?;
    let values = past::values(row, 4, view.fields().zip(names), fid)?;
    feature(row, fid, view, values)
}

/// Where the wanted state is: in the layer's table, or in history before a row of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Newest,
    Before(i64),
}

/// Begins to read one revision; from here on no column gets another name.
fn begin(reader: &Reader<'_>, query: &FeatureQuery) -> Result<(State, Renames), StoreError> {
    reader.execute_batch("BEGIN").during(ACT)?;
    // The first read of a transaction fixes what it sees.
    let head = log::head(reader)?;
    let end = match query.at {
        Some(revision) if revision < head => {
            let layer = &query.view.layer().id;
            if let Some(start) = prune::start(reader, layer)? {
                start.require(layer, revision)?;
            }
            log::first_seq_after(reader, revision).during(ACT)?
        }
        _ => None,
    };
    let renames = renames::read(reader).during(ACT)?;
    Ok((end.map_or(State::Newest, State::Before), renames))
}

fn select(query: &FeatureQuery, state: State, renames: &Renames) -> Result<Selection, StoreError> {
    match state {
        State::Newest => Selection::newest(query, renames),
        State::Before(end) => Selection::past(query, end, renames),
    }
}

fn page_of(query: &FeatureQuery, mut statement: Statement) -> Statement {
    // A sorted one has its own condition.
    let after = query.after_fid.filter(|_| query.sort.is_empty());
    let after = after.unwrap_or(i64::MIN);
    statement.set_page(after, query.limit.unwrap_or(u64::MAX), query.offset);
    statement
}

fn read_keys(
    reader: &Reader<'_>,
    query: &FeatureQuery,
    keys: Statement,
) -> Result<Vec<i64>, StoreError> {
    let keys = page_of(query, keys);
    let mut statement = reader.prepare_cached(&keys.sql).during(ACT)?;
    let rows = statement.query_map(params_from_iter(&keys.values), |row| row.get(0));
    rows.and_then(Iterator::collect).during(ACT)
}

/// What is still to be read.
enum Rest {
    Scan {
        statement: Statement,
        after: i64,
        offset: u64,
        left: u64,
    },
    Keys {
        sql: String,
        keys: std::vec::IntoIter<i64>,
    },
    Nothing,
}

/// A stream of features.
pub(super) struct Features<'a> {
    reader: Reader<'a>,
    view: LayerView,
    /// The names that each field may have in history.
    past_names: Vec<Vec<String>>,
    state: State,
    rest: Rest,
    page: std::vec::IntoIter<Feature>,
}

impl Features<'_> {
    /// Reads the next page; false when there is none, and for ever after an error.
    fn next_page(&mut self) -> rusqlite::Result<bool> {
        let (page, rest) = match std::mem::replace(&mut self.rest, Rest::Nothing) {
            Rest::Nothing => return Ok(false),
            Rest::Scan {
                mut statement,
                after,
                offset,
                left,
            } => {
                statement.set_page(after, PAGE.min(left), offset);
                let (page, read, after) = self.page_after(&statement)?;
                let rest = Rest::Scan {
                    statement,
                    after,
                    offset: 0,
                    left: left - read,
                };
                (page, if read == PAGE { rest } else { Rest::Nothing })
            }
            Rest::Keys { sql, mut keys } => {
                let page = self.page_of_keys(&sql, keys.by_ref().take(PAGE as usize))?;
                let more = keys.len() > 0;
                (
                    page,
                    if more {
                        Rest::Keys { sql, keys }
                    } else {
                        Rest::Nothing
                    },
                )
            }
        };
        self.page = page.into_iter();
        self.rest = rest;
        Ok(true)
    }

    /// Reads what the statement finds; returns also how many rows there were and the last key.
    fn page_after(&self, statement: &Statement) -> rusqlite::Result<(Vec<Feature>, u64, i64)> {
        let mut prepared = self.reader.prepare_cached(&statement.sql)?;
        let mut rows = prepared.query(params_from_iter(&statement.values))?;
        let (mut page, mut read, mut last) = (Vec::new(), 0, i64::MAX);
        while let Some(row) = rows.next()? {
            read += 1;
            last = row.get(0)?;
            page.extend(self.feature(row)?);
        }
        Ok((page, read, last))
    }

    fn feature(&self, row: &Row<'_>) -> rusqlite::Result<Option<Feature>> {
        match self.state {
            State::Newest => newest(row, &self.view),
            State::Before(_) => past(row, &self.view, &self.past_names),
        }
    }

    fn page_of_keys(
        &self,
        sql: &str,
        keys: impl Iterator<Item = i64>,
    ) -> rusqlite::Result<Vec<Feature>> {
        let mut prepared = self.reader.prepare_cached(sql)?;
        let mut page = Vec::new();
        for key in keys {
            page.extend(prepared.query_row([key], |row| self.feature(row))?);
        }
        Ok(page)
    }
}

impl Iterator for Features<'_> {
    type Item = Result<Feature, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(feature) = self.page.next() {
                return Some(Ok(feature));
            }
            match self.next_page() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error).during(ACT)),
            }
        }
    }
}

fn feature(
    row: &Row<'_>,
    fid: i64,
    view: &LayerView,
    values: Vec<Value>,
) -> rusqlite::Result<Option<Feature>> {
    let id = row
        .get_ref(1)?
        .as_str_or_null()?
        .and_then(|id| id.parse().ok());
    let Some(id) = id else {
        tracing::warn!(
            layer.id = %view.layer().id,
            feature.fid = fid,
            "a row of the store has no id; it is passed over"
        );
        return Ok(None);
    };
    Ok(Some(view.masked(Feature {
        id,
        fid,
        rev: row.get::<_, Option<i64>>(2)?.unwrap_or(1),
        geometry: geometry(row, 3, fid)?,
        values,
    })))
}

/// Reads a geometry; what cannot be read is none, with a warning.
pub(super) fn geometry(
    row: &Row<'_>,
    place: usize,
    fid: i64,
) -> rusqlite::Result<Option<geo_types::Geometry<f64>>> {
    let Some(bytes) = row.get_ref(place)?.as_blob_or_null()? else {
        return Ok(None);
    };
    Ok(blob::decode(bytes).unwrap_or_else(|_malformed| {
        tracing::warn!(
            feature.fid = fid,
            "the store holds a geometry that cannot be read; it is read as none"
        );
        None
    }))
}
