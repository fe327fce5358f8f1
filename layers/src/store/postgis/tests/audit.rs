//! The audit log of a database: what others do to it shows, and a search is quick among a million events.

use super::*;
use crate::audit::{AuditStore, verify_audit};
use crate::store::contract::audit::{Tamper, million, what_was_tampered_with_is_named};
use crate::store::geopackage::tests::audit::searches_are_quick;

#[test]
fn what_was_tampered_with_in_the_database_is_named() {
    what_was_tampered_with_is_named(&|| {
        let city = City::new();
        let url = city.url();
        let tamper: Tamper = Box::new(move |sql| {
            let sql = sql
                .replace("AUDIT", "obzor_store.audit")
                .replace("ENDS", "obzor_store.audit_ends");
            Client::connect(&url, postgres::NoTls)
                .and_then(|mut client| {
                    client.batch_execute("SET session_replication_role = replica")?;
                    client.batch_execute(&sql)
                })
                .expect("tampered with");
        });
        (Box::new(city), tamper)
    });
}

#[test]
fn not_even_the_owner_changes_a_row_of_the_log_by_mistake() {
    let city = City::new();
    let events = million(1).next().expect("events");
    city.store().append_audit("one", &events).expect("written");
    for sql in [
        "DELETE FROM obzor_store.audit",
        "UPDATE obzor_store.audit SET event = '{}'",
        "TRUNCATE obzor_store.audit",
    ] {
        let refused = city.plain().batch_execute(sql).expect_err("refused");
        let refused = refused.as_db_error().expect("an error of the database");
        assert!(refused.message().contains("audit log"), "{refused}");
    }
}

#[test]
#[ignore = "slow: a million events"]
fn a_search_among_a_million_events_takes_less_than_a_second() {
    let city = City::new();
    let store = city.store();
    for events in million(1_000_000) {
        store.append_audit("one", &events).expect("written");
    }
    let verdict = verify_audit(&store, &[]).expect("a verdict");
    assert_eq!((verdict.rows, verdict.faults), (1_000_000, Vec::new()));
    searches_are_quick(&store);
}
