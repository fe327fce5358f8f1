//! A layer as one audience sees it, in memory: a large table made at once, and a small one with what changed since.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use layers::{Feature, FeatureId, FeatureQuery, FeatureStore, LayerView, Revision, StoreError};

use super::encode::LayerEncoder;
use super::feature_table::{FeatureTable, FeatureTableBuilder};
use super::grid::{TileId, UnitBox};

/// More changed features than this are no longer kept beside the large table: it is made anew.
const MOST_EDITS: usize = 1000;

/// An immutable state of a layer; a change makes a new one that shares the large table.
pub(super) struct Snapshot {
    view: LayerView,
    version: Revision,
    base: Arc<FeatureTable>,
    /// The features changed since the base was made, as they are now; those that are gone or hidden now are missing.
    edited: HashMap<FeatureId, Feature>,
    edits: FeatureTable,
    /// The `fid`s that the base still has but that are changed or gone.
    outdated: HashSet<i64>,
}

/// A feature that the change log names.
pub(super) type Touched = (FeatureId, i64);

impl Snapshot {
    /// Reads a whole layer, as it is now or as it was `at` a revision; the view must be of a layer with geometry.
    pub(super) fn load(
        store: &dyn FeatureStore,
        view: LayerView,
        at: Option<Revision>,
        version: Revision,
    ) -> Result<Self, StoreError> {
        let mut base = builder(&view);
        let query = FeatureQuery {
            at,
            ..FeatureQuery::new(view.clone())
        };
        for feature in store.read(&query)? {
            base.push(&feature?);
        }
        Ok(Self {
            version,
            base: Arc::new(base.finish()),
            edited: HashMap::new(),
            edits: builder(&view).finish(),
            outdated: HashSet::new(),
            view,
        })
    }

    /// Returns the state after some features were touched, reading no more than these if they are few.
    pub(super) fn refreshed(
        &self,
        store: &dyn FeatureStore,
        touched: &HashSet<Touched>,
        version: Revision,
    ) -> Result<Self, StoreError> {
        if self.outdated.len() + touched.len() > MOST_EDITS {
            return Self::load(store, self.view.clone(), None, version);
        }
        let mut edited = self.edited.clone();
        let mut outdated = self.outdated.clone();
        for &(id, fid) in touched {
            edited.remove(&id);
            outdated.insert(fid);
            let query = FeatureQuery {
                id: Some(id),
                ..FeatureQuery::new(self.view.clone())
            };
            for feature in store.read(&query)? {
                edited.insert(id, feature?);
            }
        }
        let mut edits = builder(&self.view);
        for feature in edited.values() {
            edits.push(feature);
        }
        Ok(Self {
            view: self.view.clone(),
            version,
            base: Arc::clone(&self.base),
            edited,
            edits: edits.finish(),
            outdated,
        })
    }

    /// Returns the revision at which the layer last changed, as far as this snapshot knows.
    pub(super) fn version(&self) -> Revision {
        self.version
    }

    /// Returns the box in world units around everything it has or has had since it was loaded; none if that is nothing.
    pub(super) fn around(&self) -> Option<UnitBox> {
        let around = self.base.around().union(self.edits.around());
        (around != UnitBox::NOTHING).then_some(around)
    }

    /// Returns the bytes held in memory.
    pub(super) fn memory(&self) -> usize {
        self.base.memory() + self.edits.memory()
    }

    /// Appends the layer to a tile, unless it has nothing there or does not show yet.
    pub(super) fn encode(&self, tile: TileId, out: &mut Vec<u8>) {
        let layer = self.view.layer();
        if tile.zoom() < layer.zooms.min {
            return;
        }
        let mut encoder = LayerEncoder::new(tile);
        encoder.add(&self.base, &self.outdated);
        encoder.add(&self.edits, &HashSet::new());
        encoder.finish(out, layer.id.as_str(), self.base.attributes().keys());
    }
}

fn builder(view: &LayerView) -> FeatureTableBuilder {
    FeatureTableBuilder::new(view).expect("only layers with geometry have snapshots")
}
