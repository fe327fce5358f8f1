//! The door of the tile engine: finds the layers' snapshots and keeps them at the newest revision.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use layers::crs::{Crs, transform};
use layers::{Audience, Bbox, FeatureStore, LayerId, LayerView, Revision};

use super::TileError;
use super::cache::{Encoding, Tile, TileCache, TileKey};
use super::grid::{TileId, mercator_metres};
use super::snapshot::{Snapshot, Touched};

/// Tiles of all layers for one audience, of the newest revision or of one that stays.
///
/// A layer is read when it is first asked for. After that each request asks the store for its newest revision only; when
/// that has moved on, the change log says which features to read again.
pub struct TileService {
    store: Arc<dyn FeatureStore>,
    /// The one revision to show; none follows the newest.
    at: Option<Revision>,
    layers: Vec<ServedLayer>,
    cache: TileCache,
    /// The revision that every loaded snapshot has reached.
    reached: AtomicI64,
    /// Held by the one who loads or refreshes snapshots.
    refreshing: Mutex<()>,
}

struct ServedLayer {
    view: LayerView,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
}

impl ServedLayer {
    fn id(&self) -> &LayerId {
        &self.view.layer().id
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn put(&self, snapshot: Snapshot) -> Arc<Snapshot> {
        let snapshot = Arc::new(snapshot);
        *self
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&snapshot));
        snapshot
    }
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
            .map(|view| ServedLayer {
                view,
                snapshot: RwLock::new(None),
            })
            .collect();
        Self {
            store,
            layers,
            cache: TileCache::new(),
            reached: AtomicI64::new(at.map_or(0, |revision| revision.0)),
            at,
            refreshing: Mutex::new(()),
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
        let snapshots = self.snapshots(layers)?;
        let versions = snapshots
            .iter()
            .map(|(number, snapshot)| (*number, snapshot.version().0));
        let key = TileKey {
            tile,
            encoding,
            layers: versions.collect(),
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
        let around = snapshots
            .first()
            .and_then(|(_, snapshot)| snapshot.around());
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
        self.snapshots(&ids).map(drop)
    }

    /// Returns the bytes that snapshots hold in memory, the cache of tiles not counted.
    pub fn memory(&self) -> usize {
        let snapshots = self.layers.iter().filter_map(ServedLayer::snapshot);
        snapshots.map(|snapshot| snapshot.memory()).sum()
    }

    /// Returns the newest snapshots of layers with the layers' numbers, each once.
    fn snapshots(&self, ids: &[LayerId]) -> Result<Vec<(usize, Arc<Snapshot>)>, TileError> {
        self.follow()?;
        let mut found: Vec<(usize, Arc<Snapshot>)> = Vec::with_capacity(ids.len());
        for id in ids {
            let number = self.layers.iter().position(|layer| layer.id() == id);
            let number = number.ok_or_else(|| TileError::UnknownLayer(id.clone()))?;
            if found.iter().all(|(other, _)| *other != number) {
                let layer = &self.layers[number];
                let snapshot = layer.snapshot().map_or_else(|| self.load(layer), Ok)?;
                found.push((number, snapshot));
            }
        }
        Ok(found)
    }

    fn load(&self, layer: &ServedLayer) -> Result<Arc<Snapshot>, TileError> {
        let _turn = self
            .refreshing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = layer.snapshot() {
            return Ok(snapshot);
        }
        // Changes committed while the layer is read are read again by the next `follow`, which does no harm.
        let version = Revision(self.reached.load(Ordering::Acquire));
        let snapshot = Snapshot::load(&*self.store, layer.view.clone(), self.at, version);
        snapshot
            .map(|snapshot| layer.put(snapshot))
            .map_err(|source| read_error(layer, source))
    }

    /// Brings the loaded snapshots to the newest revision, unless they are to stay at one.
    fn follow(&self) -> Result<(), TileError> {
        if self.at.is_some() {
            return Ok(());
        }
        let head = self.store.head().map_err(TileError::ReadChanges)?;
        if head.0 == self.reached.load(Ordering::Acquire) {
            return Ok(());
        }
        let _turn = self
            .refreshing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let reached = Revision(self.reached.load(Ordering::Acquire));
        if reached >= head {
            return Ok(());
        }
        let touched = self.touched_since(reached)?;
        for layer in &self.layers {
            let (Some(snapshot), Some(touched)) = (layer.snapshot(), touched.get(layer.id()))
            else {
                continue;
            };
            let refreshed = snapshot.refreshed(&*self.store, touched, head);
            layer.put(refreshed.map_err(|source| read_error(layer, source))?);
        }
        self.reached.store(head.0, Ordering::Release);
        Ok(())
    }

    /// Returns which features of which layers the change log names; nothing while no layer is loaded.
    fn touched_since(
        &self,
        revision: Revision,
    ) -> Result<HashMap<LayerId, HashSet<Touched>>, TileError> {
        let mut touched: HashMap<LayerId, HashSet<Touched>> = HashMap::new();
        if self.layers.iter().any(|layer| layer.snapshot().is_some()) {
            for change in self
                .store
                .changes(revision)
                .map_err(TileError::ReadChanges)?
            {
                let change = change.touched;
                touched
                    .entry(change.layer)
                    .or_default()
                    .insert((change.id, change.fid));
            }
        }
        Ok(touched)
    }
}

fn encode(snapshots: &[(usize, Arc<Snapshot>)], tile: TileId) -> Vec<u8> {
    let mut content = Vec::new();
    for (_, snapshot) in snapshots {
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
