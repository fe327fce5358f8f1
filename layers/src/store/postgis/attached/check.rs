//! What a table must be to be attached: there, readable, with the columns that its layer names; else why not.

use super::expression::{Column, expected, expression};
use super::{key, qualified};
use crate::store::postgis::column::Sql;
use crate::store::postgis::connection::{During, Session};
use crate::{GeometryType, Layer, Origin, Source, StoreError, Watch};

const ACT: &str = "look at an attached table";
/// The schemas of this store, in which nothing is anybody else's.
const OURS: [&str; 2] = ["obzor", "obzor_store"];

/// What is known of a table that fits its layer.
pub(super) struct Fitting {
    /// The expression that reads each field of the layer, in the schema's order.
    pub(super) expressions: Vec<String>,
    /// Whether the database keeps with each row which transaction wrote it.
    pub(super) has_versions: bool,
}

/// What there is under the name of a table.
struct Found {
    /// As `pg_class.relkind` has it.
    kind: String,
    has_unique_key: bool,
    columns: Vec<Column>,
}

/// Looks for a table; returns how to read it, or everything that keeps it from being attached.
pub(super) fn find(
    session: &mut Session,
    layer: &Layer,
    source: &Source,
) -> Result<Result<Fitting, Vec<String>>, StoreError> {
    let name = source.name();
    if OURS.contains(&source.schema.as_str()) {
        return Ok(Err(vec![format!("{name} lies in a schema of this store")]));
    }
    let found = match look_up(session, source)? {
        Ok(found) => found,
        Err(why) => return Ok(Err(vec![why])),
    };
    let mut problems = Vec::new();
    problems.extend(key_problem(source, &found));
    problems.extend(watch_problem(source, &found));
    let mut expressions = Vec::new();
    for field in &layer.fields {
        let (column, field_name) = match source.origin(field) {
            Origin::Fixed(number) => {
                expressions.push(format!("{number}::bigint"));
                continue;
            }
            Origin::Column(column) => (column, &field.name),
        };
        match readable(source, &found, column) {
            Err(why) => problems.push(format!("field {field_name}: {why}")),
            Ok(column) => match expression(&field.field_type, column) {
                Some(expression) => expressions.push(expression),
                None => problems.push(format!(
                    "field {field_name}: the column {} is {}, and must be {}, as a view may make it",
                    column.name,
                    column.kind,
                    expected(&field.field_type)
                )),
            },
        }
    }
    if let (Some(kind), Some(column)) = (layer.geometry, &source.geometry) {
        match readable(source, &found, column) {
            Err(why) => problems.push(why),
            Ok(column) => problems.extend(geometry_problems(session, source, kind, column)),
        }
    }
    Ok(if problems.is_empty() {
        Ok(Fitting {
            expressions,
            has_versions: ["r", "p", "m"].contains(&found.kind.as_str()),
        })
    } else {
        Err(problems)
    })
}

/// Returns the table, or why our role cannot see one.
fn look_up(session: &mut Session, source: &Source) -> Result<Result<Found, String>, StoreError> {
    let name = source.name();
    let table = [
        Sql::Text(source.schema.clone()),
        Sql::Text(source.table.clone()),
    ];
    let sql = "SELECT c.relkind::text, has_schema_privilege(n.oid, 'USAGE'), current_user::text,
         EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
           WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
             AND i.indnkeyatts = 1 AND a.attname = $3)
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
         AND c.relkind IN ('r', 'p', 'v', 'm', 'f')";
    let mut values = table.to_vec();
    values.push(Sql::Text(source.key.clone()));
    let Some(row) = session.first(sql, &values).during(ACT)? else {
        return Ok(Err(format!("there is no table {name} in this database")));
    };
    if !row.get::<_, bool>(1) {
        let role: &str = row.get(2);
        return Ok(Err(format!(
            "the role {role} may not read {name}, until its owner says GRANT USAGE ON SCHEMA {} TO {role} \
             and GRANT SELECT ON {name} TO {role}",
            source.schema
        )));
    }
    Ok(Ok(Found {
        kind: row.get(0),
        has_unique_key: row.get(3),
        columns: columns(session, &table)?,
    }))
}

/// Returns the columns of a table, given by its schema and name.
pub(super) fn columns(session: &mut Session, table: &[Sql]) -> Result<Vec<Column>, StoreError> {
    let rows = session.query(
        "SELECT a.attname::text, format_type(b.oid, NULL), b.typtype = 'e', has_column_privilege(c.oid, a.attnum, 'SELECT'),
           CASE WHEN b.typname = 'numeric' AND a.atttypmod >= 4 THEN (a.atttypmod - 4) & 2047 END,
           CASE WHEN b.typname = 'geometry' THEN postgis_typmod_type(a.atttypmod) END,
           CASE WHEN b.typname = 'geometry' THEN postgis_typmod_srid(a.atttypmod) END
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
           JOIN pg_type t ON t.oid = a.atttypid
           JOIN pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
         WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped",
        table,
    );
    let column = |row: &postgres::Row| Column {
        name: row.get(0),
        kind: row.get(1),
        is_enum: row.get(2),
        readable: row.get(3),
        scale: row.get(4),
        geometry: row
            .get::<_, Option<String>>(5)
            .map(|kind| (kind, row.get(6))),
    };
    Ok(rows.during(ACT)?.iter().map(column).collect())
}

/// Returns a column that our role may read.
fn readable<'a>(source: &Source, found: &'a Found, name: &str) -> Result<&'a Column, String> {
    let table = source.name();
    let column = found.columns.iter().find(|column| column.name == name);
    match column {
        None => Err(format!("{table} has no column {name}")),
        Some(column) if !column.readable => Err(format!(
            "the column {name} may not be read, until the owner says GRANT SELECT ON {table} TO the role of this program"
        )),
        Some(column) => Ok(column),
    }
}

fn key_problem(source: &Source, found: &Found) -> Option<String> {
    let column = match readable(source, found, &source.key) {
        Ok(column) => column,
        Err(why) => return Some(format!("key: {why}")),
    };
    let whole = ["smallint", "integer", "bigint"].contains(&column.kind.as_str());
    if !whole && column.scale != Some(0) {
        return Some(format!(
            "key: the column {} is {} and must hold whole numbers, which a view may make",
            column.name, column.kind
        ));
    }
    let is_table = ["r", "p"].contains(&found.kind.as_str());
    (is_table && !found.has_unique_key).then(|| {
        format!(
            "key: the column {} has no unique index, so that it names no row",
            column.name
        )
    })
}

fn watch_problem(source: &Source, found: &Found) -> Option<String> {
    let what = match found.kind.as_str() {
        "v" => "a view",
        "m" => "a materialized view",
        "f" => "a foreign table",
        _ => return None,
    };
    (source.watch == Watch::Trigger).then(|| {
        format!(
            "{} is {what}, which can have no trigger, so use `watch = {{ poll = 60 }}`",
            source.name()
        )
    })
}

fn geometry_problems(
    session: &mut Session,
    source: &Source,
    wanted: GeometryType,
    column: &Column,
) -> Vec<String> {
    let name = &column.name;
    let Some((kind, srid)) = &column.geometry else {
        return vec![format!(
            "the column {name} is {}, and must be geometry, as a view may make it",
            column.kind
        )];
    };
    let mut problems = Vec::new();
    if !fits(wanted, kind) {
        problems.push(format!(
            "the column {name} holds {kind}, its definition says {wanted:?}"
        ));
    }
    let srid = if *srid == 0 {
        sampled_srid(session, source, name)
    } else {
        Some(*srid)
    };
    if let Some(srid) = srid.filter(|srid| *srid != 0 && *srid != source.srid) {
        problems.push(format!(
            "the column {name} is in the system {srid}, its definition says srid = {}",
            source.srid
        ));
    }
    problems
}

/// Whether a column of a PostGIS type may hold what a layer shows; heights are passed over.
fn fits(wanted: GeometryType, kind: &str) -> bool {
    let flat = kind.trim_end_matches(['Z', 'M']);
    let fits = |name: &str| flat.eq_ignore_ascii_case(name);
    fits("Geometry")
        || fits(wanted.ogc_name())
        || match wanted {
            GeometryType::MultiLineString => fits("LineString"),
            GeometryType::MultiPolygon => fits("Polygon"),
            _ => false,
        }
}

/// Returns the system of some geometry of a column that does not say; none when there is no row, or none can be read now.
fn sampled_srid(session: &mut Session, source: &Source, column: &str) -> Option<i32> {
    let geometry = format!("t.{}", crate::store::sql::quote(column));
    let (table, key) = (qualified(source), key(source));
    let sql = format!(
        "SELECT ST_SRID({geometry}) FROM {table} t WHERE {geometry} IS NOT NULL AND {key} IS NOT NULL LIMIT 1"
    );
    match session.first(&sql, &[]) {
        Ok(row) => row.map(|row| row.get(0)),
        Err(error) => {
            tracing::warn!(
                "the attached table {} cannot be read now: {error}",
                source.name()
            );
            None
        }
    }
}
