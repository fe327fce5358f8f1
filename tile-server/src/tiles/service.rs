//! The door of the tile engine: finds the layers' snapshots and keeps them at the newest revision.

mod loading;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use layers::crs::{Crs, transform};
use layers::{Audience, Bbox, FeatureStore, LayerId, Revision, Standing};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::broadcast;

use super::TileError;
use super::cache::{Encoding, Tile, TileCache, TileKey};
use super::grid::{DEEPEST_ZOOM, TileId, mercator_metres};
use super::layer::ServedLayer;
use super::news::{NEWS_KEPT, News};
use super::snapshot::Snapshot;
use super::touched::{Touched, touched_since};

/// Tiles of all layers for one audience, of the newest revision or of one that stays.
///
/// A layer is read when it is first asked for. After that each request asks the store for its newest revision only; when
/// that has moved on, the change log says which features to read again. While the store cannot be asked, what is loaded
/// is shown as it is, and [`TileService::standing`] says so.
pub struct TileService {
    store: Arc<dyn FeatureStore>,
    /// The one revision to show; none follows the newest.
    at: Option<Revision>,
    layers: Vec<ServedLayer>,
    cache: TileCache,
    /// The revision that every loaded snapshot has reached.
    reached: AtomicI64,
    /// Whether the last attempt to follow the store failed.
    is_behind: AtomicBool,
    /// Held by the one who swaps snapshots.
    swapping: Mutex<()>,
    news: broadcast::Sender<Arc<News>>,
}

impl TileService {
    /// Makes the service for an audience; reads nothing yet.
    pub fn new(store: Arc<dyn FeatureStore>, audience: Audience) -> Self {
        Self::showing(store, audience, None)
    }

    /// Makes a service that shows one revision, whatever is committed after it; reads nothing yet.
    pub fn at(store: Arc<dyn FeatureStore>, audience: Audience, revision: Revision) -> Self {
        Self::showing(store, audience, Some(revision))
    }

    fn showing(store: Arc<dyn FeatureStore>, audience: Audience, at: Option<Revision>) -> Self {
        let with_geometry = store
            .layers()
            .iter()
            .filter(|layer| layer.geometry.is_some());
        let layers = with_geometry
            .filter_map(|layer| Some(audience.view(layer)?.with_fields(&layer.tile_fields)))
            .map(ServedLayer::new)
            .collect();
        Self {
            store,
            at,
            layers,
            cache: TileCache::new(),
            reached: AtomicI64::new(at.map_or(0, |revision| revision.0)),
            is_behind: AtomicBool::new(false),
            swapping: Mutex::new(()),
            news: broadcast::Sender::new(NEWS_KEPT),
        }
    }

    /// Returns the tile in column `x` from the west and row `y` from the north, with these layers in this order.
    ///
    /// A layer named twice is there once. Layers that do not show yet at this zoom level are missing in the tile.
    pub fn tile(
        &self,
        layers: &[LayerId],
        z: u8,
        x: u32,
        y: u32,
        encoding: Encoding,
    ) -> Result<Tile, TileError> {
        let tile = TileId::new(z, x, y)?;
        let mut versions = Vec::with_capacity(layers.len());
        let mut snapshots = Vec::with_capacity(layers.len());
        for number in self.numbers(layers)? {
            let (snapshot, version) = self.loaded(number, |layer| layer.version(tile))?;
            versions.push((number, version.0));
            snapshots.push(snapshot);
        }
        let key = TileKey {
            tile,
            encoding,
            layers: versions.into(),
        };
        Ok(self.cache.get(key, || encode(&snapshots, tile)))
    }

    /// Returns a tile that is made anew each time, past the cache.
    pub fn encode(
        &self,
        layers: &[LayerId],
        tile: TileId,
        encoding: Encoding,
    ) -> Result<Tile, TileError> {
        Ok(Tile::new(encode(&self.snapshots(layers)?, tile), encoding))
    }

    /// Returns the box around a layer in degrees, none while it is empty.
    pub fn bounds(&self, layer: &LayerId) -> Result<Option<Bbox>, TileError> {
        let snapshots = self.snapshots(std::slice::from_ref(layer))?;
        let around = snapshots.first().and_then(|snapshot| snapshot.around());
        Ok(around.map(|around| {
            let degrees = |at| transform(Crs::WebMercator, Crs::Wgs84, mercator_metres(at));
            let (north_west, south_east) = (degrees(around.min), degrees(around.max));
            Bbox::new(
                [north_west[0], south_east[1]],
                [south_east[0], north_west[1]],
            )
        }))
    }

    /// Reads every layer that was not asked for yet, so that no request has to wait for it.
    pub fn load_all(&self) -> Result<(), TileError> {
        let ids: Vec<LayerId> = self.layers.iter().map(|layer| layer.id().clone()).collect();
        self.load_layers(&ids)
    }

    /// Reads those of some layers that were not asked for yet; changes of a layer are told only from then on.
    pub fn load_layers(&self, ids: &[LayerId]) -> Result<(), TileError> {
        self.snapshots(ids).map(drop)
    }

    /// Makes what each zoom level shows of every layer, the levels nearest to one first, so that no request has to.
    pub fn make_variants(&self, nearest: u8) -> Result<(), TileError> {
        let mut zooms: Vec<u8> = (0..=DEEPEST_ZOOM).collect();
        zooms.sort_by_key(|zoom| zoom.abs_diff(nearest));
        for zoom in zooms {
            for number in 0..self.layers.len() {
                let zooms = self.layers[number].view().layer().zooms;
                if (zooms.min..=zooms.max).contains(&zoom) {
                    let snapshot: Arc<Snapshot> = self.loaded(number, ServedLayer::snapshot)?;
                    snapshot.make_variant(zoom);
                }
            }
        }
        Ok(())
    }

    /// Returns the bytes that snapshots hold in memory, the cache of tiles not counted.
    pub fn memory(&self) -> usize {
        let snapshots = self.layers.iter().filter_map(ServedLayer::snapshot);
        snapshots.map(|snapshot| snapshot.memory()).sum()
    }

    /// Tells of every change of what this audience sees, from now on.
    pub fn news(&self) -> broadcast::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// Makes the large table of every layer with many edits anew; requests go on with the old one until it is ready.
    pub fn compact(&self) {
        for number in 0..self.layers.len() {
            if let Some(compacted) = self.compacted(number, Snapshot::should_be_compacted) {
                self.swap_in(number, &compacted);
            }
        }
    }

    /// Returns a layer's snapshot compacted if it is due; takes long and holds nobody up.
    pub(super) fn compacted(
        &self,
        number: usize,
        due: impl Fn(&Snapshot) -> bool,
    ) -> Option<Snapshot> {
        let snapshot = self.layers[number].snapshot()?;
        due(&snapshot).then(|| snapshot.compacted())
    }

    /// Puts in a compacted snapshot, with what was edited since it was begun.
    pub(super) fn swap_in(&self, number: usize, compacted: &Snapshot) {
        let layer = &self.layers[number];
        let _turn = self.turn();
        if let Some(newest) = layer.snapshot() {
            layer.put_same(newest.on_base_of(compacted));
        }
    }

    /// Says how near to the newest state the loaded snapshots are.
    pub fn standing(&self) -> Standing {
        if self.is_behind.load(Ordering::Acquire) {
            Standing::Behind
        } else {
            Standing::UpToDate
        }
    }

    /// Returns the revision that every loaded snapshot has reached.
    pub fn reached(&self) -> Revision {
        Revision(self.reached.load(Ordering::Acquire))
    }

    /// Whether every layer was read, so that tiles come from memory.
    pub fn is_loaded(&self) -> bool {
        self.layers.iter().all(|layer| layer.snapshot().is_some())
    }

    /// Waits for something to be committed, at most for some time, and follows.
    pub(super) fn wait_and_follow(&self, at_most: Duration) -> Result<(), TileError> {
        let waited = self.store.wait_for_revision(self.reached(), at_most);
        waited.map_err(TileError::ReadChanges)?;
        self.follow()
    }

    /// Brings the loaded snapshots to the newest revision, unless they are to stay at one.
    pub fn follow(&self) -> Result<(), TileError> {
        if self.at.is_some() {
            return Ok(());
        }
        let followed = self.follow_store();
        self.is_behind.store(followed.is_err(), Ordering::Release);
        followed
    }

    fn follow_store(&self) -> Result<(), TileError> {
        let head = self.store.head().map_err(TileError::ReadChanges)?;
        if head == self.reached() {
            return Ok(());
        }
        let _turn = self.turn();
        let reached = self.reached();
        if reached >= head {
            return Ok(());
        }
        let mut news = News::default();
        for (id, touched) in self.touched_since(reached)? {
            let layer = self.layers.iter().find(|layer| *layer.id() == id);
            let Some(layer) = layer.filter(|layer| layer.snapshot().is_some()) else {
                continue;
            };
            // A layer that is to be read anew waits for that with all that changes meanwhile.
            if touched.whole || layer.is_stale() {
                layer.make_stale();
                continue;
            }
            match self.refresh(layer, &touched.fids, &mut news) {
                // A table of other software must not hold up what is ours.
                Err(_) if layer.view().layer().source.is_some() => layer.make_stale(),
                refreshed => refreshed?,
            }
        }
        self.reached.store(head.0, Ordering::Release);
        if !news.layers.is_empty() {
            // Nobody may be listening.
            let _ = self.news.send(Arc::new(news));
        }
        Ok(())
    }

    fn refresh(
        &self,
        layer: &ServedLayer,
        touched: &FxHashMap<i64, Revision>,
        news: &mut News,
    ) -> Result<(), TileError> {
        let Some(before) = layer.snapshot() else {
            return Ok(());
        };
        let fids: FxHashSet<i64> = touched.keys().copied().collect();
        let refreshed = before.refreshed(&*self.store, &fids);
        let Some(refreshed) = refreshed.map_err(|source| read_error(layer, source))? else {
            return Ok(());
        };
        let revisions = refreshed.fids.iter().map(|fid| touched[fid]);
        let revision = revisions.max().unwrap_or_default();
        let tiles = layer.put_refreshed(&before, refreshed, revision);
        news.revision = news.revision.max(revision);
        news.layers.push((layer.id().clone(), tiles));
        Ok(())
    }

    /// Returns the newest snapshots of layers, each once.
    pub(super) fn snapshots(&self, ids: &[LayerId]) -> Result<Vec<Arc<Snapshot>>, TileError> {
        let numbers = self.numbers(ids)?.into_iter();
        numbers
            .map(|number| self.loaded(number, ServedLayer::snapshot))
            .collect()
    }

    /// Returns the numbers of layers, each once, after bringing them to the newest revision if that is possible.
    fn numbers(&self, ids: &[LayerId]) -> Result<Vec<usize>, TileError> {
        if let Err(error) = self.follow() {
            tracing::debug!("tiles are shown as they are in memory: {error}");
        }
        let mut numbers = Vec::with_capacity(ids.len());
        for id in ids {
            let number = self
                .number(id)
                .ok_or_else(|| TileError::UnknownLayer(id.clone()))?;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    /// Returns the number of a layer among those served.
    pub(super) fn number(&self, id: &LayerId) -> Option<usize> {
        self.layers.iter().position(|layer| layer.id() == id)
    }

    /// Returns what `get` takes from a layer, reading the layer first if nobody has yet.
    fn loaded<T>(
        &self,
        number: usize,
        get: impl Fn(&ServedLayer) -> Option<T>,
    ) -> Result<T, TileError> {
        let layer = &self.layers[number];
        if let Some(got) = get(layer) {
            return Ok(got);
        }
        let _turn = layer.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if get(layer).is_none() {
            self.load(layer)?;
        }
        Ok(get(layer).expect("a layer stays once it is loaded"))
    }

    /// Returns which features of which layers the change log names; nothing while no layer is loaded.
    fn touched_since(&self, revision: Revision) -> Result<Touched, TileError> {
        if self.layers.iter().any(|layer| layer.snapshot().is_some()) {
            self.log_since(revision)
        } else {
            Ok(Touched::default())
        }
    }

    fn log_since(&self, revision: Revision) -> Result<Touched, TileError> {
        touched_since(&*self.store, revision).map_err(TileError::ReadChanges)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.swapping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn encode(snapshots: &[Arc<Snapshot>], tile: TileId) -> Vec<u8> {
    let mut content = Vec::new();
    for snapshot in snapshots {
        snapshot.encode(tile, &mut content);
    }
    content
}

fn read_error(layer: &ServedLayer, source: layers::StoreError) -> TileError {
    TileError::ReadLayer {
        layer: layer.id().clone(),
        source,
    }
}
