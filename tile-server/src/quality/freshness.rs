//! When somebody last saw a feature of each municipality change: what is hidden from the audience does not count.

use std::collections::{BTreeMap, BTreeSet};

use layers::{ChangeKind, Feature, FeatureStore, LayerView, Revision, StoreError, Touched};
use rustc_hash::{FxHashMap, FxHashSet};

use super::layer::Owner;
use super::reading::read_some;

/// Returns the last revision in a layer's log that the view shows, for each municipality that has features.
pub(super) fn last_changes(
    store: &dyn FeatureStore,
    view: &LayerView,
    owners: &FxHashMap<i64, Owner>,
    log: &[(Revision, &Touched)],
) -> Result<BTreeMap<Owner, Revision>, StoreError> {
    let mut waiting: BTreeSet<Owner> = owners.values().copied().collect();
    let mut found = BTreeMap::new();
    let mut later = FxHashSet::default();
    for changes in log.chunk_by(|a, b| a.0 == b.0).rev() {
        if waiting.is_empty() {
            break;
        }
        let revision = changes[0].0;
        let mut seen: BTreeSet<Owner> = BTreeSet::new();
        let mut unsure = FxHashSet::default();
        for (_, touched) in changes.iter().rev() {
            let fid = touched.fid;
            let is_last = later.insert(fid);
            match owners.get(&fid) {
                // What was new then and was not touched since is seen now as it was.
                Some(&owner) if is_last && touched.kind == ChangeKind::Insert => {
                    seen.insert(owner);
                }
                Some(owner) if !waiting.contains(owner) => {}
                _ => {
                    unsure.insert(fid);
                }
            }
        }
        unsure.retain(|fid| owners.get(fid).is_none_or(|owner| !seen.contains(owner)));
        seen.extend(owners_of_changed(store, view, revision, &unsure)?);
        let news = seen.into_iter().filter(|owner| waiting.remove(owner));
        found.extend(news.map(|owner| (owner, revision)));
    }
    Ok(found)
}

/// Returns to whom those of the features belong, or belonged, that look different since a revision.
fn owners_of_changed(
    store: &dyn FeatureStore,
    view: &LayerView,
    revision: Revision,
    fids: &FxHashSet<i64>,
) -> Result<Vec<Owner>, StoreError> {
    if fids.is_empty() {
        return Ok(Vec::new());
    }
    let before = read_some(store, view, Some(Revision(revision.0 - 1)), fids)?;
    let after = read_some(store, view, Some(revision), fids)?;
    let look = |feature: Option<&Feature>| feature.map(|f| (f.geometry.clone(), f.values.clone()));
    let changed = fids
        .iter()
        .map(|fid| (before.get(fid), after.get(fid)))
        .filter(|(before, after)| look(*before) != look(*after));
    let both = changed.flat_map(|(before, after)| before.into_iter().chain(after));
    Ok(both.map(|feature| view.municipality_of(feature)).collect())
}
