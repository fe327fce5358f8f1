//! Undoing a revision: the changes that put every feature it touched back as it was before.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Audience, Change, Feature, FeatureId, FeatureQuery, FeatureStore, LayerId, Revision, Scope,
    StoreError,
};

/// Why a revision cannot be undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// There is no such revision.
    #[error("there is no revision {}", .0.0)]
    NoSuchRevision(Revision),
    /// These features cannot be put back: they were changed by a later revision, or lost their geometry.
    #[error("{} features cannot be put back", .0.len())]
    InTheWay(Vec<Obstacle>),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A feature that keeps a revision from being undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Its layer.
    pub layer: LayerId,
    /// Its identity.
    pub id: FeatureId,
    /// The newest revision that changed it since; none when what it was before cannot be written again.
    pub changed_by: Option<Revision>,
}

/// Plans the changes that undo a revision; writes nothing.
///
/// Every value and geometry is the one that stood before the revision, to the last bit. A feature that the revision
/// removed comes back under its `id`. Refuses, with all of them, when a feature was changed since. Each change expects
/// the `rev` that was read, so a change that comes between plan and `apply` is not lost either.
pub fn plan_undo(store: &dyn FeatureStore, revision: Revision) -> Result<Vec<Change>, UndoError> {
    if store.revision(revision)?.is_none() {
        return Err(UndoError::NoSuchRevision(revision));
    }
    let mut touched = BTreeSet::new();
    let mut changed_since = BTreeMap::new();
    for change in store.changes(Revision(revision.0 - 1))? {
        // What an attached table holds is put back where it is kept.
        let Scope::Feature(touched_feature) = change.scope else {
            continue;
        };
        let layer = store.layers().get(&touched_feature.layer);
        if layer.is_some_and(|layer| layer.source.is_some()) {
            continue;
        }
        let feature = (touched_feature.layer, touched_feature.id);
        if change.revision == revision {
            touched.insert(feature);
        } else {
            changed_since.insert(feature, change.revision);
        }
    }
    let mut changes = Vec::new();
    let mut obstacles = Vec::new();
    for (layer, id) in touched {
        let changed_by = changed_since.get(&(layer.clone(), id)).copied();
        let change = match changed_by {
            None => put_back(store, &layer, id, Revision(revision.0 - 1))?,
            Some(_) => Err(Irreversible),
        };
        match change {
            Ok(change) => changes.extend(change),
            Err(Irreversible) => obstacles.push(Obstacle {
                layer,
                id,
                changed_by,
            }),
        }
    }
    if obstacles.is_empty() {
        // What goes makes room for the keys of what comes back.
        changes.sort_by_key(|change| !matches!(change, Change::Delete { .. }));
        Ok(changes)
    } else {
        Err(UndoError::InTheWay(obstacles))
    }
}

/// A change set cannot say what the feature was before.
struct Irreversible;

/// Returns the change that makes a feature what it was at a revision, if there is anything to change.
fn put_back(
    store: &dyn FeatureStore,
    layer: &LayerId,
    id: FeatureId,
    at: Revision,
) -> Result<Result<Option<Change>, Irreversible>, StoreError> {
    let before = read(store, layer, id, Some(at))?;
    let now = read(store, layer, id, None)?;
    let layer = layer.clone();
    Ok(Ok(match (before, now) {
        (None, None) => None,
        (None, Some(now)) => Some(Change::Delete {
            layer,
            id,
            expected_rev: Some(now.rev),
        }),
        (Some(before), None) => Some(Change::Insert {
            layer,
            id,
            geometry: before.geometry,
            values: before.values,
        }),
        // A change set can move a geometry but not take it away.
        (Some(before), Some(now)) if before.geometry.is_none() && now.geometry.is_some() => {
            return Ok(Err(Irreversible));
        }
        (Some(before), Some(now)) => {
            let fields = store.layers().get(&layer).map(|layer| &layer.fields);
            let names = fields.into_iter().flatten().map(|field| field.name.clone());
            Some(Change::Update {
                id,
                expected_rev: Some(now.rev),
                geometry: before.geometry,
                set: names.zip(before.values).collect(),
                layer,
            })
        }
    }))
}

fn read(
    store: &dyn FeatureStore,
    layer: &LayerId,
    id: FeatureId,
    at: Option<Revision>,
) -> Result<Option<Feature>, StoreError> {
    let unknown = || StoreError::UnknownLayer(layer.clone());
    let found = store.layers().get(layer).ok_or_else(unknown)?;
    let view = Audience::OFFICE
        .view(found)
        .expect("the office sees every layer");
    let query = FeatureQuery {
        at,
        id: Some(id),
        limit: Some(1),
        ..FeatureQuery::new(view)
    };
    store.read(&query)?.next().transpose()
}
