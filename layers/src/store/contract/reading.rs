//! What a store answers to a query.

use super::{
    DIARY, Fresh, MEADOWS, STONES, Store, all, at, commit, delete, id, insert, layer, layer_id,
    office_view, read, recode, square, stone,
};
use crate::{
    Audience, Bbox, Change, Feature, FeatureQuery, PrivacyClass, Revision, StoreError, Value,
    last_visible_revision,
};

pub(super) fn run(fresh: Fresh<'_>) {
    every_filter_finds_what_it_says_and_nothing_else(fresh);
    a_box_is_exact_to_its_edge(fresh);
    pages_and_counts_agree_with_the_whole(fresh);
    rows_that_are_not_public_are_as_if_absent(fresh);
    values_come_in_the_order_of_the_view(fresh);
    a_field_that_the_audience_does_not_see_cannot_be_asked_for(fresh);
    a_layer_that_the_store_lacks_is_refused(fresh);
    the_past_reads_as_it_was(fresh);
    what_an_audience_does_not_see_moves_no_number(fresh);
}

/// A thousand stones, one metre apart on a diagonal, in ten zones; each third is not public.
fn many(store: &dyn Store) {
    let stones = (0..1000).map(|number| {
        let mut change = stone(number, &format!("c{number}"));
        if let Change::Insert { values, .. } = &mut change {
            values[0] = Value::Integer((number % 10) as i64);
            values[2] = Value::Boolean(number % 3 != 0);
            values[7] = if number % 2 == 0 {
                Value::Null
            } else {
                "odd".into()
            };
        }
        change
    });
    commit(store, stones.collect());
}

fn check(store: &dyn Store, query: &FeatureQuery, expected: impl Fn(&Feature) -> bool) {
    let whole = read(store, &FeatureQuery::new(query.view.clone()));
    let expected: Vec<_> = whole.into_iter().filter(expected).collect();
    assert!(
        !expected.is_empty(),
        "a filter that finds nothing shows nothing"
    );
    assert_eq!(read(store, query), expected);
    assert_eq!(store.count(query).expect("a count"), expected.len() as u64);
}

fn every_filter_finds_what_it_says_and_nothing_else(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    many(store);
    let ask = |set: &dyn Fn(&mut FeatureQuery)| {
        let mut query = all(store, STONES);
        set(&mut query);
        query
    };
    let equal = |name: &str, value: Value| vec![(name.to_owned(), value)];
    let by_id = ask(&|query| query.id = Some(id(77)));
    let fid = read(store, &by_id)[0].fid;
    let area = Bbox::new([-799_900.0, -989_950.0], [-799_500.0, -989_600.0]);
    let inside = |feature: &Feature| {
        let bbox = feature.geometry.as_ref().and_then(Bbox::of);
        bbox.is_some_and(|bbox| bbox.intersects(&area))
    };
    let zone = equal("zone", Value::Integer(4));
    let in_zone = |feature: &Feature| feature.values[0] == Value::Integer(4);
    let empty = equal("order", Value::Null);
    let open = equal("open", Value::Boolean(true));

    check(store, &ask(&|_| {}), |_| true);
    check(store, &by_id, |f| f.id == id(77));
    // The last of them is nobody's.
    let fids: Vec<i64> = (0..=1000).map(|number| fid + number).rev().collect();
    let listed = ask(&|q| q.fids = Some(fids.clone()));
    check(store, &listed, |f| f.fid >= fid);
    check(store, &ask(&|q| q.after_fid = Some(fid)), |f| f.fid > fid);
    check(store, &ask(&|q| q.bbox = Some(area)), inside);
    check(store, &ask(&|q| q.equal = zone.clone()), in_zone);
    check(store, &ask(&|q| q.equal = empty.clone()), |f| {
        f.values[7].is_null()
    });
    check(store, &ask(&|q| q.equal = open.clone()), |f| {
        f.values[2] == Value::Boolean(true)
    });
    let three = ask(&|q| {
        q.bbox = Some(area);
        q.equal = zone.clone();
        q.after_fid = Some(fid);
    });
    check(store, &three, |f| inside(f) && in_zone(f) && f.fid > fid);
    let nobody = ask(&|q| q.id = Some(id(5000)));
    assert_eq!(read(store, &nobody), []);
    assert_eq!(store.count(&nobody).expect("a count"), 0);
}

fn a_box_is_exact_to_its_edge(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    // An index in 32-bit floats, as R-trees are, knows this edge only to some centimetres.
    let meadow = square(0.03, 0.03, 1.0);
    let edge = Bbox::of(&meadow).expect("a box").max[0];
    let values = vec![Value::Null, Value::Null];
    commit(store, vec![insert(MEADOWS, 1, Some(meadow), values)]);
    for (gap, found) in [(0.0, 1), (0.001, 0)] {
        let query = FeatureQuery {
            bbox: Some(Bbox::new(
                [edge + gap, -990_000.0],
                [edge + 9.0, -989_990.0],
            )),
            ..all(store, MEADOWS)
        };
        assert_eq!(read(store, &query).len(), found, "{gap} m beside");
        assert_eq!(store.count(&query).expect("a count"), found as u64);
    }
    commit(
        store,
        vec![insert(
            DIARY,
            1,
            None,
            vec![Value::Integer(1), "rain".into()],
        )],
    );
    let world = Bbox::new([-1e7, -1e7], [1e7, 1e7]);
    let query = FeatureQuery {
        bbox: Some(world),
        ..all(store, DIARY)
    };
    assert_eq!(read(store, &query), [], "what is nowhere is in no box");
}

fn pages_and_counts_agree_with_the_whole(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    many(store);
    let world = Bbox::new([-1e7, -1e7], [1e7, 1e7]);
    for bbox in [None, Some(world)] {
        let whole = read(store, &all(store, STONES));
        for (offset, limit) in [
            (0, Some(10)),
            (995, Some(10)),
            (300, Some(600)),
            (990, None),
            (2000, None),
            (0, Some(0)),
        ] {
            let query = FeatureQuery {
                bbox,
                offset,
                limit,
                ..all(store, STONES)
            };
            let page: Vec<_> = whole
                .iter()
                .skip(offset as usize)
                .take(limit.map_or(usize::MAX, |n| n as usize))
                .cloned()
                .collect();
            assert_eq!(store.count(&query).expect("a count"), page.len() as u64);
            assert_eq!(read(store, &query), page, "{offset} {limit:?} {bbox:?}");
        }
    }
    let after = read(store, &all(store, STONES))[499].fid;
    let query = FeatureQuery {
        after_fid: Some(after),
        offset: 2,
        limit: Some(1),
        ..all(store, STONES)
    };
    assert_eq!(read(store, &query)[0].id, id(502));
}

fn rows_that_are_not_public_are_as_if_absent(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    many(store);
    commit(store, vec![delete(STONES, 1, None)]);
    let view = Audience::PUBLIC
        .view(&layer(store, STONES))
        .expect("public");
    for at in [None, Some(Revision(1))] {
        let query = FeatureQuery {
            at,
            ..FeatureQuery::new(view.clone())
        };
        let expected = if at.is_some() { 666 } else { 665 };
        assert_eq!(store.count(&query).expect("a count"), expected);
        assert_eq!(read(store, &query).len() as u64, expected);
        let hidden = FeatureQuery {
            id: Some(id(3)),
            ..query.clone()
        };
        assert_eq!(read(store, &hidden), []);
        // The mark decides also when the view leaves its field out.
        let narrow = FeatureQuery {
            view: view.clone().with_fields(&["code".to_owned()]),
            ..query
        };
        assert_eq!(read(store, &narrow).len() as u64, expected);
    }
}

fn values_come_in_the_order_of_the_view(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let owned = vec!["Long".into(), "Jana Nová".into()];
    commit(
        store,
        vec![insert(
            MEADOWS,
            1,
            Some(square(0.0, 0.0, 1.0)),
            owned.clone(),
        )],
    );
    commit(store, vec![delete(MEADOWS, 1, None)]);
    let at = Some(Revision(1));
    let view_of = |class| {
        Audience::with_clearance(class)
            .view(&layer(store, MEADOWS))
            .expect("public")
    };
    let seen = |view| {
        read(
            store,
            &FeatureQuery {
                at,
                ..FeatureQuery::new(view)
            },
        )[0]
        .values
        .clone()
    };
    assert_eq!(seen(view_of(PrivacyClass::Internal)), owned);
    assert_eq!(seen(view_of(PrivacyClass::Public)), owned[..1]);
    let only = office_view(store, MEADOWS).with_fields(&["owner".to_owned()]);
    assert_eq!(seen(only), owned[1..]);
}

fn a_field_that_the_audience_does_not_see_cannot_be_asked_for(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let view = Audience::PUBLIC
        .view(&layer(store, STONES))
        .expect("public");
    for name in ["finder", "nothing"] {
        let equal = vec![(name.to_owned(), Value::Null)];
        let query = FeatureQuery {
            equal,
            ..FeatureQuery::new(view.clone())
        };
        let errors = [store.read(&query).err(), store.count(&query).err()];
        for error in errors {
            assert!(
                matches!(error, Some(StoreError::UnknownField { .. })),
                "{error:?}"
            );
        }
    }
}

fn a_layer_that_the_store_lacks_is_refused(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let mut elsewhere = (*layer(store, STONES)).clone();
    elsewhere.id = layer_id("elsewhere");
    let view = Audience::OFFICE
        .view(&elsewhere.into())
        .expect("everything");
    let query = FeatureQuery::new(view);
    for error in [store.read(&query).err(), store.count(&query).err()] {
        assert!(
            matches!(error, Some(StoreError::UnknownLayer(_))),
            "{error:?}"
        );
    }
}

fn the_past_reads_as_it_was(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a"), stone(2, "b")]);
    let first = read(store, &all(store, STONES));
    commit(
        store,
        vec![recode(1, "z", None), stone(3, "c"), delete(STONES, 2, None)],
    );
    let second = read(store, &all(store, STONES));
    commit(
        store,
        vec![delete(STONES, 1, None), delete(STONES, 3, None)],
    );
    let then = |revision| FeatureQuery {
        at: Some(Revision(revision)),
        ..all(store, STONES)
    };
    for (revision, expected) in [
        (0, &vec![]),
        (1, &first),
        (2, &second),
        (3, &vec![]),
        (99, &vec![]),
    ] {
        assert_eq!(
            &read(store, &then(revision)),
            expected,
            "revision {revision}"
        );
    }
    let area = Bbox::of(&at(2.0, 2.0));
    assert_eq!(
        read(
            store,
            &FeatureQuery {
                bbox: area,
                ..then(1)
            }
        ),
        first[1..]
    );
    let equal = vec![("code".to_owned(), "z".into())];
    assert_eq!(read(store, &FeatureQuery { equal, ..then(2) }), second[..1]);
    assert_eq!(
        read(
            store,
            &FeatureQuery {
                id: Some(id(2)),
                ..then(1)
            }
        ),
        first[1..]
    );
}

fn what_an_audience_does_not_see_moves_no_number(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let views = [Audience::PUBLIC
        .view(&layer(store, STONES))
        .expect("public")];
    let check = |until: i64, expected: i64| {
        let last = last_visible_revision(store, &views, Revision(until));
        assert_eq!(
            last.expect("a revision"),
            Revision(expected),
            "until {until}"
        );
    };
    check(0, 0);
    commit(store, vec![stone(1, "a")]);
    let finder = Change::Update {
        layer: layer_id(STONES),
        id: id(1),
        expected_rev: None,
        geometry: None,
        set: vec![("finder".to_owned(), "Jana".into())],
    };
    commit(store, vec![finder]);
    let mut hidden = stone(2, "b");
    if let Change::Insert { values, .. } = &mut hidden {
        values[2] = Value::Boolean(false);
    }
    commit(store, vec![hidden]);
    let elsewhere = vec![Value::Integer(1), "rain".into()];
    commit(store, vec![insert(DIARY, 1, None, elsewhere)]);
    for until in 1..=4 {
        check(until, 1);
    }
    commit(store, vec![recode(2, "c", None), recode(1, "d", None)]);
    commit(store, vec![delete(STONES, 2, None)]);
    check(6, 5);
    check(4, 1);
}
