//! Tables of other software: read with every query, watched both ways, never written.

use std::time::Instant;

use postgres::Client;

use super::*;
use crate::store::contract::now;
use crate::{Audience, Bbox, FeatureId, LayerView, Scope, read_definitions};

const LAMPS: &str = include_str!("attached/lamps.toml");

/// The table of a vendor, with three lamps and a row that has no position.
const TABLE: &str = "CREATE SCHEMA gis;
    CREATE TYPE gis.lampa AS ENUM ('LED', 'sodik');
    CREATE TABLE gis.lampy (gid integer PRIMARY KEY, the_geom geometry(PointZ, 5514), cislo varchar(10), typ gis.lampa,
      vyska real, cena numeric(10, 2), patek numeric(3), zapnuta boolean NOT NULL DEFAULT true, montaz date,
      zmena timestamptz, doplnky jsonb, heslo text);
    CREATE INDEX ON gis.lampy USING gist (the_geom);
    INSERT INTO gis.lampy VALUES
      (1, ST_SetSRID(ST_MakePoint(-799999, -989999, 7), 5514), 'A1', 'LED', 8.3, 1234.5, 1, true, '2020-02-29',
        '2026-05-31 12:00:00.1234Z', '[{\"watts\": 40}]', 'x'),
      (2, ST_SetSRID(ST_MakePoint(-799990, -989990, 7), 5514), 'A2', 'sodik', NULL, NULL, NULL, false, NULL, NULL, NULL, NULL),
      (3, NULL, NULL, NULL, NULL, NULL, NULL, true, NULL, NULL, NULL, NULL),
      (7, ST_SetSRID(ST_MakePoint(-799000, -989000, 7), 5514), 'A7', 'LED', 'NaN', 2, 1, true, 'infinity', NULL, '7', NULL);
    GRANT USAGE ON SCHEMA gis TO PUBLIC; GRANT SELECT ON gis.lampy TO PUBLIC;";

fn vendor() -> (Database, Client) {
    let database = Database::fresh();
    let mut client = database.connect();
    drop(PostgisStore::create(&database.url(), empty()).expect("a store"));
    client.batch_execute(TABLE).expect("a table");
    (database, client)
}

fn empty() -> Arc<LayerSet> {
    Arc::new(LayerSet::new(Vec::new(), Vec::new()))
}

/// Returns a set of the one layer that a definition describes.
fn layers(definition: &str) -> Arc<LayerSet> {
    let files = [("lamps.toml".to_owned(), definition.to_owned())];
    let all = read_definitions(&files).unwrap_or_else(|problems| panic!("{problems:?}"));
    let lamps = Arc::clone(all.named("lamps").expect("defined here"));
    Arc::new(LayerSet::new(all.groups().to_vec(), vec![lamps]))
}

fn open(database: &Database, definition: &str) -> PostgisStore {
    PostgisStore::open(&database.url(), layers(definition)).expect("a store")
}

fn view(store: &PostgisStore, audience: &Audience) -> LayerView {
    let layer = store.layers().named("lamps").expect("a layer");
    audience.view(layer).expect("visible")
}

fn query(store: &PostgisStore) -> FeatureQuery {
    FeatureQuery::new(view(store, &Audience::OFFICE))
}

/// Reads what a query finds, and checks that it is counted alike.
fn found(store: &PostgisStore, query: &FeatureQuery) -> Vec<i64> {
    let features = read(store, query);
    assert_eq!(store.count(query).expect("a count"), features.len() as u64);
    features.iter().map(|feature| feature.fid).collect()
}

#[test]
fn rows_are_features_with_a_stable_identity() {
    let (database, _) = vendor();
    let store = open(&database, LAMPS);
    let features = read(&store, &query(&store));
    let first = &features[0];
    assert_eq!((first.fid, first.rev), (1, 1));
    assert_eq!(first.geometry, Some(contract::at(1.0, 1.0)));
    let at = DateTime::parse_from_rfc3339("2026-05-31T12:00:00.123Z").expect("a time");
    assert_eq!(
        first.values,
        [
            "A1".into(),
            "LED".into(),
            8.3.into(),
            1234.5.into(),
            1.into(),
            true.into(),
            chrono::NaiveDate::from_ymd_opt(2020, 2, 29)
                .expect("a day")
                .into(),
            Value::Timestamp(at.to_utc()),
            Value::List(vec![vec![40.into()]]),
            562_971.into(),
        ]
    );
    assert_eq!(features[2].geometry, None);
    // What does not fit is empty: a height that is no number, a day without end, a list that is none.
    let last = &features[3];
    assert_eq!(
        (
            last.values[2].clone(),
            last.values[6].clone(),
            last.values[8].clone()
        ),
        Default::default()
    );
    let again = open(&database, LAMPS);
    assert_eq!(read(&again, &query(&again)), features);
    let ids: Vec<FeatureId> = features.iter().map(|feature| feature.id).collect();
    for (fid, id) in [1, 2, 3, 7].into_iter().zip(ids) {
        let by_id = FeatureQuery {
            id: Some(id),
            ..query(&store)
        };
        assert_eq!(found(&store, &by_id), [fid]);
    }
}

#[test]
fn every_query_is_answered_by_the_table() {
    let (database, _) = vendor();
    let store = open(&database, LAMPS);
    let all = query(&store);
    let check = |change: &dyn Fn(&mut FeatureQuery), expected: &[i64]| {
        let mut query = all.clone();
        change(&mut query);
        assert_eq!(found(&store, &query), expected);
    };
    check(&|_| {}, &[1, 2, 3, 7]);
    check(&|q| q.fids = Some(vec![7, 4, 2]), &[2, 7]);
    check(&|q| q.fids = Some(Vec::new()), &[]);
    check(&|q| q.id = Some(id(1)), &[]);
    check(&|q| q.after_fid = Some(2), &[3, 7]);
    check(&|q| (q.offset, q.limit) = (1, Some(2)), &[2, 3]);
    let equal = |name: &str, value: Value| vec![(name.to_owned(), value)];
    check(&|q| q.equal = equal("code", "A2".into()), &[2]);
    check(&|q| q.equal = equal("kind", "LED".into()), &[1, 7]);
    check(&|q| q.equal = equal("height", 8.3.into()), &[1]);
    check(&|q| q.equal = equal("floor", 1.into()), &[1, 7]);
    check(&|q| q.equal = equal("floor", "1".into()), &[]);
    check(
        &|q| q.equal = equal("municipality_code", 562_971.into()),
        &[1, 2, 3, 7],
    );
    check(&|q| q.equal = equal("municipality_code", 1.into()), &[]);
    check(&|q| q.equal = equal("code", Value::Null), &[3]);
    let bbox = Bbox::new([-800_000.0, -990_000.0], [-799_990.0, -989_990.0]);
    check(&|q| q.bbox = Some(bbox), &[1, 2]);
    check(&|q| (q.bbox, q.offset) = (Some(bbox), 1), &[2]);
    // The public sees neither what is not marked public, nor the number that is internal.
    let public = FeatureQuery::new(view(&store, &Audience::PUBLIC));
    assert_eq!(found(&store, &public), [1, 3, 7]);
    assert_eq!(read(&store, &public)[0].values.len(), 9);
    let hidden = FeatureQuery {
        equal: equal("price", 2.0.into()),
        ..public
    };
    assert!(matches!(
        store.read(&hidden).err(),
        Some(StoreError::UnknownField { .. })
    ));
}

#[test]
fn a_table_in_another_system_is_converted_and_searched_by_its_own_index() {
    let (database, mut client) = vendor();
    for (srid, kind) in [
        (4326, "MultiPolygon"),
        (3857, "MultiPolygon"),
        (4258, "Geometry"),
    ] {
        client
            .batch_execute(&format!(
                "DROP TABLE IF EXISTS gis.plochy; CREATE TABLE gis.plochy (gid bigint PRIMARY KEY, geom geometry({kind}, {srid}));
                 INSERT INTO gis.plochy SELECT n, ST_Multi(ST_SetSRID(ST_Transform(ST_MakeEnvelope(
                   -800000 + 100 * n, -990000, -799950 + 100 * n, -989950, 5514), {near}), {srid}))
                   FROM generate_series(0, 99) n;
                 CREATE INDEX ON gis.plochy USING gist (geom); GRANT SELECT ON gis.plochy TO PUBLIC; ANALYZE gis.plochy",
                near = if srid == 4258 { 4326 } else { srid },
            ))
            .expect("a table");
        let definition = LAMPS.split("source =").next().expect("a start");
        let definition = definition.replace("\"Point\"", "\"MultiPolygon\"")
            + &format!(
                "source = {{ table = \"gis.plochy\", geometry = \"geom\", key = \"gid\", srid = {srid}, \
                   watch = {{ poll = 1 }}, municipality = 562971 }}\ncommon = [\"municipality_code\"]\nfields = []\n"
            );
        let definition = definition
            .replace("public_if = \"on\"\n", "")
            .replace("{code}", "");
        let store = open(&database, &definition);
        let all = read(&store, &query(&store));
        assert_eq!(all.len(), 100);
        let around = Bbox::of(all[3].geometry.as_ref().expect("an area")).expect("a box");
        for (found, expected) in around.min.into_iter().zip([-799_700.0, -990_000.0]) {
            assert!((found - expected).abs() < 0.01, "{srid}: {around:?}");
        }
        let within = |bbox| FeatureQuery {
            bbox: Some(bbox),
            ..query(&store)
        };
        let bbox = Bbox::new([-799_710.0, -989_980.0], [-799_590.0, -989_970.0]);
        assert_eq!(found(&store, &within(bbox)), [3, 4], "{srid}");
        let page = FeatureQuery {
            offset: 1,
            limit: Some(1),
            ..within(bbox)
        };
        assert_eq!(found(&store, &page), [4]);
        let beside = Bbox::new([-799_740.0, -989_980.0], [-799_710.0, -989_970.0]);
        assert_eq!(found(&store, &within(beside)), [] as [i64; 0]);
    }
}

/// Opens a store with a table that does not fit, and checks that just these reasons are told.
fn check_refused(database: &Database, definition: &str, parts: &[&str]) {
    let why = refused(database, layers(definition));
    for part in parts {
        assert!(why.contains(part), "{part} is not in: {why}");
    }
    assert_eq!(why.split("; ").count(), parts.len(), "{why}");
}

#[test]
fn a_table_that_does_not_fit_is_refused_with_every_reason() {
    let (database, mut client) = vendor();
    let refuse = |definition: &str, parts: &[&str]| check_refused(&database, definition, parts);
    let changed = LAMPS
        .replace("key = \"gid\"", "key = \"cislo\"")
        .replace("srid = 5514", "srid = 4326")
        .replace("\"Point\"", "\"LineString\"")
        .replace("column = \"vyska\"", "column = \"vejska\"")
        .replace("column = \"cena\"", "column = \"heslo\"");
    refuse(
        &changed,
        &[
            "key: the column cislo is character varying",
            "field height: gis.lampy has no column vejska",
            "field price: the column heslo is text",
            "holds PointZ, its definition says LineString",
            "is in the system 5514, its definition says srid = 4326",
        ],
    );
    refuse(
        &LAMPS.replace("gis.lampy", "gis.nic"),
        &["there is no table gis.nic"],
    );
    refuse(
        &LAMPS.replace("gis.lampy", "obzor_store.records"),
        &["a schema of this store"],
    );
    refuse(
        &LAMPS.replace("key = \"gid\"", "key = \"patek\""),
        &["patek has no unique index"],
    );
    let hidden = "CREATE TABLE gis.tajne (gid integer PRIMARY KEY, the_geom geometry(Point, 5514))";
    client.batch_execute(hidden).expect("a table");
    let bare = LAMPS[..LAMPS.find("fields =").expect("fields")].replace("gis.lampy", "gis.tajne");
    let bare = bare
        .replace("public_if = \"on\"\n", "")
        .replace("{code}", "")
        + "fields = []\n";
    refuse(
        &bare,
        &[
            "key: the column gid may not be read",
            "the column the_geom may not be read",
        ],
    );
    let view =
        "CREATE VIEW gis.pohled AS SELECT * FROM gis.lampy; GRANT SELECT ON gis.pohled TO PUBLIC";
    client.batch_execute(view).expect("a view");
    let watched = LAMPS.replace("watch = { poll = 1 }", "watch = \"trigger\"");
    refuse(
        &watched.replace("gis.lampy", "gis.pohled"),
        &["is a view, which can have no trigger"],
    );
}

#[test]
fn a_store_in_a_file_attaches_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.gpkg");
    let error = crate::store::GeoPackageStore::create(&file, layers(LAMPS)).err();
    let why = error.expect("refused").to_string();
    assert!(
        why.contains("lamps") && why.contains("postgres://"),
        "{why}"
    );
}

#[test]
fn a_first_definition_needs_only_what_a_person_decides() {
    let (database, mut client) = vendor();
    let comment = "COMMENT ON COLUMN gis.lampy.cislo IS 'Číslo \"lampy\"'";
    client.batch_execute(comment).expect("done");
    let id = LayerId::new("lamps").expect("an id");
    let sketch = PostgisStore::sketch(&database.url(), "gis.lampy", &id).expect("a sketch");
    assert!(sketch.contains("# doplnky is jsonb"), "{sketch}");
    let finished = sketch.replace("group = \"TODO\"", "group = \"greenery\"");
    let finished = finished.replace("class = \"TODO\"", "class = \"passport\"");
    let store = open(&database, &finished);
    let lamps = read(&store, &query(&store));
    assert_eq!((lamps.len(), &lamps[0].values[0]), (4, &"A1".into()));
    let layer = store.layers().named("lamps").expect("a layer");
    assert_eq!(layer.fields[0].title.cs, "Číslo \"lampy\"");
    assert!(PostgisStore::sketch(&database.url(), "gis.nic", &id).is_err());
}

#[test]
fn nobody_writes_it_and_it_has_no_past() {
    let (database, _) = vendor();
    let store = open(&database, LAMPS);
    let delete = Change::Delete {
        layer: LayerId::new("lamps").expect("an id"),
        id: read(&store, &query(&store))[0].id,
        expected_rev: None,
    };
    let rejected = refuse(&store, vec![delete]);
    let problem = &rejected[0].findings[0].problem;
    assert_eq!(*problem, Problem::Attached("Technické služby".to_owned()));
    store
        .look(&LayerId::new("lamps").expect("an id"))
        .expect("a look");
    assert_eq!(store.head().expect("a head"), Revision(1));
    let at = |revision| FeatureQuery {
        at: Some(Revision(revision)),
        ..query(&store)
    };
    assert_eq!(found(&store, &at(1)).len(), 4);
    assert!(matches!(
        store.read(&at(0)).err(),
        Some(StoreError::NoPast(_))
    ));
    assert!(matches!(
        store.count(&at(0)).err(),
        Some(StoreError::NoPast(_))
    ));
    assert_eq!(contract::plan_to_undo(&store, Revision(1)), []);
}

/// What the log tells after a revision: each key, or −1 for the whole layer.
fn told(store: &PostgisStore, since: Revision) -> Vec<i64> {
    let log = store.changes(since).expect("a log");
    let keys = log.iter().map(|change| match &change.scope {
        Scope::Feature(touched) => {
            let by_id = FeatureQuery {
                id: Some(touched.id),
                ..query(store)
            };
            let there = found(store, &by_id);
            assert!(there.is_empty() || there == [touched.fid]);
            touched.fid
        }
        Scope::WholeLayer(layer) => {
            assert_eq!(layer.as_str(), "lamps");
            -1
        }
    });
    keys.collect()
}

/// Changes the table and checks what the log tells of that, once it was looked at.
fn check_told(store: &PostgisStore, client: &mut Client, sql: &str, expected: &[i64]) {
    let before = store.head().expect("a head");
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let layer = LayerId::new("lamps").expect("an id");
    let fresh = store.look(&layer).expect("a look").expect("known");
    assert!((now() - fresh.as_of).num_days() < 10_000);
    let mut keys = told(store, before);
    keys.sort_unstable();
    assert_eq!(keys, expected, "{sql}");
}

/// Looks until this server does it, and checks that it says that anything may have changed: the one before closes its
/// connection in the background, and gives the turn back with it.
fn take_over(store: &PostgisStore) {
    let (start, before) = (Instant::now(), store.head().expect("a head"));
    while store.head().expect("a head") == before {
        assert!(start.elapsed() < Duration::from_secs(20), "nobody looks");
        let layer = LayerId::new("lamps").expect("an id");
        store.look(&layer).expect("a look");
    }
    assert_eq!(told(store, before), [-1]);
}

/// What the table goes through, and what is told of it.
const LIFE: [(&str, &[i64]); 9] = [
    ("SELECT 1", &[]),
    ("UPDATE gis.lampy SET vyska = 9 WHERE gid = 2", &[2]),
    ("INSERT INTO gis.lampy (gid) VALUES (8), (9)", &[8, 9]),
    ("DELETE FROM gis.lampy WHERE gid IN (3, 8)", &[3, 8]),
    ("UPDATE gis.lampy SET gid = 4 WHERE gid = 2", &[2, 4]),
    ("UPDATE gis.lampy SET vyska = 1 WHERE gid > 1000", &[]),
    ("BEGIN; DELETE FROM gis.lampy; ROLLBACK", &[]),
    (
        "INSERT INTO gis.lampy (gid) SELECT generate_series(100, 1600)",
        &[-1],
    ),
    (
        "BEGIN; TRUNCATE gis.lampy; INSERT INTO gis.lampy (gid) VALUES (1); COMMIT",
        &[-1],
    ),
];

#[test]
fn triggers_tell_of_each_change_and_of_many_at_once() {
    let (database, mut client) = vendor();
    let watched = LAMPS.replace("watch = { poll = 1 }", "watch = \"trigger\"");
    let store = open(&database, &watched);
    let layer = store.layers().named("lamps").expect("a layer");
    let missing = store
        .look(&layer.id)
        .expect_err("no trigger yet")
        .to_string();
    assert!(
        missing.contains("obzor attach trigger-sql lamps"),
        "{missing}"
    );
    let sql = PostgisStore::trigger_sql(layer).expect("watched by a trigger");
    // What was changed before the triggers came, nobody knows.
    check_told(
        &store,
        &mut client,
        &[sql.as_str(), sql.as_str()].concat(),
        &[-1],
    );
    for (sql, expected) in LIFE {
        check_told(&store, &mut client, sql, expected);
    }
    // A million statements in one transaction must not fill the log.
    let singly = "DO $$ BEGIN FOR n IN 1..3000 LOOP INSERT INTO gis.lampy (gid) VALUES (10000 + n); END LOOP; END $$";
    let before = store.head().expect("a head");
    client.batch_execute(singly).expect("done");
    let keys = told(&store, before);
    assert_eq!((keys.len(), keys[1000]), (1001, -1));
    // The next transaction counts anew.
    check_told(
        &store,
        &mut client,
        "DELETE FROM gis.lampy WHERE gid = 10001",
        &[10001],
    );
    assert!(store.look(&layer.id).expect("a look").expect("known").live);

    let without = "ALTER TABLE gis.lampy DISABLE TRIGGER obzor_lamps_update";
    client.batch_execute(without).expect("done");
    assert!(store.look(&layer.id).is_err());
    let with = "ALTER TABLE gis.lampy ENABLE TRIGGER obzor_lamps_update";
    check_told(&store, &mut client, with, &[-1]);
    check_told(&store, &mut client, "SELECT 1", &[]);
}

#[test]
fn looks_find_each_change_and_many_at_once() {
    let (database, mut client) = vendor();
    let url = database.url();
    let host = url
        .split("host=")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .expect("a folder");
    let host = host.replace("%2F", "/");
    let name: String = client
        .query_one("SELECT current_database()", &[])
        .expect("a name")
        .get(0);
    client
        .batch_execute(&format!(
            "CREATE EXTENSION postgres_fdw;
             CREATE SERVER jinde FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', dbname '{name}');
             CREATE USER MAPPING FOR PUBLIC SERVER jinde OPTIONS (user 'postgres', password_required 'false');"
        ))
        .expect("another server");
    for table in ["gis.lampy", "gis.pohled", "ciziny.lampy"] {
        let anew = format!(
            "DROP SCHEMA IF EXISTS gis, ciziny CASCADE; {TABLE} CREATE VIEW gis.pohled AS SELECT * FROM gis.lampy;
             GRANT SELECT ON gis.pohled TO PUBLIC; CREATE SCHEMA ciziny; GRANT USAGE ON SCHEMA ciziny TO PUBLIC"
        );
        client.batch_execute(&anew).expect("a table and a view");
        let import = "IMPORT FOREIGN SCHEMA gis LIMIT TO (lampy) FROM SERVER jinde INTO ciziny;
             GRANT SELECT ON ciziny.lampy TO PUBLIC";
        client.batch_execute(import).expect("a foreign table");
        let store = open(&database, &LAMPS.replace("gis.lampy", table));
        take_over(&store);
        for (sql, expected) in LIFE {
            check_told(&store, &mut client, sql, expected);
        }
        assert_eq!(found(&store, &query(&store)), [1]);
    }
}

#[test]
fn one_server_looks_and_the_next_one_says_that_it_may_have_missed_something() {
    let (database, mut client) = vendor();
    let (one, other) = (open(&database, LAMPS), open(&database, LAMPS));
    let layer = &LayerId::new("lamps").expect("an id");
    check_told(&one, &mut client, "SELECT 1", &[-1]);
    let seen = other.look(layer).expect("a look").expect("known");
    assert_eq!(
        (seen.live, other.head().expect("a head")),
        (false, Revision(1))
    );
    check_told(
        &other,
        &mut client,
        "UPDATE gis.lampy SET vyska = 1 WHERE gid = 1",
        &[],
    );
    assert_eq!(
        other.look(layer).expect("a look"),
        Some(seen),
        "the age grows"
    );
    drop(one);
    take_over(&other);
    check_told(
        &other,
        &mut client,
        "UPDATE gis.lampy SET vyska = 2 WHERE gid = 1",
        &[1],
    );
    // A look that fails is made up for by the next.
    let away = "ALTER TABLE gis.lampy RENAME TO pryc";
    client.batch_execute(away).expect("done");
    assert!(other.look(layer).is_err());
    check_told(
        &other,
        &mut client,
        "ALTER TABLE gis.pryc RENAME TO lampy",
        &[-1],
    );
}
