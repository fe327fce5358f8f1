//! History that is made shorter: every later state is as it was, every older one is refused, and nothing is guessed.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::audiences::audience;
use super::ledger::forgotten_bases_are_rejected;
use super::tenants::OURS;
use super::versions::garden_change;
use super::{
    Fresh, GARDENS, STONES, Store, all, apply, commit, delete, id, layer, layer_id, load, now,
    plan_to_undo, read, recode, stone,
};
use crate::store::{
    RevisionQuery, ShownChange, ShownVersion, read_layer_hash, shown_changes, shown_versions,
};
use crate::undo::{Undo, UndoError, plan_undo};
use crate::{
    Audience, Change, Feature, FeatureQuery, LayerView, Municipalities, Revision, StoreError,
    last_visible_revision,
};

/// Runs the suite on stores that their owner opens.
pub(crate) fn run(fresh: Fresh<'_>, cases: u32) {
    an_older_state_is_refused_and_a_later_one_is_whole(fresh);
    a_start_moves_on_only(fresh);
    forgotten_bases_are_rejected(fresh);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    let history = || vec((vec(garden_change(), 1..5), any::<bool>()), 1..7);
    TestRunner::new(config)
        .run(
            &(history(), 0_usize..100, history()),
            |(first, start, second)| {
                check(fresh, first, start, second);
                Ok(())
            },
        )
        .expect("every history");
}

fn at(store: &dyn Store, layer: &str, revision: i64) -> FeatureQuery {
    FeatureQuery {
        at: Some(Revision(revision)),
        ..all(store, layer)
    }
}

fn is_refused<T>(answer: Result<T, StoreError>, start: i64) {
    match answer {
        Err(StoreError::BeforeHistory { starts, at, .. }) => {
            assert_eq!((starts, at), (Revision(start), now()));
        }
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("answered"),
    }
}

fn an_older_state_is_refused_and_a_later_one_is_whole(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    load(store, vec![stone(1, "a"), stone(2, "b"), stone(3, "c")]).expect("loaded");
    commit(store, vec![recode(1, "d", None)]);
    commit(store, vec![recode(1, "e", None), delete(STONES, 2, None)]);
    commit(store, vec![recode(1, "f", None)]);
    let stones = &layer_id(STONES);
    assert_eq!(store.history_start(stones).expect("read"), None);
    let begun = store.read(&at(store, STONES, 2)).expect("a stream");
    let third = read(store, &at(store, STONES, 3));
    // Of the first stone two versions, of the second the one before its removal.
    assert_eq!(store.prunable(stones, Revision(3)).expect("counted"), 3);
    // Who reads already reads to the end.
    assert_eq!(begun.count(), 3);
    assert_eq!(store.prune(stones, Revision(3)).expect("pruned"), 3);
    assert_eq!(store.prune(stones, Revision(3)).expect("pruned"), 0);
    let start = store.history_start(stones).expect("read").expect("a start");
    assert_eq!((start.revision, start.at), (Revision(3), now()));
    let reopened = &*place.open();
    assert_eq!(read(reopened, &at(reopened, STONES, 3)), third);
    for revision in [0, 1, 2] {
        is_refused(reopened.read(&at(reopened, STONES, revision)), 3);
        is_refused(reopened.count(&at(reopened, STONES, revision)), 3);
    }
    // Another layer has all of its past.
    assert_eq!(read(store, &at(store, GARDENS, 1)), []);
    let undo = |revision| Undo {
        revision: Revision(revision),
        author: "eva".into(),
        reason: "test".into(),
        at: now(),
        municipalities: Municipalities::All,
        strict: true,
    };
    for revision in [1, 2, 3] {
        let plan = plan_undo(store, &undo(revision), &|_| true, &|| unreachable!());
        match plan {
            Err(UndoError::Store(error)) => is_refused::<()>(Err(error), 3),
            other => panic!("revision {revision}: {other:?}"),
        }
    }
    let undone = commit(store, plan_to_undo(store, Revision(4)));
    assert_eq!(
        read(store, &at(store, STONES, undone.revision.0))[0].values,
        third[0].values
    );
}

fn a_start_moves_on_only(fresh: Fresh<'_>) {
    let place = fresh();
    let store = &*place.open();
    commit(store, vec![stone(1, "a")]);
    commit(store, vec![recode(1, "b", None)]);
    let stones = &layer_id(STONES);
    let future = store.prune(stones, Revision(3));
    assert!(matches!(future, Err(StoreError::Unusable(_))), "{future:?}");
    assert_eq!(store.prune(stones, Revision(2)).expect("pruned"), 1);
    assert_eq!(store.prune(stones, Revision(1)).expect("pruned"), 0);
    is_refused(store.read(&at(store, STONES, 1)), 2);
    // A key of the past is not given to another.
    commit(store, vec![delete(STONES, 1, None)]);
    commit(store, vec![stone(2, "c")]);
    assert_eq!(store.prune(stones, Revision(4)).expect("pruned"), 1);
    let back = commit(store, vec![stone(1, "a")]).touched;
    let known = read(store, &at(store, STONES, 4));
    assert!(known.iter().all(|stone| stone.fid < back[0].fid));
}

/// Everything that somebody may ask of the history of the gardens.
#[derive(Debug, PartialEq)]
struct Told {
    /// By revision, from the first that is asked.
    states: Vec<(Vec<Feature>, u64, String)>,
    /// What changed from each to the newest.
    changes: Vec<Vec<ShownChange>>,
    versions: Vec<ShownVersion>,
    last: Revision,
}

fn tell(store: &dyn Store, view: &LayerView, from: i64, head: i64) -> Told {
    let state = |revision| {
        let query = FeatureQuery {
            at: Some(Revision(revision)),
            ..FeatureQuery::new(view.clone())
        };
        let hash = read_layer_hash(store, view, Revision(revision)).expect("a hash");
        let count = store.count(&query).expect("counted");
        (read(store, &query), count, hash.to_string())
    };
    let changed = |since| {
        let changes = shown_changes(store, view, Revision(since), Revision(head), None);
        changes
            .expect("changes")
            .collect::<Result<_, _>>()
            .expect("read")
    };
    let versions = (0..3)
        .flat_map(|number| shown_versions(store, view, id(number), None, 100).expect("versions"));
    Told {
        states: (from..=head).map(state).collect(),
        changes: (from.max(1)..=head).map(changed).collect(),
        versions: versions
            .filter(|one| one.revision.revision.0 > from)
            .collect(),
        last: last_visible_revision(store, std::slice::from_ref(view), Revision(head))
            .expect("read"),
    }
}

fn write(store: &dyn Store, history: Vec<(Vec<Change>, bool)>) {
    for (changes, is_load) in history {
        let write = if is_load { load } else { apply };
        let _rejected = write(store, changes);
    }
}

fn check(
    fresh: Fresh<'_>,
    first: Vec<(Vec<Change>, bool)>,
    start: usize,
    second: Vec<(Vec<Change>, bool)>,
) {
    let place = fresh();
    let store = &*place.open();
    write(store, first);
    let head = store.head().expect("a head").0;
    let start = start as i64 % (head + 1);
    let gardens = layer(store, GARDENS);
    let views = [
        Audience::PUBLIC,
        audience("editor", &[OURS]),
        Audience::OFFICE,
    ];
    let views = views.map(|audience| audience.view(&gardens).expect("public"));
    let before = views.each_ref().map(|view| tell(store, view, start, head));
    let touched = |since| {
        let log = store.changes(Revision(since)).expect("a log");
        let of = log.iter().filter_map(|one| one.feature());
        of.map(|one| (one.id, one.fid)).collect::<BTreeSet<_>>()
    };
    let known = (
        touched(0),
        touched(start),
        store.changes(Revision(start)).expect("a log"),
    );
    let prunable = store
        .prunable(&gardens.id, Revision(start))
        .expect("counted");
    let pruned = store.prune(&gardens.id, Revision(start)).expect("pruned");
    assert_eq!(pruned, prunable);
    for (view, before) in views.iter().zip(before) {
        let told = Told {
            last: before.last.max(Revision(start)),
            ..before
        };
        assert_eq!(tell(store, view, start, head), told);
    }
    let kept = (
        touched(0),
        touched(start),
        store.changes(Revision(start)).expect("a log"),
    );
    assert_eq!(kept, known);
    let of_gardens = RevisionQuery {
        layer: Some(gardens.id.clone()),
        ..RevisionQuery::default()
    };
    for summary in store.revisions(&of_gardens).expect("revisions") {
        assert!(summary.info.revision.0 > start);
    }
    for revision in 0..start {
        is_refused(store.read(&at(store, GARDENS, revision)), start);
    }
    // What is written on top of it has its whole history.
    write(store, second);
    for view in &views {
        super::versions::changes_lead_from_one_revision_to_another_since(
            store,
            view,
            start as usize,
        );
    }
}
