//! Loads of empty layers: their first versions are kept by the rows themselves, and nobody notices.

use std::collections::BTreeSet;

use super::*;
use crate::store::contract::tenants::{OTHERS, OURS, well};
use crate::store::contract::{WELLS, delete, load, recode};
use crate::store::geopackage::tests::Folder;
use crate::{Feature, StoreFingerprint, copied_so_far, fingerprint};

/// How many versions history holds, and how many loads there were.
fn kept(city: &City) -> [i64; 2] {
    let sql = "SELECT (SELECT count(*) FROM obzor_store.history), (SELECT count(*) FROM obzor_store.loads)";
    let row = city.plain().query_one(sql, &[]).expect("two counts");
    [row.get(0), row.get(1)]
}

fn stones_at(store: &dyn Store, revision: i64) -> Vec<Feature> {
    let mut query = all(store, STONES);
    query.at = Some(Revision(revision));
    read(store, &query)
}

fn many() -> Vec<Change> {
    (1..=9).map(|n| stone(n, &n.to_string())).collect()
}

#[test]
fn the_first_version_of_a_loaded_row_outlives_every_kind_of_change() {
    let city = City::new();
    check_first_versions(&city, &city.store());
    let city = City::new();
    check_first_versions(&city, &city.store_of_owner());
}

fn check_first_versions(city: &City, store: &dyn Store) {
    let touched = load(store, many()).expect("a load").touched;
    assert_eq!(kept(city), [0, 1]);
    let loaded = read(store, &all(store, STONES));
    let sql = "UPDATE obzor.stones SET height = 1 WHERE code IN ('2', '3'); UPDATE obzor.stones SET height = 2 WHERE code = '3';
               DELETE FROM obzor.stones WHERE code IN ('3', '4')";
    city.plain().batch_execute(sql).expect("edits");
    commit(
        store,
        vec![recode(5, "z", Some(1)), delete(STONES, 6, None)],
    );
    assert_eq!(kept(city), [5 + 7, 1]);
    assert_eq!(stones_at(store, 1), loaded);
    assert_eq!(stones_at(store, 2).len(), 7);
    let log = store.changes(Revision(0)).expect("a log");
    let first: Vec<_> = log.iter().filter(|c| c.revision == Revision(1)).collect();
    let first = first.iter().filter_map(|change| change.feature());
    assert!(first.eq(&touched), "in the order in which they came");
    // By an index of the table, by what history says, and by both together.
    let mut named = all(store, STONES);
    named.at = Some(Revision(1));
    named.equal = vec![("zone".to_owned(), 1.into())];
    named.bbox = crate::Bbox::of(&contract::at(5.0, 5.0));
    assert_eq!(read(store, &named), loaded[4..5]);
    named.bbox = None;
    assert_eq!(store.count(&named).expect("a count"), 9);
}

#[test]
fn a_layer_that_is_not_empty_or_in_use_is_filled_the_ordinary_way() {
    let city = City::new();
    let store = &city.store();
    let mut other = city.plain();
    other
        .batch_execute("BEGIN; SELECT FROM obzor.stones")
        .expect("a reader");
    load(store, many()).expect("nobody waits for who only reads");
    assert_eq!(kept(&city), [9, 0]);
    load(store, vec![stone(20, "a"), stone(21, "b")]).expect("a load");
    assert_eq!(kept(&city), [11, 0]);
    other
        .batch_execute("ROLLBACK; DELETE FROM obzor.stones; CREATE TRIGGER theirs BEFORE INSERT ON obzor.stones FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()")
        .expect("done");
    let refused = load(store, many()).expect_err("their trigger is for updates only");
    assert!(matches!(refused, StoreError::Engine { .. }), "{refused}");
    other
        .batch_execute("DROP TRIGGER theirs ON obzor.stones")
        .expect("done");
    load(store, many()).expect("a load");
    assert_eq!(kept(&city), [22, 1]);
}

#[test]
fn what_collides_in_a_load_is_told_as_elsewhere() {
    let city = City::new();
    check_collisions(&city, &city.store());
    let city = City::new();
    check_collisions(&city, &city.store_of_owner());
}

fn check_collisions(city: &City, store: &dyn Store) {
    let mut changes = many();
    changes[4] = stone(5, "2");
    changes[6] = stone(1, "new");
    changes.push(delete(STONES, 5, None));
    let rejected = match load(store, changes) {
        Err(StoreError::Rejected(rejections)) => rejections.listed.into_iter(),
        other => panic!("{other:?}"),
    };
    let problems = rejected.map(|r| (r.index, r.findings.into_iter().map(|f| f.problem).collect()));
    assert_eq!(
        problems.collect::<Vec<(usize, Vec<Problem>)>>(),
        [
            (4, vec![Problem::DuplicateKey("1/2".to_owned())]),
            (6, vec![Problem::DuplicateId])
        ]
    );
    assert_eq!(kept(city), [0, 0]);
    let all = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'obzor' AND tablename = 'stones'";
    let indexes: i64 = city.plain().query_one(all, &[]).expect("a count").get(0);
    assert_eq!(indexes, 4, "key, identity, geometry and natural key");
}

/// Copies what is not there yet, and compares the hashes.
fn copy(source: &dyn Store, target: &dyn Store) {
    let prints = |store: &dyn Store| -> StoreFingerprint {
        let mut snapshot = store.snapshot().expect("a snapshot");
        fingerprint(&contract::layers(), &mut *snapshot).expect("fingerprints")
    };
    {
        let mut snapshot = source.snapshot().expect("a snapshot");
        let so_far = copied_so_far(&mut *snapshot, &mut *target.snapshot().expect("a snapshot"));
        let history = snapshot.history(so_far.expect("a copy")).expect("history");
        target.take_over(history).expect("taken over");
    }
    assert_eq!(prints(target), prints(source));
}

#[test]
fn a_copy_knows_nothing_of_loads_and_may_come_back() {
    let (city, folder) = (City::new(), Folder::new());
    let (database, file) = (&city.store_of_owner(), &*folder.open());
    let mut changes = vec![well(1, OURS), stone(90, "early")];
    changes.extend(many());
    load(database, changes).expect("a load");
    commit(database, vec![delete(STONES, 3, None)]);
    copy(database, file);
    commit(database, vec![recode(4, "z", None)]);
    copy(database, file);
    commit(file, vec![delete(STONES, 5, None), recode(6, "y", None)]);
    copy(file, database);
    for revision in 0..=4 {
        let (ours, theirs) = (stones_at(database, revision), stones_at(file, revision));
        assert_eq!(ours, theirs, "at {revision}");
    }
    assert_eq!(kept(&city), [1 + 8, 1]);
}

#[test]
fn a_field_renamed_after_a_load_reads_back() {
    let database = Database::fresh();
    let old = PostgisStore::create(&database.url(), contract::layers()).expect("a store");
    load(&old, many()).expect("a load");
    let loaded = read(&old, &all(&old, STONES));
    let renamed = evolution::changed();
    PostgisStore::evolve(&database.url(), &renamed).expect("renamed");
    commit(&old, vec![recode(1, "z", None)]);
    let new = PostgisStore::open(&database.url(), renamed).expect("a store");
    for store in [&old, &new] {
        assert_eq!(stones_at(store, 1), loaded);
    }
}

#[test]
fn the_walls_hold_for_loads_too() {
    let city = City::new();
    drop(city.store());
    let row = |municipality: &str| {
        format!(
            "INSERT INTO pg_temp.load_rows (fid, id, municipality_code, code) VALUES
               (0, gen_random_uuid(), {OURS}, 'a'), (1, gen_random_uuid(), {municipality}, 'b')"
        )
    };
    let others = OTHERS.to_string();
    let [begin, piece] =
        ["begin_load", "load_piece"].map(|act| format!("SELECT obzor_store.{act}('wells')"));
    let finish = format!("{piece}; SELECT obzor_store.finish_load('wells')");
    let sound = row(&OURS.to_string());
    let attempts = [
        format!("{begin}; {}; {finish}", row(&others)),
        format!("{begin}; {}; {finish}", row("NULL")),
        format!("{begin}; {finish}"),
        format!("{begin}; {sound}; UPDATE pg_temp.load_rows SET fid = 7; {finish}"),
        format!("{begin}; {sound}; {sound}; {finish}"),
        format!("{begin}; ALTER TABLE pg_temp.load_rows ADD x int; {finish}"),
        format!("{begin}; DROP TABLE pg_temp.load_rows; {finish}"),
        format!("{begin}; CREATE RULE mine AS ON INSERT TO pg_temp.load_rows DO NOTHING; {finish}"),
        format!("CREATE TEMP TABLE load_rows (fid bigint, id uuid, municipality_code bigint, code text); {sound}; {finish}"),
        format!("CREATE TEMP VIEW load_rows AS SELECT 0::bigint AS fid; {finish}"),
        "SELECT obzor_store.begin_load('stones'); INSERT INTO pg_temp.load_rows (fid, id, zone, code, open)
           VALUES (0, gen_random_uuid(), 1, 'x', true); SELECT obzor_store.load_piece('stones');
           SELECT obzor_store.finish_load('stones')"
            .to_owned(),
        // Nobody leaves a table without its indexes.
        begin.clone(),
        format!("{begin}; {sound}; {piece}"),
        format!("{begin}; {sound}; {piece}; SELECT obzor_store.finish_load('stones')"),
        format!("{begin}; DELETE FROM obzor_store.open_loads"),
        "SELECT obzor_store.begin_load('nothing')".to_owned(),
        format!("SET obzor.municipalities = ''; {begin}; {sound}; {finish}"),
    ];
    for sql in attempts {
        let mut client = city.plain_as("city_server");
        let role =
            "DO $$ BEGIN EXECUTE format('SET ROLE %I', current_database() || '_program'); END $$";
        let setting = format!("{role}; SET obzor.municipalities = '{OURS}'");
        client.batch_execute(&setting).expect("settings");
        let done = client.batch_execute(&format!("BEGIN; {sql}; COMMIT"));
        assert!(done.is_err(), "{sql}");
        drop(client);
        let there =
            "SELECT (SELECT count(*) FROM obzor.wells) + (SELECT count(*) FROM obzor.stones)
                       + (SELECT count(*) FROM obzor_store.loads)";
        let there: i64 = city.plain().query_one(there, &[]).expect("a count").get(0);
        assert_eq!(there, 0, "{sql}");
    }
}

#[test]
fn what_the_owner_loads_is_asked_the_same() {
    let city = City::new();
    drop(city.store());
    let sql = format!(
        "BEGIN; SET obzor.municipalities = '{OURS}'; SELECT obzor_store.begin_load('wells');
         INSERT INTO obzor.wells (municipality_code, code) VALUES ({OTHERS}, 'x');
         SELECT obzor_store.enter_load('wells', 'obzor.wells')"
    );
    let refused = city.plain_as("city_owner").batch_execute(&sql);
    assert!(refused.is_err(), "the well is another municipality's");
}

#[test]
fn an_editors_own_features_are_loaded() {
    let city = City::new();
    let store = city.store();
    let ours = ChangeSet {
        author: "clerk".to_owned(),
        reason: "survey".to_owned(),
        at: contract::now(),
        municipalities: Municipalities::Listed(BTreeSet::from([OURS])),
        changes: Box::new((1..=3).map(|number| well(number, OURS))),
    };
    store.load(ours, &|| true).expect("ours");
    assert_eq!(read(&store, &all(&store, WELLS)).len(), 3);
    assert_eq!(kept(&city), [0, 1]);
}
