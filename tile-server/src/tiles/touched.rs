//! What the change log names since a revision, by layer.

use layers::{FeatureStore, LayerId, Revision, Scope, StoreError};
use rustc_hash::FxHashMap;

/// What the change log names of each layer.
pub(super) type Touched = FxHashMap<LayerId, TouchedInLayer>;

/// What the change log names of a layer.
#[derive(Default)]
pub(super) struct TouchedInLayer {
    /// The features by `fid`, with the last revision that names each.
    pub(super) fids: FxHashMap<i64, Revision>,
    /// Whether it may have been any feature.
    pub(super) whole: bool,
}

/// Reads the change log after a revision.
pub(super) fn touched_since(
    store: &dyn FeatureStore,
    revision: Revision,
) -> Result<Touched, StoreError> {
    let mut touched = Touched::default();
    for change in store.changes(revision)? {
        match change.scope {
            Scope::Feature(feature) => {
                let of_layer = touched.entry(feature.layer).or_default();
                of_layer.fids.insert(feature.fid, change.revision);
            }
            Scope::WholeLayer(layer) => {
                touched.entry(layer).or_default().whole = true;
            }
        }
    }
    Ok(touched)
}
