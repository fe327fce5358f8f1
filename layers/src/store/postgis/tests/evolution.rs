//! A change of the tables takes its turn among people who edit for as long as they like, and says who may make it.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

/// The suite's layers with another name for the height of stones.
pub(super) fn changed() -> Arc<LayerSet> {
    let whole = contract::layers();
    let layers = whole.iter().map(|layer| {
        let mut layer = (**layer).clone();
        for field in layer
            .fields
            .iter_mut()
            .filter(|field| field.name == "height")
        {
            field
                .was
                .push(std::mem::replace(&mut field.name, "tallness".to_owned()));
        }
        Arc::new(layer)
    });
    Arc::new(LayerSet::new(whole.groups().to_vec(), layers.collect()))
}

#[test]
fn a_rename_waits_for_an_open_transaction_and_holds_up_nobody() {
    let database = Database::fresh();
    let url = database.url();
    let store = PostgisStore::create(&url, contract::layers()).expect("a store");
    commit(&store, vec![stone(1, "a"), stone(2, "b")]);
    let mut clerk = database.connect();
    clerk
        .batch_execute("BEGIN; UPDATE obzor.stones SET height = 1.5 WHERE code = 'a'")
        .expect("an edit that is not committed yet");
    let layers = changed();
    thread::scope(|scope| {
        let rename = scope.spawn(|| PostgisStore::evolve(&url, &layers));
        let start = Instant::now();
        let mut number = 10;
        while start.elapsed() < Duration::from_secs(2) {
            let asked = Instant::now();
            assert!(read(&store, &all(&store, STONES)).len() >= 2);
            commit(&store, vec![stone(number, &number.to_string())]);
            number += 1;
            assert!(
                asked.elapsed() < Duration::from_secs(3),
                "{:?}",
                asked.elapsed()
            );
        }
        assert!(!rename.is_finished(), "the clerk's edit is still open");
        clerk.batch_execute("COMMIT").expect("the edit");
        rename.join().expect("no panic").expect("renamed");
    });
    let first = &read(&store, &all(&store, STONES))[0];
    assert_eq!(first.values[3], Value::Real(1.5));
    let mut newer = all(&store, STONES);
    newer.equal = vec![("height".to_owned(), Value::Real(1.5))];
    assert_eq!(store.count(&newer).expect("a count"), 1);
    drop(PostgisStore::open(&url, layers).expect("a store of the new definitions"));
}

#[test]
fn a_field_that_another_program_sets_after_its_rename_is_in_history_under_the_new_name() {
    let database = Database::fresh();
    let old = PostgisStore::create(&database.url(), contract::layers()).expect("a store");
    commit(&old, vec![stone(1, "a")]);
    PostgisStore::evolve(&database.url(), &changed()).expect("renamed");
    let sql = "UPDATE obzor.stones SET tallness = 2.5; UPDATE obzor.stones SET tallness = 3.5";
    database.connect().batch_execute(sql).expect("an edit");
    let new = PostgisStore::open(&database.url(), changed()).expect("a store");
    let written =
        "SELECT jsonb_object_agg(rev, \"values\" -> 'tallness')::text FROM obzor_store.history";
    let written: String = database
        .connect()
        .query_one(written, &[])
        .expect("a row")
        .get(0);
    assert_eq!(written, r#"{"1": null, "2": 2.5, "3": 3.5}"#);
    for store in [&old, &new] {
        let mut query = all(store, STONES);
        query.at = Some(Revision(1));
        assert_eq!(read(store, &query)[0].values[3], Value::Null);
    }
    assert_eq!(
        read(&old, &all(&old, STONES))[0].values[3],
        Value::Real(3.5)
    );
}
