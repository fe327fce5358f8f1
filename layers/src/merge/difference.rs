//! The change that a store has to make so that a feature holds something else.

use super::Content;
use crate::{Change, FeatureId, Layer};

/// Returns the change from what a feature holds, with its `rev`, to what it shall hold; none when that is the same.
pub(super) fn change(
    layer: &Layer,
    id: FeatureId,
    before: Option<(&Content, i64)>,
    after: Option<&Content>,
) -> Option<Change> {
    let layer_id = layer.id.clone();
    match (before, after) {
        (None, None) => None,
        (None, Some(after)) => Some(Change::Insert {
            layer: layer_id,
            id,
            geometry: after.geometry.clone(),
            values: after.values.clone(),
        }),
        (Some((_, rev)), None) => Some(Change::Delete {
            layer: layer_id,
            id,
            expected_rev: Some(rev),
        }),
        (Some((before, _)), Some(after)) if before == after => None,
        (Some((before, rev)), Some(after)) => {
            let values = before.values.iter().zip(&after.values);
            let fields = layer.fields.iter().zip(values);
            let differing = fields.filter(|(_, (old, new))| old != new);
            let set = differing.map(|(field, (_, new))| (field.name.clone(), new.clone()));
            let is_moved = before.geometry != after.geometry;
            Some(Change::Update {
                layer: layer_id,
                id,
                expected_rev: Some(rev),
                geometry: after.geometry.clone().filter(|_| is_moved),
                set: set.collect(),
            })
        }
    }
}
