//! The newest states of layers as views show them: the last revision that shows, and the hash, kept up to date change by
//! change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use layers::store::{FeatureHash, LayerHash, shown_changes};
use layers::{FeatureQuery, LayerView, Revision, Store, StoreError, last_visible_revision};

/// How long a state is kept up to date that nobody asks for.
const KEPT: Duration = Duration::from_mins(10);

/// The newest state of a layer as a view shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newest {
    /// The newest revision of all.
    pub(crate) head: Revision,
    /// The last revision that the view shows; the state is the same.
    pub(crate) shown: Revision,
    /// The hash of what is shown.
    pub(crate) hash: LayerHash,
}

/// A state with what it takes to follow the store.
struct Followed {
    newest: Newest,
    /// The hash of each feature by its `fid`: what the past says of it may have been erased since.
    hashes: HashMap<i64, FeatureHash>,
}

/// A state that one follows at a time, and when it was last asked for.
struct Held {
    view: LayerView,
    state: Arc<Mutex<Option<Followed>>>,
    asked: Instant,
}

/// The states that are followed, all in one store.
#[derive(Default)]
pub(crate) struct LayerStates(Mutex<Vec<Held>>);

impl LayerStates {
    /// Returns the newest state of a layer; the first time, the whole layer is read.
    pub(crate) fn newest(&self, store: &dyn Store, view: &LayerView) -> Result<Newest, StoreError> {
        let state = self.state(view);
        let mut state = lock(&state);
        let head = store.head()?;
        let followed = match state.take() {
            Some(mut followed) if followed.newest.head <= head => {
                followed.follow(store, view, head)?;
                followed
            }
            _ => Followed::read(store, view, head)?,
        };
        let newest = followed.newest;
        *state = Some(followed);
        Ok(newest)
    }

    fn state(&self, view: &LayerView) -> Arc<Mutex<Option<Followed>>> {
        let mut all = lock(&self.0);
        all.retain(|held| held.asked.elapsed() < KEPT || Arc::strong_count(&held.state) > 1);
        if let Some(held) = all.iter_mut().find(|held| held.view == *view) {
            held.asked = Instant::now();
            return Arc::clone(&held.state);
        }
        let state = Arc::default();
        all.push(Held {
            view: view.clone(),
            state: Arc::clone(&state),
            asked: Instant::now(),
        });
        state
    }
}

impl Followed {
    fn read(store: &dyn Store, view: &LayerView, head: Revision) -> Result<Self, StoreError> {
        let mut hash = LayerHash::default();
        let mut hashes = HashMap::new();
        let query = FeatureQuery {
            at: Some(head),
            ..FeatureQuery::new(view.clone())
        };
        for feature in store.read(&query)? {
            let feature = feature?;
            let of_feature = FeatureHash::of(view, &feature);
            hash.add(of_feature);
            hashes.insert(feature.fid, of_feature);
        }
        let views = std::slice::from_ref(view);
        let shown = last_visible_revision(store, views, head)?;
        let newest = Newest { head, shown, hash };
        Ok(Self { newest, hashes })
    }

    fn follow(
        &mut self,
        store: &dyn Store,
        view: &LayerView,
        head: Revision,
    ) -> Result<(), StoreError> {
        let newest = &mut self.newest;
        if head == newest.head {
            return Ok(());
        }
        let mut is_shown = false;
        let mut changes = shown_changes(store, view, newest.head, head, None)?;
        while let Some(change) = changes.next_touched()? {
            let fid = change.feature().fid;
            let before = self.hashes.remove(&fid);
            let after = change.after.map(|after| FeatureHash::of(view, &after));
            is_shown |= before != after;
            if let Some(hash) = before {
                newest.hash.remove(hash);
            }
            if let Some(hash) = after {
                newest.hash.add(hash);
                self.hashes.insert(fid, hash);
            }
        }
        newest.head = head;
        if is_shown {
            let last = last_visible_revision(store, std::slice::from_ref(view), head)?;
            newest.shown = newest.shown.max(last);
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
