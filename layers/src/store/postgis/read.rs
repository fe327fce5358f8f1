//! Reading: a stream is a cursor in a transaction of its own, so it shows one revision to its end.

use std::borrow::Cow;

use postgres::{Row, Statement as Prepared};
use uuid::Uuid;

use super::column::{self, read_geometry};
use super::connection::{During, Session, references};
use super::pool::Lent;
use super::query::{Selection, Statement};
use super::{log, prune, renames};
use crate::store::renames::Renames;
use crate::{Feature, FeatureQuery, LayerView, Revision, StoreError};

const ACT: &str = "read features";
/// A transaction that sees one revision and cannot write.
pub(super) const SNAPSHOT: &str = "ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// How many features are read at once.
const PAGE: usize = 1000;
/// How many are read with one statement: a client's page of a thousand, and the one that tells of the next page.
const FEW: usize = PAGE + 1;

/// Begins to read; the revision is fixed now, and from here on no column gets another name.
pub(super) fn features<'a>(
    mut session: Lent<'a>,
    query: &FeatureQuery,
    renames: &Renames,
) -> Result<Features<'a>, StoreError> {
    if query.at.is_none() && finds_few(query) {
        // One statement shows one revision by itself.
        let statement = Selection::newest(query, renames)?.rows(query);
        return Ok(Features {
            rows: Rows::few(&mut session, &statement)?,
            view: query.view.clone(),
            past_names: Vec::new(),
            state: State::Newest,
        });
    }
    let (state, renames) = begin(&mut session, query, renames)?;
    let statement = select(query, state, &renames)?.rows(query);
    Ok(Features {
        rows: Rows::in_pages(session, &statement)?,
        view: query.view.clone(),
        past_names: renames.past_names_of(&query.view),
        state,
    })
}

/// Counts without reading.
pub(super) fn count(
    session: &mut Session,
    query: &FeatureQuery,
    renames: &Renames,
) -> Result<u64, StoreError> {
    let (state, renames) = match query.at {
        None => (State::Newest, Cow::Borrowed(renames)),
        Some(_) => begin(session, query, renames)?,
    };
    let statement = select(query, state, &renames)?.count(query);
    let count = session.query(&statement.sql, &statement.values);
    let count: i64 = count.during("count features")?[0].get(0);
    Ok(count as u64)
}

/// Where the wanted state is: in the layer's table, or in history.
#[derive(Clone, Copy)]
enum State {
    Newest,
    At(Revision),
}

/// Whether there is not much to be found for sure.
pub(super) fn finds_few(query: &FeatureQuery) -> bool {
    let few = |fids: &Vec<i64>| fids.len() <= FEW;
    query.id.is_some()
        || query.fids.as_ref().is_some_and(few)
        || query.limit.is_some_and(|limit| limit <= FEW as u64)
}

/// Begins to read one revision. A table that has other columns than known makes a statement fail, but history says
/// nothing, so for it the renames are read anew.
fn begin<'a>(
    session: &mut Session,
    query: &FeatureQuery,
    known: &'a Renames,
) -> Result<(State, Cow<'a, Renames>), StoreError> {
    session.begin(SNAPSHOT).during(ACT)?;
    // The first read of a transaction fixes what it sees.
    let head = log::head(session)?;
    match query.at {
        Some(revision) if revision < head => {
            let layer = &query.view.layer().id;
            if let Some(start) = prune::start(session, layer)? {
                start.require(layer, revision)?;
            }
            let renames = renames::read(session).during(ACT)?;
            Ok((State::At(revision), Cow::Owned(renames)))
        }
        _ => Ok((State::Newest, Cow::Borrowed(known))),
    }
}

fn select(query: &FeatureQuery, state: State, renames: &Renames) -> Result<Selection, StoreError> {
    match state {
        State::Newest => Selection::newest(query, renames),
        State::At(revision) => Selection::past(query, revision, renames),
    }
}

/// What a statement returns; it holds its connection until the last row is read.
pub(super) struct Rows<'a> {
    rest: Option<(Lent<'a>, Prepared)>,
    page: std::vec::IntoIter<Row>,
}

impl<'a> Rows<'a> {
    /// Reads all rows at once; one statement shows one revision by itself.
    pub(super) fn few(session: &mut Session, statement: &Statement) -> Result<Self, StoreError> {
        let rows = session.query(&statement.sql, &statement.values);
        Ok(Self {
            rest: None,
            page: rows.during(ACT)?.into_iter(),
        })
    }

    /// Reads rows as they are wanted, in the transaction that is open.
    pub(super) fn in_pages(
        mut session: Lent<'a>,
        statement: &Statement,
    ) -> Result<Self, StoreError> {
        let declare = format!("DECLARE features NO SCROLL CURSOR FOR {}", statement.sql);
        let values = references(&statement.values);
        session.client().execute(&declare, &values).during(ACT)?;
        // Not kept prepared: what it returns depends on the cursor.
        let fetch = session
            .client()
            .prepare(&format!("FETCH {PAGE} FROM features"))
            .during(ACT)?;
        Ok(Self {
            rest: Some((session, fetch)),
            page: Vec::new().into_iter(),
        })
    }

    /// Reads the next page, if there may be one; there is none after an error.
    fn next_page(&mut self) -> Result<bool, StoreError> {
        let Some((mut session, fetch)) = self.rest.take() else {
            return Ok(false);
        };
        let page = session.client().query(&fetch, &[]).during(ACT)?;
        if page.len() == PAGE {
            self.rest = Some((session, fetch));
        }
        self.page = page.into_iter();
        Ok(true)
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.page.next() {
                return Some(Ok(row));
            }
            match self.next_page() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// A stream of features.
pub(super) struct Features<'a> {
    rows: Rows<'a>,
    view: LayerView,
    /// The names that each field may have in history.
    past_names: Vec<Vec<String>>,
    state: State,
}

impl Iterator for Features<'_> {
    type Item = Result<Feature, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        Some(row.map(|row| {
            self.view.masked(match self.state {
                State::Newest => newest(&row, &self.view),
                State::At(_) => past(&row, &self.view, &self.past_names),
            })
        }))
    }
}

/// Reads a row of a layer's table, selected by [`super::query::columns`].
pub(super) fn newest(row: &Row, view: &LayerView) -> Feature {
    let values = |fid| {
        let fields = view.fields().enumerate();
        fields
            .map(|(place, field)| column::read(field, row, 4 + place, fid))
            .collect()
    };
    feature(row, values)
}

/// Reads a row of history; `names` are those that each field may have there.
pub(super) fn past(row: &Row, view: &LayerView, names: &[Vec<String>]) -> Feature {
    feature(row, |fid| {
        column::read_past(view.fields().zip(names), row, 4, fid)
    })
}

fn feature(row: &Row, values: impl Fn(i64) -> Vec<crate::Value>) -> Feature {
    let fid = row.get(0);
    Feature {
        id: row.get::<_, Uuid>(1).into(),
        fid,
        rev: row.get(2),
        geometry: read_geometry(row, 3, fid),
        values: values(fid),
    }
}
