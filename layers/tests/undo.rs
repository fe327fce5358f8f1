//! Undoing a revision on a real store: everything comes back to the last bit, or nothing is written.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use geo_types::{Geometry, point};
use layers::store::GeoPackageStore;
use layers::{
    Audience, Change, ChangeSet, Feature, FeatureId, FeatureQuery, FeatureStore, LayerId, LayerSet,
    Municipalities, Revision, StoreError, UndoError, Value, plan_undo, read_definitions,
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

    fn undo(&self, revision: Revision) -> Revision {
        let changes = plan_undo(&self.store, revision).expect("it can be undone");
        self.apply(changes).expect("it is accepted")
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
    city.undo(undone);
    assert_eq!(city.contents(), after);
}

#[test]
fn a_feature_that_was_changed_since_stands_in_the_way() {
    let city = City::new();
    city.apply(vec![insert(1, "a"), insert(2, "b"), insert(3, "c")])
        .expect("accepted");
    let revision = city
        .apply(vec![raise(1, 5.0), remove(2), raise(3, 5.0)])
        .expect("accepted");
    city.apply(vec![raise(1, 7.0)]).expect("accepted");
    let last = city.apply(vec![raise(3, 7.0)]).expect("accepted");
    let Err(UndoError::InTheWay(obstacles)) = plan_undo(&city.store, revision) else {
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
    let plan = plan_undo(&city.store, revision).expect("it can be undone");
    city.apply(vec![raise(1, 7.0)]).expect("accepted");
    assert!(matches!(city.apply(plan), Err(StoreError::Rejected(_))));
    assert_eq!(city.features()[0].values[1], Value::Real(7.0));
}

#[test]
fn a_revision_that_is_not_there_cannot_be_undone() {
    let city = City::new();
    for number in [0, 1, -5] {
        let plan = plan_undo(&city.store, Revision(number));
        assert!(
            matches!(plan, Err(UndoError::NoSuchRevision(_))),
            "{number}"
        );
    }
}
