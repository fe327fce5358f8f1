//! The rows of one layer's table: writes one change, or says everything that is wrong with it.

use std::fmt::Write;
use std::sync::Arc;

use geo_types::Geometry;
use postgres::error::SqlState;

use super::column::Sql;
use super::connection::{During, Session};
use super::query::columns;
use super::read;
use super::table::{self, GEOMETRY_COLUMN, qualified};
use crate::store::renames::Renames;
use crate::store::sql::quote;
use crate::{
    Audience, Change, Feature, FeatureId, Field, Finding, Language, Layer, LayerView,
    Municipalities, Problem, StoreError, Value,
};

const ACT: &str = "write a change set";
/// The table to which many new rows are copied.
pub(super) const INCOMING: &str = "pg_temp.incoming";
/// The `rev` of a new feature.
pub(super) const FIRST_REV: i64 = 1;

/// Writes to one layer's table within a transaction.
pub(super) struct LayerRows<'a> {
    layer: &'a Layer,
    municipalities: &'a Municipalities,
    renames: &'a Renames,
    view: LayerView,
    table: String,
    names: String,
    insert: String,
    find: String,
    names_one: String,
}

impl<'a> LayerRows<'a> {
    /// Makes it ready to write features of these municipalities.
    pub(super) fn new(
        layer: &'a Arc<Layer>,
        municipalities: &'a Municipalities,
        renames: &'a Renames,
    ) -> Self {
        let view = Audience::OFFICE.view(layer);
        let view = view.expect("the office sees every layer");
        let table = qualified(layer);
        let columns_but_key: Vec<_> = table::columns(layer).into_iter().skip(1).collect();
        let names = columns_but_key
            .iter()
            .map(|(name, _)| quote(renames.column(&layer.id, name)));
        let names = names.collect::<Vec<_>>().join(", ");
        let places = (1..).zip(&columns_but_key).map(|(place, (name, _))| {
            let from = if name == GEOMETRY_COLUMN {
                "ST_GeomFromEWKB"
            } else {
                ""
            };
            format!("{from}(${place})")
        });
        let places = places.collect::<Vec<_>>().join(", ");
        Self {
            insert: format!(
                "INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"
            ),
            find: format!(
                "SELECT {} FROM {table} t WHERE t.id = $1 FOR UPDATE",
                columns(&view, renames)
            ),
            names_one: format!("SELECT FROM {table} WHERE id = $1"),
            layer,
            municipalities,
            renames,
            view,
            table,
            names,
        }
    }

    /// Returns the layer.
    pub(super) fn layer(&self) -> &Layer {
        self.layer
    }

    /// Returns the statements that write many rows as [`LayerRows::new_row`] makes them: before they are copied to
    /// [`INCOMING`], and after. Tables with policies take no `COPY`.
    pub(super) fn around_copy(&self) -> (String, String) {
        let (table, names) = (&self.table, &self.names);
        (
            format!(
                "CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"
            ),
            format!(
                "INSERT INTO {table} ({names}) SELECT {names} FROM {INCOMING}; DROP TABLE {INCOMING}"
            ),
        )
    }

    /// Returns the columns of a new row, all but the key.
    pub(super) fn new_row(
        &self,
        id: FeatureId,
        geometry: Option<&Geometry<f64>>,
        values: &[Value],
    ) -> Vec<Sql> {
        let mut row: Vec<Sql> = self.geometry(geometry).into_iter().collect();
        row.push(Sql::Id(id.as_uuid()));
        row.push(Sql::Integer(FIRST_REV));
        let fields = self.layer.fields.iter().zip(values);
        row.extend(fields.map(|(field, value)| Sql::of(&field.field_type, value)));
        row
    }

    /// Returns what is wrong with a feature as it would be, before the table is asked.
    pub(super) fn check(&self, geometry: Option<&Geometry<f64>>, values: &[Value]) -> Vec<Finding> {
        let mut findings = self.layer.check(geometry, values);
        findings.extend(self.municipalities.check(self.layer, values));
        findings
    }

    /// Writes a change, or returns what is wrong with it and writes nothing.
    pub(super) fn write(
        &self,
        session: &mut Session,
        change: &Change,
    ) -> Result<Vec<Finding>, StoreError> {
        match change {
            Change::Insert {
                id,
                geometry,
                values,
                ..
            } => self.insert(session, *id, geometry.as_ref(), values),
            Change::Update {
                id,
                expected_rev,
                geometry,
                set,
                ..
            } => self.update(session, *id, *expected_rev, geometry.as_ref(), set),
            Change::Delete {
                id, expected_rev, ..
            } => self.delete(session, *id, *expected_rev),
        }
    }

    fn insert(
        &self,
        session: &mut Session,
        id: FeatureId,
        geometry: Option<&Geometry<f64>>,
        values: &[Value],
    ) -> Result<Vec<Finding>, StoreError> {
        let mut findings = self.check(geometry, values);
        let is_sound = findings.is_empty();
        if is_sound {
            let row = self.new_row(id, geometry, values);
            if session.execute(&self.insert, &row).during(ACT)? == 1 {
                return Ok(findings);
            }
        }
        if self.is_there(session, id)? {
            findings.push(Finding::of_feature(Problem::DuplicateId));
        }
        findings.extend(self.namesake(session, id, values)?);
        told(findings, is_sound)
    }

    fn update(
        &self,
        session: &mut Session,
        id: FeatureId,
        expected_rev: Option<i64>,
        geometry: Option<&Geometry<f64>>,
        set: &[(String, Value)],
    ) -> Result<Vec<Finding>, StoreError> {
        let Some(mut feature) = self.find(session, id)? else {
            return self.not_found(session, id);
        };
        if let Some(finding) = self.municipalities.check(self.layer, &feature.values) {
            return Ok(vec![finding]);
        }
        let mut findings = stale(&feature, expected_rev);
        // The trigger counts the version up, also when nothing else is said.
        let mut assignments = vec!["rev = rev".to_owned()];
        let mut row = vec![Sql::Integer(feature.fid)];
        for (name, value) in set {
            let Some((place, field)) = self.layer.field(name) else {
                findings.push(Finding::of_field(name, Problem::UnknownField));
                continue;
            };
            row.push(Sql::of(&field.field_type, value));
            assignments.push(format!("{} = ${}", self.column(field), row.len()));
            feature.values[place] = value.clone();
        }
        let new_geometry = geometry.or(feature.geometry.as_ref());
        findings.extend(self.check(new_geometry, &feature.values));
        let is_sound = findings.is_empty();
        if is_sound {
            if let Some(bytes) = self.geometry(geometry) {
                row.push(bytes);
                let place = row.len();
                assignments.push(format!("{GEOMETRY_COLUMN} = ST_GeomFromEWKB(${place})"));
            }
            let sets = assignments.join(", ");
            let sql = format!("UPDATE {} SET {sets} WHERE fid = $1", self.table);
            let is_key = |(name, _): &(String, Value)| {
                let field = self.layer.field(name);
                field.is_some_and(|(_, field)| self.layer.key.contains(&field.name))
            };
            let names_it = set.iter().any(is_key);
            if execute(session, &sql, &row, names_it)? {
                return Ok(findings);
            }
        }
        findings.extend(self.namesake(session, id, &feature.values)?);
        told(findings, is_sound)
    }

    fn delete(
        &self,
        session: &mut Session,
        id: FeatureId,
        expected_rev: Option<i64>,
    ) -> Result<Vec<Finding>, StoreError> {
        let Some(feature) = self.find(session, id)? else {
            return self.not_found(session, id);
        };
        if let Some(finding) = self.municipalities.check(self.layer, &feature.values) {
            return Ok(vec![finding]);
        }
        let findings = stale(&feature, expected_rev);
        if findings.is_empty() {
            let sql = format!("DELETE FROM {} WHERE fid = $1", self.table);
            let row = [Sql::Integer(feature.fid)];
            session.execute(&sql, &row).during(ACT)?;
        }
        Ok(findings)
    }

    /// Returns the feature as it stands, and keeps others from changing it until the transaction ends.
    fn find(&self, session: &mut Session, id: FeatureId) -> Result<Option<Feature>, StoreError> {
        let row = session.first(&self.find, &[Sql::Id(id.as_uuid())]);
        Ok(row.during(ACT)?.map(|row| read::newest(&row, &self.view)))
    }

    fn is_there(&self, session: &mut Session, id: FeatureId) -> Result<bool, StoreError> {
        let row = session.first(&self.names_one, &[Sql::Id(id.as_uuid())]);
        Ok(row.during(ACT)?.is_some())
    }

    /// Says why [`LayerRows::find`] found nothing: the policies of the table let nobody lock what is another's.
    fn not_found(&self, session: &mut Session, id: FeatureId) -> Result<Vec<Finding>, StoreError> {
        let problem = if self.is_there(session, id)? {
            Problem::NotTheirs
        } else {
            Problem::NoSuchFeature
        };
        Ok(vec![Finding::of_feature(problem)])
    }

    /// Returns a finding when another feature has the natural key of these values.
    fn namesake(
        &self,
        session: &mut Session,
        id: FeatureId,
        values: &[Value],
    ) -> Result<Option<Finding>, StoreError> {
        let places = self
            .layer
            .key
            .iter()
            .filter_map(|name| self.layer.field(name));
        let parts: Vec<_> = places
            .filter_map(|(place, field)| Some((field, values.get(place)?)))
            .collect();
        let misfit = |(field, value): &(&Field, &Value)| {
            value.is_null() || field.field_type.mismatch(value).is_some()
        };
        if parts.is_empty() || parts.iter().any(misfit) {
            return Ok(None);
        }
        let mut row = vec![Sql::Id(id.as_uuid())];
        let mut sql = format!("SELECT FROM {} WHERE id <> $1", self.table);
        for (field, value) in &parts {
            row.push(Sql::of(&field.field_type, value));
            let _ = write!(sql, " AND {} = ${}", self.column(field), row.len());
        }
        let there = session.first(&sql, &row).during(ACT)?.is_some();
        Ok(there.then(|| same_key(&parts)))
    }

    /// Returns the table, as SQL names it.
    pub(super) fn table(&self) -> &str {
        &self.table
    }

    /// Returns its columns but for the key, in their order, as SQL names them.
    pub(super) fn names(&self) -> &str {
        &self.names
    }

    /// Returns the column of a field, as SQL names it.
    pub(super) fn column(&self, field: &Field) -> String {
        quote(self.renames.column(&self.layer.id, &field.name))
    }

    /// Returns the geometry as the table keeps it; none in a table without geometry.
    pub(super) fn geometry(&self, geometry: Option<&Geometry<f64>>) -> Option<Sql> {
        let kind = self.layer.geometry?;
        Some(Sql::geometry(&kind.normalise(geometry?.clone())))
    }
}

/// Executes an update of one row; false when it would make a second row with the same key.
fn execute(
    session: &mut Session,
    sql: &str,
    row: &[Sql],
    may_collide: bool,
) -> Result<bool, StoreError> {
    if !may_collide {
        return session.execute(sql, row).during(ACT).map(|_| true);
    }
    session.savepoint().during(ACT)?;
    match session.execute(sql, row) {
        Ok(_) => session.release().during(ACT).map(|()| true),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            session.back_to_savepoint().during(ACT).map(|()| false)
        }
        Err(error) => Err(error).during(ACT),
    }
}

/// Returns the findings; what was sound and yet not written stood in the way of a row that is gone again.
pub(super) fn told(findings: Vec<Finding>, was_sound: bool) -> Result<Vec<Finding>, StoreError> {
    if was_sound && findings.is_empty() {
        return Err(StoreError::Busy);
    }
    Ok(findings)
}

/// Says that another feature has the same natural key, of which these are the parts.
pub(super) fn same_key(parts: &[(&Field, &Value)]) -> Finding {
    let part = |(field, value): &(&Field, &Value)| field.display(value, Language::English);
    let key: Vec<_> = parts.iter().map(part).collect();
    Finding::of_feature(Problem::DuplicateKey(key.join("/")))
}

fn stale(feature: &Feature, expected_rev: Option<i64>) -> Vec<Finding> {
    let moved_on = expected_rev.is_some_and(|rev| rev != feature.rev);
    let finding = moved_on.then(|| Finding::of_feature(Problem::Stale(feature.rev)));
    finding.into_iter().collect()
}
