//! Random histories: whatever change sets come, the store does what the model does, and every past revision reads back.

use chrono::{DateTime, NaiveDate};
use geo_types::Geometry;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::model::Model;
use super::versions::changes_lead_from_one_revision_to_another;
use super::{
    DIARY, Fresh, MEADOWS, STONES, Store, all, apply, at, id, layer, layer_id, layers, load, read,
    square,
};
use crate::{
    Audience, Bbox, Change, FeatureQuery, LoggedChange, Revision, Scope, StoreError, Value,
};

pub(super) fn run(fresh: Fresh<'_>, cases: u32) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    // Some change sets come as loads, which nobody may notice.
    let histories = vec((vec(change(), 1..8), any::<bool>()), 1..6);
    TestRunner::new(config)
        .run(&(histories, area()), |(history, area)| {
            check(fresh, &history, area);
            Ok(())
        })
        .expect("every history");
}

/// Applies a history to a store and to the model, and compares every revision.
fn check(fresh: Fresh<'_>, history: &[(Vec<Change>, bool)], area: Bbox) {
    let place = fresh();
    let store = &*place.open();
    let mut model = Model::new(layers());
    let mut past = vec![model.clone()];
    let mut log = Vec::new();
    for (changes, is_load) in history {
        let write = if *is_load { load } else { apply };
        match (write(store, changes.clone()), model.apply(changes)) {
            (Ok(applied), Ok(expected)) => {
                assert_eq!(applied.revision, Revision(past.len() as i64));
                assert_eq!(applied.touched.len(), expected.len());
                for (touched, mut expected) in applied.touched.iter().zip(expected) {
                    if expected.fid == 0 {
                        expected.fid = touched.fid;
                    }
                    assert_eq!(touched, &expected);
                }
                model.take_fids(&applied.touched);
                log.extend(applied.touched.into_iter().map(|touched| LoggedChange {
                    revision: applied.revision,
                    scope: Scope::Feature(touched),
                }));
                past.push(model.clone());
            }
            (Err(StoreError::Rejected(rejections)), Err(expected)) => {
                let found = rejections.listed.into_iter();
                let found: Vec<_> = found.map(|r| (r.index, r.findings)).collect();
                assert_eq!(found, expected);
            }
            (store, model) => panic!("the store says {store:?}, the model {model:?}"),
        }
    }
    let reopened = &*place.open();
    assert_eq!(
        reopened.head().expect("a head"),
        Revision(past.len() as i64 - 1)
    );
    assert_eq!(reopened.changes(Revision(0)).expect("a log"), log);
    for (revision, model) in past.iter().enumerate() {
        compare(reopened, model, Some(Revision(revision as i64)), area);
    }
    compare(reopened, &model, None, area);
    for audience in [Audience::PUBLIC, Audience::OFFICE] {
        let view = audience.view(&layer(reopened, STONES)).expect("public");
        changes_lead_from_one_revision_to_another(reopened, &view);
    }
}

/// Compares every layer at one revision, whole, in a box, and by count.
fn compare(store: &dyn Store, model: &Model, revision: Option<Revision>, area: Bbox) {
    for name in [STONES, MEADOWS, DIARY] {
        let expected = model.of_layer(&layer(store, name).id);
        let query = FeatureQuery {
            at: revision,
            ..all(store, name)
        };
        assert_eq!(read(store, &query), expected, "{name} at {revision:?}");
        let inside = expected.into_iter().filter(|feature| {
            let bbox = feature.geometry.as_ref().and_then(Bbox::of);
            bbox.is_some_and(|bbox| bbox.intersects(&area))
        });
        let inside: Vec<_> = inside.collect();
        let query = FeatureQuery {
            bbox: Some(area),
            ..query
        };
        assert_eq!(
            read(store, &query),
            inside,
            "{name} in a box at {revision:?}"
        );
        assert_eq!(store.count(&query).expect("a count"), inside.len() as u64);
    }
}

/// One change; few identities and keys, so that changes meet.
pub(super) fn change() -> impl Strategy<Value = Change> {
    let rev = prop_oneof![3 => Just(None), 2 => (1_i64..4).prop_map(Some)];
    let target = (
        prop_oneof![Just(STONES), Just(MEADOWS), Just(DIARY)],
        0_u64..6,
    );
    let body = (stone_values(), vec(text(), 2), page(), spot(), 0_u8..10);
    (target, rev, body).prop_map(
        |((name, number), expected_rev, (stone, texts, page, spot, kind))| {
            let [first, second] = [0, 1].map(|place| Value::from(texts[place].clone()));
            let (geometry, values, names) = match name {
                STONES => (Some(at(spot.0, spot.1)), stone, STONE_FIELDS),
                MEADOWS => (
                    Some(square(spot.0, spot.1, 1.0 + spot.0.abs())),
                    vec![first, second],
                    &["name", "owner"][..],
                ),
                _ => (None, vec![page, first], &["page", "text"][..]),
            };
            let (layer, id) = (layer_id(name), id(number));
            match kind {
                0..=4 => Change::Insert {
                    layer,
                    id,
                    geometry,
                    values,
                },
                5..=7 => Change::Update {
                    layer,
                    id,
                    expected_rev,
                    geometry: moved(geometry, kind),
                    set: some(names, values, spot.0),
                },
                _ => Change::Delete {
                    layer,
                    id,
                    expected_rev,
                },
            }
        },
    )
}

fn moved(geometry: Option<Geometry<f64>>, kind: u8) -> Option<Geometry<f64>> {
    geometry.filter(|_| kind == 5)
}

/// Picks some of the fields for an update.
fn some(names: &[&str], values: Vec<Value>, seed: f64) -> Vec<(String, Value)> {
    let chosen = |place: &usize| (seed.to_bits() >> place) & 1 == 1;
    let pairs = names.iter().zip(values).enumerate();
    pairs
        .filter(|(place, _)| chosen(place))
        .map(|(_, (name, value))| ((*name).to_owned(), value))
        .collect()
}

const STONE_FIELDS: &[&str] = &[
    "zone", "code", "open", "height", "count", "set_on", "seen_at", "order", "finder", "marks",
];

/// Values of a stone, now and then outside the schema (zone 10).
fn stone_values() -> impl Strategy<Value = Vec<Value>> {
    let real = || {
        prop_oneof![
            any::<f64>().prop_filter("finite", |n| n.is_finite()),
            -9.0..9.0
        ]
    };
    let day = (0_i32..40_000).prop_map(|days| NaiveDate::from_epoch_days(days).expect("a day"));
    let instant = (-1e12 as i64..4e12 as i64)
        .prop_map(|ms| DateTime::from_timestamp_millis(ms).expect("a time"));
    let mark = (text(), optional(real().prop_map(Value::Real)))
        .prop_map(|(sign, depth)| vec![Value::from(sign), depth]);
    (
        prop_oneof![20 => 0_i64..2, 1 => Just(10)].prop_map(Value::Integer),
        optional("[a-c]".prop_map(Value::from)),
        any::<bool>().prop_map(Value::Boolean),
        optional(real().prop_map(Value::Real)),
        optional(any::<i64>().prop_map(Value::Integer)),
        optional(day.prop_map(Value::Date)),
        optional(instant.prop_map(Value::Timestamp)),
        optional(text().prop_map(Value::from)),
        optional(text().prop_map(Value::from)),
        optional(vec(mark, 0..3).prop_map(Value::List)),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i, j)| vec![a, b, c, d, e, f, g, h, i, j])
}

fn optional(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 3 => value]
}

/// Any text, also such as SQL and JSON would stumble over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,8}", "[a-ž'\"\\\\{}\\[\\]\n\t%;]{0,8}"]
}

fn page() -> impl Strategy<Value = Value> {
    optional((0_i64..3).prop_map(Value::Integer))
}

/// A spot near the origin of the suite, in metres with all digits.
fn spot() -> impl Strategy<Value = (f64, f64)> {
    (-10.0..10.0, -10.0..10.0)
}

fn area() -> impl Strategy<Value = Bbox> {
    (spot(), 0.0..10.0_f64).prop_map(|((x, y), side)| {
        let min = [x - 800_000.0, y - 990_000.0];
        Bbox::new(min, [min[0] + side, min[1] + side])
    })
}
