//! The last revisions that views show, kept: to find one takes as long as the revision is large, and whoever reads a file
//! in parts asks a hundred times.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use layers::{LayerView, Revision, StoreError};

/// How many are kept.
const MOST: usize = 64;

struct Shown {
    view: LayerView,
    state: Revision,
    revision: Revision,
}

/// What was found lately, the newest last.
#[derive(Default)]
pub(crate) struct LastShown(Mutex<VecDeque<Shown>>);

impl LastShown {
    /// Returns the last revision that a view shows of a state, which never becomes another one.
    pub(crate) fn of(
        &self,
        view: &LayerView,
        state: Revision,
        find: impl FnOnce() -> Result<Revision, StoreError>,
    ) -> Result<Revision, StoreError> {
        let is_it = |shown: &&Shown| shown.state == state && shown.view == *view;
        if let Some(shown) = self.lock().iter().find(is_it) {
            return Ok(shown.revision);
        }
        let revision = find()?;
        let mut kept = self.lock();
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back(Shown {
            view: view.clone(),
            state,
            revision,
        });
        Ok(revision)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use layers::{Audience, LayerSet};

    use super::*;

    #[test]
    fn each_is_found_once_and_a_bound_is_kept() {
        let layers = LayerSet::shipped().expect("sound");
        let view = Audience::PUBLIC.view(layers.named("trees").expect("shipped"));
        let view = view.expect("public");
        let shown = LastShown::default();
        let never = || panic!("it is known");
        for state in 1..=100 {
            let found = shown.of(&view, Revision(state), || Ok(Revision(state - 1)));
            assert_eq!(found.expect("found"), Revision(state - 1));
            let again = shown.of(&view, Revision(state), never);
            assert_eq!(again.expect("kept"), Revision(state - 1));
        }
        assert_eq!(shown.lock().len(), MOST);
    }
}
