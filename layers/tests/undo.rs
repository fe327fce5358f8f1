//! Undoing a revision on a real store: what nobody touched since comes back to the last bit, the rest is merged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use geo_types::{Geometry, point};
use layers::merge::{Asked, LedgerStore, OperationId, Part, ReceiptQuery};
use layers::store::GeoPackageStore;
use layers::undo::{UNDO_DEVICE, Undo, UndoError, UndoPlan, Undone, plan_undo, undo_revision};
use layers::{
    Audience, Change, ChangeSet, Feature, FeatureId, FeatureQuery, FeatureStore, LayerId, LayerSet,
    Municipalities, Revision, StoreError, Value, read_definitions,
};
use tempfile::TempDir;

const LAYER: &str = r#"
id = "posts"
alias = "sloupky"
title = { cs = "Sloupky", en = "Posts" }
description = { cs = "Sloupky.", en = "Posts." }
group = "GROUP"
class = "passport"
geometry = "Point"
audience = "internal"
municipal = false
key = ["code"]
label = "{code}"
zooms = { min = 13, max = 16 }
steward = "x"
update_frequency = "P1M"
fields = [
  { name = "code", alias = "kod", title = { cs = "Kód", en = "Code" }, type = "text", mandatory = true },
  { name = "height", alias = "vyska", title = { cs = "Výška", en = "Height" }, type = "real" },
]
"#;

struct City {
    _folder: TempDir,
    store: GeoPackageStore,
}

impl City {
    fn new() -> Self {
        let group = LayerSet::shipped().expect("sound").groups()[0].id.clone();
        let text = LAYER.replace("GROUP", &group);
        let layers = read_definitions(&[("posts.toml".into(), text)]).expect("sound");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.gpkg");
        let store = GeoPackageStore::create(&path, Arc::new(layers)).expect("a store");
        Self {
            _folder: folder,
            store,
        }
    }

    fn apply(&self, changes: Vec<Change>) -> Result<Revision, StoreError> {
        let applied = self.store.apply(ChangeSet {
            author: "jana".into(),
            reason: "test".into(),
            at: DateTime::<Utc>::UNIX_EPOCH,
            municipalities: Municipalities::All,
            changes: Box::new(changes.into_iter()),
        });
        applied.map(|applied| applied.revision)
    }

    fn plan(&self, revision: Revision, strict: bool) -> Result<UndoPlan, UndoError> {
        plan_undo(&self.store, &wish(revision, strict), &|_| true, &new_id)
    }

    fn undo(&self, revision: Revision) -> Undone {
        let undone = undo_revision(&self.store, &wish(revision, false), &|_| true, &new_id);
        undone.expect("it can be undone")
    }

    fn features(&self) -> Vec<Feature> {
        let layer = self.store.layers().named("posts").expect("defined here");
        let view = Audience::OFFICE.view(layer).expect("the office sees all");
        let features = self.store.read(&FeatureQuery::new(view)).expect("a stream");
        features.collect::<Result<_, _>>().expect("features")
    }

    /// What the features are, without what only says how often they were written.
    fn contents(&self) -> Vec<(FeatureId, Option<Geometry<f64>>, Vec<Value>)> {
        let content = |feature: Feature| (feature.id, feature.geometry, feature.values);
        let mut contents: Vec<_> = self.features().into_iter().map(content).collect();
        contents.sort_by_key(|(id, ..)| *id);
        contents
    }
}

fn wish(revision: Revision, strict: bool) -> Undo {
    Undo {
        revision,
        author: "eva".into(),
        reason: "test".into(),
        at: DateTime::<Utc>::UNIX_EPOCH,
        municipalities: Municipalities::All,
        strict,
    }
}

/// Returns an identity that nobody had before.
fn new_id() -> OperationId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    FeatureId::new_v7(NEXT.fetch_add(1, Ordering::Relaxed), &[9; 10])
        .as_uuid()
        .into()
}

fn layer() -> LayerId {
    LayerId::new("posts").expect("an id")
}

fn id(number: u64) -> FeatureId {
    FeatureId::new_v7(number, &[7; 10])
}

fn insert(number: u64, code: &str) -> Change {
    Change::Insert {
        layer: layer(),
        id: id(number),
        geometry: Some(point!(x: -790_000.123_456_789, y: -1_000_000.1 / 3.0 * 3.0).into()),
        values: vec![code.into(), Value::Real(0.1 + 0.2)],
    }
}

fn raise(number: u64, height: f64) -> Change {
    Change::Update {
        layer: layer(),
        id: id(number),
        expected_rev: None,
        geometry: Some(point!(x: -790_001.0, y: -1_000_001.0).into()),
        set: vec![("height".into(), Value::Real(height))],
    }
}

fn remove(number: u64) -> Change {
    Change::Delete {
        layer: layer(),
        id: id(number),
        expected_rev: None,
    }
}

#[test]
fn everything_that_a_revision_did_is_put_back() {
    let city = City::new();
    city.apply(vec![insert(1, "a"), insert(2, "b"), insert(3, "c")])
        .expect("accepted");
    let before = city.contents();
    // The new feature takes the key of the removed one, so the order of the way back matters.
    let revision = city
        .apply(vec![
            raise(1, 5.0),
            raise(1, 6.0),
            remove(2),
            insert(4, "b"),
            insert(5, "e"),
            remove(5),
        ])
        .expect("accepted");
    let after = city.contents();
    let undone = city.undo(revision);
    assert_eq!(city.contents(), before);
    assert_eq!((undone.exact, undone.merged.len()), (3, 0));
    city.undo(undone.revision);
    assert_eq!(city.contents(), after);
}

#[test]
fn a_feature_that_was_changed_since_stands_in_the_way_of_who_is_strict() {
    let city = City::new();
    city.apply(vec![insert(1, "a"), insert(2, "b"), insert(3, "c")])
        .expect("accepted");
    let revision = city
        .apply(vec![raise(1, 5.0), remove(2), raise(3, 5.0)])
        .expect("accepted");
    city.apply(vec![raise(1, 7.0)]).expect("accepted");
    let last = city.apply(vec![raise(3, 7.0)]).expect("accepted");
    let Err(UndoError::InTheWay(obstacles)) = city.plan(revision, true) else {
        panic!("not refused");
    };
    let named: Vec<_> = obstacles.iter().map(|o| (o.id, o.changed_by)).collect();
    assert_eq!(named, [(id(1), Some(Revision(3))), (id(3), Some(last))]);
}

#[test]
fn a_change_between_plan_and_commit_is_not_lost() {
    let city = City::new();
    city.apply(vec![insert(1, "a")]).expect("accepted");
    let revision = city.apply(vec![raise(1, 5.0)]).expect("accepted");
    let plan = city.plan(revision, false).expect("it can be undone");
    city.apply(vec![raise(1, 7.0)]).expect("accepted");
    assert!(matches!(
        city.apply(plan.exact),
        Err(StoreError::Rejected(_))
    ));
    assert_eq!(city.features()[0].values[1], Value::Real(7.0));
}

#[test]
fn a_revision_that_is_not_there_cannot_be_undone() {
    let city = City::new();
    for number in [0, 1, -5] {
        let plan = city.plan(Revision(number), false);
        assert!(
            matches!(plan, Err(UndoError::NoSuchRevision(_))),
            "{number}"
        );
    }
}

/// What became of the operations of an undo, in words.
fn words(undone: &Undone) -> Vec<&'static str> {
    let merged = undone.merged.iter();
    merged.map(|(_, outcome)| outcome.word()).collect()
}

#[test]
fn what_others_did_beside_it_stays() {
    let city = City::new();
    city.apply(vec![insert(1, "a"), insert(2, "b"), insert(3, "c")])
        .expect("accepted");
    let before = city.contents();
    let revision = city
        .apply(vec![raise(1, 5.0), raise(2, 5.0), raise(3, 5.0)])
        .expect("accepted");
    let rename = Change::Update {
        layer: layer(),
        id: id(1),
        expected_rev: None,
        geometry: None,
        set: vec![("code".into(), "z".into())],
    };
    city.apply(vec![rename, remove(3)]).expect("accepted");
    let undone = city.undo(revision);
    // One as it was, one beside what somebody did, and one of which a person has to say whether it comes back.
    assert_eq!(undone.exact, 1);
    assert_eq!(words(&undone), ["merged", "conflict"]);
    let after = city.contents();
    assert_eq!(after.len(), 2);
    assert_eq!(after[0].1, before[0].1, "the place is to the last bit");
    assert_eq!(after[0].2, ["z".into(), before[0].2[1].clone()]);
    assert_eq!(after[1], before[1]);
    let conflict = &undone.conflicts[0];
    assert_eq!((conflict.feature, &conflict.part), (id(3), &Part::Feature));
    // It is all one revision with its receipts.
    let query = ReceiptQuery {
        revision: Some(undone.revision),
        ..ReceiptQuery::default()
    };
    let receipts = city.store.receipts(&query).expect("receipts");
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt.recorded.operation.device == UNDO_DEVICE)
    );
    assert!(!receipts.is_empty());
}

#[test]
fn what_its_author_may_not_do_is_not_done_at_all() {
    let city = City::new();
    city.apply(vec![insert(1, "a"), insert(2, "b")])
        .expect("accepted");
    let revision = city
        .apply(vec![raise(1, 5.0), raise(2, 5.0)])
        .expect("accepted");
    city.apply(vec![raise(2, 6.0)]).expect("accepted");
    let before = city.contents();
    for refused in [1, 2] {
        let permits = |asked: &Asked<'_>| asked.operation.feature != id(refused);
        let undone = undo_revision(&city.store, &wish(revision, false), &permits, &new_id);
        let Err(UndoError::Unpermitted { refused, all }) = undone else {
            panic!("{undone:?}");
        };
        assert_eq!((refused, all), (1, 2));
        assert_eq!(city.contents(), before);
    }
}
