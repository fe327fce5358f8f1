//! A query turned into SQL over an attached table, so that the table's own indexes find what is asked for.

use super::identity::key_of;
use super::{LARGEST_KEY, Table, key, qualified};
use crate::crs::{Crs, transform_bbox};
use crate::store::filter::Literals;
use crate::store::postgis::column::Sql;
use crate::store::postgis::filter::literal_type;
use crate::store::postgis::query::Statement;
use crate::store::sort::{self, Sorted};
use crate::store::sql::{allowed, quote, shown, visible_field};
use crate::{Bbox, FeatureQuery, Field, FieldType, StoreError, Value};

/// By how much of its size a box grows when it is looked for in another system: more than the edges of any box bend.
const MARGIN: f64 = 0.02;

/// The parts of a statement; every value is bound.
pub(super) struct Selection<'a> {
    table: &'a Table,
    conditions: Vec<String>,
    values: Vec<Sql>,
    /// What stands before the key in `ORDER BY`.
    order: String,
}

impl Literals for Selection<'_> {
    fn bind_value(&mut self, value: &Value) -> String {
        let place = self.bind(Sql::of(&FieldType::Text, value));
        format!("{place}::{}", literal_type(value))
    }

    fn instant(column: &str) -> String {
        column.to_owned()
    }

    fn ordered(text: &str) -> String {
        format!("({text} COLLATE \"C\")")
    }
}

impl<'a> Selection<'a> {
    /// Selects the rows of a query, and some around its box when the table is in another system than ours.
    pub(super) fn new(table: &'a Table, query: &FeatureQuery) -> Result<Self, StoreError> {
        if query.touched.is_some() {
            return Err(StoreError::NoPast(table.layer.id.clone()));
        }
        let key = key(&table.source);
        let mut selection = Self {
            table,
            // What is no key names nothing; this also keeps out empty ones.
            conditions: vec![format!("{key} BETWEEN 0 AND {LARGEST_KEY}")],
            values: Vec::new(),
            order: String::new(),
        };
        if let Some(bbox) = query.bbox {
            selection.add_box(bbox);
        }
        if let Some(id) = query.id {
            match key_of(&table.layer.id, id) {
                Some(fid) => selection.compare(&key, "=", Sql::Integer(fid), "bigint"),
                None => selection.conditions.push("false".to_owned()),
            }
        }
        if let Some(fids) = &query.fids {
            let list = selection.bind(Sql::Integers(fids.clone()));
            let condition = format!("{key} = ANY({list}::bigint[])");
            selection.conditions.push(condition);
        }
        if let Some(fid) = query.after_fid.filter(|_| query.sort.is_empty()) {
            selection.compare(&key, ">", Sql::Integer(fid), "bigint");
        }
        selection.add_filters(query)?;
        if !query.sort.is_empty() {
            let term = |field: &Field| term(table, field);
            let Sorted { order, after } = sort::sorted(query, &mut selection, term, &key)?;
            selection.order = order;
            selection.conditions.extend(after);
        }
        Ok(selection)
    }

    fn add_box(&mut self, bbox: Bbox) {
        let source = &self.table.source;
        let Some(column) = &source.geometry else {
            self.conditions.push("false".to_owned());
            return;
        };
        let geometry = format!("t.{}", quote(column));
        let is_exact = source.crs == Crs::SJtsk;
        let bbox = if is_exact {
            bbox
        } else {
            grown(transform_bbox(Crs::SJtsk, source.crs, bbox))
        };
        let edges = [bbox.min[0], bbox.min[1], bbox.max[0], bbox.max[1]];
        let [min_x, min_y, max_x, max_y] =
            edges.map(|edge| format!("{}::float8", self.bind(Sql::Real(edge))));
        let srid = source.srid;
        self.conditions.push(format!(
            "{geometry} && ST_MakeEnvelope({min_x}, {min_y}, {max_x}, {max_y}, {srid})"
        ));
        if is_exact {
            // The index rounds boxes outwards.
            self.conditions.push(format!(
                "ST_XMin({geometry}) <= {max_x} AND ST_XMax({geometry}) >= {min_x}
                   AND ST_YMin({geometry}) <= {max_y} AND ST_YMax({geometry}) >= {min_y}"
            ));
        }
    }

    fn add_filters(&mut self, query: &FeatureQuery) -> Result<(), StoreError> {
        for (name, value) in &query.equal {
            let (place, field) = visible_field(&query.view, name)?;
            let table = self.table;
            let shown = shown(
                &query.view,
                place,
                |field| term(table, field),
                |code| format!("{}::bigint", self.bind(Sql::Integer(code))),
            );
            self.add_equal(field, value, &shown);
        }
        let table = self.table;
        let allowed = allowed(
            &query.view,
            |field| term(table, field),
            "IS TRUE",
            |code| format!("{}::bigint", self.bind(Sql::Integer(code))),
        );
        self.conditions.extend(allowed);
        Ok(())
    }

    /// A value of another type is equal to nothing, and the database would refuse it.
    fn add_equal(&mut self, field: &Field, value: &Value, term: &str) {
        match value {
            Value::Null => self.conditions.push(format!("{term} IS NULL")),
            value if field.field_type.mismatch(value).is_some() => {
                self.conditions.push("false".to_owned());
            }
            value => {
                let kind = crate::store::postgis::column::column_type(&field.field_type);
                let value = Sql::of(&field.field_type, value);
                self.compare(term, "=", value, kind);
            }
        }
    }

    fn compare(&mut self, left: &str, sign: &str, value: Sql, kind: &str) {
        let place = self.bind(value);
        self.conditions
            .push(format!("{left} {sign} {place}::{kind}"));
    }

    fn bind(&mut self, value: Sql) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// Returns the statement that reads key, geometry and the fields of the view, in the order of the key.
    pub(super) fn rows(mut self, query: &FeatureQuery) -> Statement {
        let source = &self.table.source;
        let geometry = source.geometry.as_ref().map(|column| quote(column));
        let geometry = geometry.map_or_else(
            || "NULL::bytea".to_owned(),
            |column| format!("ST_AsBinary(ST_Force2D(t.{column}))"),
        );
        let mut columns = format!("{}::bigint, {geometry}", key(source));
        for &place in query.view.places() {
            columns += ", ";
            columns += &self.table.expressions[place];
        }
        let number = |n: u64| Sql::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let mut page = String::new();
        // Whoever decides by the geometry counts by itself.
        if is_decided_by_sql(self.table, query) {
            let limit = self.bind(query.limit.map_or(Sql::Null, number));
            let offset = self.bind(number(query.offset));
            page = format!(" LIMIT {limit}::bigint OFFSET {offset}::bigint");
        }
        let sql = self.statement(&columns);
        Statement {
            sql: format!("{sql} ORDER BY {}{}{page}", self.order, key(source)),
            values: self.values,
        }
    }

    /// Returns the statement that counts.
    pub(super) fn count(mut self, query: &FeatureQuery) -> Statement {
        let number = |n: u64| Sql::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let limit = self.bind(query.limit.map_or(Sql::Null, number));
        let offset = self.bind(number(query.offset));
        let sql = self.statement("1");
        Statement {
            sql: format!(
                "SELECT count(*) FROM ({sql} LIMIT {limit}::bigint OFFSET {offset}::bigint) found"
            ),
            values: self.values,
        }
    }

    fn statement(&self, columns: &str) -> String {
        let (table, conditions) = (qualified(&self.table.source), self.conditions.join(" AND "));
        format!("SELECT {columns} FROM {table} t WHERE {conditions}")
    }
}

/// Returns the expression that reads a field.
fn term(table: &Table, field: &Field) -> String {
    let place = table.layer.field(&field.name).map(|(place, _)| place);
    place.map_or_else(|| "NULL".to_owned(), |at| table.expressions[at].clone())
}

/// Whether the statement finds exactly what is asked for; else the geometries must be brought to our system first.
pub(super) fn is_decided_by_sql(table: &Table, query: &FeatureQuery) -> bool {
    query.bbox.is_none() || table.source.crs == Crs::SJtsk || table.source.geometry.is_none()
}

fn grown(Bbox { min, max }: Bbox) -> Bbox {
    let by = [0, 1].map(|axis| (max[axis] - min[axis]) * MARGIN);
    // A point has a box without size; this is about a metre, whatever the unit.
    let least = |at: f64| if at.abs() <= 180.0 { 1e-5 } else { 1.0 };
    let by = [by[0].max(least(max[0])), by[1].max(least(max[1]))];
    Bbox::new(
        [min[0] - by[0], min[1] - by[1]],
        [max[0] + by[0], max[1] + by[1]],
    )
}
