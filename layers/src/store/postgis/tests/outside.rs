//! What other programs see in the database, and what becomes of their edits.

use std::process::Command;

use super::*;
use crate::{Bbox, ChangeKind, Feature, FeatureQuery};

/// Runs statements as the role of a village, which may edit the layers and nothing else.
fn as_village(city: &City, sql: &str) -> Result<(), String> {
    let mut client = city.plain();
    client
        .batch_execute(
            "DO $$ BEGIN CREATE ROLE village; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT USAGE ON SCHEMA obzor TO village;
             GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA obzor TO village;
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
    let kinds: Vec<_> = log.iter().map(|change| change.touched.kind).collect();
    assert_eq!(
        kinds,
        [ChangeKind::Update, ChangeKind::Delete, ChangeKind::Insert]
    );
    let home = first[0].geometry.as_ref().and_then(Bbox::of);
    assert_eq!((log[0].touched.before, log[0].touched.after), (home, home));
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
    commit(store, vec![stone(1, "a")]);
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("more.geojson");
    let json = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::5514"}},"features":[
        {"type":"Feature","properties":{"zone":3,"code":"n1","open":true,"height":0.1,"marks":[{"sign":"x","depth":1.5}]},"geometry":{"type":"Point","coordinates":[-800100.5,-990100]}},
        {"type":"Feature","properties":{"zone":3,"code":"n2","open":false,"height":2},"geometry":{"type":"Point","coordinates":[-800200,-990200]}}]}"#;
    std::fs::write(&source, json).expect("written");
    let url = city.url().replace("postgres://", "postgresql://");
    let list = gdal(Command::new("ogrinfo").args(["-q", &url]));
    for layer in ["obzor.stones (Point)", "obzor.meadows (Multi Polygon)"] {
        assert!(list.contains(layer), "{layer} is not in {list}");
    }
    gdal(
        Command::new("ogr2ogr")
            .args(["-append", "-f", "PostgreSQL", &url])
            .arg(&source)
            .args(["-nln", "obzor.stones"]),
    );
    let there = stones(store);
    assert_eq!(there.len(), 3);
    assert_eq!(
        there[1].values[..4],
        [
            Value::Integer(3),
            "n1".into(),
            Value::Boolean(true),
            Value::Real(0.1)
        ]
    );
    let mark = vec!["x".into(), Value::Real(1.5)];
    assert_eq!(there[1].values[9], Value::List(vec![mark]));
    assert_eq!(store.head().expect("a head"), Revision(2));
    assert_ne!(there[1].id, there[2].id);
}

/// Runs a program of GDAL, which must have nothing to complain of.
fn gdal(command: &mut Command) -> String {
    let output = command.output().expect("GDAL is installed");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).into_owned()
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
