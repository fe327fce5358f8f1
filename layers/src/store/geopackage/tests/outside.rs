//! What other programs see in the file, and what becomes of their edits.

use super::*;
use crate::store::contract::id;
use crate::store::contract::outside::{appended, gdal};
use crate::{Bbox, ChangeKind, Feature, FeatureQuery};

impl Folder {
    /// Runs a program of GDAL on the file and returns what it says.
    fn gdal(&self, program: &str, before: &[&str], after: &[&str]) -> String {
        let mut command = Command::new(program);
        gdal(command.args(before).arg(self.path()).args(after))
    }

    fn sql(&self, sql: &str) {
        self.gdal("ogrinfo", &["-q"], &["-sql", sql]);
    }
}

fn stones(store: &dyn Store) -> Vec<Feature> {
    read(store, &all(store, STONES))
}

#[test]
fn gdal_lists_exactly_the_layers_and_reads_them_without_a_warning() {
    let folder = Folder::new();
    let store = &*folder.open();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let list = folder.gdal("ogrinfo", &["-q"], &[]);
    let names: Vec<_> = list.lines().collect();
    assert_eq!(
        names,
        [
            "1: stones (Point)",
            "2: meadows (Multi Polygon)",
            "3: wells (Point)",
            "4: gardens (Point)",
            "5: diary (None)",
            "6: cellars (None)"
        ]
    );
    let text = folder.gdal("ogrinfo", &["-so", "-al"], &[]);
    for part in [
        "Feature Count: 2",
        "Extent: (-799999.000000, -989999.000000) - (-799998.000000, -989998.000000)",
        "ID[\"EPSG\",5514]",
        "set_on: Date",
        "seen_at: DateTime",
        "open: Integer(Boolean)",
        "marks: String(JSON)",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("TOWGS84"), "{text}");
}

#[test]
fn gdal_lists_only_the_layers_when_none_is_a_table() {
    let folder = Folder::new();
    let whole = contract::layers();
    let stones = whole.named(STONES).expect("defined");
    let only = LayerSet::new(whole.groups().to_vec(), vec![Arc::clone(stones)]);
    drop(GeoPackageStore::create(&folder.path(), Arc::new(only)).expect("a store"));
    let list = folder.gdal("ogrinfo", &["-q"], &[]);
    assert_eq!(list.trim(), "1: stones (Point)");
}

#[test]
fn sqlite_finds_the_file_whole() {
    let folder = Folder::new();
    let store = &*folder.open();
    commit(store, vec![stone(1, "a")]);
    let plain = folder.plain();
    let ask = |sql: &str| -> String {
        plain
            .query_row(sql, [], |row| row.get(0))
            .expect("an answer")
    };
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    assert_eq!(ask("SELECT rtreecheck('rtree_stones_geom')"), "ok");
    assert_eq!(
        ask("SELECT printf('%x', application_id) FROM pragma_application_id"),
        "47504b47"
    );
    assert_eq!(
        ask("SELECT count(*) || '' FROM pragma_foreign_key_check"),
        "0"
    );
}

#[test]
fn edits_by_gdal_are_revisions_like_any_other() {
    let folder = Folder::new();
    let store = &*folder.open();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let first = stones(store);
    folder.sql("UPDATE stones SET code = 'z', rev = 77 WHERE fid = 1");
    folder.sql("DELETE FROM stones WHERE fid = 2");
    folder.sql("INSERT INTO stones (geom, zone, code, open) SELECT geom, 2, 'new', 1 FROM stones WHERE fid = 1");

    assert_eq!(store.head().expect("a head"), Revision(4));
    let info = store
        .revision(Revision(2))
        .expect("an answer")
        .expect("a revision");
    assert_eq!(info.author, triggers::OUTSIDE_AUTHOR);
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
    assert_eq!((log[1].before.is_some(), log[1].after), (true, None));
    let past = FeatureQuery {
        at: Some(Revision(1)),
        ..all(store, STONES)
    };
    assert_eq!(read(store, &past), first);
    let found = FeatureQuery {
        bbox: home,
        ..all(store, STONES)
    };
    assert_eq!(
        read(store, &found).len(),
        2,
        "the R-tree holds what GDAL added"
    );
    // The store goes on from there.
    assert_eq!(commit(store, vec![stone(9, "q")]).revision, Revision(5));
}

#[test]
fn features_appended_by_ogr2ogr_get_what_the_store_keeps() {
    let folder = Folder::new();
    let store = &*folder.open();
    let there = appended(store, |source| {
        let source = source.to_string_lossy();
        folder.gdal("ogr2ogr", &["-append", "-nln", "stones"], &[&source]);
    });
    assert_eq!(
        store.head().expect("a head"),
        Revision(3),
        "each row is a revision"
    );
    let at = FeatureQuery {
        at: Some(Revision(2)),
        ..all(store, STONES)
    };
    assert_eq!(read(store, &at), there[..2]);
}

#[test]
fn an_edit_with_plain_sqlite_is_seen_too() {
    let folder = Folder::new();
    let store = &*folder.open();
    let given = id(5);
    let shouted = given.to_string().to_uppercase();
    let plain = folder.plain();
    for statement in [
        format!("INSERT INTO diary (id, page, text) VALUES ('{shouted}', 1, 'rain')"),
        "INSERT INTO diary (id, rev, page, text) VALUES ('none', 40, 2, 'sun')".to_owned(),
        "UPDATE diary SET id = NULL, text = 'snow' WHERE page = 1".to_owned(),
    ] {
        plain.execute_batch(&statement).expect("done");
    }
    let entries = read(store, &all(store, DIARY));
    assert_eq!(
        (entries[0].id, entries[0].rev, entries[0].values[1].clone()),
        (given, 2, "snow".into())
    );
    assert_eq!(
        (entries[1].id.as_uuid().get_version_num(), entries[1].rev),
        (7, 1)
    );
    assert!(
        plain.execute_batch("UPDATE diary SET fid = 9").is_err(),
        "a fid never changes"
    );
    assert!(
        plain
            .execute_batch("INSERT INTO diary (page) VALUES (1)")
            .is_err(),
        "a key is kept"
    );
    assert_eq!(store.head().expect("a head"), Revision(3));
}

#[test]
fn what_breaks_the_schema_reads_as_nothing_and_breaks_nothing() {
    let folder = Folder::new();
    let store = &*folder.open();
    commit(
        store,
        vec![
            stone(1, "a"),
            stone(2, "b"),
            insert(DIARY, 1, None, vec![Value::Integer(1), "rain".into()]),
        ],
    );
    let other = folder.plain();
    connection::add_functions(&other).expect("functions");
    other
        .execute_batch(
            "UPDATE stones SET geom = x'4750', open = 7, height = 'tall', count = 1.5, set_on = '31. 5.',
               seen_at = 12, \"order\" = x'00', marks = '[{' WHERE fid = 1;
             UPDATE stones SET height = 9e999 WHERE fid = 2;
             UPDATE diary SET page = 'one', text = NULL;",
        )
        .expect("done");
    let there = stones(store);
    assert_eq!(there[0].geometry, None);
    let mut expected = vec![Value::Null; 10];
    expected[..2].clone_from_slice(&[Value::Integer(1), "a".into()]);
    assert_eq!(there[0].values, expected);
    assert!(there[1].values[3].is_null());
    assert_eq!(
        read(store, &all(store, DIARY))[0].values,
        [Value::Null, Value::Null]
    );
    // History holds the same, and the change log goes on.
    commit(store, vec![stone(3, "c")]);
    let past = FeatureQuery {
        at: Some(Revision(4)),
        ..all(store, STONES)
    };
    assert_eq!(read(store, &past), there);
    assert_eq!(store.changes(Revision(1)).expect("a log").len(), 4);
}

#[test]
fn a_row_without_identity_is_passed_over() {
    let folder = Folder::new();
    let store = &*folder.open();
    commit(
        store,
        vec![insert(
            DIARY,
            1,
            None,
            vec![Value::Integer(1), "rain".into()],
        )],
    );
    let plain = folder.plain();
    plain
        .execute_batch(
            "UPDATE obzor_state SET writer = 'fill';
             INSERT INTO diary (id, page, text) VALUES ('nobody', 2, 'sun');
             UPDATE obzor_state SET writer = 'outside';",
        )
        .expect("done");
    assert_eq!(read(store, &all(store, DIARY)).len(), 1);
}
