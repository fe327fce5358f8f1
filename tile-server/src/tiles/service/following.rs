//! Following the store: what is committed reaches the loaded snapshots before the next tile.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use layers::Revision;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{ServedLayer, TileService, read_error};
use crate::tiles::TileError;
use crate::tiles::news::{LayerNews, News};
use crate::tiles::touched::{Touched, touched_since};

impl TileService {
    /// Waits for something to be committed, at most for some time, and follows.
    pub(in crate::tiles) fn wait_and_follow(&self, at_most: Duration) -> Result<(), TileError> {
        let waited = self.store.wait_for_revision(self.reached(), at_most);
        self.is_behind.store(waited.is_err(), Ordering::Release);
        waited.map_err(TileError::ReadChanges)?;
        let followed = self.follow();
        self.is_attended.store(followed.is_ok(), Ordering::Release);
        followed
    }

    /// Brings the loaded snapshots to the newest revision, unless they are to stay at one.
    pub fn follow(&self) -> Result<(), TileError> {
        if self.at.is_some() || self.is_newest() {
            return Ok(());
        }
        let followed = self.follow_store();
        self.is_behind.store(followed.is_err(), Ordering::Release);
        followed
    }

    /// Whether the loaded snapshots have reached every revision that was heard of, while somebody listens for more.
    pub(super) fn is_newest(&self) -> bool {
        let listens =
            self.is_attended.load(Ordering::Acquire) && !self.is_behind.load(Ordering::Acquire);
        listens
            && self
                .store
                .head_heard()
                .is_some_and(|head| head <= self.reached())
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
        let touched = self.touched_since(reached)?;
        for layer in self.all() {
            let Some(touched) = touched.get(layer.id()) else {
                continue;
            };
            if layer.snapshot().is_none() {
                continue;
            }
            // A layer that is to be read anew waits for that with all that changes meanwhile.
            if touched.whole || layer.is_stale() {
                layer.make_stale();
                continue;
            }
            match self.refresh(&layer, &touched.fids) {
                // A table of other software must not hold up what is ours.
                Err(_) if layer.view().layer().source.is_some() => layer.make_stale(),
                refreshed => news.layers.extend(refreshed?),
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
    ) -> Result<Option<LayerNews>, TileError> {
        let Some(before) = layer.snapshot() else {
            return Ok(None);
        };
        let fids: FxHashSet<i64> = touched.keys().copied().collect();
        let refreshed = before.refreshed(&*self.store, &fids);
        let Some(refreshed) = refreshed.map_err(|source| read_error(layer, source))? else {
            return Ok(None);
        };
        let revisions = refreshed.fids.iter().map(|fid| touched[fid]);
        let revision = revisions.max().unwrap_or_default();
        Ok(Some(LayerNews {
            number: layer.number,
            revision,
            tiles: layer.put_refreshed(&before, refreshed, revision),
        }))
    }

    /// Returns which features of which layers the change log names; nothing while no layer is loaded.
    fn touched_since(&self, revision: Revision) -> Result<Touched, TileError> {
        if self.all().iter().any(|layer| layer.snapshot().is_some()) {
            self.log_since(revision)
        } else {
            Ok(Touched::default())
        }
    }

    pub(super) fn log_since(&self, revision: Revision) -> Result<Touched, TileError> {
        touched_since(&*self.store, revision).map_err(TileError::ReadChanges)
    }
}
