//! What other programs see in the database, and what becomes of their edits.

use std::process::Command;

use super::*;
use crate::store::contract::outside::{appended, gdal};
use crate::{Bbox, ChangeKind, Feature, FeatureQuery};

/// Runs statements as the role of a village, which may edit the layers and nothing else.
fn as_village(city: &City, sql: &str) -> Result<(), String> {
    let mut client = city.plain();
    client
        .batch_execute(
            "DO $$ BEGIN CREATE ROLE village; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             INSERT INTO obzor_store.records VALUES ('database-role', 'village', 1, '{\"municipalities\": null}')
               ON CONFLICT DO NOTHING;
             DO $$ BEGIN EXECUTE format('GRANT %I TO village', current_database() || '_editors'); END $$;
             GRANT TRUNCATE ON ALL TABLES IN SCHEMA obzor TO village;
             SET SESSION AUTHORIZATION village",
        )
        .expect("a role");
    let done = client.batch_execute(sql);
    done.map_err(|error| error.as_db_error().expect("an answer").message().to_owned())
}

fn stones(store: &PostgisStore) -> Vec<Feature> {
    read(store, &all(store, STONES))
}

#[test]
fn a_transaction_of_another_role_is_one_revision_in_its_name() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let first = stones(store);
    as_village(
        &city,
        "SET extra_float_digits = -10; SET TimeZone = 'Asia/Kathmandu';
         BEGIN;
         UPDATE obzor.stones SET height = 0.1::float8 + 0.2, seen_at = '2026-01-01 00:00:00.5', code = 'z', rev = 77, id = gen_random_uuid() WHERE code = 'a';
         DELETE FROM obzor.stones WHERE code = 'b';
         SAVEPOINT later;
         DELETE FROM obzor.stones;
         ROLLBACK TO later;
         INSERT INTO obzor.stones (geom, zone, code, open, rev, id)
           SELECT geom, 2, 'new', true, 9, NULL FROM obzor.stones WHERE code = 'z';
         COMMIT;
         UPDATE obzor.stones SET zone = 5 WHERE false;
         BEGIN; DELETE FROM obzor.stones; ROLLBACK;",
    )
    .expect("rights");

    assert_eq!(store.head().expect("a head"), Revision(2));
    let info = store.revision(Revision(2)).expect("an answer");
    assert_eq!(info.expect("a revision").author, "village");
    let now = stones(store);
    assert_eq!(
        (now[0].id, now[0].rev, now[0].values[1].clone()),
        (id(1), 2, "z".into())
    );
    assert_eq!(
        (now[1].rev, now[1].values[0].clone()),
        (1, Value::Integer(2))
    );
    assert_eq!(now[1].id.as_uuid().get_version_num(), 7);
    let log = store.changes(Revision(1)).expect("a log");
    let log: Vec<_> = log.iter().filter_map(LoggedChange::feature).collect();
    let kinds: Vec<_> = log.iter().map(|touched| touched.kind).collect();
    assert_eq!(
        kinds,
        [ChangeKind::Update, ChangeKind::Delete, ChangeKind::Insert]
    );
    let home = first[0].geometry.as_ref().and_then(Bbox::of);
    assert_eq!((log[0].before, log[0].after), (home, home));
    let past = FeatureQuery {
        at: Some(Revision(1)),
        ..all(store, STONES)
    };
    assert_eq!(read(store, &past), first);
    assert_eq!(commit(store, vec![stone(9, "q")]).revision, Revision(3));
    let past = FeatureQuery {
        at: Some(Revision(2)),
        ..past
    };
    assert_eq!(read(store, &past), now, "to the last digit");
}

#[test]
fn another_role_can_neither_write_history_nor_edit_without_it() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a")]);
    for (sql, why) in [
        ("UPDATE obzor_store.state SET head = 9", "permission denied"),
        (
            "SELECT obzor_store.begin_change_set('mayor', 'x', now())",
            "permission denied",
        ),
        ("TRUNCATE obzor.stones", "use DELETE"),
        ("UPDATE obzor.stones SET fid = DEFAULT", "never changes"),
        ("INSERT INTO obzor.stones (fid) VALUES (7)", "fid"),
        (
            "ALTER TABLE obzor.stones DISABLE TRIGGER ALL",
            "must be owner",
        ),
        (
            "SET session_replication_role = replica",
            "permission denied",
        ),
        (
            "INSERT INTO obzor.stones (zone, code) SELECT zone, code FROM obzor.stones",
            "duplicate key",
        ),
    ] {
        let error = as_village(&city, sql).expect_err(sql);
        assert!(error.contains(why), "{sql}: {error}");
    }
    assert_eq!(store.head().expect("a head"), Revision(1));
    assert_eq!(stones(store).len(), 1);
}

#[test]
fn features_appended_by_ogr2ogr_get_what_the_store_keeps() {
    let city = City::new();
    let store = &city.store();
    let url = city.url().replace("postgres://", "postgresql://");
    let list = gdal(Command::new("ogrinfo").args(["-q", &url]));
    for layer in ["obzor.stones (Point)", "obzor.meadows (Multi Polygon)"] {
        assert!(list.contains(layer), "{layer} is not in {list}");
    }
    appended(store, |source| {
        let mut command = Command::new("ogr2ogr");
        command.args(["-append", "-f", "PostgreSQL", &url]);
        gdal(command.arg(source).args(["-nln", "obzor.stones"]));
    });
    assert_eq!(store.head().expect("a head"), Revision(2));
    city.plain()
        .batch_execute("UPDATE obzor.stones SET marks = '[{\"sign\": \"x\", \"depth\": 1.5}]' WHERE code = 'n1'")
        .expect("a list as JSON");
    let mark = vec!["x".into(), Value::Real(1.5)];
    assert_eq!(stones(store)[1].values[9], Value::List(vec![mark]));
}

/// Statements that insert, update and delete at once, or in one another.
const MIXED: [&str; 3] = [
    "INSERT INTO obzor.stones (zone, code, open, geom) SELECT zone, c, open, geom
       FROM obzor.stones, unnest(ARRAY['a', 'c']) c WHERE code = 'a'
       ON CONFLICT (zone, code) DO UPDATE SET height = 1",
    "MERGE INTO obzor.stones s USING (VALUES ('a', 1), ('b', 2), ('d', 4)) v (code, height) ON s.code = v.code
       WHEN MATCHED AND v.height = 1 THEN DELETE
       WHEN MATCHED THEN UPDATE SET height = v.height
       WHEN NOT MATCHED THEN INSERT (zone, code, open) VALUES (1, v.code, false)",
    "WITH gone AS (DELETE FROM obzor.stones WHERE code = 'd' RETURNING *)
       INSERT INTO obzor.stones (zone, code, open) SELECT zone, 'e', open FROM gone",
];

#[test]
fn every_kind_of_statement_leaves_its_history() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    for sql in MIXED {
        as_village(&city, sql).expect(sql);
    }
    // Only whom no policy holds can copy.
    let mut owner = city.plain();
    let copy = "COPY obzor.stones (zone, code, open) FROM STDIN";
    let mut writer = owner.copy_in(copy).expect("a copy");
    std::io::Write::write_all(&mut writer, b"1\tf\ttrue\n1\tg\ttrue\n").expect("rows");
    writer.finish().expect("copied");

    let log = store.changes(Revision(1)).expect("a log").into_iter();
    let mut told: Vec<_> = log
        .filter_map(|change| {
            Some(format!(
                "{} {:?}",
                change.revision.0,
                change.feature()?.kind
            ))
        })
        .collect();
    told.sort();
    assert_eq!(
        told.join(", "),
        "2 Insert, 2 Update, 3 Delete, 3 Insert, 3 Update, 4 Delete, 4 Insert, 5 Insert, 5 Insert"
    );
    let codes = stones(store).into_iter();
    let codes: Vec<_> = codes
        .map(|stone| format!("{} {}", stone.values[1].as_text().unwrap_or("-"), stone.rev))
        .collect();
    assert_eq!(codes.join(", "), "b 2, c 1, e 1, f 1, g 1");
    let swap = "UPDATE obzor.stones SET code = CASE code WHEN 'f' THEN 'g' ELSE 'f' END WHERE code IN ('f', 'g')";
    let refused = as_village(&city, swap).expect_err("a key is unique after every row");
    assert!(refused.contains("duplicate key"), "{refused}");
    assert_eq!(store.head().expect("a head"), Revision(5));
}

#[test]
fn who_makes_the_numbering_immediate_makes_revisions_in_order_and_without_a_gap() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a")]);
    let steps = "BEGIN; SET CONSTRAINTS ALL IMMEDIATE;
         UPDATE obzor.stones SET height = 1; UPDATE obzor.stones SET height = 2;
         SAVEPOINT here; DELETE FROM obzor.stones; ROLLBACK TO here;
         SET CONSTRAINTS ALL DEFERRED; UPDATE obzor.stones SET height = 3;";
    as_village(&city, &format!("{steps} ROLLBACK")).expect("rolled back");
    assert_eq!(store.head().expect("a head"), Revision(1));
    as_village(&city, &format!("{steps} COMMIT")).expect("committed");
    let log = store.changes(Revision(1)).expect("a log");
    let revisions: Vec<_> = log.iter().map(|change| change.revision.0).collect();
    assert_eq!(revisions, [2, 3, 4]);
    for (at, height) in [(2, 1.0), (3, 2.0), (4, 3.0)] {
        let past = FeatureQuery {
            at: Some(Revision(at)),
            ..all(store, STONES)
        };
        assert_eq!(read(store, &past)[0].values[3], Value::Real(height));
        let info = store.revision(Revision(at)).expect("an answer");
        assert_eq!(info.expect("a revision").author, "village");
    }
    assert_eq!(commit(store, vec![stone(2, "b")]).revision, Revision(5));
}

#[test]
fn a_function_of_another_role_is_never_run_with_the_rights_of_the_store() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a")]);
    // As PostgreSQL 14 and older allow everybody in `public`, where the extension is.
    let trap = "LANGUAGE plpgsql AS $$ BEGIN RAISE 'poisoned'; END $$";
    let poison = [
        "st_xmin(geometry) RETURNS float8",
        "st_ymax(geometry) RETURNS float8",
        "st_asbinary(geometry, int) RETURNS bytea",
        "to_jsonb(record) RETURNS jsonb",
        "set_bit(bytea, int, int) RETURNS bytea",
        "times(numeric, int) RETURNS numeric",
        "gen_random_uuid() RETURNS uuid",
    ];
    let for_each = |write: &dyn Fn(&str) -> String| -> String {
        poison.iter().map(|head| write(head)).collect()
    };
    let set = for_each(&|head| format!("CREATE FUNCTION public.{head} {trap};"));
    let operator =
        "CREATE OPERATOR public.* (LEFTARG = numeric, RIGHTARG = int, FUNCTION = public.times)";
    city.plain()
        .batch_execute(&format!("{set} {operator}"))
        .expect("the trap");
    as_village(
        &city,
        "INSERT INTO obzor.stones (zone, code, open, geom, id) SELECT zone, 'b', open, geom, NULL FROM obzor.stones;
         INSERT INTO obzor.stones (zone, code, open, geom) SELECT zone, 'c', open, geom FROM obzor.stones WHERE code = 'a';
         UPDATE obzor.stones SET height = 2; DELETE FROM obzor.stones WHERE code = 'a'",
    )
    .expect("not run");
    let found = FeatureQuery {
        bbox: stones(store)[0].geometry.as_ref().and_then(Bbox::of),
        ..all(store, STONES)
    };
    assert_eq!(read(store, &found).len(), 2);
    let signature = |head: &str| head.split(" RETURNS").next().map(str::to_owned);
    let taken = for_each(&|head| {
        format!(
            "DROP FUNCTION public.{} CASCADE;",
            signature(head).unwrap_or_default()
        )
    });
    city.plain()
        .batch_execute(&taken)
        .expect("the trap taken away");
}

#[test]
fn what_breaks_the_schema_reads_as_nothing_and_breaks_nothing() {
    let city = City::new();
    let store = &city.store();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    city.plain()
        .batch_execute(
            "UPDATE obzor.stones SET geom = ST_GeomFromText('POINT EMPTY', 5514), open = NULL, height = 'NaN',
               set_on = 'infinity', seen_at = '-infinity', marks = '[{\"sign\": 5}]' WHERE code = 'a';
             UPDATE obzor.stones SET geom = NULL, height = '-infinity', code = NULL, marks = 'null' WHERE code = 'b'",
        )
        .expect("done");
    let there = stones(store);
    let mut expected = vec![Value::Null; 10];
    expected[..2].clone_from_slice(&[Value::Integer(1), "a".into()]);
    assert_eq!((&there[0].geometry, &there[0].values), (&None, &expected));
    expected[1] = Value::Null;
    expected[2] = Value::Boolean(true);
    assert_eq!((&there[1].geometry, &there[1].values), (&None, &expected));
    // History holds the same, and the change log goes on.
    commit(store, vec![stone(3, "c")]);
    let past = FeatureQuery {
        at: Some(Revision(2)),
        ..all(store, STONES)
    };
    assert_eq!(read(store, &past), there);
    assert_eq!(store.changes(Revision(1)).expect("a log").len(), 3);
}
