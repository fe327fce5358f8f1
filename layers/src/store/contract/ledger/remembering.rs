//! What a store tells of features when operations on them are judged.

use super::super::{at, evolution, layer, load};
use super::*;
use crate::{Feature, RevisionInfo};

pub(super) fn run(fresh: Fresh<'_>) {
    features_are_told_as_they_stood(fresh);
    values_are_told_under_new_names(fresh);
}

/// Returns the codes of stones at revisions; none where there was no stone.
fn codes(store: &dyn Store, wanted: &[(u64, i64)]) -> Vec<Option<String>> {
    let stones = layer(store, STONES);
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(number, revision)| (id(*number), Revision(*revision)))
        .collect();
    let held = store.held(&stones, &wanted).expect("contents").into_iter();
    let code = |content: Content| content.values[1].as_text().expect("a text").to_owned();
    held.map(|content| content.map(code)).collect()
}

fn last_change(store: &dyn Store, number: u64) -> Option<i64> {
    let stones = LayerId::new(STONES).expect("a name");
    let info: Option<RevisionInfo> = store.last_change(&stones, id(number)).expect("an answer");
    info.map(|info| info.revision.0)
}

fn features_are_told_as_they_stood(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    load(store, (1..=3).map(|n| stone(n, &format!("k{n}"))).collect()).expect("loaded");
    commit(store, vec![recode(1, "z", None), stone(4, "k4")]);
    commit(store, vec![super::super::delete(STONES, 1, None)]);
    // Who comes back is another row with the same identity.
    commit(store, vec![stone(1, "back"), recode(4, "y", None)]);

    let stones = layer(store, STONES);
    let ids: Vec<FeatureId> = [4, 9, 2, 1].map(id).to_vec();
    let newest = |store: &dyn Store| {
        let mut newest: Vec<Feature> = store.newest(&stones, &ids).expect("features");
        newest.sort_by_key(|feature| feature.fid);
        newest
    };
    let there = read(store, &all(store, STONES)).into_iter();
    let expected: Vec<_> = there.filter(|feature| feature.id != id(3)).collect();
    assert_eq!(newest(store), expected);
    assert_eq!(newest(&*place.open()), expected);

    let some = |code: &str| Some(code.to_owned());
    let (back, gone) = (some("back"), None);
    let first = codes(store, &[(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]);
    assert_eq!(first, [None, some("k1"), some("z"), gone, back]);
    let others = codes(
        store,
        &[(2, 4), (4, 1), (4, 3), (4, 4), (9, 4), (2, 0), (2, 1)],
    );
    let expected = [
        some("k2"),
        None,
        some("k4"),
        some("y"),
        None,
        None,
        some("k2"),
    ];
    assert_eq!(others, expected);
    let held = store
        .held(&stones, &[(id(2), Revision(3))])
        .expect("contents");
    assert_eq!(
        held[0].as_ref().expect("there").geometry,
        Some(at(2.0, 2.0))
    );
    assert_eq!(
        [1, 2, 4, 9].map(|n| last_change(store, n)),
        [Some(4), Some(1), Some(4), None]
    );
}

fn values_are_told_under_new_names(fresh: Fresh<'_>) {
    let place = fresh();
    let old = place.open();
    commit(&*old, vec![stone(1, "a")]);
    commit(&*old, vec![recode(1, "b", None)]);
    place.evolve(&evolution::evolved()).expect("evolved");
    let new = place.open_with(evolution::evolved()).expect("a store");
    for store in [&*new, &*old] {
        let expected = [Some("a".to_owned()), Some("b".to_owned())];
        assert_eq!(codes(store, &[(1, 1), (1, 2)]), expected);
        let stones = layer(store, STONES);
        let newest = store.newest(&stones, &[id(1)]).expect("features");
        assert_eq!(newest[0].values[1], Value::from("b"));
    }
}
