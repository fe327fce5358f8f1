//! The way back of one feature: what stood before a revision, what the revision made of it, and what stands now.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{UNDO_DEVICE, Undo};
use crate::merge::{Asked, Content, Operation, OperationId, edits};
use crate::policy::Operation as Act;
use crate::{
    Audience, Change, Feature, FeatureId, FeatureQuery, FeatureStore, Layer, LayerId, Revision,
    StoreError,
};

/// A change set cannot say what the feature was before.
pub(super) struct Irreversible;

/// Three states of one feature; none where it is not there.
pub(super) struct Way {
    layer: Arc<Layer>,
    id: FeatureId,
    before: Option<Content>,
    made: Option<Content>,
    now: Option<Content>,
    /// The `rev` of what stands.
    rev: i64,
}

impl Way {
    /// Reads the states around a revision.
    pub(super) fn read(
        store: &dyn FeatureStore,
        layer: &LayerId,
        id: FeatureId,
        revision: Revision,
    ) -> Result<Self, StoreError> {
        let unknown = || StoreError::UnknownLayer(layer.clone());
        let layer = store.layers().get(layer).ok_or_else(unknown)?;
        let content = |at| Ok::<_, StoreError>(read(store, layer, id, at)?.map(Content::from));
        let now = read(store, layer, id, None)?;
        Ok(Self {
            before: content(Some(Revision(revision.0 - 1)))?,
            made: content(Some(revision))?,
            rev: now.as_ref().map_or(0, |feature| feature.rev),
            now: now.map(Content::from),
            id,
            layer: Arc::clone(layer),
        })
    }

    /// Whether what stands is what the revision made.
    pub(super) fn is_untouched(&self) -> bool {
        self.now == self.made
    }

    /// Returns what is asked of whoever may do that, for a feature that nobody touched since.
    pub(super) fn asked<'a>(&'a self, operation: &'a Operation) -> Asked<'a> {
        Asked {
            operation,
            layer: &self.layer,
            before: self.now.as_ref(),
            after: self.before.as_ref(),
        }
    }

    /// Returns the change that makes what stands what it was, to the last bit; none when it is the same.
    pub(super) fn change(&self) -> Result<Option<Change>, Irreversible> {
        let (layer, id) = (self.layer.id.clone(), self.id);
        let expected_rev = Some(self.rev);
        Ok(match (&self.before, &self.now) {
            (None, None) => None,
            (None, Some(_)) => Some(Change::Delete {
                layer,
                id,
                expected_rev,
            }),
            (Some(before), None) => Some(Change::Insert {
                layer,
                id,
                geometry: before.geometry.clone(),
                values: before.values.clone(),
            }),
            // A change set can move a geometry but not take it away.
            (Some(before), Some(now)) if before.geometry.is_none() && now.geometry.is_some() => {
                return Err(Irreversible);
            }
            (Some(before), Some(_)) => {
                let names = self.layer.fields.iter().map(|field| field.name.clone());
                Some(Change::Update {
                    layer,
                    id,
                    expected_rev,
                    geometry: before.geometry.clone(),
                    set: names.zip(before.values.iter().cloned()).collect(),
                })
            }
        })
    }

    /// Returns the operation that takes back what the revision did; none when it did nothing. Where it changed only what
    /// no operation can write, such as retired fields, it says nothing.
    pub(super) fn operation(
        &self,
        undo: &Undo,
        new_id: &dyn Fn() -> OperationId,
    ) -> Option<Operation> {
        let (act, set, geometry) = match (&self.before, &self.made) {
            (None, None) => return None,
            (None, Some(_)) => (Act::Delete, BTreeMap::new(), None),
            (Some(before), None) => {
                let (set, geometry) = edits(&self.layer, None, before);
                (Act::Create, set, geometry)
            }
            (Some(before), Some(made)) => {
                if before == made {
                    return None;
                }
                let (set, geometry) = edits(&self.layer, Some(made), before);
                (Act::Update, set, geometry)
            }
        };
        Some(Operation {
            id: new_id(),
            device: UNDO_DEVICE.to_owned(),
            author: undo.author.clone(),
            after: None,
            layer: self.layer.id.clone(),
            feature: self.id,
            act,
            base: undo.revision,
            set,
            geometry,
            at: undo.at,
        })
    }
}

fn read(
    store: &dyn FeatureStore,
    layer: &Arc<Layer>,
    id: FeatureId,
    at: Option<Revision>,
) -> Result<Option<Feature>, StoreError> {
    let view = Audience::OFFICE
        .view(layer)
        .expect("the office sees every layer");
    let query = FeatureQuery {
        at,
        id: Some(id),
        limit: Some(1),
        ..FeatureQuery::new(view)
    };
    store.read(&query)?.next().transpose()
}
