//! Brings the tables of a database to the layers' definitions: compares them, and does what is planned in one
//! transaction, whose locks are asked for again and again rather than waited for long.

use std::thread::sleep;
use std::time::Duration;

use postgres::Error;
use postgres::error::SqlState;

use super::column::Sql;
use super::connection::{During, Session};
use super::table::{self, TRIGGERS, log_body, log_function, qualified};
use super::{renames, shape};
use crate::store::evolution::{Found, LayerPlan, PATIENCE_TO_CHANGE, Step, plan_layer};
use crate::store::renames::Renames;
use crate::store::sql::quote;
use crate::{Layer, LayerSet, StoreError};

const ACT: &str = "change the tables";
/// How long a lock is waited for at first, and how much longer each time: whoever comes meanwhile stands behind us.
const WAIT: Duration = Duration::from_millis(200);
/// How long a lock is waited for at most, far below the time after which the others would give up.
const LONGEST_WAIT: Duration = Duration::from_millis(1500);
/// How long the others have their way between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// Compares the database with the definitions; changes nothing.
pub(super) fn plan(session: &mut Session, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError> {
    let sql = "SELECT to_regclass('obzor_store.renames') IS NOT NULL";
    let renames = if session.query(sql, &[]).during(ACT)?[0].get(0) {
        renames::read(session).during(ACT)?
    } else {
        Renames::default()
    };
    compare(session, layers, &renames).during(ACT)
}

fn compare(
    session: &mut Session,
    layers: &LayerSet,
    renames: &Renames,
) -> Result<Vec<LayerPlan>, Error> {
    let mut plans = Vec::new();
    for layer in layers.kept() {
        let columns = found_columns(session, layer)?;
        let broken = if columns.is_empty() {
            Vec::new()
        } else {
            broken_parts(session, layer)?
        };
        let found = Found {
            columns,
            indexed: indexed_columns(session, layer)?,
            broken,
        };
        plans.push(plan_layer(layer, &table::columns(layer), found, renames));
    }
    Ok(plans)
}

/// Does what is planned, unless `refuse` refuses it, and returns it; tries again while others use the tables.
pub(super) fn carry_out(
    session: &mut Session,
    layers: &LayerSet,
    refuse: fn(&[LayerPlan]) -> Result<(), StoreError>,
) -> Result<Vec<LayerPlan>, StoreError> {
    shape::require_version(session)?;
    patiently(session, |session| attempt(session, layers, refuse))
}

/// Tries to change the shape in a transaction, again and again while others use the tables; none of them waits for long.
pub(super) fn patiently<T>(
    session: &mut Session,
    attempt: impl Fn(&mut Session) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let (mut wait, mut waited) = (WAIT, Duration::ZERO);
    loop {
        shape::begin(session).during(ACT)?;
        let timeout = format!("SET LOCAL lock_timeout = {}", wait.as_millis());
        session.client().batch_execute(&timeout).during(ACT)?;
        match attempt(session) {
            Err(StoreError::Busy) if waited < PATIENCE_TO_CHANGE => {
                session.roll_back().during(ACT)?;
                sleep(PAUSE);
                waited += wait + PAUSE;
                wait = LONGEST_WAIT.min(wait + WAIT);
            }
            done => return done,
        }
    }
}

fn attempt(
    session: &mut Session,
    layers: &LayerSet,
    refuse: fn(&[LayerPlan]) -> Result<(), StoreError>,
) -> Result<Vec<LayerPlan>, StoreError> {
    renames::lock(session).map_err(|error| explain(&error))?;
    // Another program may have done some of it since anybody looked.
    let plans = plan(session, layers)?;
    refuse(&plans)?;
    for (layer, plan) in layers.kept().zip(&plans) {
        for step in &plan.steps {
            change(session, layer, step).map_err(|error| explain(&error))?;
        }
    }
    session.commit().during(ACT)?;
    Ok(plans)
}

fn change(session: &mut Session, layer: &Layer, step: &Step) -> Result<(), Error> {
    let table = qualified(layer);
    let sql = match step {
        Step::AddTable => table::create(layer),
        Step::AddColumn { name, kind, .. } => {
            format!("ALTER TABLE {table} ADD COLUMN {} {kind}", quote(name))
        }
        Step::RenameColumn { former, name } => {
            renames::add(session, &layer.id, former, name)?;
            let (former, name) = (quote(former), quote(name));
            format!("ALTER TABLE {table} RENAME COLUMN {former} TO {name}")
        }
        Step::AddIndex { name } => table::index(layer, name),
        Step::RenewParts { .. } => return renew_parts(session, layer),
    };
    session.client().batch_execute(&sql)
}

/// Makes anew what writes history, and the unique index when the key is another one.
fn renew_parts(session: &mut Session, layer: &Layer) -> Result<(), Error> {
    session.client().batch_execute(&table::comments(layer))?;
    session.client().batch_execute(&table::triggers(layer))?;
    let table = Sql::Text(qualified(layer));
    if layer.key.is_empty() || has_key(session, &table, &layer.key)? {
        return Ok(());
    }
    // The names that PostgreSQL gives to an index of a layer's key.
    let former = session.query(
        r"SELECT relname::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid
         WHERE indrelid = to_regclass($1) AND indisunique AND NOT indisprimary
           AND starts_with(relname, $2 || '_') AND relname LIKE '%\_idx'",
        &[table, Sql::Text(layer.id.to_string())],
    )?;
    for index in former {
        let name = quote(index.get(0));
        let sql = format!("DROP INDEX obzor.{name}");
        session.client().batch_execute(&sql)?;
    }
    session.client().batch_execute(&table::key_index(layer))
}

/// Says what to do when the database does not let it be done.
fn explain(error: &Error) -> StoreError {
    let cause = error.as_db_error().map_or("", |error| error.message());
    match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => StoreError::Unusable(format!(
            "the tables are to be changed, and this role may not do it ({cause}); run `obzor migrate` as the role that \
             owns them"
        )),
        Some(&SqlState::UNIQUE_VIOLATION) => StoreError::Unusable(format!(
            "features share a key, so nothing was changed: {cause}"
        )),
        _ => super::connection::store_error(ACT, error),
    }
}

fn found_columns(session: &mut Session, layer: &Layer) -> Result<Vec<(String, String)>, Error> {
    let rows = session.query(
        "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
         WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        &[Sql::Text(qualified(layer))],
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Returns the columns with which an index of a layer's table begins.
fn indexed_columns(session: &mut Session, layer: &Layer) -> Result<Vec<String>, Error> {
    let rows = session.query(
        "SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
         WHERE indrelid = to_regclass($1) AND indpred IS NULL AND indisvalid",
        &[Sql::Text(qualified(layer))],
    )?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Says which of the triggers and indexes that the store needs on a table are missing or not as they should be.
fn broken_parts(session: &mut Session, layer: &Layer) -> Result<Vec<String>, Error> {
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
    Ok(broken)
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
