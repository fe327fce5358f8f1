//! One layer of the service as some see it: its snapshot and the versions of its tiles, always swapped together.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use layers::{LayerId, LayerView, Revision};

use super::grid::TileId;
use super::snapshot::{Refreshed, Snapshot};
use super::versions::{TileVersions, touched_tiles};

/// A layer that is read when it is first asked for.
pub(super) struct ServedLayer {
    /// No other of the service ever has it.
    pub(super) number: usize,
    view: LayerView,
    state: RwLock<Option<State>>,
    /// Whether any feature may have changed since the layer was read.
    is_stale: AtomicBool,
    /// Whether anybody asked for it since that was looked at.
    pub(super) was_asked_for: AtomicBool,
    /// Held by the one who reads the layer for the first time.
    pub(super) loading: Mutex<()>,
}

struct State {
    snapshot: Arc<Snapshot>,
    versions: TileVersions,
}

impl ServedLayer {
    pub(super) fn new(number: usize, view: LayerView) -> Self {
        Self {
            number,
            view,
            state: RwLock::new(None),
            is_stale: AtomicBool::new(false),
            was_asked_for: AtomicBool::new(true),
            loading: Mutex::new(()),
        }
    }

    pub(super) fn id(&self) -> &LayerId {
        &self.view.layer().id
    }

    pub(super) fn view(&self) -> &LayerView {
        &self.view
    }

    pub(super) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.read()
            .as_ref()
            .map(|state| Arc::clone(&state.snapshot))
    }

    /// Keeps in mind that any feature may have changed, so that the layer must be read again.
    pub(super) fn make_stale(&self) {
        self.is_stale.store(true, Ordering::Release);
    }

    /// Whether any feature of what is loaded may have changed.
    pub(super) fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Acquire)
    }

    /// Returns the snapshot and the version of one of its tiles; the same version always has the same bytes.
    pub(super) fn version(&self, tile: TileId) -> Option<(Arc<Snapshot>, Revision)> {
        let state = self.read();
        let state = state.as_ref()?;
        let shows = tile.zoom() >= self.view.layer().zooms.min;
        let version = if shows {
            state.versions.of(tile)
        } else {
            Revision::default()
        };
        Some((Arc::clone(&state.snapshot), version))
    }

    /// Puts in the layer as it was read whole; no tile of it may have been of this revision before.
    pub(super) fn put_whole(&self, snapshot: Snapshot, revision: Revision) {
        self.is_stale.store(false, Ordering::Release);
        self.put(State {
            snapshot: Arc::new(snapshot),
            versions: TileVersions::all_at(revision),
        });
    }

    /// Puts in another form of the same content.
    pub(super) fn put_same(&self, snapshot: Snapshot) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = &mut *state {
            state.snapshot = Arc::new(snapshot);
        }
    }

    /// Puts in the state after a revision and returns the tiles that it touched; none are all.
    pub(super) fn put_refreshed(
        &self,
        before: &Snapshot,
        refreshed: Refreshed,
        revision: Revision,
    ) -> Option<Vec<TileId>> {
        let after = Arc::new(refreshed.snapshot);
        let tiles = touched_tiles(before, &after, &refreshed.changed);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = &mut *state {
            state.snapshot = after;
            state.versions.touch(tiles.as_ref(), revision);
        }
        tiles.map(|tiles| tiles.into_iter().collect())
    }

    fn put(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<State>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}
