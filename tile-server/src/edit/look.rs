//! One feature as somebody sees it, now or as it was.

use std::sync::Arc;

use layers::{FeatureQuery, Layer, Revision, Store, StoreError};

use super::{Seen, Which};
use crate::rights::{User, audience};

/// Returns one feature as somebody sees it.
pub(crate) fn look(
    store: &dyn Store,
    user: Option<&User>,
    layer: &Arc<Layer>,
    which: Which,
) -> Result<Option<Seen>, StoreError> {
    look_at(store, user, layer, which, None)
}

/// Returns one feature as somebody sees it at a revision; none is the newest.
pub(crate) fn look_at(
    store: &dyn Store,
    user: Option<&User>,
    layer: &Arc<Layer>,
    which: Which,
    at: Option<Revision>,
) -> Result<Option<Seen>, StoreError> {
    let Some(view) = audience(user).view(layer) else {
        return Ok(None);
    };
    let query = FeatureQuery {
        at,
        ..which.query(view.clone())
    };
    let found = store.read(&query)?.next().transpose()?;
    Ok(found.map(|feature| Seen { view, feature }))
}
