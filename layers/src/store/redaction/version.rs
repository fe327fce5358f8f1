//! Erasure in the values of one version of a feature.

use serde_json::Value as Json;

use super::{Erased, Redaction, RedactionTarget};
use crate::{Layer, LayerSet};

/// Returns the names that a field has and had.
pub(in crate::store) fn names_of(layer: &Layer, field: &str) -> Vec<String> {
    let mut fields = layer.fields.iter();
    let found = fields.find(|one| one.names().any(|name| name == field));
    found.map_or_else(Vec::new, |field| field.names().map(str::to_owned).collect())
}

/// Returns what stands for a whole value; none when nothing is there.
pub(in crate::store) fn whole(
    redaction: &Redaction<'_>,
    erased: &mut Erased,
    value: &Json,
) -> Option<Json> {
    match value {
        Json::Null => None,
        Json::String(text) => {
            let mark = redaction.redactor.mark_of(text)?;
            erased.keep(text);
            Some(Json::String(mark))
        }
        _ => Some(Json::Null),
    }
}

/// Erases in one version of a feature; true when there was something.
pub(in crate::store) fn clean_version(
    redaction: &Redaction<'_>,
    erased: &mut Erased,
    layers: &LayerSet,
    [layer, id]: [&str; 2],
    values: &mut Json,
) -> bool {
    let (of, of_id, field) = match redaction.target {
        RedactionTarget::Value => return redaction.redactor.clean(values),
        RedactionTarget::Field { layer, id, field } => (layer, id, field),
    };
    let is_it = of.as_str() == layer && of_id.to_string() == id;
    let Some(known) = layers.get(of).filter(|_| is_it) else {
        return false;
    };
    let mut found = false;
    for name in names_of(known, field) {
        let value = values.get_mut(&name);
        let new = value
            .as_deref()
            .and_then(|value| whole(redaction, erased, value));
        if let (Some(value), Some(new)) = (value, new) {
            *value = new;
            found = true;
        }
    }
    found
}
