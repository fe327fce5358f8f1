//! A query turned into SQL, over the layer's table for the newest revision and over history for an older one.

use rusqlite::types::Value as Sql;

use super::column::to_sql;
use super::table::{literal, quote};
use super::{GEOMETRY_COLUMN, past, read};
use crate::store::filter;
use crate::store::renames::Renames;
use crate::store::sort::{self, Sorted};
use crate::store::sql::{allowed, shown, visible_field};
use crate::{FeatureQuery, Field, Layer, StoreError};

/// The largest number that a limit may be.
const NO_LIMIT: i64 = i64::MAX;

/// The table of all versions.
pub(super) const HISTORY: &str = "obzor_history";
/// The columns of a version that [`read::past`] reads.
pub(super) const PAST_COLUMNS: &str = "t.fid, t.id, t.rev, t.geom, t.\"values\"";

/// The parts of a statement; every value is bound.
pub(super) struct Selection {
    from: String,
    columns: String,
    conditions: Vec<String>,
    values: Vec<Sql>,
    /// What stands before the key in `ORDER BY`.
    order: String,
}

impl Selection {
    /// Selects from the layer's table.
    pub(super) fn newest(query: &FeatureQuery, renames: &Renames) -> Result<Self, StoreError> {
        let view = &query.view;
        let layer = view.layer();
        let mut selection = Self {
            from: format!("{} t", quote(layer.id.as_str())),
            columns: read::columns(view, renames),
            conditions: Vec::new(),
            values: Vec::new(),
            order: String::new(),
        };
        selection.add_bbox(query);
        let term = |field: &Field| format!("t.{}", quote(renames.column(&layer.id, &field.name)));
        selection.add_filters(query, term)?;
        selection.sort(query, term)?;
        Ok(selection)
    }

    /// Selects from history what stood before the row `end` of it was written.
    pub(super) fn past(
        query: &FeatureQuery,
        end: i64,
        renames: &Renames,
    ) -> Result<Self, StoreError> {
        let layer = query.view.layer();
        let mut selection = Self {
            from: format!("{HISTORY} t"),
            columns: PAST_COLUMNS.to_owned(),
            conditions: Vec::new(),
            values: Vec::new(),
            order: String::new(),
        };
        let id = selection.bind(Sql::Text(layer.id.to_string()));
        let end = selection.bind(Sql::Integer(end));
        selection.conditions.push(past::standing(&id, &end));
        for bbox in query.boxes() {
            for (edge, sign, number) in [
                ("min_x", "<=", bbox.max[0]),
                ("max_x", ">=", bbox.min[0]),
                ("min_y", "<=", bbox.max[1]),
                ("max_y", ">=", bbox.min[1]),
            ] {
                let place = selection.bind(Sql::Real(number));
                selection
                    .conditions
                    .push(format!("t.after_{edge} {sign} {place}"));
            }
        }
        let term = |field: &Field| past_term(layer, field, renames);
        selection.add_filters(query, term)?;
        selection.sort(query, term)?;
        Ok(selection)
    }

    /// Joins the R-tree, which finds by boxes rounded outwards; the exact box decides.
    fn add_bbox(&mut self, query: &FeatureQuery) {
        let layer = query.view.layer();
        let boxes = query.boxes();
        if boxes.is_empty() {
            return;
        }
        if layer.geometry.is_none() {
            self.conditions.push("0".to_owned());
            return;
        }
        let rtree = quote(&format!("rtree_{}_{GEOMETRY_COLUMN}", layer.id));
        self.from = format!("{rtree} r CROSS JOIN {}", self.from);
        for bbox in boxes {
            let edges = [bbox.min[0], bbox.min[1], bbox.max[0], bbox.max[1]];
            let [min_x, min_y, max_x, max_y] = edges.map(|edge| self.bind(Sql::Real(edge)));
            self.conditions.push(format!(
                "t.fid = r.id AND r.minx <= {max_x} AND r.maxx >= {min_x} AND r.miny <= {max_y} AND r.maxy >= {min_y}
                   AND obzor_meets(t.{GEOMETRY_COLUMN}, {min_x}, {min_y}, {max_x}, {max_y})"
            ));
        }
    }

    fn add_filters(
        &mut self,
        query: &FeatureQuery,
        term: impl Fn(&Field) -> String,
    ) -> Result<(), StoreError> {
        if let Some(id) = query.id {
            let place = self.bind(Sql::Text(id.to_string()));
            self.conditions.push(format!("t.id = {place}"));
        }
        if let Some(fids) = &query.fids {
            let list = self.bind(Sql::Text(format!("{fids:?}")));
            self.conditions
                .push(format!("t.fid IN (SELECT value FROM json_each({list}))"));
        }
        self.add_touched(query);
        for (name, value) in &query.equal {
            let (place, field) = visible_field(&query.view, name)?;
            let shown = shown(&query.view, place, &term, |code| {
                self.bind(Sql::Integer(code))
            });
            let value = self.bind(to_sql(&field.field_type, value));
            self.conditions.push(format!("{shown} IS {value}"));
        }
        if let Some(filter) = &query.filter {
            let said = filter::said(filter, &query.view, self, &term);
            self.conditions.extend(said);
        }
        let allowed = allowed(&query.view, &term, "= 1", |code| {
            self.bind(Sql::Integer(code))
        });
        self.conditions.extend(allowed);
        Ok(())
    }

    fn sort(
        &mut self,
        query: &FeatureQuery,
        term: impl Fn(&Field) -> String,
    ) -> Result<(), StoreError> {
        if query.sort.is_empty() {
            return Ok(());
        }
        let Sorted { order, after } = sort::sorted(query, self, term, "t.fid")?;
        self.order = order;
        self.conditions.extend(after);
        Ok(())
    }

    /// Finds the rows of history by their numbers, which follow each other, not by the index of the layer.
    fn add_touched(&mut self, query: &FeatureQuery) {
        let Some((since, until)) = query.touched else {
            return;
        };
        let layer = self.bind(Sql::Text(query.view.layer().id.to_string()));
        let [first, end] = [since, until].map(|revision| {
            let revision = self.bind(Sql::Integer(revision.0));
            format!(
                "(SELECT first_seq FROM obzor_revisions WHERE revision > {revision} ORDER BY revision LIMIT 1)"
            )
        });
        self.conditions.push(format!(
            "t.fid IN (SELECT h.fid FROM obzor_history h
               WHERE +h.layer = {layer} AND h.seq >= {first} AND h.seq < coalesce({end}, {NO_LIMIT}))"
        ));
    }

    pub(super) fn bind(&mut self, value: Sql) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    /// Returns the statement that reads whole rows, a page of `limit` after `after`.
    pub(super) fn rows(mut self) -> Statement {
        let columns = std::mem::take(&mut self.columns);
        self.statement(&columns)
    }

    /// Returns the statement that reads only the key of each row: `fid`, or its number in history.
    pub(super) fn keys(self, key: &str) -> Statement {
        self.statement(&format!("t.{key}"))
    }

    fn statement(mut self, columns: &str) -> Statement {
        let first = self.values.len();
        let [after, limit, offset] = [0, NO_LIMIT, 0].map(|number| self.bind(Sql::Integer(number)));
        self.conditions.push(format!("t.fid > {after}"));
        Statement {
            sql: format!(
                "SELECT {columns} FROM {} WHERE {} ORDER BY {}t.fid LIMIT {limit} OFFSET {offset}",
                self.from,
                self.conditions.join(" AND "),
                self.order
            ),
            values: self.values,
            page: first,
        }
    }
}

/// Returns a field of a row of history.
pub(super) fn past_term(layer: &Layer, field: &Field, renames: &Renames) -> String {
    let names = renames.past_names(&layer.id, field).into_iter();
    let terms = names.map(|name| {
        let path = literal(&format!("$.\"{name}\""));
        format!("json_extract(t.\"values\", {path})")
    });
    // The last term is for the function, which wants two at least.
    format!("coalesce({}, NULL)", terms.collect::<Vec<_>>().join(", "))
}

/// A statement with its values; the last three say which page of the result is wanted.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
    page: usize,
}

impl Statement {
    /// Sets which rows come: those after the key `after`, without the first `offset`, `limit` at most.
    pub(super) fn set_page(&mut self, after: i64, limit: u64, offset: u64) {
        let number = |n: u64| i64::try_from(n).unwrap_or(NO_LIMIT);
        self.values[self.page] = Sql::Integer(after);
        self.values[self.page + 1] = Sql::Integer(number(limit));
        self.values[self.page + 2] = Sql::Integer(number(offset));
    }
}
