//! A layer as one audience sees it, in memory: a large table made at once, and a small one with what changed since.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use layers::{Feature, FeatureQuery, FeatureStore, LayerView, Revision, StoreError};
use rustc_hash::{FxHashMap, FxHashSet};

use super::encode::LayerEncoder;
use super::feature_row::{FeatureRow, is_shown, shape_of};
use super::feature_table::{FeatureTable, FeatureTableBuilder};
use super::grid::{DEEPEST_ZOOM, TileId, UnitBox};
use super::numbered::Numbered;
use super::patch::Patch;
use super::path::Shape;

/// With more edited features than this, and one for each [`FEATURES_TO_AN_EDIT`], a snapshot should be compacted.
const FEW_EDITS: usize = 256;
/// How many features of a large layer allow for one more edited feature.
const FEATURES_TO_AN_EDIT: usize = 500;

/// When more than one feature in so many is touched, reading the whole layer is faster than finding each.
const FEATURES_TO_ONE_FOUND: usize = 30;

/// An immutable state of a layer; a change makes a new one that shares the large table.
pub(super) struct Snapshot {
    view: LayerView,
    base: Arc<FeatureTable>,
    /// How many refreshments it has gone through.
    step: u64,
    /// The features changed since the base was made, by their `fid`s.
    edited: FxHashMap<i64, Edit>,
    /// The edited features as they are now; those that are gone or hidden now are missing.
    edits: FeatureTable,
    /// The features of the base that are changed or gone.
    replaced: FxHashSet<u32>,
    /// Set once a feature was read whose geometry tiles do not show, or not all of it.
    has_unshown: Arc<AtomicBool>,
    patches: [OnceLock<Patch>; DEEPEST_ZOOM as usize + 1],
}

/// A feature as it is since a step; no row when it is gone or hidden.
#[derive(Clone)]
struct Edit {
    step: u64,
    row: Option<Arc<FeatureRow>>,
}

/// What came of reading features again.
pub(super) struct Refreshed {
    pub(super) snapshot: Snapshot,
    /// The `fid`s of the features that this audience sees change.
    pub(super) fids: Vec<i64>,
    /// These features as they were and as they are.
    pub(super) changed: Vec<FeatureRow>,
}

impl Snapshot {
    /// Reads a whole layer, as it is now or as it was `at` a revision; the view must be of a layer with geometry.
    pub(super) fn load(
        store: &dyn FeatureStore,
        view: LayerView,
        at: Option<Revision>,
    ) -> Result<Self, StoreError> {
        let mut base = builder(&view);
        let has_unshown = Arc::default();
        let query = FeatureQuery {
            at: view.layer().state_at(at),
            ..FeatureQuery::new(view.clone())
        };
        for feature in store.read(&query)? {
            if let Some(row) = row_of(&feature?, shape(&view), &has_unshown) {
                base.push(row);
            }
        }
        let base = Arc::new(base.finish());
        Ok(Self::with_edits(
            view,
            base,
            has_unshown,
            0,
            FxHashMap::default(),
        ))
    }

    fn with_edits(
        view: LayerView,
        base: Arc<FeatureTable>,
        has_unshown: Arc<AtomicBool>,
        step: u64,
        edited: FxHashMap<i64, Edit>,
    ) -> Self {
        let mut edits = builder(&view);
        for row in edited.values().filter_map(|edit| edit.row.as_deref()) {
            edits.push(row.clone());
        }
        let replaced = edited.keys().filter_map(|&fid| base.find(fid));
        Self {
            replaced: replaced.map(|feature| feature as u32).collect(),
            edits: edits.finish(),
            patches: [const { OnceLock::new() }; DEEPEST_ZOOM as usize + 1],
            view,
            base,
            step,
            edited,
            has_unshown,
        }
    }

    fn with_same_view(
        &self,
        base: Arc<FeatureTable>,
        step: u64,
        edited: FxHashMap<i64, Edit>,
    ) -> Self {
        let has_unshown = Arc::clone(&self.has_unshown);
        Self::with_edits(self.view.clone(), base, has_unshown, step, edited)
    }

    /// Returns the state after some features were touched, reading no more than these if they are few; none when this
    /// audience sees no difference.
    pub(super) fn refreshed(
        &self,
        store: &dyn FeatureStore,
        fids: &FxHashSet<i64>,
    ) -> Result<Option<Refreshed>, StoreError> {
        let mut rows = self.read(store, fids)?;
        let step = self.step + 1;
        let mut edited = self.edited.clone();
        let (mut visible, mut changed) = (Vec::new(), Vec::new());
        for &fid in fids {
            let (before, after) = (self.row(fid), rows.remove(&fid));
            if before == after {
                continue;
            }
            visible.push(fid);
            changed.extend(before.into_iter().chain(after.clone()));
            let row = after.map(Arc::new);
            edited.insert(fid, Edit { step, row });
        }
        if visible.is_empty() {
            return Ok(None);
        }
        let base = Arc::clone(&self.base);
        Ok(Some(Refreshed {
            snapshot: self.with_same_view(base, step, edited),
            fids: visible,
            changed,
        }))
    }

    fn read(
        &self,
        store: &dyn FeatureStore,
        fids: &FxHashSet<i64>,
    ) -> Result<FxHashMap<i64, FeatureRow>, StoreError> {
        let mut rows = FxHashMap::default();
        let are_few = fids.len() <= self.base.len() / FEATURES_TO_ONE_FOUND + FEATURES_TO_ONE_FOUND;
        let query = FeatureQuery {
            fids: are_few.then(|| fids.iter().copied().collect()),
            ..FeatureQuery::new(self.view.clone())
        };
        for feature in store.read(&query)? {
            let feature = feature?;
            if fids.contains(&feature.fid)
                && let Some(row) = row_of(&feature, self.base.shape(), &self.has_unshown)
            {
                rows.insert(feature.fid, row);
            }
        }
        Ok(rows)
    }

    fn row(&self, fid: i64) -> Option<FeatureRow> {
        match self.edited.get(&fid) {
            Some(edit) => edit.row.as_deref().cloned(),
            None => self.base.find(fid).map(|feature| self.base.row(feature)),
        }
    }

    /// Whether so many features were edited that the large table should be made anew.
    pub(super) fn should_be_compacted(&self) -> bool {
        self.edited.len() > FEW_EDITS + self.base.len() / FEATURES_TO_AN_EDIT
    }

    /// Returns the same state with all edits in the large table, with the variants that were asked for so far.
    ///
    /// This takes long, and other threads may go on answering from `self`.
    pub(super) fn compacted(&self) -> Self {
        let mut base = builder(&self.view);
        for feature in 0..self.base.len() {
            if !self.replaced.contains(&(feature as u32)) {
                base.push(self.base.row(feature));
            }
        }
        for row in self.edited.values().filter_map(|edit| edit.row.as_deref()) {
            base.push(row.clone());
        }
        let base = Arc::new(base.finish());
        for zoom in self.base.zooms_made() {
            base.variant(zoom);
        }
        self.with_same_view(base, self.step, FxHashMap::default())
    }

    /// Returns this state on the large table that compacting an earlier state made.
    pub(super) fn on_base_of(&self, compacted: &Self) -> Self {
        let later = self
            .edited
            .iter()
            .filter(|(_, edit)| edit.step > compacted.step)
            .map(|(&fid, edit)| (fid, edit.clone()));
        let base = Arc::clone(&compacted.base);
        self.with_same_view(base, self.step, later.collect())
    }

    /// Makes what a zoom level shows, unless it is made.
    pub(super) fn make_variant(&self, zoom: u8) {
        self.base.variant(zoom);
    }

    /// Returns the layer and what the audience sees of it.
    pub(super) fn view(&self) -> &LayerView {
        &self.view
    }

    /// Returns the features of both tables.
    pub(super) fn features(&self) -> Numbered<'_> {
        Numbered::new(&self.base, &self.edits)
    }

    /// Whether a feature of the tables is one of the layer now, not one that was changed or is gone.
    pub(super) fn has(&self, number: u32) -> bool {
        !self.replaced.contains(&number)
    }

    /// Returns the two tables.
    pub(super) fn tables(&self) -> (&FeatureTable, &FeatureTable) {
        (&self.base, &self.edits)
    }

    /// Returns the features of the large table that are changed or gone.
    pub(super) fn replaced(&self) -> &FxHashSet<u32> {
        &self.replaced
    }

    /// Whether the tables have every geometry of the layer with all its parts.
    pub(super) fn shows_all(&self) -> bool {
        !self.has_unshown.load(Ordering::Relaxed)
    }

    /// Returns the box in world units around everything it has, or has had since it was last compacted; none if that is
    /// nothing.
    pub(super) fn around(&self) -> Option<UnitBox> {
        let around = self.base.tree().around().union(self.edits.tree().around());
        (around != UnitBox::NOTHING).then_some(around)
    }

    /// Returns the bytes held in memory.
    pub(super) fn memory(&self) -> usize {
        let patches = self.patches.iter().filter_map(OnceLock::get);
        self.base.memory() + self.edits.memory() + patches.map(Patch::memory).sum::<usize>()
    }

    /// Appends the layer to a tile, unless it has nothing there or does not show yet.
    pub(super) fn encode(&self, tile: TileId, out: &mut Vec<u8>) {
        let layer = self.view.layer();
        if tile.zoom() < layer.zooms.min {
            return;
        }
        let mut encoder = LayerEncoder::new(tile, self.features());
        encoder.add(self.patch(tile.zoom()));
        encoder.finish(out, layer.id.as_str());
    }

    fn patch(&self, zoom: u8) -> &Patch {
        self.patches[usize::from(zoom)]
            .get_or_init(|| Patch::new(self.features(), &self.replaced, zoom))
    }
}

/// Returns the row of a feature, if it has one, and notes that there is more of it than the row has.
fn row_of(feature: &Feature, shape: Shape, has_unshown: &AtomicBool) -> Option<FeatureRow> {
    if feature
        .geometry
        .as_ref()
        .is_some_and(|it| !is_shown(it, shape))
    {
        has_unshown.store(true, Ordering::Relaxed);
    }
    FeatureRow::of(feature, shape)
}

fn builder(view: &LayerView) -> FeatureTableBuilder {
    FeatureTableBuilder::new(view).expect("only layers with geometry have snapshots")
}

fn shape(view: &LayerView) -> Shape {
    shape_of(view).expect("only layers with geometry have snapshots")
}
