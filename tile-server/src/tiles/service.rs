//! The door of the tile engine: finds the layers' snapshots and keeps them at the newest revision.

mod following;
mod loading;
mod shown;

use std::slice::from_ref;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use layers::crs::{Crs, transform};
use layers::{Bbox, FeatureStore, LayerView, Revision, Standing};
use tokio::sync::broadcast;

use super::TileError;
use super::cache::{CacheUse, Tile, TileCache, TileKey};
use super::encoding::Encodings;
use super::grid::{DEEPEST_ZOOM, TileId, mercator_metres};
use super::layer::ServedLayer;
use super::news::{NEWS_KEPT, News};
use super::snapshot::Snapshot;

pub use shown::Held;

/// Tiles of layers as views show them, of the newest revision or of one that stays.
///
/// Those who see the same of a layer share what is kept of it. It is read when it is first asked for. After that each
/// request asks the store for its newest revision only; when that has moved on, the change log says which features to
/// read again. While the store cannot be asked, what is loaded is shown as it is, and [`TileService::standing`] says so.
pub struct TileService {
    store: Arc<dyn FeatureStore>,
    /// The one revision to show; none follows the newest.
    at: Option<Revision>,
    /// What is asked for; a layer is there once for all who see the same of it.
    layers: RwLock<Vec<Arc<ServedLayer>>>,
    next_number: AtomicUsize,
    cache: TileCache,
    /// The revision that every loaded snapshot has reached.
    reached: AtomicI64,
    /// Whether the last attempt to follow the store failed.
    is_behind: AtomicBool,
    /// Whether a thread of the service waits for what is committed.
    is_attended: AtomicBool,
    /// Held by the one who swaps snapshots.
    swapping: Mutex<()>,
    news: broadcast::Sender<Arc<News>>,
}

impl TileService {
    /// Makes the service; reads nothing yet.
    pub fn new(store: Arc<dyn FeatureStore>) -> Self {
        Self::showing(store, None)
    }

    /// Makes a service that shows one revision, whatever is committed after it; reads nothing yet.
    pub fn at(store: Arc<dyn FeatureStore>, revision: Revision) -> Self {
        Self::showing(store, Some(revision))
    }

    fn showing(store: Arc<dyn FeatureStore>, at: Option<Revision>) -> Self {
        Self {
            store,
            at,
            layers: RwLock::default(),
            next_number: AtomicUsize::new(0),
            cache: TileCache::new(),
            reached: AtomicI64::new(at.map_or(0, |revision| revision.0)),
            is_behind: AtomicBool::new(false),
            is_attended: AtomicBool::new(false),
            swapping: Mutex::new(()),
            news: broadcast::Sender::new(NEWS_KEPT),
        }
    }

    /// Returns the tile in column `x` from the west and row `y` from the north, with these layers in this order.
    ///
    /// A layer named twice is there once. Layers that do not show yet at this zoom level are missing in the tile.
    pub fn tile(
        &self,
        views: &[LayerView],
        z: u8,
        x: u32,
        y: u32,
        accepted: Encodings,
    ) -> Result<Tile, TileError> {
        let tile = TileId::new(z, x, y)?;
        let mut versions = Vec::with_capacity(views.len());
        let mut snapshots = Vec::with_capacity(views.len());
        for layer in self.newest(views)? {
            let (snapshot, version) = self.loaded(&layer, |layer| layer.version(tile))?;
            versions.push((layer.number, version.0));
            snapshots.push(snapshot);
        }
        let key = TileKey::new(tile, accepted, versions);
        Ok(self.cache.get(key, || encode(&snapshots, tile)))
    }

    /// Returns a tile if it is in the cache and known to be the newest, without waiting for anything.
    pub fn tile_at_hand(
        &self,
        views: &[LayerView],
        z: u8,
        x: u32,
        y: u32,
        accepted: Encodings,
    ) -> Option<Tile> {
        if !self.is_newest() {
            return None;
        }
        let tile = TileId::new(z, x, y).ok()?;
        let layers = self.each_once(views).ok()?;
        let versions = layers.iter().map(|layer| {
            let (_, version) = layer.version(tile)?;
            Some((layer.number, version.0))
        });
        let key = TileKey::new(tile, accepted, versions.collect::<Option<_>>()?);
        self.cache.find(&key)
    }

    /// Returns a tile that is made anew each time, past the cache.
    pub fn encode(
        &self,
        views: &[LayerView],
        tile: TileId,
        accepted: Encodings,
    ) -> Result<Tile, TileError> {
        Ok(Tile::new(self.content(views, tile)?, accepted))
    }

    /// Returns the bytes of a tile as they are before any encoding, made anew each time.
    pub fn content(&self, views: &[LayerView], tile: TileId) -> Result<Vec<u8>, TileError> {
        Ok(encode(&self.snapshots(views)?, tile))
    }

    /// Makes a tile of the cache smaller that is asked for often; says whether there was one.
    pub(super) fn make_one_smaller(&self) -> bool {
        self.cache.make_one_smaller()
    }

    /// Returns the box around what a view shows, in degrees; none while that is empty.
    pub fn bounds(&self, view: &LayerView) -> Result<Option<Bbox>, TileError> {
        let snapshots = self.snapshots(from_ref(view))?;
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

    /// Reads those of some layers that were not asked for yet, so that no request has to wait for it; changes of a layer
    /// are told only from then on.
    pub fn load(&self, views: &[LayerView]) -> Result<(), TileError> {
        self.snapshots(views).map(drop)
    }

    /// Makes what each zoom level shows of some layers, the levels nearest to one first, so that no request has to.
    pub fn make_variants(&self, views: &[LayerView], nearest: u8) -> Result<(), TileError> {
        let mut zooms: Vec<u8> = (0..=DEEPEST_ZOOM).collect();
        zooms.sort_by_key(|zoom| zoom.abs_diff(nearest));
        for zoom in zooms {
            for view in views {
                let shown = view.layer().zooms;
                if (shown.min..=shown.max).contains(&zoom) {
                    let layer = self.served(view)?;
                    let snapshot: Arc<Snapshot> = self.loaded(&layer, ServedLayer::snapshot)?;
                    snapshot.make_variant(zoom);
                }
            }
        }
        Ok(())
    }

    /// Returns the bytes that snapshots hold in memory, the cache of tiles not counted.
    pub fn memory(&self) -> usize {
        let layers = self.all();
        let snapshots = layers.iter().filter_map(|layer| layer.snapshot());
        snapshots.map(|snapshot| snapshot.memory()).sum()
    }

    /// Returns how many snapshots are in memory.
    pub fn snapshots_held(&self) -> usize {
        let layers = self.all();
        let held = layers.iter().filter(|layer| layer.snapshot().is_some());
        held.count()
    }

    /// Returns what was asked of the cache of tiles, and what it holds.
    pub fn cache_use(&self) -> CacheUse {
        self.cache.in_use()
    }

    /// Tells of every change that anybody sees of what is loaded, from now on.
    pub fn news(&self) -> broadcast::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// Makes the large table of every layer with many edits anew; requests go on with the old one until it is ready.
    pub fn compact(&self) {
        for layer in self.all() {
            if let Some(compacted) = compacted(&layer, Snapshot::should_be_compacted) {
                self.swap_in(&layer, &compacted);
            }
        }
    }

    /// Puts in a compacted snapshot, with what was edited since it was begun.
    pub(super) fn swap_in(&self, layer: &ServedLayer, compacted: &Snapshot) {
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

    /// Whether these layers were read, so that their tiles come from memory.
    pub fn is_loaded(&self, views: &[LayerView]) -> bool {
        let is_read = |view| matches!(self.served(view), Ok(layer) if layer.snapshot().is_some());
        views.iter().all(is_read)
    }

    /// Returns the newest snapshots of layers, each once.
    pub(super) fn snapshots(&self, views: &[LayerView]) -> Result<Vec<Arc<Snapshot>>, TileError> {
        let layers = self.newest(views)?;
        let snapshots = layers.iter();
        snapshots
            .map(|layer| self.loaded(layer, ServedLayer::snapshot))
            .collect()
    }

    /// Returns the newest snapshot of a layer, and a revision that it has reached.
    pub(super) fn snapshot_of(
        &self,
        view: &LayerView,
    ) -> Result<(Arc<Snapshot>, Revision), TileError> {
        let layers = self.newest(from_ref(view))?;
        // In this order: the snapshot may be newer than it says, never older.
        let reached = self.reached();
        Ok((self.loaded(&layers[0], ServedLayer::snapshot)?, reached))
    }

    /// Returns layers, each once, after bringing them to the newest revision if that is possible.
    fn newest(&self, views: &[LayerView]) -> Result<Vec<Arc<ServedLayer>>, TileError> {
        if let Err(error) = self.follow() {
            tracing::debug!("tiles are shown as they are in memory: {error}");
        }
        self.each_once(views)
    }

    /// Returns what is kept of layers, each once.
    fn each_once(&self, views: &[LayerView]) -> Result<Vec<Arc<ServedLayer>>, TileError> {
        let mut layers: Vec<Arc<ServedLayer>> = Vec::with_capacity(views.len());
        for view in views {
            let layer = self.served(view)?;
            if layers.iter().all(|other| other.number != layer.number) {
                layers.push(layer);
            }
        }
        Ok(layers)
    }

    /// Returns what everybody sees of a layer.
    #[cfg(test)]
    pub(super) fn public_view(&self, layer: &layers::LayerId) -> LayerView {
        let layer = self.store.layers().get(layer).expect("a layer");
        layers::Audience::PUBLIC
            .view(layer)
            .expect("a public layer")
    }

    /// Returns what `get` takes from a layer, reading the layer first if nobody has yet.
    fn loaded<T>(
        &self,
        layer: &ServedLayer,
        get: impl Fn(&ServedLayer) -> Option<T>,
    ) -> Result<T, TileError> {
        if let Some(got) = get(layer) {
            return Ok(got);
        }
        let _turn = layer.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if get(layer).is_none() {
            self.read(layer)?;
        }
        Ok(get(layer).expect("a layer stays once it is loaded"))
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.swapping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a layer's snapshot compacted if it is due; takes long and holds nobody up.
pub(super) fn compacted(layer: &ServedLayer, due: impl Fn(&Snapshot) -> bool) -> Option<Snapshot> {
    let snapshot = layer.snapshot()?;
    due(&snapshot).then(|| snapshot.compacted())
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
