//! The shape of the database: the numbered migrations that make it, and what must be in it when it is opened.

use postgres::Error;

use super::column::Sql;
use super::connection::{During, Session};
use super::{evolve, roles};
use crate::store::LayerPlan;
use crate::store::evolution::refuse_all_but_additions;
use crate::{LayerSet, StoreError};

/// The migrations in order; the version of a database is how many of them it has.
const MIGRATIONS: [&str; 12] = [
    include_str!("migrations/0001-frame.sql"),
    include_str!("migrations/0002-notify.sql"),
    include_str!("migrations/0003-renames.sql"),
    include_str!("migrations/0004-search-paths.sql"),
    include_str!("migrations/0005-walls.sql"),
    include_str!("migrations/0006-attached.sql"),
    include_str!("migrations/0007-audit.sql"),
    include_str!("migrations/0008-loads.sql"),
    include_str!("migrations/0009-load-pieces.sql"),
    include_str!("migrations/0010-ledger.sql"),
    include_str!("migrations/0011-feature-history.sql"),
    include_str!("migrations/0012-history-starts.sql"),
];
/// The version that this program reads and writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;
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
    roles::equip(session)?;
    session.commit().during(act)?;
    session.take_role().during(act)?;
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

/// Checks the database and adds what the layers have more than it.
pub(super) fn check(session: &mut Session, layers: &LayerSet) -> Result<(), StoreError> {
    require_version(session)?;
    let plans = evolve::plan(session, layers)?;
    refuse_all_but_additions(&plans)?;
    if plans.iter().all(LayerPlan::is_empty) {
        return Ok(());
    }
    evolve::carry_out(session, layers, refuse_all_but_additions).map(|_| ())
}

/// Refuses a database that is not of this program's version.
pub(super) fn require_version(session: &mut Session) -> Result<(), StoreError> {
    let version = version(session)?;
    refuse_newer(version)?;
    if version < VERSION {
        return Err(StoreError::Unusable(format!(
            "the database has version {version} and needs version {VERSION}; `obzor migrate` brings it there"
        )));
    }
    Ok(())
}

/// Begins a transaction that changes the shape, as the owner, when no other program is doing so.
pub(super) fn begin(session: &mut Session) -> Result<(), Error> {
    session.begin_as_owner("")?;
    session
        .client()
        .batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")?;
    let sql = "SELECT pg_advisory_xact_lock($1)";
    session.query(sql, &[Sql::Integer(SHAPE_LOCK)]).map(|_| ())
}
