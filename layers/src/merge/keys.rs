//! Natural keys while a batch is judged: no two features of a layer may have the same.

use std::collections::HashMap;

use super::{Content, Past};
use crate::{FeatureId, Finding, Language, Layer, LayerId, Problem, StoreError, Value};

/// The keys that features have by what was judged so far.
#[derive(Default)]
pub(super) struct Keys(HashMap<(LayerId, String), FeatureId>);

impl Keys {
    /// Returns a finding when another feature has the key; `of` says what is judged of a feature so far.
    pub(super) fn namesake<'a>(
        &self,
        past: &dyn Past,
        layer: &Layer,
        id: FeatureId,
        content: &Content,
        of: impl Fn(FeatureId) -> Option<Option<&'a Content>>,
    ) -> Result<Option<Finding>, StoreError> {
        let Some(key) = key_of(layer, content) else {
            return Ok(None);
        };
        let judged = self.0.get(&(layer.id.clone(), written(&key))).copied();
        let stored = past.holder(layer, &key)?.filter(|holder| {
            let judged = of(*holder);
            judged.is_none_or(|now| now.and_then(|now| key_of(layer, now)).as_ref() == Some(&key))
        });
        let mut others = [judged, stored].into_iter().flatten();
        Ok(others.any(|other| other != id).then(|| {
            let fields = layer.key.iter().filter_map(|name| layer.field(name));
            let said = fields
                .zip(&key)
                .map(|((_, field), value)| field.display(value, Language::English));
            let said = said.collect::<Vec<_>>().join("/");
            Finding::of_feature(Problem::DuplicateKey(said))
        }))
    }

    /// Takes over what a feature holds now instead of what it held.
    pub(super) fn put(
        &mut self,
        layer: &Layer,
        id: FeatureId,
        before: Option<&Content>,
        after: Option<&Content>,
    ) {
        let place =
            |content: &Content| key_of(layer, content).map(|key| (layer.id.clone(), written(&key)));
        if let Some(key) = before.and_then(place) {
            self.0.remove(&key);
        }
        if let Some(key) = after.and_then(place) {
            self.0.insert(key, id);
        }
    }
}

/// Returns the values of the key; none when one is missing, or the layer has no key.
pub(super) fn key_of(layer: &Layer, content: &Content) -> Option<Vec<Value>> {
    let part = |name: &String| {
        let (place, _) = layer.field(name)?;
        let value = &content.values[place];
        (!value.is_null()).then(|| value.clone())
    };
    let key: Option<Vec<_>> = layer.key.iter().map(part).collect();
    key.filter(|key| !key.is_empty())
}

fn written(key: &[Value]) -> String {
    format!("{key:?}")
}
