//! What others get in a plain file: what their audience sees, of one revision, and nothing of ours.

use rusqlite::Connection;

use super::Folder;
use crate::store::contract::{DIARY, Place, STONES, Store, at, commit, insert, now, recode, stone};
use crate::store::export_geopackage;
use crate::{Audience, Change, FeatureQuery, Revision, Value};

/// A stone that is not public.
fn hidden_stone(number: u64, code: &str) -> Change {
    let mut values = vec![Value::Null; 10];
    values[0] = Value::Integer(1);
    values[1] = code.into();
    values[2] = Value::Boolean(false);
    insert(STONES, number, Some(at(9.0, 9.0)), values)
}

fn queries(store: &dyn Store, audience: &Audience) -> Vec<FeatureQuery> {
    let views = [STONES, DIARY].map(|id| audience.view(store.layers().named(id).expect("known")));
    let query = |view| FeatureQuery {
        at: Some(Revision(1)),
        ..FeatureQuery::new(view)
    };
    views.into_iter().flatten().map(query).collect()
}

#[test]
fn a_plain_file_holds_what_its_audience_sees_and_the_same_bytes_every_time() {
    let folder = Folder::new();
    let store = &*folder.open();
    commit(
        store,
        vec![stone(1, "a"), hidden_stone(2, "b"), stone(3, "c")],
    );
    let paths = ["first.gpkg", "second.gpkg"].map(|name| folder.0.path().join(name));
    let queries = queries(store, &Audience::PUBLIC);
    let mut files = Vec::new();
    for path in &paths {
        let counts = export_geopackage(path, store, &queries, now()).expect("a file");
        assert_eq!(counts[0], 2);
        files.push(std::fs::read(path).expect("the file"));
        commit(store, vec![recode(3, "later", None)]);
        let draft = path.with_extension("gpkg.draft");
        assert!(!draft.exists(), "the draft is gone");
        commit(store, vec![recode(3, "c", None)]);
    }
    assert!(
        files[0] == files[1],
        "the same revision makes the same bytes"
    );
    assert!(!String::from_utf8_lossy(&files[0]).contains("obzor"));

    let plain = Connection::open(&paths[0]).expect("a file");
    let visible: Vec<_> = queries[0].view.fields().map(|f| f.name.clone()).collect();
    let mut statement = plain
        .prepare("SELECT name FROM pragma_table_info(?1)")
        .expect("sound");
    let columns: Vec<String> = statement
        .query_map([STONES], |row| row.get(0))
        .and_then(Iterator::collect)
        .expect("columns");
    assert_eq!(columns[..3], ["fid", "geom", "id"]);
    assert_eq!(columns[3..], visible);
    assert!(visible.len() < queries[0].view.layer().fields.len());
    let extent: (f64, f64, String) = plain
        .query_row(
            "SELECT min_x, max_y, last_change FROM gpkg_contents WHERE table_name = ?1",
            [STONES],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .expect("contents");
    assert_eq!((extent.0, extent.1), (-799_999.0, -989_997.0));
    assert_eq!(extent.2, "2026-09-21T14:13:20.123Z");
    let found: i64 = plain
        .query_row(
            &format!(
                "SELECT count(*) FROM rtree_{STONES}_geom WHERE minx > -800000 AND maxx < -799998"
            ),
            [],
            |row| row.get(0),
        )
        .expect("an R-tree");
    assert_eq!(found, 1);
}

#[test]
fn a_path_that_is_taken_is_refused() {
    let folder = Folder::new();
    let store = &*folder.open();
    let taken = folder.0.path().join("taken.gpkg");
    std::fs::write(&taken, "somebody's").expect("written");
    let queries = queries(store, &Audience::PUBLIC);
    assert!(export_geopackage(&taken, store, &queries, now()).is_err());
    assert_eq!(std::fs::read(&taken).expect("there"), b"somebody's");
}
