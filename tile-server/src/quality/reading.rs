//! Reading some features of a layer, alone or with all others, whichever is faster.

use layers::{Feature, FeatureQuery, FeatureStore, LayerView, Revision, StoreError};
use rustc_hash::{FxHashMap, FxHashSet};

/// How many features are found by their `fid`s at most; for more the layer is read whole.
const FEW: usize = 200;

/// Returns those of the features that the view shows at a revision (none is the newest).
pub(super) fn read_some(
    store: &dyn FeatureStore,
    view: &LayerView,
    at: Option<Revision>,
    fids: &FxHashSet<i64>,
) -> Result<FxHashMap<i64, Feature>, StoreError> {
    let mut found = FxHashMap::default();
    let query = FeatureQuery {
        at,
        fids: (fids.len() <= FEW).then(|| fids.iter().copied().collect()),
        ..FeatureQuery::new(view.clone())
    };
    for feature in store.read(&query)? {
        let feature = feature?;
        if fids.contains(&feature.fid) {
            found.insert(feature.fid, feature);
        }
    }
    Ok(found)
}
