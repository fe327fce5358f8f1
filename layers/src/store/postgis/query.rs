//! A query turned into SQL, over the layer's table for the newest revision and over all versions for an older one.

use super::SRID;
use super::column::{Sql, column_type};
use super::table::{GEOMETRY_COLUMN, qualified, values};
use crate::store::filter;
use crate::store::renames::Renames;
use crate::store::sort::{self, Sorted};
use crate::store::sql::{allowed, literal, quote, shown, visible_field};
use crate::{FeatureQuery, Field, FieldType, Layer, LayerView, Revision, StoreError, Value};

/// A statement with its values.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) values: Vec<Sql>,
}

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
        let mut selection = Self {
            from: format!("{} t", qualified(query.view.layer())),
            columns: columns(&query.view, renames),
            conditions: vec!["true".to_owned()],
            values: Vec::new(),
            order: String::new(),
        };
        selection.add_box(query);
        let layer = &query.view.layer().id;
        let term = |field: &Field| format!("t.{}", quote(renames.column(layer, &field.name)));
        selection.add_filters(query, term)?;
        selection.sort(query, term)?;
        Ok(selection)
    }

    /// Selects what stood at a revision: from history, and from the layer's table the rows that still stand as a load
    /// left them.
    pub(super) fn past(
        query: &FeatureQuery,
        at: Revision,
        renames: &Renames,
    ) -> Result<Self, StoreError> {
        let mut selection = Self {
            from: String::new(),
            columns: "t.fid, t.id, t.rev, t.geom, t.\"values\"".to_owned(),
            conditions: Vec::new(),
            values: Vec::new(),
            order: String::new(),
        };
        let written = selection.written(query, at, renames)?;
        let loaded = selection.loaded(query, at, renames)?;
        selection.from = format!("({written} UNION ALL {loaded}) t");
        selection.conditions.push("true".to_owned());
        let layer = &query.view.layer().id;
        selection.sort(query, |field| {
            past_term(field, &renames.past_names(layer, field))
        })?;
        Ok(selection)
    }

    /// Returns the statement for the versions that stand in history.
    fn written(
        &mut self,
        query: &FeatureQuery,
        at: Revision,
        renames: &Renames,
    ) -> Result<String, StoreError> {
        let layer = self.bind(Sql::Text(query.view.layer().id.to_string()));
        let at = self.bind(Sql::Integer(at.0));
        self.conditions.push(format!(
            "t.layer = {layer} AND r.revision <= {at} AND t.operation <> 'delete' AND NOT EXISTS (
               SELECT FROM obzor_store.history v JOIN obzor_store.revisions w USING (change_set)
               WHERE v.layer = {layer} AND v.fid = t.fid AND v.seq > t.seq AND w.revision <= {at})"
        ));
        self.add_past_box(query);
        let layer = &query.view.layer().id;
        self.add_filters(query, |field| {
            past_term(field, &renames.past_names(layer, field))
        })?;
        Ok(format!(
            "SELECT t.fid, t.id, t.rev, ST_AsBinary(t.geom) AS geom, t.\"values\"
             FROM obzor_store.history t JOIN obzor_store.revisions r USING (change_set) WHERE {}",
            self.take_conditions()
        ))
    }

    /// Returns the statement for the first versions that only the table has.
    fn loaded(
        &mut self,
        query: &FeatureQuery,
        at: Revision,
        renames: &Renames,
    ) -> Result<String, StoreError> {
        let layer = query.view.layer();
        let name = self.bind(Sql::Text(layer.id.to_string()));
        let at = self.bind(Sql::Integer(at.0));
        self.conditions.push(format!(
            "t.rev = 1 AND EXISTS (SELECT FROM obzor_store.loads l JOIN obzor_store.revisions r USING (change_set)
               WHERE l.layer = {name} AND t.fid BETWEEN l.first_fid AND l.last_fid AND r.revision <= {at})"
        ));
        self.add_box(query);
        self.add_filters(query, |field| {
            format!("t.{}", quote(renames.column(&layer.id, &field.name)))
        })?;
        Ok(format!(
            "SELECT t.fid, t.id, t.rev, {}, {} FROM {} t WHERE {}",
            geometry(layer),
            values(layer, renames, "t"),
            qualified(layer),
            self.take_conditions()
        ))
    }

    fn take_conditions(&mut self) -> String {
        std::mem::take(&mut self.conditions).join(" AND ")
    }

    /// Finds by the index, which rounds boxes outwards; the exact edges decide.
    fn add_box(&mut self, query: &FeatureQuery) {
        for bbox in query.boxes() {
            if query.view.layer().geometry.is_none() {
                self.conditions.push("false".to_owned());
                return;
            }
            let edges = [bbox.min[0], bbox.min[1], bbox.max[0], bbox.max[1]];
            let [min_x, min_y, max_x, max_y] = edges.map(|edge| self.bind(Sql::Real(edge)));
            let geom = format!("t.{GEOMETRY_COLUMN}");
            self.conditions.push(format!(
                "{geom} && ST_MakeEnvelope({min_x}, {min_y}, {max_x}, {max_y}, {SRID})
                   AND ST_XMin({geom}::box3d) <= {max_x} AND ST_XMax({geom}::box3d) >= {min_x}
                   AND ST_YMin({geom}::box3d) <= {max_y} AND ST_YMax({geom}::box3d) >= {min_y}"
            ));
        }
    }

    fn add_past_box(&mut self, query: &FeatureQuery) {
        for bbox in query.boxes() {
            for (edge, sign, number) in [
                ("min_x", "<=", bbox.max[0]),
                ("max_x", ">=", bbox.min[0]),
                ("min_y", "<=", bbox.max[1]),
                ("max_y", ">=", bbox.min[1]),
            ] {
                let place = self.bind(Sql::Real(number));
                self.conditions
                    .push(format!("t.after_{edge} {sign} {place}"));
            }
        }
    }

    fn add_filters(
        &mut self,
        query: &FeatureQuery,
        term: impl Fn(&Field) -> String,
    ) -> Result<(), StoreError> {
        if let Some(id) = query.id {
            self.compare("t.id =", Sql::Id(id.as_uuid()));
        }
        if let Some(fids) = &query.fids {
            let list = self.bind(Sql::Integers(fids.clone()));
            self.conditions.push(format!("t.fid = ANY({list})"));
        }
        if let Some(fid) = query.after_fid.filter(|_| query.sort.is_empty()) {
            self.compare("t.fid >", Sql::Integer(fid));
        }
        self.add_touched(query);
        for (name, value) in &query.equal {
            let (place, field) = visible_field(&query.view, name)?;
            let shown = shown(&query.view, place, &term, |code| {
                self.bind(Sql::Integer(code))
            });
            self.add_equal(field, value, &shown);
        }
        if let Some(filter) = &query.filter {
            let said = filter::said(filter, &query.view, self, &term);
            self.conditions.extend(said);
        }
        let allowed = allowed(&query.view, &term, "IS TRUE", |code| {
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

    fn add_touched(&mut self, query: &FeatureQuery) {
        let Some((since, until)) = query.touched else {
            return;
        };
        let layer = self.bind(Sql::Text(query.view.layer().id.to_string()));
        let [since, until] = [since, until].map(|revision| self.bind(Sql::Integer(revision.0)));
        let between = format!("w.revision > {since} AND w.revision <= {until}");
        self.conditions.push(format!(
            "t.fid IN (SELECT h.fid FROM obzor_store.revisions w JOIN obzor_store.history h USING (change_set)
                 WHERE h.layer = {layer} AND {between}
               UNION ALL SELECT s.fid FROM obzor_store.revisions w JOIN obzor_store.loads l USING (change_set)
                 JOIN {} s ON s.fid BETWEEN l.first_fid AND l.last_fid AND s.rev = 1
                 WHERE l.layer = {layer} AND {between})",
            qualified(query.view.layer())
        ));
    }

    /// A value of another type is equal to nothing, and the database would refuse it.
    fn add_equal(&mut self, field: &Field, value: &Value, term: &str) {
        match value {
            Value::Null => self.conditions.push(format!("{term} IS NULL")),
            value if field.field_type.mismatch(value).is_some() => {
                self.conditions.push("false".to_owned());
            }
            value => self.compare(&format!("{term} ="), Sql::of(&field.field_type, value)),
        }
    }

    fn compare(&mut self, left: &str, value: Sql) {
        let place = self.bind(value);
        self.conditions.push(format!("{left} {place}"));
    }

    pub(super) fn bind(&mut self, value: Sql) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// Returns the statement that reads whole rows.
    pub(super) fn rows(mut self, query: &FeatureQuery) -> Statement {
        let columns = std::mem::take(&mut self.columns);
        self.statement(&columns, query)
    }

    /// Returns the statement that counts.
    pub(super) fn count(self, query: &FeatureQuery) -> Statement {
        let mut statement = self.statement("t.fid", query);
        statement.sql = format!("SELECT count(*) FROM ({}) found", statement.sql);
        statement
    }

    fn statement(mut self, columns: &str, query: &FeatureQuery) -> Statement {
        let number = |n: u64| Sql::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let limit = self.bind(query.limit.map_or(Sql::Null, number));
        let offset = self.bind(number(query.offset));
        Statement {
            sql: format!(
                "SELECT {columns} FROM {} WHERE {} ORDER BY {}t.fid LIMIT {limit} OFFSET {offset}",
                self.from,
                self.conditions.join(" AND "),
                self.order
            ),
            values: self.values,
        }
    }
}

/// Returns the columns of a layer's table that a view reads: key, identity, version, geometry and its fields.
pub(super) fn columns(view: &LayerView, renames: &Renames) -> String {
    let mut columns = format!("t.fid, t.id, t.rev, {}", geometry(view.layer()));
    for field in view.fields() {
        columns += ", t.";
        columns += &quote(renames.column(&view.layer().id, &field.name));
    }
    columns
}

/// Returns the geometry of a row of a layer's table, as it is read.
pub(super) fn geometry(layer: &Layer) -> String {
    match layer.geometry {
        Some(_) => format!("ST_AsBinary(t.{GEOMETRY_COLUMN})"),
        None => "NULL::bytea".to_owned(),
    }
}

/// Returns a field of a row of history, where it has one of these names, with the type that its column has.
pub(super) fn past_term(field: &Field, names: &[&str]) -> String {
    let value = |arrow: &str| {
        let values = names
            .iter()
            .map(|name| format!("t.\"values\" {arrow} {}", literal(name)));
        format!("coalesce({})", values.collect::<Vec<_>>().join(", "))
    };
    match field.field_type {
        FieldType::List(_) => format!("nullif({}, 'null')", value("->")),
        _ => format!("{}::{}", value("->>"), column_type(&field.field_type)),
    }
}
