//! A city that keeps everything in memory and commits what the engine judges; and operations as devices send them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use geo_types::{Geometry, point};
use layers::merge::{
    Asked, Batch, Conflict, Content, Edit, Judgement, Operation, OperationId, Outcome, Past,
    Recorded, SentGeometry, judge,
};
use layers::policy::Operation as Act;
use layers::{
    Change, Feature, FeatureId, Layer, LayerId, LayerSet, Municipalities, Revision, RevisionInfo,
    StoreError, Value, read_definitions, to_json,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::stores::Kept;

pub(crate) const POSTS: &str = "posts";
pub(crate) const PLOTS: &str = "plots";

const LAYER: &str = r#"
id = "ID"
alias = "zkouska"
title = { cs = "Zkouška", en = "Test" }
description = { cs = "Zkouška.", en = "A test." }
group = "GROUP"
class = "passport"
geometry = "SHAPE"
audience = "internal"
municipal = false
key = ["code"]
label = "{code}"
steward = "x"
update_frequency = "P1M"
fields = [
  { name = "code", alias = "a", title = { cs = "a", en = "a" }, type = "text", mandatory = true },
  { name = "status", alias = "a", title = { cs = "a", en = "a" }, type = "text" },
  { name = "count", alias = "a", title = { cs = "a", en = "a" }, type = "integer", range = [0, 9] },
  { name = "zone", alias = "a", title = { cs = "a", en = "a" }, type = "integer" },
  { name = "inspected_on", alias = "a", title = { cs = "a", en = "a" }, type = "date", merge = "max" },
  { name = "built_on", alias = "a", title = { cs = "a", en = "a" }, type = "date", merge = "min" },
  { name = "owner", alias = "a", title = { cs = "a", en = "a" }, type = "text", merge = "theirs" },
  { name = "marks", alias = "a", title = { cs = "a", en = "a" }, type = "list", merge = "union", items = [
    { name = "sign", alias = "a", title = { cs = "a", en = "a" }, type = "text" },
  ] },
]
"#;

/// Returns two layers of one schema, one of points and one of areas, after `edit` has changed their definitions.
pub(crate) fn layers(edit: impl Fn(String) -> String) -> Arc<LayerSet> {
    let group = LayerSet::shipped().expect("sound").groups()[0].id.clone();
    let file = |id: &str, shape: &str| {
        let text = LAYER.replace("ID", id).replace("SHAPE", shape);
        (format!("{id}.toml"), edit(text.replace("GROUP", &group)))
    };
    let files = [file(POSTS, "Point"), file(PLOTS, "Polygon")];
    Arc::new(read_definitions(&files).expect("sound definitions"))
}

/// The layers as they are, read once.
static LAYERS: LazyLock<Arc<LayerSet>> = LazyLock::new(|| layers(|text| text));

type Place = (LayerId, FeatureId);

/// Everything that stands at one revision.
pub(crate) type Snapshot = BTreeMap<Place, Feature>;

/// A city: every revision, every operation that was judged, every conflict.
pub(crate) struct City {
    pub(crate) layers: Arc<LayerSet>,
    /// By revision; the first is empty.
    pub(crate) snapshots: Vec<Snapshot>,
    /// The changes of each revision after the first.
    pub(crate) changes: Vec<Vec<Change>>,
    pub(crate) infos: Vec<RevisionInfo>,
    pub(crate) recorded: HashMap<OperationId, Recorded>,
    pub(crate) conflicts: Vec<Conflict>,
    /// Who may not touch what is in which zone.
    pub(crate) barred: Vec<(String, i64)>,
    /// The store in which all of it is kept too, if any.
    pub(crate) store: Option<Rc<Kept>>,
}

impl City {
    pub(crate) fn new() -> Self {
        Self::kept_in(None)
    }

    /// Makes an empty city, which is kept in a store as well.
    pub(crate) fn kept_in(store: Option<Rc<Kept>>) -> Self {
        Self {
            layers: Arc::clone(&LAYERS),
            snapshots: vec![Snapshot::new()],
            changes: Vec::new(),
            infos: Vec::new(),
            recorded: HashMap::new(),
            conflicts: Vec::new(),
            barred: Vec::new(),
            store,
        }
    }

    pub(crate) fn head(&self) -> i64 {
        self.snapshots.len() as i64 - 1
    }

    /// Judges what one device sends, commits it and remembers what became of it.
    pub(crate) fn receive(&mut self, operations: Vec<Operation>) -> Judgement {
        let batch = Batch {
            author: operations
                .first()
                .map_or_else(String::new, |first| first.author.clone()),
            reason: "work in the field".to_owned(),
            at: clock(self.head()),
            municipalities: Municipalities::All,
            operations,
        };
        let permits = |asked: &Asked<'_>| self.permits(asked);
        let judgement = judge(&batch, &self.layers, self, &permits).expect("a judgement");
        if let Some(store) = &self.store {
            store.receive(&batch, &permits, &judgement);
        }
        self.commit(&batch, &judgement);
        judgement
    }

    fn permits(&self, asked: &Asked<'_>) -> bool {
        let (place, _) = asked.layer.field("zone").expect("defined");
        let is_barred = |content: &Content| {
            let zone = content.values[place].as_integer();
            let mut barred = self.barred.iter();
            barred
                .any(|(author, barred)| *author == asked.operation.author && zone == Some(*barred))
        };
        !asked.before.is_some_and(is_barred) && !asked.after.is_some_and(is_barred)
    }

    fn commit(&mut self, batch: &Batch, judgement: &Judgement) {
        let changes: Vec<_> = judgement.change_set(batch).changes.collect();
        if !changes.is_empty() {
            let mut snapshot = self.snapshots.last().expect("the empty one").clone();
            for change in &changes {
                apply(&self.layers, &mut snapshot, change);
            }
            self.snapshots.push(snapshot);
            self.changes.push(changes);
            self.infos.push(RevisionInfo {
                revision: Revision(self.head()),
                at: batch.at,
                author: batch.author.clone(),
                reason: batch.reason.clone(),
            });
        }
        self.conflicts.extend(judgement.conflicts.iter().cloned());
        for (id, outcome) in &judgement.outcomes {
            if self.recorded.contains_key(id) {
                continue;
            }
            let sent = batch
                .operations
                .iter()
                .find(|operation| operation.id == *id);
            let recorded = Recorded {
                operation: sent.expect("it was sent").clone(),
                outcome: outcome.clone(),
            };
            self.recorded.insert(*id, recorded);
        }
    }

    /// Returns a feature as it stands.
    pub(crate) fn feature(&self, layer: &str, number: u64) -> Option<&Feature> {
        let layer = self.layers.named(layer).expect("a layer").id.clone();
        self.snapshots
            .last()
            .expect("one")
            .get(&(layer, feature(number)))
    }

    /// Returns the value of a field as JSON.
    pub(crate) fn value(&self, number: u64, field: &str) -> Json {
        let found = self.feature(POSTS, number).expect("the feature is there");
        let layer = self.layers.named(POSTS).expect("a layer");
        let (place, field) = layer.field(field).expect("a field");
        to_json(&field.field_type, &found.values[place])
    }

    /// Returns how far east of the first post a post stands.
    pub(crate) fn east(&self, number: u64) -> f64 {
        match self
            .feature(POSTS, number)
            .and_then(|post| post.geometry.as_ref())
        {
            Some(Geometry::Point(at)) => at.x() - ORIGIN.0,
            other => panic!("not a point: {other:?}"),
        }
    }
}

impl Past for City {
    fn current(&self, layer: &Layer, id: FeatureId) -> Result<Option<Feature>, StoreError> {
        let snapshot = self.snapshots.last().expect("one");
        Ok(snapshot.get(&(layer.id.clone(), id)).cloned())
    }

    fn at(
        &self,
        layer: &Layer,
        id: FeatureId,
        revision: Revision,
    ) -> Result<Option<Content>, StoreError> {
        let snapshot = self.snapshots.get(revision.0 as usize);
        let found = snapshot.and_then(|snapshot| snapshot.get(&(layer.id.clone(), id)));
        Ok(found.cloned().map(Content::from))
    }

    fn last_change(
        &self,
        layer: &Layer,
        id: FeatureId,
    ) -> Result<Option<RevisionInfo>, StoreError> {
        let touched = |changes: &Vec<Change>| {
            changes
                .iter()
                .any(|change| change.id() == id && *change.layer() == layer.id)
        };
        let last = self.changes.iter().rposition(touched);
        Ok(last.map(|last| self.infos[last].clone()))
    }

    fn holder(&self, layer: &Layer, key: &[Value]) -> Result<Option<FeatureId>, StoreError> {
        let mut all = self.snapshots.last().expect("one").iter();
        let has_it = |((of, _), feature): &(&Place, &Feature)| {
            *of == layer.id && feature.values[0] == key[0]
        };
        Ok(all.find(has_it).map(|((_, id), _)| *id))
    }

    fn earlier(&self, id: OperationId) -> Result<Option<Recorded>, StoreError> {
        Ok(self.recorded.get(&id).cloned())
    }
}

/// Does a change as a store does, and fails where a store would refuse it.
pub(crate) fn apply(layers: &LayerSet, snapshot: &mut Snapshot, change: &Change) {
    let layer = layers.get(change.layer()).expect("a layer");
    let place = (layer.id.clone(), change.id());
    let old = snapshot.remove(&place);
    let expected = match change {
        Change::Insert { .. } => None,
        Change::Update { expected_rev, .. } | Change::Delete { expected_rev, .. } => *expected_rev,
    };
    assert_eq!(expected, old.as_ref().map(|old| old.rev), "{change:?}");
    let new = match (change, old) {
        (Change::Delete { .. }, _) => return,
        (
            Change::Insert {
                id,
                geometry,
                values,
                ..
            },
            _,
        ) => Feature {
            id: *id,
            fid: 0,
            rev: 1,
            geometry: geometry.clone(),
            values: values.clone(),
        },
        (Change::Update { geometry, set, .. }, Some(mut new)) => {
            assert!(
                !set.is_empty() || geometry.is_some(),
                "a change that says nothing"
            );
            for (name, value) in set {
                let (place, _) = layer.field(name).expect("a field");
                new.values[place] = value.clone();
            }
            new.geometry = geometry.clone().or(new.geometry);
            new.rev += 1;
            new
        }
        (Change::Update { .. }, None) => panic!("nothing to change: {change:?}"),
    };
    assert_eq!(layer.check(new.geometry.as_ref(), &new.values), []);
    let has_its_key = |other: &Feature| other.values[0] == new.values[0];
    let of_layer = snapshot.iter().filter(|((of, _), _)| *of == layer.id);
    assert!(
        !of_layer.map(|(_, other)| other).any(has_its_key),
        "two of one key"
    );
    snapshot.insert(place, new);
}

const ORIGIN: (f64, f64) = (-790_000.0, -1_000_000.0);

fn clock(minutes: i64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp_millis(1_790_000_000_000).expect("a time");
    start + TimeDelta::minutes(minutes)
}

pub(crate) fn feature(number: u64) -> FeatureId {
    FeatureId::from(Uuid::from_u64_pair(1, number))
}

pub(crate) fn operation_id(number: u64) -> OperationId {
    OperationId::from(Uuid::from_u64_pair(2, number))
}

/// Returns an operation on a post, by a device that belongs to one person.
pub(crate) fn operation(number: u64, device: &str, act: Act, on: u64, base: i64) -> Operation {
    Operation {
        id: operation_id(number),
        device: device.to_owned(),
        author: device.to_owned(),
        after: None,
        layer: LayerId::new(POSTS).expect("a name"),
        feature: feature(on),
        act,
        base: Revision(base),
        set: BTreeMap::new(),
        geometry: None,
        at: clock(0),
    }
}

/// Returns a change of a post.
pub(crate) fn update(
    number: u64,
    device: &str,
    on: u64,
    base: i64,
    edits: &[(&str, Json, Json)],
) -> Operation {
    let edits = edits.iter().map(|(name, old, new)| {
        let edit = Edit {
            old: Some(old.clone()),
            new: new.clone(),
        };
        ((*name).to_owned(), edit)
    });
    Operation {
        set: edits.collect(),
        ..operation(number, device, Act::Update, on, base)
    }
}

/// Returns a change of a post that moves it to so many metres east of the first.
pub(crate) fn movement(number: u64, device: &str, on: u64, base: i64, east: f64) -> Operation {
    Operation {
        geometry: Some(drawn(&post_at(east))),
        ..operation(number, device, Act::Update, on, base)
    }
}

/// Returns a new post of that code.
pub(crate) fn creation(number: u64, device: &str, on: u64, code: &str) -> Operation {
    let edit = Edit {
        old: None,
        new: json!(code),
    };
    Operation {
        set: BTreeMap::from([("code".to_owned(), edit)]),
        geometry: Some(drawn(&post_at(0.0))),
        ..operation(number, device, Act::Create, on, 0)
    }
}

/// Returns the removal of a post.
pub(crate) fn removal(number: u64, device: &str, on: u64, base: i64) -> Operation {
    operation(number, device, Act::Delete, on, base)
}

/// Returns the same operation, standing on another one.
pub(crate) fn following(operation: Operation, after: u64) -> Operation {
    Operation {
        after: Some(operation_id(after)),
        ..operation
    }
}

pub(crate) fn post_at(east: f64) -> Json {
    let at = point!(x: ORIGIN.0 + east, y: ORIGIN.1);
    json!({ "type": "Point", "coordinates": [at.x(), at.y()] })
}

/// Returns a geometry in EPSG:5514 as it is sent.
pub(crate) fn drawn(geometry: &Json) -> SentGeometry {
    SentGeometry {
        crs: 5514,
        old: None,
        new: geometry.clone(),
    }
}

/// Returns a polygon around the origin by its corners in metres.
pub(crate) fn area(corners: &[(f64, f64)]) -> Json {
    let at = |(x, y): &(f64, f64)| json!([ORIGIN.0 + x, ORIGIN.1 + y]);
    let ring = corners.iter().chain(corners.first()).map(at);
    json!({ "type": "Polygon", "coordinates": [ring.collect::<Vec<_>>()] })
}

/// Returns the words of the outcomes.
pub(crate) fn words(judgement: &Judgement) -> Vec<&'static str> {
    let outcomes = judgement.outcomes.iter();
    outcomes.map(|(_, outcome)| outcome.word()).collect()
}

/// Returns the parts of an outcome that are open.
pub(crate) fn open(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Conflict { parts, .. } => parts.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}
