//! The shape of the database: the numbered migrations that make it, and what must be in it when it is opened.

use postgres::Error;

use super::column::Sql;
use super::connection::{During, Session};
use super::table::{self, TRIGGERS, log_body, log_function, qualified};
use crate::{Layer, LayerSet, StoreError};

/// The migrations in order; the version of a database is how many of them it has.
const MIGRATIONS: [&str; 2] = [
    include_str!("migrations/0001-frame.sql"),
    include_str!("migrations/0002-notify.sql"),
];
/// The version that this program reads and writes.
const VERSION: i64 = MIGRATIONS.len() as i64;
/// The advisory lock that keeps two programs from changing the shape at the same time.
const SHAPE_LOCK: i64 = 0x6f62_7a6f_7200_0001;

/// Brings the database to this program's version; returns the version before and after.
pub(super) fn migrate(session: &mut Session) -> Result<(i64, i64), StoreError> {
    let act = "migrate the database";
    begin(session).during(act)?;
    let before = version(session)?;
    refuse_newer(before)?;
    if before == 0 {
        add_extension(session)?;
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(before as usize) {
        session.client().batch_execute(migration).during(act)?;
        let sql = "INSERT INTO obzor_store.migrations (version) VALUES ($1)";
        session.execute(sql, &[Sql::Integer(number)]).during(act)?;
    }
    session.commit().during(act)?;
    Ok((before, VERSION))
}

/// Returns the version of the database, 0 when it holds no store.
pub(super) fn version(session: &mut Session) -> Result<i64, StoreError> {
    let act = "read the version of the database";
    let there = session.query("SELECT to_regclass('obzor_store.migrations') IS NULL", &[]);
    if there.during(act)?[0].get(0) {
        return Ok(0);
    }
    let sql = "SELECT coalesce(max(version), 0) FROM obzor_store.migrations";
    Ok(session.query(sql, &[]).during(act)?[0].get(0))
}

fn refuse_newer(version: i64) -> Result<(), StoreError> {
    if version > VERSION {
        return Err(StoreError::Unusable(format!(
            "the database has version {version}, this program knows version {VERSION}; use a newer program"
        )));
    }
    Ok(())
}

fn add_extension(session: &mut Session) -> Result<(), StoreError> {
    let sql = "SELECT count(*) = 0 FROM pg_extension WHERE extname = 'postgis'";
    let missing = session.query(sql, &[]).during("look for the extension")?;
    if !missing[0].get::<_, bool>(0) {
        return Ok(());
    }
    let sql = "CREATE EXTENSION postgis SCHEMA public";
    session.client().batch_execute(sql).map_err(|error| {
        let cause = error.as_db_error().map_or("", |error| error.message());
        StoreError::Unusable(format!(
            "the database has no extension postgis, and adding it failed ({cause}); let a superuser {sql}"
        ))
    })?;
    session.settle().during("look for the extension")
}

/// Checks the database and adds the tables of layers that are new to it.
pub(super) fn check(session: &mut Session, layers: &LayerSet) -> Result<(), StoreError> {
    let act = "check the tables";
    let version = version(session)?;
    refuse_newer(version)?;
    if version < VERSION {
        return Err(StoreError::Unusable(format!(
            "the database has version {version} and needs version {VERSION}; `obzor migrate` brings it there"
        )));
    }
    let (mut differences, mut new) = (Vec::new(), Vec::new());
    for layer in layers.iter() {
        let found = found_columns(session, layer).during(act)?;
        if found.is_empty() {
            new.push(layer);
        } else {
            differences.extend(compare_columns(layer, &found));
            differences.extend(compare_parts(session, layer).during(act)?);
        }
    }
    if !differences.is_empty() {
        return Err(StoreError::Unusable(differences.join("; ")));
    }
    if new.is_empty() {
        return Ok(());
    }
    let act = "add tables of layers";
    begin(session).during(act)?;
    for layer in new {
        // Another program may have added it since we looked.
        if found_columns(session, layer).during(act)?.is_empty() {
            let sql = table::create(layer);
            session.client().batch_execute(&sql).during(act)?;
        }
    }
    session.commit().during(act)
}

/// Begins a transaction that changes the shape, when no other program is doing so.
fn begin(session: &mut Session) -> Result<(), Error> {
    session.begin("")?;
    session
        .client()
        .batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")?;
    let sql = "SELECT pg_advisory_xact_lock($1)";
    session.query(sql, &[Sql::Integer(SHAPE_LOCK)]).map(|_| ())
}

fn found_columns(session: &mut Session, layer: &Layer) -> Result<Vec<(String, String)>, Error> {
    let rows = session.query(
        "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
         WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        &[Sql::Text(qualified(layer))],
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Says in words how the columns of a table differ from its definition.
fn compare_columns(layer: &Layer, found: &[(String, String)]) -> Vec<String> {
    let wanted = table::columns(layer);
    let id = &layer.id;
    let mut differences = Vec::new();
    for (name, kind) in &wanted {
        match found.iter().find(|(other, _)| other == name) {
            None => differences.push(format!("table {id} lacks the column {name} ({kind})")),
            Some((_, other)) if !other.eq_ignore_ascii_case(kind) => differences.push(format!(
                "column {name} of table {id} is {other}, its definition says {kind}"
            )),
            Some(_) => {}
        }
    }
    let known = |name: &String| wanted.iter().any(|(other, _)| other == name);
    for (name, _) in found.iter().filter(|(name, _)| !known(name)) {
        differences.push(format!(
            "table {id} has the column {name}, which no definition names"
        ));
    }
    differences
}

/// Says which of the triggers and indexes that the store needs on a table are not as they should be.
fn compare_parts(session: &mut Session, layer: &Layer) -> Result<Vec<String>, Error> {
    let table = Sql::Text(qualified(layer));
    let triggers = session.query(
        "SELECT tgname::text FROM pg_trigger
         WHERE tgrelid = to_regclass($1) AND NOT tgisinternal AND tgenabled IN ('O', 'A')",
        std::slice::from_ref(&table),
    )?;
    let triggers: Vec<String> = triggers.iter().map(|row| row.get(0)).collect();
    let missing = TRIGGERS
        .iter()
        .filter(|name| !triggers.iter().any(|there| there == *name));
    let mut broken: Vec<_> = missing.map(|name| format!("the trigger {name}")).collect();
    let body = session.query(
        "SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure($1)",
        &[Sql::Text(format!("{}()", log_function(layer)))],
    )?;
    let wanted = log_body(layer);
    if !body.iter().any(|row| row.get::<_, &str>(0) == wanted) {
        broken.push("the function that writes its history".to_owned());
    }
    if !layer.key.is_empty() && !has_key(session, &table, &layer.key)? {
        broken.push(format!("the unique index of {}", layer.key.join(", ")));
    }
    let id = &layer.id;
    Ok(broken
        .iter()
        .map(|part| {
            format!("table {id} lacks {part}, or has another: history or keys would not be kept")
        })
        .collect())
}

fn has_key(session: &mut Session, table: &Sql, key: &[String]) -> Result<bool, Error> {
    let rows = session.query(
        "SELECT (SELECT array_agg(attname::text ORDER BY place) FROM unnest(indkey) WITH ORDINALITY k(number, place)
                 JOIN pg_attribute ON attrelid = indrelid AND attnum = number)
         FROM pg_index WHERE indrelid = to_regclass($1) AND indisunique AND indpred IS NULL AND indisvalid",
        std::slice::from_ref(table),
    )?;
    Ok(rows.iter().any(|row| {
        row.get::<_, Option<Vec<String>>>(0)
            .is_some_and(|columns| columns == key)
    }))
}
