//! What the service keeps of layers, once for all who see the same of one, and how it forgets.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use layers::{LayerId, LayerView};

use super::TileService;
use crate::tiles::TileError;
use crate::tiles::layer::ServedLayer;

/// Keeps in memory what some see of a layer, for as long as it is held.
pub struct Held(Arc<ServedLayer>);

impl Held {
    /// Returns the number by which news name it.
    pub fn number(&self) -> usize {
        self.0.number
    }

    /// Returns the layer.
    pub fn layer(&self) -> &LayerId {
        self.0.id()
    }
}

impl TileService {
    /// Keeps in memory what views show, for as long as the result is held.
    pub fn hold(&self, views: &[LayerView]) -> Result<Vec<Held>, TileError> {
        let held = views.iter().map(|view| self.served(view).map(Held));
        held.collect()
    }

    /// Forgets what only some see and nobody asked for since this was called before.
    ///
    /// What everybody sees stays: the next one may ask for it at any time.
    pub fn forget_unasked(&self) {
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        layers.retain(|layer| {
            let was_asked_for = layer.was_asked_for.swap(false, Ordering::Relaxed);
            was_asked_for || layer.view().is_public() || Arc::strong_count(layer) > 1
        });
    }

    /// Returns what is kept of a layer for those who see the same of it in tiles.
    pub(in crate::tiles) fn served(&self, view: &LayerView) -> Result<Arc<ServedLayer>, TileError> {
        let layer = view.layer();
        if layer.geometry.is_none() {
            return Err(TileError::UnknownLayer(layer.id.clone()));
        }
        let view = view.in_tiles();
        let find = |layers: &[Arc<ServedLayer>]| {
            let found = layers.iter().find(|layer| *layer.view() == view)?;
            found.was_asked_for.store(true, Ordering::Relaxed);
            Some(Arc::clone(found))
        };
        let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = find(&layers) {
            return Ok(known);
        }
        drop(layers);
        let mut layers = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        Ok(find(&layers).unwrap_or_else(|| {
            // Tiles in the cache are known by it, also when the layer is forgotten.
            let number = self.next_number.fetch_add(1, Ordering::Relaxed);
            let layer = Arc::new(ServedLayer::new(number, view));
            layers.push(Arc::clone(&layer));
            layer
        }))
    }

    pub(super) fn all(&self) -> Vec<Arc<ServedLayer>> {
        let layers = self.layers.read().unwrap_or_else(PoisonError::into_inner);
        layers.clone()
    }
}
