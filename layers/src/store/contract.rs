//! The contract suite: every invariant of [`Store`], for each store to run on itself.
//!
//! A store gives a [`Place`] for each test; the functions here are its tests.

mod audiences;
pub(crate) mod audit;
mod evolution;
pub(crate) mod filters;
mod histories;
pub(crate) mod ledger;
mod model;
pub(crate) mod moving;
mod office;
pub(crate) mod outside;
mod reading;
pub(crate) mod retention;
mod sharing;
pub(crate) mod tenants;
pub(crate) mod versions;
mod writing;

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use geo_types::{Geometry, point, polygon};
use uuid::Uuid;

use super::LayerPlan;
pub(crate) use super::Store;
use crate::undo::{Undo, plan_undo};
use crate::{
    Applied, Audience, Change, ChangeSet, Feature, FeatureId, FeatureQuery, Layer, LayerId,
    LayerSet, LayerView, Municipalities, Rejection, Revision, StoreError, Value, read_definitions,
};

/// Where one store is: a file, a database. Empty when made, and gone when dropped.
pub(crate) trait Place: Sync {
    /// Opens one more handle on the store, for the layers of [`layers`].
    fn open(&self) -> Box<dyn Store> {
        self.open_with(layers()).expect("a store")
    }

    /// Opens one more handle on the store, for other layers once it is made.
    fn open_with(&self, layers: Arc<LayerSet>) -> Result<Box<dyn Store>, StoreError>;

    /// Says what it takes to bring the store to these layers.
    fn plan_evolution(&self, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError>;

    /// Brings the store to these layers; nobody else may use the place afterwards.
    fn evolve(&self, layers: &LayerSet) -> Result<Vec<LayerPlan>, StoreError>;
}

/// Makes an empty place for a test.
pub(crate) type Fresh<'a> = &'a dyn Fn() -> Box<dyn Place>;

/// Runs the whole suite, with so many random histories.
pub(crate) fn run_all(fresh: Fresh<'_>, cases: u32) {
    writing::run(fresh);
    reading::run(fresh);
    sharing::run(fresh);
    tenants::run(fresh);
    audiences::run(fresh);
    office::run(fresh);
    audit::run(fresh);
    evolution::run(fresh);
    versions::run(fresh, cases / 3);
    run_histories(fresh, cases);
}

/// Runs so many random histories.
pub(crate) fn run_histories(fresh: Fresh<'_>, cases: u32) {
    histories::run(fresh, cases);
}

/// The layer of points, with a key of two parts, every type of field and rows that are not public.
pub(crate) const STONES: &str = "stones";
/// A layer of areas, without a key.
const MEADOWS: &str = "meadows";
/// A table, with a key.
pub(crate) const DIARY: &str = "diary";
/// A layer whose features belong to municipalities.
pub(crate) const WELLS: &str = "wells";

/// A layer with hidden rows and fields, whose features belong to municipalities.
const GARDENS: &str = "gardens";
/// A table that is internal, whose rows belong to municipalities.
const CELLARS: &str = "cellars";
const ALL: [&str; 6] = [STONES, MEADOWS, DIARY, WELLS, GARDENS, CELLARS];

/// Returns the layers of the suite.
pub(crate) fn layers() -> Arc<LayerSet> {
    static LAYERS: LazyLock<Arc<LayerSet>> = LazyLock::new(|| Arc::new(read_layers()));
    Arc::clone(&LAYERS)
}

fn read_layers() -> LayerSet {
    let shipped = LayerSet::shipped().expect("sound definitions");
    let group = &shipped.groups()[0].id;
    let files = [
        ("stones.toml", include_str!("contract/stones.toml")),
        ("meadows.toml", include_str!("contract/meadows.toml")),
        ("diary.toml", include_str!("contract/diary.toml")),
        ("wells.toml", include_str!("contract/wells.toml")),
        ("gardens.toml", include_str!("contract/gardens.toml")),
        ("cellars.toml", include_str!("contract/cellars.toml")),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.replace("GROUP", group)));
    let all = read_definitions(&files).expect("sound definitions");
    let ours = ALL.map(|id| Arc::clone(all.named(id).expect("defined here")));
    LayerSet::new(all.groups().to_vec(), ours.to_vec())
}

fn layer(store: &dyn Store, id: &str) -> Arc<Layer> {
    Arc::clone(store.layers().named(id).expect("a layer of the suite"))
}

fn office_view(store: &dyn Store, id: &str) -> LayerView {
    Audience::OFFICE
        .view(&layer(store, id))
        .expect("the office sees every layer")
}

pub(crate) fn all(store: &dyn Store, id: &str) -> FeatureQuery {
    FeatureQuery::new(office_view(store, id))
}

pub(crate) fn read(store: &dyn Store, query: &FeatureQuery) -> Vec<Feature> {
    let stream = store.read(query).expect("a stream");
    stream.collect::<Result<_, _>>().expect("features")
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_790_000_000_123).expect("a time")
}

fn change_set<'a>(changes: Vec<Change>) -> ChangeSet<'a> {
    ChangeSet {
        author: "clerk".to_owned(),
        reason: "survey".to_owned(),
        at: now(),
        municipalities: Municipalities::All,
        changes: Box::new(changes.into_iter()),
    }
}

fn apply(store: &dyn Store, changes: Vec<Change>) -> Result<Applied, StoreError> {
    store.apply(change_set(changes))
}

/// Applies as a load, and returns what the log says of it.
pub(crate) fn load(store: &dyn Store, changes: Vec<Change>) -> Result<Applied, StoreError> {
    let before = store.head()?;
    let revision = store.load(change_set(changes), &|| true)?;
    let logged = store.changes(before)?.into_iter();
    Ok(Applied {
        revision: revision.expect("something to write"),
        touched: logged
            .filter_map(|change| change.feature().cloned())
            .collect(),
    })
}

/// Applies what must be accepted.
pub(crate) fn commit(store: &dyn Store, changes: Vec<Change>) -> Applied {
    apply(store, changes).expect("an accepted change set")
}

/// Returns the changes that undo a revision on which nobody built.
pub(crate) fn plan_to_undo(store: &dyn Store, revision: Revision) -> Vec<Change> {
    let undo = Undo {
        revision,
        author: "eva".into(),
        reason: "test".into(),
        at: now(),
        municipalities: Municipalities::All,
        strict: true,
    };
    let plan = plan_undo(store, &undo, &|_| true, &|| Uuid::nil().into());
    plan.expect("a plan").exact
}

/// Applies what must be rejected and returns why.
pub(crate) fn refuse(store: &dyn Store, changes: Vec<Change>) -> Vec<Rejection> {
    match apply(store, changes) {
        Err(StoreError::Rejected(rejections)) => rejections.listed,
        other => panic!("not rejected: {other:?}"),
    }
}

pub(crate) fn id(number: u64) -> FeatureId {
    FeatureId::new_v7(number, &[7; 10])
}

pub(crate) fn at(x: f64, y: f64) -> Geometry<f64> {
    point!(x: x - 800_000.0, y: y - 990_000.0).into()
}

fn square(x: f64, y: f64, side: f64) -> Geometry<f64> {
    let (x, y) = (x - 800_000.0, y - 990_000.0);
    polygon![(x: x, y: y), (x: x + side, y: y), (x: x + side, y: y + side), (x: x, y: y + side)]
        .into()
}

fn layer_id(id: &str) -> LayerId {
    LayerId::new(id).expect("a layer id")
}

/// A sound stone at (number, number); `code` is the last part of its key.
pub(crate) fn stone(number: u64, code: &str) -> Change {
    let mut values = vec![Value::Null; 10];
    values[0] = Value::Integer(1);
    values[1] = code.into();
    values[2] = Value::Boolean(true);
    insert(
        STONES,
        number,
        Some(at(number as f64, number as f64)),
        values,
    )
}

pub(crate) fn insert(
    layer: &str,
    number: u64,
    geometry: Option<Geometry<f64>>,
    values: Vec<Value>,
) -> Change {
    Change::Insert {
        layer: layer_id(layer),
        id: id(number),
        geometry,
        values,
    }
}

/// Sets the last part of a stone's key.
pub(crate) fn recode(number: u64, code: &str, expected_rev: Option<i64>) -> Change {
    Change::Update {
        layer: layer_id(STONES),
        id: id(number),
        expected_rev,
        geometry: None,
        set: vec![("code".to_owned(), code.into())],
    }
}

pub(crate) fn delete(layer: &str, number: u64, expected_rev: Option<i64>) -> Change {
    Change::Delete {
        layer: layer_id(layer),
        id: id(number),
        expected_rev,
    }
}
