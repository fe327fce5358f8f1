//! The last revision that an audience sees: what it may not see moves no number that is shown to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Feature, FeatureId, FeatureQuery, FeatureStore, LayerId, LayerView, Revision, Scope, StoreError,
};

/// A revision that touches more features of the views than this is taken for visible without a look at each.
const MANY: usize = 1000;

/// Returns the last revision, no later than `until`, that changed something which these views show; 0 if none did.
pub fn last_visible_revision(
    store: &dyn FeatureStore,
    views: &[LayerView],
    until: Revision,
) -> Result<Revision, StoreError> {
    let (mut looked_at, mut step) = (until.0, 1);
    // Most often one of the newest revisions is it, so the log is read from its end, in ever longer pieces.
    while looked_at > 0 {
        let since = Revision((looked_at - step).max(0));
        let mut touched: BTreeMap<Revision, BTreeSet<(LayerId, FeatureId)>> = BTreeMap::new();
        for change in store.changes(since)? {
            if let Scope::Feature(feature) = change.scope
                && change.revision.0 <= looked_at
            {
                let features = touched.entry(change.revision).or_default();
                features.insert((feature.layer, feature.id));
            }
        }
        for (revision, features) in touched.into_iter().rev() {
            if is_visible(store, views, revision, &features)? {
                return Ok(revision);
            }
        }
        looked_at = since.0;
        step *= 4;
    }
    Ok(Revision(0))
}

fn is_visible(
    store: &dyn FeatureStore,
    views: &[LayerView],
    revision: Revision,
    touched: &BTreeSet<(LayerId, FeatureId)>,
) -> Result<bool, StoreError> {
    // An attached table has no state of a revision, so that none shows it.
    let kept = |view: &&LayerView| view.layer().source.is_none();
    let kept: Vec<_> = views.iter().filter(kept).collect();
    let view_of = |layer: &LayerId| kept.iter().find(|view| view.layer().id == *layer);
    let seen: Vec<_> = touched
        .iter()
        .filter_map(|(layer, id)| Some((view_of(layer)?, *id)))
        .collect();
    if seen.len() > MANY {
        return Ok(true);
    }
    for (view, id) in seen {
        let before = shown(store, view, id, Revision(revision.0 - 1))?;
        if before != shown(store, view, id, revision)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns a feature as a view showed it at a revision, without the count of its versions.
fn shown(
    store: &dyn FeatureStore,
    view: &LayerView,
    id: FeatureId,
    at: Revision,
) -> Result<Option<Feature>, StoreError> {
    let query = FeatureQuery {
        at: Some(at),
        id: Some(id),
        ..FeatureQuery::new(view.clone())
    };
    let found = store.read(&query)?.next().transpose()?;
    Ok(found.map(|feature| Feature { rev: 0, ..feature }))
}
