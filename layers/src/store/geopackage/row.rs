//! The rows of one layer's table: writes one change, or says everything that is wrong with it.

use std::fmt::Write;
use std::sync::Arc;

use geo_types::Geometry;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, ffi, params_from_iter};

use super::column::to_sql;
use super::table::{columns, quote};
use super::{GEOMETRY_COLUMN, blob, read};
use crate::store::renames::Renames;
use crate::{
    Audience, Change, Feature, FeatureId, Field, Finding, Language, Layer, LayerView,
    Municipalities, Problem, Value,
};

/// The `rev` of a new feature.
const FIRST_REV: i64 = 1;

/// Writes to one layer's table within a transaction.
pub(super) struct LayerRows<'a> {
    connection: &'a Connection,
    layer: &'a Layer,
    municipalities: &'a Municipalities,
    renames: &'a Renames,
    view: LayerView,
    table: String,
    insert: String,
    find: String,
}

impl<'a> LayerRows<'a> {
    /// Makes it ready to write features of these municipalities.
    pub(super) fn new(
        connection: &'a Connection,
        layer: &'a Arc<Layer>,
        municipalities: &'a Municipalities,
        renames: &'a Renames,
    ) -> Self {
        let view = Audience::OFFICE.view(layer);
        let table = quote(layer.id.as_str());
        let columns = columns(layer).into_iter().skip(1);
        let names: Vec<_> = columns
            .map(|(name, _)| quote(renames.column(&layer.id, &name)))
            .collect();
        let (places, names) = (vec!["?"; names.len()].join(", "), names.join(", "));
        let view = view.expect("the office sees every layer");
        Self {
            connection,
            layer,
            municipalities,
            insert: format!("INSERT INTO {table} ({names}) VALUES ({places})"),
            find: format!(
                "SELECT {} FROM {table} t WHERE id = ?1",
                read::columns(&view, renames)
            ),
            renames,
            view,
            table,
        }
    }

    /// Returns the layer.
    pub(super) fn layer(&self) -> &Layer {
        self.layer
    }

    /// Writes a change, or returns what is wrong with it and writes nothing.
    pub(super) fn write(&self, change: Change) -> rusqlite::Result<Vec<Finding>> {
        match change {
            Change::Insert {
                id,
                geometry,
                values,
                ..
            } => self.insert(id, geometry, &values),
            Change::Update {
                id,
                expected_rev,
                geometry,
                set,
                ..
            } => self.update(id, expected_rev, geometry, &set),
            Change::Delete {
                id, expected_rev, ..
            } => self.delete(id, expected_rev),
        }
    }

    fn insert(
        &self,
        id: FeatureId,
        geometry: Option<Geometry<f64>>,
        values: &[Value],
    ) -> rusqlite::Result<Vec<Finding>> {
        let mut findings = self.check(geometry.as_ref(), values);
        if findings.is_empty() {
            let mut row: Vec<Sql> = self.blob(geometry).into_iter().collect();
            row.push(Sql::Text(id.to_string()));
            row.push(Sql::Integer(FIRST_REV));
            let fields = self.layer.fields.iter().zip(values);
            row.extend(fields.map(|(field, value)| to_sql(&field.field_type, value)));
            if self.execute(&self.insert, row)? {
                return Ok(findings);
            }
        }
        if self.find(id)?.is_some() {
            findings.push(Finding::of_feature(Problem::DuplicateId));
        }
        findings.extend(self.namesake(id, values)?);
        Ok(findings)
    }

    fn update(
        &self,
        id: FeatureId,
        expected_rev: Option<i64>,
        geometry: Option<Geometry<f64>>,
        set: &[(String, Value)],
    ) -> rusqlite::Result<Vec<Finding>> {
        let Some(mut feature) = self.find(id)? else {
            return Ok(vec![Finding::of_feature(Problem::NoSuchFeature)]);
        };
        if let Some(finding) = self.municipalities.check(self.layer, &feature.values) {
            return Ok(vec![finding]);
        }
        let mut findings = stale(&feature, expected_rev);
        let mut assignments = vec!["rev = rev + 1".to_owned()];
        let mut row = vec![Sql::Integer(feature.fid)];
        for (name, value) in set {
            let Some((place, field)) = self.layer.field(name) else {
                findings.push(Finding::of_field(name, Problem::UnknownField));
                continue;
            };
            row.push(to_sql(&field.field_type, value));
            assignments.push(format!("{} = ?{}", self.column(field), row.len()));
            feature.values[place] = value.clone();
        }
        let new_geometry = geometry.as_ref().or(feature.geometry.as_ref());
        findings.extend(self.check(new_geometry, &feature.values));
        if findings.is_empty() {
            if let Some(blob) = self.blob(geometry) {
                row.push(blob);
                assignments.push(format!("{GEOMETRY_COLUMN} = ?{}", row.len()));
            }
            let sets = assignments.join(", ");
            let sql = format!("UPDATE {} SET {sets} WHERE fid = ?1", self.table);
            if self.execute(&sql, row)? {
                return Ok(findings);
            }
        }
        findings.extend(self.namesake(id, &feature.values)?);
        Ok(findings)
    }

    fn delete(&self, id: FeatureId, expected_rev: Option<i64>) -> rusqlite::Result<Vec<Finding>> {
        let Some(feature) = self.find(id)? else {
            return Ok(vec![Finding::of_feature(Problem::NoSuchFeature)]);
        };
        if let Some(finding) = self.municipalities.check(self.layer, &feature.values) {
            return Ok(vec![finding]);
        }
        let findings = stale(&feature, expected_rev);
        if findings.is_empty() {
            let sql = format!("DELETE FROM {} WHERE fid = ?1", self.table);
            self.execute(&sql, vec![Sql::Integer(feature.fid)])?;
        }
        Ok(findings)
    }

    /// Returns what is wrong with a feature as it would be, before the table is asked.
    fn check(&self, geometry: Option<&Geometry<f64>>, values: &[Value]) -> Vec<Finding> {
        let mut findings = self.layer.check(geometry, values);
        findings.extend(self.municipalities.check(self.layer, values));
        findings
    }

    /// Executes a statement; false when it would make a second row with the same id or key.
    fn execute(&self, sql: &str, row: Vec<Sql>) -> rusqlite::Result<bool> {
        let mut statement = self.connection.prepare_cached(sql)?;
        match statement.execute(params_from_iter(row)) {
            Ok(_) => Ok(true),
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the feature as it stands in this transaction.
    fn find(&self, id: FeatureId) -> rusqlite::Result<Option<Feature>> {
        self.connection
            .prepare_cached(&self.find)?
            .query_row([id.to_string()], |row| read::newest(row, &self.view))
            .optional()
            .map(Option::flatten)
    }

    /// Returns a finding when another feature has the natural key of these values.
    fn namesake(&self, id: FeatureId, values: &[Value]) -> rusqlite::Result<Option<Finding>> {
        let places = self
            .layer
            .key
            .iter()
            .filter_map(|name| self.layer.field(name));
        let parts: Vec<_> = places
            .filter_map(|(place, field)| Some((field, values.get(place)?)))
            .collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let mut row = vec![Sql::Text(id.to_string())];
        let mut sql = format!("SELECT count(*) > 0 FROM {} WHERE id IS NOT ?1", self.table);
        for (field, value) in &parts {
            row.push(to_sql(&field.field_type, value));
            let _ = write!(sql, " AND {} = ?{}", self.column(field), row.len());
        }
        let mut statement = self.connection.prepare_cached(&sql)?;
        let there: bool = statement.query_row(params_from_iter(row), |row| row.get(0))?;
        let part = |(field, value): &(&Field, &Value)| field.display(value, Language::English);
        let key: Vec<_> = parts.iter().map(part).collect();
        Ok(there.then(|| Finding::of_feature(Problem::DuplicateKey(key.join("/")))))
    }

    fn column(&self, field: &Field) -> String {
        quote(self.renames.column(&self.layer.id, &field.name))
    }

    /// Returns the geometry as the table keeps it; none in a table without geometry.
    fn blob(&self, geometry: Option<Geometry<f64>>) -> Option<Sql> {
        let kind = self.layer.geometry?;
        Some(Sql::Blob(blob::encode(&kind.normalise(geometry?))))
    }
}

fn stale(feature: &Feature, expected_rev: Option<i64>) -> Vec<Finding> {
    let moved_on = expected_rev.is_some_and(|rev| rev != feature.rev);
    let finding = moved_on.then(|| Finding::of_feature(Problem::Stale(feature.rev)));
    finding.into_iter().collect()
}
