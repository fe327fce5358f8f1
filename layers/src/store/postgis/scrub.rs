//! Writes tables anew in which something was erased, so that no file of the database holds it any more.

use std::thread;
use std::time::Duration;

use postgres::Error;

use super::connection::{During, Session};
use crate::StoreError;
use crate::store::redaction::{Erased, RedactionPlace};
use crate::store::sql::quote;

const ACT: &str = "write tables anew";
/// How often to look whether what others began before the erasure has ended, and how long until the next look.
const LOOKS: usize = 600;
const PAUSE: Duration = Duration::from_millis(100);
/// Whether nobody sees any more what was before a transaction: whoever begins now sees what came after it, in whichever
/// database others write, and nobody reads on in this one since before.
const IS_PAST: &str =
    "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8 AND NOT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND coalesce(datname, current_database()) = current_database()
      AND age(backend_xmin) > age($1::text::xid8::xid))";

/// Writes the tables anew, and what the planner knows of their values; returns what an administrator has to do.
pub(super) fn scrub(session: &mut Session, erased: &Erased) -> Result<Vec<String>, StoreError> {
    session
        .client()
        .batch_execute("SET statement_timeout = 0; SET lock_timeout = '60s'; RESET ROLE")
        .during(ACT)?;
    let tables = erased.rows.iter().map(|(place, _)| table(place));
    let mut work: Vec<_> = tables
        .map(|table| format!("VACUUM (FULL, ANALYZE) {table}"))
        .collect();
    let mut left = Vec::new();
    // Rows that an older transaction may see are copied too.
    if nobody_sees_what_was(session).during(ACT)? {
        for sql in work.drain(..) {
            session.client().batch_execute(&sql).during(ACT)?;
        }
    }
    left.extend(work.into_iter().map(|sql| format!("{sql};")));
    let is_past = nobody_sees_what_was(session).during(ACT)?;
    for sql in ["VACUUM FULL pg_catalog.pg_statistic", "CHECKPOINT"] {
        let is_done = session.client().batch_execute(sql).is_ok();
        if !(is_done && is_past) {
            left.push(format!("{sql};"));
        }
    }
    Ok(left)
}

fn table(place: &RedactionPlace) -> String {
    match place {
        RedactionPlace::Layer(name) | RedactionPlace::Table(name) => {
            format!("obzor.{}", quote(name))
        }
        RedactionPlace::History => "obzor_store.history".to_owned(),
        RedactionPlace::Revisions => "obzor_store.revisions".to_owned(),
        RedactionPlace::Records => "obzor_store.records".to_owned(),
        RedactionPlace::Operations => "obzor_store.operations".to_owned(),
        RedactionPlace::Conflicts => "obzor_store.conflicts".to_owned(),
        RedactionPlace::Served => "obzor_store.served".to_owned(),
    }
}

/// Waits a while for what others began before this moment; false if it has not ended.
fn nobody_sees_what_was(session: &mut Session) -> Result<bool, Error> {
    let client = session.client();
    let now = client.query_one("SELECT pg_current_xact_id()::text", &[])?;
    let now: String = now.get(0);
    for _ in 0..LOOKS {
        if client.query_one(IS_PAST, &[&now])?.get(0) {
            return Ok(true);
        }
        thread::sleep(PAUSE);
    }
    Ok(false)
}
