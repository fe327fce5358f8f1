//! Reading whole layers: at first, and again when the change log cannot say what changed.

use std::sync::{Arc, MutexGuard};

use super::{ServedLayer, TileService, read_error};
use crate::tiles::TileError;
use crate::tiles::news::{LayerNews, News};
use crate::tiles::snapshot::Snapshot;

impl TileService {
    /// Reads a layer for the first time.
    pub(super) fn read(&self, layer: &ServedLayer) -> Result<(), TileError> {
        let (snapshot, _turn) = self.read_whole(layer)?;
        layer.put_whole(snapshot, self.reached());
        Ok(())
    }

    /// Reads each layer anew of which the change log could not say what changed; requests go on with what was read
    /// before until it is ready.
    pub fn reload(&self) -> Result<(), TileError> {
        for layer in self.all().iter().filter(|layer| layer.is_stale()) {
            let (snapshot, _turn) = self.read_whole(layer)?;
            let revision = self.reached();
            layer.put_whole(snapshot, revision);
            let news = News {
                layers: vec![LayerNews {
                    number: layer.number,
                    revision,
                    tiles: None,
                }],
            };
            // Nobody may be listening.
            let _ = self.news.send(Arc::new(news));
        }
        Ok(())
    }

    /// Reads a layer and keeps others from swapping in anything until that is put in.
    fn read_whole(&self, layer: &ServedLayer) -> Result<(Snapshot, MutexGuard<'_, ()>), TileError> {
        loop {
            let start = self.reached();
            let snapshot = Snapshot::load(&*self.store, layer.view().clone(), self.at);
            let snapshot = snapshot.map_err(|source| read_error(layer, source))?;
            let turn = self.turn();
            if self.reached() <= start {
                return Ok((snapshot, turn));
            }
            // Nobody followed the changes of this layer while it was read. Reading one twice does no harm.
            let touched = self.log_since(start)?.remove(layer.id());
            let touched = touched.unwrap_or_default();
            if touched.whole {
                continue;
            }
            let refreshed = snapshot.refreshed(&*self.store, &touched.fids.into_keys().collect());
            let refreshed = refreshed.map_err(|source| read_error(layer, source))?;
            let snapshot = refreshed.map_or(snapshot, |refreshed| refreshed.snapshot);
            return Ok((snapshot, turn));
        }
    }
}
