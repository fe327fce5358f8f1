//! Sorted queries: each store sorts as values are compared in memory, and pages follow each other without gap.

use std::cmp::Ordering;

use super::super::audiences::{audience, fill};
use super::super::tenants::OURS;
use super::{
    Feature, FeatureQuery, Fresh, GARDENS, MEADOWS, Revision, STONES, Store, Value, all, bound,
    filled, layer, office_view, random, read,
};
use crate::crs::Crs;
use crate::{SortKey, StoreError};

/// How a layer is sorted: names of fields, those in falling order with a minus.
const ORDERS: [(&str, &[&str]); 12] = [
    (STONES, &["zone"]),
    (STONES, &["-zone", "code"]),
    (STONES, &["height"]),
    (STONES, &["-height", "-code"]),
    (STONES, &["open", "-count"]),
    (STONES, &["set_on", "seen_at"]),
    (STONES, &["-seen_at", "order"]),
    (STONES, &["order"]),
    (STONES, &["-order", "finder", "-zone"]),
    (MEADOWS, &["name"]),
    (MEADOWS, &["-owner", "name"]),
    (MEADOWS, &[]),
];

/// Runs the suite of orders.
pub(super) fn run(fresh: Fresh<'_>) {
    sorted_pages_follow_each_other(fresh);
    a_hidden_value_sorts_as_unknown(fresh);
    what_cannot_be_sorted_by_is_refused(fresh);
}

fn keys(names: &[&str]) -> Vec<SortKey> {
    let key = |name: &&str| SortKey {
        field: name.trim_start_matches('-').to_owned(),
        is_descending: name.starts_with('-'),
        after: Value::Null,
    };
    names.iter().map(key).collect()
}

/// Compares as a query does: what is unknown comes last.
fn compare(one: &Value, other: &Value, is_descending: bool) -> Ordering {
    let order = match (one, other) {
        (Value::Null, _) | (_, Value::Null) => return one.is_null().cmp(&other.is_null()),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Real(one), Value::Real(other)) => one.partial_cmp(other).expect("numbers"),
        (Value::Boolean(one), Value::Boolean(other)) => one.cmp(other),
        (Value::Date(one), Value::Date(other)) => one.cmp(other),
        (Value::Timestamp(one), Value::Timestamp(other)) => one.cmp(other),
        (one, other) => panic!("{one:?} and {other:?} are not of one type"),
    };
    if is_descending {
        order.reverse()
    } else {
        order
    }
}

/// Checks a sorted query, whole and by pages.
fn check(store: &dyn Store, query: &FeatureQuery) {
    let place = |key: &SortKey| query.view.field(&key.field).expect("a field").0;
    let mut expected = read(
        store,
        &FeatureQuery {
            sort: Vec::new(),
            ..query.clone()
        },
    );
    expected.sort_by(|one, other| {
        let keys = query.sort.iter().map(|key| {
            let at = place(key);
            compare(&one.values[at], &other.values[at], key.is_descending)
        });
        keys.fold(Ordering::Equal, Ordering::then)
            .then(one.fid.cmp(&other.fid))
    });
    assert_eq!(read(store, query), expected, "{:?}", query.sort);
    let mut page = FeatureQuery {
        limit: Some(4),
        ..query.clone()
    };
    let mut found: Vec<Feature> = Vec::new();
    loop {
        let some = read(store, &page);
        let Some(last) = some.last() else {
            break;
        };
        page.after_fid = Some(last.fid);
        for key in &mut page.sort {
            key.after = last.values[query.view.field(&key.field).expect("a field").0].clone();
        }
        found.extend(some);
        assert!(found.len() <= expected.len(), "{:?}", query.sort);
    }
    assert_eq!(found, expected, "{:?}, by pages", query.sort);
    let part = FeatureQuery {
        offset: 3,
        limit: Some(5),
        ..query.clone()
    };
    let some: Vec<_> = expected.into_iter().skip(3).take(5).collect();
    assert_eq!(read(store, &part), some, "{:?}, by offset", query.sort);
}

fn sorted_pages_follow_each_other(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let (stones, meadows) = random::features();
    filled(store, stones, meadows);
    for (layer, names) in ORDERS {
        for at in [None, Some(Revision(1))] {
            let query = FeatureQuery {
                at,
                sort: keys(names),
                ..all(store, layer)
            };
            check(store, &query);
            let area = "S_INTERSECTS(geometry, BBOX(-800000, -990000, -799996, -989995))";
            let view = office_view(store, layer);
            check(
                store,
                &FeatureQuery {
                    filter: Some(bound(area, &view, Crs::SJtsk)),
                    ..query
                },
            );
        }
    }
}

fn a_hidden_value_sorts_as_unknown(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    fill(store);
    let view = audience("editor", &[OURS])
        .view(&layer(store, GARDENS))
        .expect("public");
    for names in [&["tenant"][..], &["-rent", "-tenant"]] {
        for at in [None, Some(Revision(1))] {
            let query = FeatureQuery {
                at,
                sort: keys(names),
                ..FeatureQuery::new(view.clone())
            };
            check(store, &query);
            let (tenant, _) = view.field("tenant").expect("a field");
            let values = read(store, &query).into_iter();
            let known: Vec<_> = values.map(|it| !it.values[tenant].is_null()).collect();
            assert!(known[0] && known.is_sorted_by(|a, b| a >= b), "{known:?}");
        }
    }
}

fn what_cannot_be_sorted_by_is_refused(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    for name in ["nothing", "marks"] {
        let query = FeatureQuery {
            sort: keys(&[name]),
            ..all(store, STONES)
        };
        let error = store.read(&query).err();
        assert!(
            matches!(error, Some(StoreError::UnknownField { .. })),
            "{name}: {error:?}"
        );
    }
}
