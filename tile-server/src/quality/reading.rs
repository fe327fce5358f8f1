//! Reading some features of a layer, one by one or with all others, whichever is faster.

use layers::{Feature, FeatureQuery, FeatureStore, LayerView, Revision, StoreError};
use rustc_hash::{FxHashMap, FxHashSet};

/// How many features are read one by one at most; for more the layer is read whole.
const ONE_BY_ONE: usize = 200;

/// Returns those of the features that the view shows at a revision (none is the newest).
pub(super) fn read_some(
    store: &dyn FeatureStore,
    view: &LayerView,
    at: Option<Revision>,
    fids: &FxHashSet<i64>,
) -> Result<FxHashMap<i64, Feature>, StoreError> {
    let mut found = FxHashMap::default();
    let mut read = |query: &FeatureQuery| {
        for feature in store.read(query)? {
            let feature = feature?;
            if fids.contains(&feature.fid) {
                found.insert(feature.fid, feature);
            }
        }
        Ok::<_, StoreError>(())
    };
    let all = FeatureQuery {
        at,
        ..FeatureQuery::new(view.clone())
    };
    if fids.len() > ONE_BY_ONE {
        read(&all)?;
    } else {
        for &fid in fids {
            let fid = Some(fid);
            read(&FeatureQuery { fid, ..all.clone() })?;
        }
    }
    Ok(found)
}
