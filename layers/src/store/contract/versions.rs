//! The versions of one feature, what changed between two revisions, and the hash of a layer, as audiences see them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::audiences::audience;
use super::tenants::{OTHERS, OURS};
use super::{
    DIARY, Fresh, GARDENS, STONES, Store, apply, at, change_set, commit, delete, id, insert, layer,
    layer_id, load, now, office_view, recode, stone,
};
use crate::store::{
    FeatureHash, LayerHash, RevisionQuery, ShownVersion, VersionQuery, read_layer_hash,
    shown_changes, shown_versions,
};
use crate::{
    Audience, Change, ChangeKind, ChangeSet, Feature, FeatureId, FeatureQuery, LayerView, Revision,
    Value,
};

pub(super) fn run(fresh: Fresh<'_>, cases: u32) {
    every_version_is_kept(fresh);
    a_revision_is_found_by_its_time(fresh);
    revisions_say_what_they_touched(fresh);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    TestRunner::new(config)
        .run(
            &vec((vec(garden_change(), 1..5), any::<bool>()), 1..7),
            |history| {
                check_gardens(fresh, history);
                Ok(())
            },
        )
        .expect("every history");
}

fn every_version_is_kept(fresh: Fresh<'_>) {
    use ChangeKind::{Delete, Insert, Update};
    let place = fresh();
    let store = &*place.open();
    load(store, vec![stone(1, "a"), stone(2, "b")]).expect("loaded");
    commit(store, vec![recode(1, "c", None), recode(1, "d", None)]);
    commit(store, vec![delete(STONES, 1, None)]);
    commit(store, vec![stone(1, "e")]);
    let view = office_view(store, STONES);
    let query = VersionQuery::new(view.clone(), id(1));
    let found = store.versions(&query).expect("versions");
    let said = found.iter().map(|version| {
        let code = version
            .feature
            .as_ref()
            .map(|stone| stone.values[1].clone());
        (version.revision.revision.0, version.kind, version.rev, code)
    });
    let code = |code: &str| Some(Value::from(code));
    let expected = [
        (4, Insert, 1, code("e")),
        (3, Delete, 4, None),
        (2, Update, 3, code("d")),
        (2, Update, 2, code("c")),
        (1, Insert, 1, code("a")),
    ];
    assert!(said.eq(expected), "{found:?}");
    assert_eq!(found[0].revision.author, "clerk");
    let page = VersionQuery {
        before: Some(Revision(4)),
        limit: Some(2),
        ..query
    };
    assert_eq!(store.versions(&page).expect("versions"), found[1..3]);
    let other = VersionQuery::new(view, id(9));
    assert_eq!(store.versions(&other).expect("versions"), []);
    agree(store, &office_view(store, STONES), id(2));
}

/// Does something again and again, says how long it takes, and asks that it takes so many milliseconds at most.
pub(crate) type Timed<'a> = &'a dyn Fn(&str, u128, &dyn Fn() -> u64) -> u64;

/// Measures what history costs in a layer of 300,000 features, of which one has 1,000 versions.
pub(crate) fn measure(fresh: Fresh<'_>, timed: Timed<'_>) {
    let place = fresh();
    let store = &*place.open();
    let stones = (0..300_000_u64).map(|number| {
        let mut placed = stone(number, &number.to_string());
        if let Change::Insert { geometry, .. } = &mut placed {
            // In rows, as a line of so many would leave the country.
            *geometry = Some(at((number % 1000) as f64, (number / 1000) as f64));
        }
        placed
    });
    // By change sets, as a load by a test moves row by row.
    let stones: Vec<_> = stones.collect();
    for some in stones.chunks(10_000) {
        commit(store, some.to_vec());
    }
    for number in 1..1000 {
        commit(store, vec![recode(7, &format!("c{number}"), None)]);
    }
    let view = Audience::PUBLIC
        .view(&layer(store, STONES))
        .expect("public");
    let head = store.head().expect("a head");
    let versions = timed("1,000 versions of one of 300,000 features", 50, &|| {
        let query = VersionQuery::new(view.clone(), id(7));
        store.versions(&query).expect("versions").len() as u64
    });
    assert_eq!(versions, 1000);
    let shown = timed("the same, with what each changed", 50, &|| {
        let shown = shown_versions(store, &view, id(7), None, 1000);
        shown.expect("versions").len() as u64
    });
    assert_eq!(shown, 1000);
    let changed = timed("what one revision changed of 300,000 features", 50, &|| {
        let before = Revision(head.0 - 1);
        let changes = shown_changes(store, &view, before, head, None);
        changes.expect("changes").count() as u64
    });
    assert_eq!(changed, 1);
    let all = timed("the hash of 300,000 features, read anew", 60_000, &|| {
        read_layer_hash(store, &view, head).expect("a hash").count
    });
    assert_eq!(all, 300_000);
}

fn a_revision_is_found_by_its_time(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    let later = |minutes| now() + TimeDelta::minutes(minutes);
    // The clock of the third writer is wrong.
    for (number, minutes) in [(1, 0), (2, 20), (3, 10), (4, 30)] {
        let code = number.to_string();
        let set = ChangeSet {
            at: later(minutes),
            ..change_set(vec![stone(number, &code)])
        };
        store.apply(set).expect("accepted");
    }
    let check = |at: DateTime<Utc>, expected: i64| {
        let found = store.revision_at(at).expect("a revision");
        assert_eq!(found, Revision(expected), "{at}");
    };
    check(later(-1), 0);
    check(later(0), 1);
    check(later(9), 1);
    check(later(10), 3);
    check(later(20), 3);
    check(later(30) - TimeDelta::milliseconds(1), 3);
    check(later(30), 4);
    check(later(99_999), 4);
}

fn revisions_say_what_they_touched(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    load(store, vec![stone(1, "a"), stone(2, "b")]).expect("loaded");
    commit(store, vec![recode(1, "c", None)]);
    let page = vec![Value::Integer(1), "rain".into()];
    let mut set = change_set(vec![
        insert(DIARY, 3, None, page),
        recode(1, "d", None),
        recode(2, "e", None),
    ]);
    set.author = "other".to_owned();
    set.at += TimeDelta::hours(1);
    store.apply(set).expect("accepted");
    let found = |query: &RevisionQuery| {
        let found = store.revisions(query).expect("revisions");
        let said = found.into_iter().map(|one| {
            let of = |id: &str| one.versions.get(&layer_id(id)).copied().unwrap_or(0);
            (one.info.revision.0, of(STONES), of(DIARY))
        });
        said.collect::<Vec<_>>()
    };
    let all = [(3, 2, 1), (2, 1, 0), (1, 2, 0)];
    let any = RevisionQuery::default;
    assert_eq!(found(&any()), all);
    let check = |query: RevisionQuery, expected: &[(i64, u64, u64)]| {
        assert_eq!(found(&query), expected, "{query:?}");
    };
    let layer = Some(layer_id(DIARY));
    check(RevisionQuery { layer, ..any() }, &all[..1]);
    let layer = Some(layer_id(STONES));
    check(RevisionQuery { layer, ..any() }, &all);
    let author = Some("clerk".to_owned());
    check(RevisionQuery { author, ..any() }, &all[1..]);
    let (from, until) = (Some(now() + TimeDelta::minutes(1)), Some(now()));
    check(RevisionQuery { from, ..any() }, &all[..1]);
    check(RevisionQuery { until, ..any() }, &all[1..]);
    let (before, limit) = (Some(Revision(3)), Some(1));
    check(
        RevisionQuery {
            before,
            limit,
            ..any()
        },
        &all[1..2],
    );
}

/// One change of a garden; few gardens, so that changes meet, and hidden rows and values.
pub(super) fn garden_change() -> impl Strategy<Value = Change> {
    let owner = prop_oneof![Just(OURS), Just(OTHERS)];
    let tenant = prop_oneof![Just(Value::Null), "[a-b]".prop_map(Value::from)];
    (0_u64..3, owner, any::<bool>(), tenant, 0_u8..8).prop_map(
        |(number, owner, open, tenant, kind)| match kind {
            0..=2 => {
                let values = vec![owner.into(), "c".into(), open.into(), Value::Null, tenant];
                insert(GARDENS, number, Some(at(number as f64, 1.0)), values)
            }
            3 => set(number, "municipality_code", owner.into(), None),
            4 => set(number, "open", open.into(), None),
            5 => set(number, "tenant", tenant, None),
            6 => set(number, "open", true.into(), Some(at(2.0, f64::from(kind)))),
            _ => delete(GARDENS, number, None),
        },
    )
}

fn set(
    number: u64,
    name: &str,
    value: Value,
    geometry: Option<geo_types::Geometry<f64>>,
) -> Change {
    Change::Update {
        layer: layer_id(GARDENS),
        id: id(number),
        expected_rev: None,
        geometry,
        set: vec![(name.to_owned(), value)],
    }
}

fn check_gardens(fresh: Fresh<'_>, history: Vec<(Vec<Change>, bool)>) {
    let place = fresh();
    let store = &*place.open();
    for (changes, is_load) in history {
        let write = if is_load { load } else { apply };
        let _rejected = write(store, changes);
    }
    let gardens = layer(store, GARDENS);
    for audience in [
        Audience::PUBLIC,
        audience("editor", &[OURS]),
        Audience::OFFICE,
    ] {
        let view = audience.view(&gardens).expect("public");
        for number in 0..3 {
            agree(store, &view, id(number));
        }
        changes_lead_from_one_revision_to_another(store, &view);
    }
}

/// Returns what a view shows of a layer at every revision from one on, without the counts of versions.
fn states(store: &dyn Store, view: &LayerView, from: usize) -> Vec<BTreeMap<FeatureId, Feature>> {
    let head = store.head().expect("a head");
    let state = |revision| {
        let query = FeatureQuery {
            at: Some(Revision(revision)),
            ..FeatureQuery::new(view.clone())
        };
        let found = super::read(store, &query).into_iter();
        found
            .map(|feature| (feature.id, uncounted(feature)))
            .collect()
    };
    (from as i64..=head.0).map(state).collect()
}

fn uncounted(feature: Feature) -> Feature {
    Feature { rev: 0, ..feature }
}

/// The versions of a feature say of every revision what reading at that revision says.
pub(super) fn agree(store: &dyn Store, view: &LayerView, id: FeatureId) {
    let states = states(store, view, 0);
    let versions = store.versions(&VersionQuery::new(view.clone(), id));
    let versions = versions.expect("versions");
    for (revision, state) in states.iter().enumerate() {
        let mut until = versions.iter();
        let last = until.find(|version| version.revision.revision.0 <= revision as i64);
        let last = last
            .and_then(|version| version.feature.clone())
            .map(uncounted);
        assert_eq!(last.as_ref(), state.get(&id), "revision {revision}");
    }
    let steps = states.windows(2).enumerate().filter_map(|(revision, two)| {
        let [before, after] = [&two[0], &two[1]].map(|state| state.get(&id).cloned());
        (before != after).then_some((revision as i64 + 1, before, after))
    });
    let steps: Vec<_> = steps.collect::<Vec<_>>().into_iter().rev().collect();
    for limit in [1, 2, 100] {
        let mut shown = Vec::new();
        let mut before = None;
        loop {
            let page = shown_versions(store, view, id, before, limit).expect("versions");
            assert!(page.len() as u64 <= limit);
            let Some(last) = page.last() else { break };
            before = Some(last.revision.revision);
            shown.extend(page.into_iter().map(step));
        }
        assert_eq!(shown, steps, "{limit} at once");
    }
}

fn step(shown: ShownVersion) -> (i64, Option<Feature>, Option<Feature>) {
    let ShownVersion {
        revision,
        before,
        after,
    } = shown;
    (
        revision.revision.0,
        before.map(uncounted),
        after.map(uncounted),
    )
}

/// What is shown at a revision and what changed since give what is shown at another, and the hashes tell.
pub(super) fn changes_lead_from_one_revision_to_another(store: &dyn Store, view: &LayerView) {
    changes_lead_from_one_revision_to_another_since(store, view, 0);
}

/// The same of the revisions from one on.
pub(super) fn changes_lead_from_one_revision_to_another_since(
    store: &dyn Store,
    view: &LayerView,
    first: usize,
) {
    let states = states(store, view, first);
    let last = states.len() - 1;
    let pairs = (0..=last).map(|since| (since, last));
    let pairs: BTreeSet<_> = pairs
        .chain((1..=last).map(|until| (until - 1, until)))
        .collect();
    let revision = |place: usize| Revision((first + place) as i64);
    let hash = |at: usize| read_layer_hash(store, view, revision(at)).expect("a hash");
    for (since, until) in pairs {
        let [from, to] = [since, until].map(revision);
        let (mut state, mut hashed) = (states[since].clone(), hash(since));
        let mut last = None;
        for change in shown_changes(store, view, from, to, None).expect("changes") {
            let change = change.expect("a change");
            let fid = change.feature().fid;
            assert!(last.is_none_or(|last| last < fid));
            last = Some(fid);
            follow(&mut state, &mut hashed, view, change.before, change.after);
        }
        assert_eq!(state, states[until], "from {since} to {until}");
        assert_eq!(hashed, hash(until), "from {since} to {until}");
        assert_eq!(hashed.count, state.len() as u64);
    }
}

fn follow(
    state: &mut BTreeMap<FeatureId, Feature>,
    hash: &mut LayerHash,
    view: &LayerView,
    before: Option<Feature>,
    after: Option<Feature>,
) {
    if let Some(before) = before {
        hash.remove(FeatureHash::of(view, &before));
        let gone = state.remove(&before.id);
        assert_eq!(gone, Some(uncounted(before)), "was shown before");
    }
    if let Some(after) = after {
        hash.add(FeatureHash::of(view, &after));
        let other = state.insert(after.id, uncounted(after));
        assert_eq!(other, None, "was not shown before");
    }
}
