//! What a store does with the audit log, and that nothing which others do to it stays unseen.

use chrono::{DateTime, Duration};

use super::{Fresh, Place, Store, now};
use crate::StoreError;
use crate::audit::{ALL_LAYERS, AuditAct, AuditEvent, AuditQuery, AuditRow, verify_audit};

pub(super) fn run(fresh: Fresh<'_>) {
    events_are_chained(fresh);
    events_are_found(fresh);
    writers_at_the_same_time_make_one_chain(fresh);
}

/// An event of a day of May 2026.
fn event(day: u32, actor: &str, act: AuditAct, layer: &str) -> AuditEvent {
    let at = now() - Duration::days(123) + Duration::days(day.into());
    AuditEvent {
        layer: Some(layer.to_owned()),
        municipality: Some(562_971 + i64::from(day % 2)),
        rows: Some(day.into()),
        filter: Some("code=\u{0}\n\"ž\"".to_owned()),
        ..AuditEvent::new(at, actor, act)
    }
}

fn rows(store: &dyn Store) -> Vec<AuditRow> {
    store.audit_rows(None, 1000).expect("rows")
}

fn append(store: &dyn Store, chain: &str, events: &[AuditEvent]) {
    store.append_audit(chain, events).expect("written");
}

/// Four events on two chains.
fn write_some(store: &dyn Store) {
    let read = |day| event(day, "jana", AuditAct::Read, "cables");
    append(store, "one", &[read(1), read(2)]);
    append(
        store,
        "two",
        &[event(3, "petr", AuditAct::Export, "bushes")],
    );
    append(
        store,
        "one",
        &[event(4, "petr", AuditAct::Backup, ALL_LAYERS)],
    );
    append(store, "one", &[]);
}

fn events_are_chained(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    write_some(store);
    let verdict = verify_audit(store, &[]).expect("a verdict");
    assert_eq!((verdict.rows, &verdict.faults), (4, &Vec::new()));
    let ends = verdict.ends.iter().map(|end| (&*end.chain, end.seq));
    assert_eq!(ends.collect::<Vec<_>>(), [("one", 3), ("two", 1)]);
    let rows = rows(store);
    let places = rows.iter().map(|row| (&*row.chain, row.seq));
    let expected = [("one", 1), ("one", 2), ("one", 3), ("two", 1)];
    assert_eq!(places.collect::<Vec<_>>(), expected);
    let after = store.audit_rows(Some(("one", 2)), 1).expect("rows");
    assert_eq!((after.len(), after[0].seq), (1, 3));
}

fn events_are_found(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    write_some(store);
    let check = |change: &dyn Fn(&mut AuditQuery), days: &[u64]| {
        let mut query = AuditQuery::default();
        change(&mut query);
        let found = store.search_audit(&query).expect("rows").into_iter();
        let found = found.filter_map(|row| row.event().expect("an event").rows);
        assert_eq!(found.collect::<Vec<_>>(), days, "{query:?}");
    };
    let text = |text: &str| Some(text.to_owned());
    let at = |day| Some(event(day, "", AuditAct::Read, "").at);
    check(&|_| {}, &[4, 3, 2, 1]);
    check(&|query| query.limit = Some(2), &[4, 3]);
    check(&|query| query.actor = text("jana"), &[2, 1]);
    check(&|query| query.layer = text("cables"), &[4, 2, 1]);
    check(&|query| query.dataset = text("greenery"), &[]);
    check(&|query| query.act = Some(AuditAct::Export), &[3]);
    check(&|query| query.municipality = Some(562_972), &[3, 1]);
    let between = |query: &mut AuditQuery| {
        (query.from, query.until, query.layer) = (at(2), at(3), text("cables"));
    };
    check(&between, &[2]);
}

pub(super) fn a_log_moves_into_another_store(from: Fresh<'_>, to: Fresh<'_>) {
    let (from, to) = (from(), to());
    let (source, target) = (&*from.open(), &*to.open());
    let some = |day| event(day, "jana", AuditAct::Read, "cables");
    append(source, "one", &[some(1), some(2)]);
    target.take_over_audit(&rows(source)).expect("taken over");
    append(source, "one", &[some(3)]);
    target.take_over_audit(&rows(source)).expect("taken over");
    assert_eq!(rows(target), rows(source));
    assert_eq!(verify_audit(target, &[]).expect("a verdict").faults, []);
    append(target, "one", &[some(4)]);
    append(source, "one", &[some(5), some(6)]);
    let strange = target.take_over_audit(&rows(source));
    assert!(
        matches!(strange, Err(StoreError::Unusable(_))),
        "{strange:?}"
    );
    assert_eq!(rows(target).len(), 4);
}

fn writers_at_the_same_time_make_one_chain(fresh: Fresh<'_>) {
    let place = fresh();
    drop(place.open());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = &*place.open();
                for day in 1..10 {
                    append(
                        store,
                        "one",
                        &[event(day, "jana", AuditAct::Read, "cables")],
                    );
                }
            });
        }
    });
    let verdict = verify_audit(&*place.open(), &[]).expect("a verdict");
    assert_eq!((verdict.rows, verdict.faults), (36, Vec::new()));
}

/// Changes the log behind the store's back in every way, and checks that each is named.
///
/// Each place comes with what runs SQL on it, in which the log is `AUDIT` and the table of its ends is `ENDS`.
pub(crate) fn what_was_tampered_with_is_named(fresh: &dyn Fn() -> (Box<dyn Place>, Tamper)) {
    for (sql, expected) in tamperings() {
        let (place, tamper) = fresh();
        let store = &*place.open();
        for day in 1..=10 {
            append(
                store,
                "one",
                &[event(day, "jana", AuditAct::Read, "cables")],
            );
        }
        let anchor = store.audit_ends().expect("ends");
        tamper(&sql);
        let verdict = verify_audit(&*place.open(), &anchor).expect("a verdict");
        let found: Vec<_> = verdict.faults.iter().map(ToString::to_string).collect();
        let is_found = |fault: &&str| found.iter().any(|found| found == fault);
        assert!(expected.iter().all(is_found), "{sql}: {found:?}");
        // After an insertion in between every later row is another one.
        let is_all = expected.len() == found.len() || sql.contains("-seq");
        assert!(is_all, "{sql}: {found:?}");
    }
}

/// Returns what is done to a log of ten rows, and what is told of it.
fn tamperings() -> Vec<(String, Vec<&'static str>)> {
    let ends = |until: i64| {
        format!(
            "UPDATE ENDS SET seq = {until}, hash = (SELECT hash FROM AUDIT WHERE seq = {until})"
        )
    };
    let swap = |a: i64, b: i64| {
        format!(
            "UPDATE AUDIT SET seq = -1 WHERE seq = {a}; UPDATE AUDIT SET seq = {a} WHERE seq = {b};
             UPDATE AUDIT SET seq = {b} WHERE seq = -1"
        )
    };
    let change = "UPDATE AUDIT SET event = replace(event, 'jana', 'petr') WHERE seq = 4";
    let insert = "INSERT INTO AUDIT (chain, seq, event, hash) SELECT chain, SEQ, event, hash FROM AUDIT WHERE seq = 4";
    let shift =
        "UPDATE AUDIT SET seq = -seq - 1 WHERE seq > 4; UPDATE AUDIT SET seq = -seq WHERE seq < 0";
    let insert_between = format!("{shift}; {}; {}", insert.replace("SEQ", "5"), ends(11));
    let cases: [(&str, &[&str]); 9] = [
        (change, &["one 4: changed"]),
        (
            "UPDATE AUDIT SET hash = replace(hash, 'a', 'b') WHERE seq = 4",
            &["one 4: changed", "one 5: changed"],
        ),
        ("DELETE FROM AUDIT WHERE seq = 4", &["one 4-4: missing"]),
        (
            "DELETE FROM AUDIT WHERE seq > 8",
            &["one 9-10: missing", "one 10: not as anchored"],
        ),
        (
            &format!("DELETE FROM AUDIT WHERE seq > 8; {}", ends(8)),
            &["one 10: not as anchored"],
        ),
        (&swap(3, 4), &["one 3: moved from 4", "one 4: moved from 3"]),
        (&swap(3, 8), &["one 3: moved from 8", "one 8: moved from 3"]),
        (&insert.replace("SEQ", "11"), &["one 11: added"]),
        (&insert_between, &["one 5: changed", "one 6: moved from 5"]),
    ];
    cases
        .map(|(sql, told)| (sql.to_owned(), told.to_vec()))
        .to_vec()
}

/// Runs SQL on the log of a place, with nothing in its way.
pub(crate) type Tamper = Box<dyn Fn(&str)>;

/// Returns so many events of the year 2026, in parts.
pub(crate) fn million(count: i64) -> impl Iterator<Item = Vec<AuditEvent>> {
    let start = DateTime::from_timestamp(1_767_225_600, 0).expect("a time");
    let acts = [
        AuditAct::Read,
        AuditAct::Export,
        AuditAct::Login,
        AuditAct::Edit,
    ];
    let event = move |number: i64| AuditEvent {
        layer: Some(format!("layer-{}", number % 29)),
        municipality: Some(562_971 + number % 25),
        rows: Some(number as u64),
        sha256: Some(format!("{number:064x}")),
        ..AuditEvent::new(
            start + Duration::seconds(number * 31),
            &format!("person{}", number % 53),
            acts[(number % 4) as usize],
        )
    };
    let parts = (0..count).step_by(10_000);
    parts.map(move |first| (first..count.min(first + 10_000)).map(event).collect())
}

/// Returns what may be asked of them.
pub(crate) fn questions() -> [AuditQuery; 6] {
    let text = |text: &str| Some(text.to_owned());
    let may = AuditQuery {
        from: text("2026-05-01T00:00:00.000Z"),
        until: text("2026-06-01T00:00:00.000Z"),
        ..AuditQuery::default()
    };
    [
        AuditQuery {
            layer: text("layer-7"),
            ..may.clone()
        },
        AuditQuery {
            layer: text("layer-7"),
            act: Some(AuditAct::Export),
            ..may.clone()
        },
        AuditQuery {
            actor: text("person3"),
            ..may.clone()
        },
        AuditQuery {
            municipality: Some(562_980),
            ..may.clone()
        },
        AuditQuery {
            dataset: text("none"),
            ..may.clone()
        },
        AuditQuery {
            limit: Some(100),
            ..AuditQuery::default()
        },
    ]
}
