//! Filters: each store finds what a filter accepts of each feature in memory, so that all stores find the same.

mod random;
mod sorting;

use super::audiences::{audience, fill};
use super::tenants::OURS;
use super::{
    Fresh, GARDENS, MEADOWS, STONES, Store, all, at, commit, delete, id, insert, layer,
    office_view, read, recode, square,
};
use crate::cql2::{Filter, read_text};
use crate::crs::{Crs, transform};
use crate::{
    Audience, Bbox, Change, Feature, FeatureQuery, LayerView, Revision, StoreError, Value,
};

/// Runs the suite of filters, with so many random ones.
pub(crate) fn run(fresh: Fresh<'_>, cases: u32) {
    random_filters_find_what_they_accept(fresh, cases);
    a_filter_in_degrees_finds_what_lies_there(fresh);
    a_hidden_value_answers_no_filter(fresh);
    a_long_filter_is_answered(fresh);
    sorting::run(fresh);
}

fn bound(text: &str, view: &LayerView, crs: Crs) -> Filter {
    let expression = read_text(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    Filter::bind(&expression, view, crs).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

/// Fills two layers, then changes and removes some of it, so that the first revision differs from the newest.
fn filled(store: &dyn Store, stones: Vec<Vec<Value>>, meadows: Vec<Vec<Value>>) {
    let spot = |number: usize| ((number % 7) as f64, (number / 7 % 5) as f64);
    let stones = stones.into_iter().enumerate().map(|(number, values)| {
        let (x, y) = spot(number);
        insert(STONES, number as u64, Some(at(x, y)), values)
    });
    let meadows = meadows.into_iter().enumerate().map(|(number, values)| {
        let (x, y) = spot(number);
        let side = 1.0 + (number % 3) as f64;
        insert(
            MEADOWS,
            1000 + number as u64,
            Some(square(x, y, side)),
            values,
        )
    });
    commit(store, stones.chain(meadows).collect::<Vec<Change>>());
    commit(
        store,
        vec![
            recode(1, "changed", None),
            recode(2, "changed as well", None),
            delete(STONES, 3, None),
            delete(MEADOWS, 1001, None),
        ],
    );
}

fn random_filters_find_what_they_accept(fresh: Fresh<'_>, cases: u32) {
    let place = fresh();
    let store = &*place.open();
    let (stones, meadows) = random::features();
    filled(store, stones, meadows);
    let mut wholes = Vec::new();
    for layer in [STONES, MEADOWS] {
        for at in [None, Some(Revision(1))] {
            let query = FeatureQuery {
                at,
                ..all(store, layer)
            };
            wholes.push((layer, query.clone(), read(store, &query)));
        }
    }
    let mut told = 0;
    random::run(cases, |layer, text| {
        let filter = bound(text, &office_view(store, layer), Crs::SJtsk);
        for (_, query, whole) in wholes.iter().filter(|(name, ..)| *name == layer) {
            let query = FeatureQuery {
                filter: Some(filter.clone()),
                ..query.clone()
            };
            let found = check(store, &query, whole, text);
            told += usize::from(found > 0 && found < whole.len());
        }
    });
    assert!(
        told > cases as usize / 2,
        "{told} filters tell features apart"
    );
}

/// Checks what a store finds, whole, counted and by pages; returns how many are found.
fn check(store: &dyn Store, query: &FeatureQuery, whole: &[Feature], text: &str) -> usize {
    let filter = query.filter.as_ref().expect("a filter");
    let accepted = whole
        .iter()
        .filter(|feature| filter.accepts(&query.view, feature));
    let expected: Vec<_> = accepted.cloned().collect();
    let found = read(store, query);
    let ids = |features: &[Feature]| {
        features
            .iter()
            .map(|feature| feature.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&found), ids(&expected), "{text} at {:?}", query.at);
    assert_eq!(found, expected, "{text}");
    assert_eq!(
        store.count(query).expect("a count"),
        expected.len() as u64,
        "{text}"
    );
    let page = FeatureQuery {
        offset: 1,
        limit: Some(2),
        bbox: Some(Bbox::new(
            [-800_000.0, -990_000.0],
            [-799_997.0, -989_990.0],
        )),
        ..query.clone()
    };
    let area = page.bbox.expect("a box");
    let inside = expected.into_iter().filter(|feature| {
        let bbox = feature.geometry.as_ref().and_then(Bbox::of);
        bbox.is_some_and(|bbox| bbox.intersects(&area))
    });
    let inside: Vec<_> = inside.skip(1).take(2).collect();
    assert_eq!(read(store, &page), inside, "{text}, a page");
    assert_eq!(
        store.count(&page).expect("a count"),
        inside.len() as u64,
        "{text}, a page"
    );
    found.len()
}

fn a_filter_in_degrees_finds_what_lies_there(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let stones = (0..200_u32).map(|number| {
        let x = f64::from(number);
        let mut values = vec![Value::Null; 10];
        values[0] = Value::Integer(1);
        values[1] = format!("c{number}").as_str().into();
        values[2] = Value::Boolean(true);
        insert(
            STONES,
            u64::from(number),
            Some(at(x * 100.0, x * -70.0)),
            values,
        )
    });
    commit(store, stones.collect());
    let whole = read(store, &all(store, STONES));
    let (west, south, east, north) = (13.8, 50.3, 13.95, 50.4);
    let text = format!("S_INTERSECTS(geometry, BBOX({west},{south},{east},{north}))");
    let query = FeatureQuery {
        filter: Some(bound(&text, &office_view(store, STONES), Crs::Wgs84)),
        ..all(store, STONES)
    };
    let inside = whole.iter().filter(|feature| {
        let Some(geo_types::Geometry::Point(point)) = &feature.geometry else {
            return false;
        };
        let [lon, lat] = transform(Crs::SJtsk, Crs::Wgs84, [point.x(), point.y()]);
        (west..=east).contains(&lon) && (south..=north).contains(&lat)
    });
    let inside = inside.count();
    assert!(inside > 5 && inside < 195, "{inside} stones lie there");
    assert_eq!(read(store, &query).len(), inside);
    assert_eq!(store.count(&query).expect("a count"), inside as u64);
}

fn a_hidden_value_answers_no_filter(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    fill(store);
    let view = audience("editor", &[OURS])
        .view(&layer(store, GARDENS))
        .expect("public");
    for at in [None, Some(Revision(1))] {
        for (text, expected) in [
            ("tenant = 'Jana Nová'", 2),
            ("tenant <> 'Jan Novák'", 2),
            ("tenant LIKE '%'", 2),
            ("tenant IS NULL", 1),
            ("(tenant = 'Jana Nová') IS NULL", 1),
            ("rent + 0 > 0", 2),
            ("rent + 0 > 0 OR code = 'none'", 2),
            (
                "S_INTERSECTS(geometry, BBOX(-900000, -1100000, -700000, -900000)) AND rent > 0",
                2,
            ),
            ("NOT (rent > 0) OR rent > 0", 2),
        ] {
            let query = FeatureQuery {
                at,
                filter: Some(bound(text, &view, Crs::SJtsk)),
                ..FeatureQuery::new(view.clone())
            };
            assert_eq!(read(store, &query).len(), expected, "{text}");
            assert_eq!(
                store.count(&query).expect("a count"),
                expected as u64,
                "{text}"
            );
        }
    }
    let public = Audience::PUBLIC
        .view(&layer(store, GARDENS))
        .expect("public");
    let hidden = FeatureQuery {
        filter: Some(bound("rent > 0", &view, Crs::SJtsk)),
        ..FeatureQuery::new(public)
    };
    assert!(matches!(
        store.read(&hidden).err(),
        Some(StoreError::UnknownField { .. })
    ));
    assert!(matches!(
        store.count(&hidden),
        Err(StoreError::UnknownField { .. })
    ));
}

fn a_long_filter_is_answered(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![super::stone(1, "a"), super::stone(2, "b")]);
    let many = |word: &str, part: &str| vec![part; 600].join(word);
    for text in [
        many(" OR ", "code = 'a'"),
        many(" AND ", "code = 'a'"),
        format!("code IN ({})", many(",", "'a'")),
    ] {
        let query = FeatureQuery {
            filter: Some(bound(&text, &office_view(store, STONES), Crs::SJtsk)),
            ..all(store, STONES)
        };
        let found: Vec<_> = read(store, &query)
            .iter()
            .map(|feature| feature.id)
            .collect();
        assert_eq!(found, [id(1)]);
    }
}
