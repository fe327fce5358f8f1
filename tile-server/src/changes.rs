//! What changed of a layer since a revision, as somebody sees it, and the hash by which they know that they have all.

use layers::store::{FeatureHash, LayerHash, shown_changes};
use layers::{Feature, FeatureId, LayerView, Revision, Store, StoreError};

mod newest;

pub(crate) use self::newest::{LayerStates, Newest};

/// Which changes are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangesRequest {
    /// After which revision.
    pub(crate) since: Revision,
    /// Up to which one; none is the last that is seen.
    pub(crate) until: Option<Revision>,
    /// Only features with a larger `fid`.
    pub(crate) after_fid: Option<i64>,
    /// How many at most.
    pub(crate) limit: u64,
}

/// One page of changes.
pub(crate) struct ChangesPage {
    /// Up to which revision.
    pub(crate) until: Revision,
    /// The hash of what is shown at that revision.
    pub(crate) hash: LayerHash,
    /// What is not shown any more.
    pub(crate) removed: Vec<FeatureId>,
    /// What is shown otherwise, or for the first time.
    pub(crate) features: Vec<Feature>,
    /// The `fid` after which the next page begins.
    pub(crate) next_after: Option<i64>,
}

/// Why there is no page.
pub(crate) enum NoChanges {
    /// Nobody was ever told of the revision to begin after: the store was restored from a backup, or it is a mistake.
    UnknownSince,
    /// The revision to end with is not between the one to begin after and the last that is seen.
    UnknownUntil,
    /// The store did not do it.
    Store(StoreError),
}

impl From<StoreError> for NoChanges {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Reads one page of changes.
pub(crate) fn page(
    store: &dyn Store,
    view: &LayerView,
    newest: Newest,
    asked: &ChangesRequest,
) -> Result<ChangesPage, NoChanges> {
    let until = asked.until.unwrap_or(newest.shown);
    if asked.since > newest.shown {
        return Err(NoChanges::UnknownSince);
    }
    if until < asked.since || until > newest.shown {
        return Err(NoChanges::UnknownUntil);
    }
    let mut page = ChangesPage {
        until,
        hash: hash_at(store, view, newest, until)?,
        removed: Vec::new(),
        features: Vec::new(),
        next_after: None,
    };
    if asked.since == until {
        return Ok(page);
    }
    // What is seen at the newest revision of all is the same, and it is read faster.
    let end = if until == newest.shown {
        newest.head
    } else {
        until
    };
    let mut last = None;
    for (number, change) in (0..).zip(shown_changes(
        store,
        view,
        asked.since,
        end,
        asked.after_fid,
    )?) {
        if number == asked.limit {
            page.next_after = last;
            break;
        }
        let change = change?;
        let feature = change.feature();
        last = Some(feature.fid);
        match change.after {
            None => page.removed.push(feature.id),
            Some(after) => page.features.push(after),
        }
    }
    Ok(page)
}

/// Returns the hash of what was shown at a revision, from the newest one and what changed since.
fn hash_at(
    store: &dyn Store,
    view: &LayerView,
    newest: Newest,
    at: Revision,
) -> Result<LayerHash, StoreError> {
    let mut hash = newest.hash;
    if at == newest.shown {
        return Ok(hash);
    }
    for change in shown_changes(store, view, at, newest.head, None)? {
        let change = change?;
        if let Some(after) = change.after {
            hash.remove(FeatureHash::of(view, &after));
        }
        if let Some(before) = change.before {
            hash.add(FeatureHash::of(view, &before));
        }
    }
    Ok(hash)
}
