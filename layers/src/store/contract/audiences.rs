//! What people with roles see: rows and values of their own municipalities, and of others what is public.

use super::tenants::{OTHERS, OURS};
use super::{CELLARS, Fresh, GARDENS, Store, at, commit, delete, insert, layer, read};
use crate::policy::{Assignment, Policy};
use crate::{
    Audience, Feature, FeatureQuery, LayerView, Municipalities, PrivacyClass, Revision, StoreError,
    Value,
};

pub(super) fn run(fresh: Fresh<'_>) {
    an_audience_sees_its_rows_and_values(fresh);
    a_hidden_value_answers_no_question(fresh);
}

pub(super) fn audience(role: &str, codes: &[i64]) -> Audience {
    let codes = codes.iter().copied();
    audience_in(role, Municipalities::Listed(codes.collect()))
}

fn audience_in(role: &str, municipalities: Municipalities) -> Audience {
    Policy::in_force().audience(&[Assignment {
        role: role.to_owned(),
        municipalities,
    }])
}

/// Two gardens of each municipality, the second hidden; a cellar of each; then all is gone.
pub(super) fn fill(store: &dyn Store) {
    let garden = |number: u64, owner: i64, open: bool| {
        let values = vec![
            owner.into(),
            format!("g{number}").as_str().into(),
            open.into(),
            Value::Integer(number as i64),
            "Jana Nová".into(),
        ];
        insert(GARDENS, number, Some(at(1.0, 1.0)), values)
    };
    let cellar = |number: u64, owner: i64| {
        let values = vec![owner.into(), "c".into(), Value::Integer(3)];
        insert(CELLARS, number, None, values)
    };
    commit(
        store,
        vec![
            garden(1, OURS, true),
            garden(2, OURS, false),
            garden(3, OTHERS, true),
            garden(4, OTHERS, false),
            cellar(5, OURS),
            cellar(6, OTHERS),
        ],
    );
    let gone = |layer, number| delete(layer, number, None);
    let gardens = (1..=4).map(|number| gone(GARDENS, number));
    let cellars = (5..=6).map(|number| gone(CELLARS, number));
    commit(store, gardens.chain(cellars).collect());
    commit(
        store,
        vec![
            garden(11, OURS, true),
            garden(12, OURS, false),
            garden(13, OTHERS, true),
            garden(14, OTHERS, false),
            cellar(15, OURS),
            cellar(16, OTHERS),
        ],
    );
}

fn view(store: &dyn Store, audience: &Audience, id: &str) -> Option<LayerView> {
    audience.view(&layer(store, id))
}

/// Returns of each row of a layer whose it is and which hidden fields show, now and at the first revision, which must
/// look alike.
fn rows(store: &dyn Store, audience: &Audience, id: &str) -> Vec<String> {
    let Some(view) = view(store, audience, id) else {
        return vec!["no such layer".to_owned()];
    };
    let rows = |at: Option<Revision>| {
        let query = FeatureQuery {
            at,
            ..FeatureQuery::new(view.clone())
        };
        let found = read(store, &query);
        assert_eq!(store.count(&query).expect("a count"), found.len() as u64);
        let row = |feature: &Feature| {
            let mut row = match view.municipality_of(feature) {
                Some(OURS) => "ours".to_owned(),
                _ => "theirs".to_owned(),
            };
            for (value, field) in feature.values.iter().zip(view.fields()) {
                if field.privacy > PrivacyClass::Public && *value != Value::Null {
                    row += " ";
                    row += &field.name;
                }
            }
            row
        };
        found.iter().map(row).collect::<Vec<_>>()
    };
    let newest = rows(None);
    assert_eq!(newest, rows(Some(Revision(1))), "{audience:?}");
    newest
}

fn an_audience_sees_its_rows_and_values(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    fill(store);
    let check = |audience: &Audience, id: &str, expected: &[&str]| {
        assert_eq!(rows(store, audience, id), expected, "{audience:?}");
    };
    let public = ["ours", "theirs"];
    let nothing = ["no such layer"];
    check(&Audience::PUBLIC, GARDENS, &public);
    check(&Audience::PUBLIC, CELLARS, &nothing);
    // Who is granted another class sees of this one what the public does.
    check(
        &audience_in("planner", Municipalities::All),
        GARDENS,
        &public,
    );
    check(&audience("field-worker", &[OURS]), GARDENS, &public);
    check(&audience("editor", &[]), GARDENS, &public);
    check(&audience("editor", &[]), CELLARS, &nothing);
    check(
        &audience_in("planner", Municipalities::All),
        CELLARS,
        &["ours depth", "theirs depth"],
    );
    let own = ["ours rent tenant", "ours rent tenant", "theirs"];
    check(&audience("editor", &[OURS]), GARDENS, &own);
    check(&audience("editor", &[OURS]), CELLARS, &["ours depth"]);
    let all = ["ours rent tenant", "theirs rent tenant"].map(|row| [row; 2]);
    check(
        &audience_in("administrator", Municipalities::All),
        GARDENS,
        &all.concat(),
    );
    let narrow = view(store, &audience("editor", &[OURS]), GARDENS).expect("public");
    let narrow = narrow.with_fields(&["code".to_owned(), "tenant".to_owned()]);
    let names: Vec<_> = narrow.fields().map(|field| field.name.as_str()).collect();
    assert_eq!(
        names,
        ["code"],
        "a value that not every feature shows needs its owner"
    );
}

fn a_hidden_value_answers_no_question(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    fill(store);
    let view = view(store, &audience("editor", &[OURS]), GARDENS).expect("public");
    let found = |at, name: &str, value: Value| {
        let query = FeatureQuery {
            at,
            equal: vec![(name.to_owned(), value)],
            ..FeatureQuery::new(view.clone())
        };
        let found = read(store, &query).len();
        assert_eq!(store.count(&query).expect("a count"), found as u64);
        found
    };
    for (at, first) in [(None, 11), (Some(Revision(1)), 1)] {
        assert_eq!(found(at, "tenant", "Jana Nová".into()), 2);
        assert_eq!(found(at, "tenant", Value::Null), 1);
        assert_eq!(found(at, "rent", Value::Integer(first)), 1);
        assert_eq!(found(at, "rent", Value::Integer(first + 2)), 0);
        assert_eq!(
            found(at, "code", format!("g{}", first + 3).as_str().into()),
            0
        );
    }
    let public = Audience::PUBLIC
        .view(&layer(store, GARDENS))
        .expect("public");
    let query = FeatureQuery {
        equal: vec![("tenant".to_owned(), Value::Null)],
        ..FeatureQuery::new(public)
    };
    assert!(matches!(
        store.count(&query),
        Err(StoreError::UnknownField { .. })
    ));
}
