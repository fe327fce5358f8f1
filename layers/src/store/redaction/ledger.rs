//! Erasure in what is kept of operations: what was typed is in them too.

use serde_json::Value as Json;

use super::{Erased, Redaction, RedactionTarget, names_of, whole};
use crate::{FeatureId, LayerSet};

/// Erases in an operation and in what became of it; true when there was something.
pub(in crate::store) fn clean_operation(
    redaction: &Redaction<'_>,
    erased: &mut Erased,
    layers: &LayerSet,
    operation: &mut Json,
    outcome: &mut Json,
) -> bool {
    let RedactionTarget::Field { .. } = redaction.target else {
        let redactor = redaction.redactor;
        return [operation, outcome]
            .into_iter()
            .fold(false, |found, document| redactor.clean(document) | found);
    };
    let of =
        ["layer", "feature"].map(|name| operation[name].as_str().unwrap_or_default().to_owned());
    let mut found = false;
    for name in names(redaction, layers, [&of[0], &of[1]]) {
        for side in ["old", "new"] {
            let edit = operation.get_mut("set").and_then(|set| set.get_mut(&name));
            let value = edit.and_then(|edit| edit.get_mut(side));
            found |= clean_value(redaction, erased, value, outcome);
        }
    }
    found
}

/// Erases in a conflict and in what was decided; true when there was something.
///
/// `of` is its layer, its feature and its part.
pub(in crate::store) fn clean_conflict(
    redaction: &Redaction<'_>,
    erased: &mut Erased,
    layers: &LayerSet,
    of: [&str; 3],
    conflict: &mut Json,
    decision: &mut Json,
) -> bool {
    let RedactionTarget::Field { .. } = redaction.target else {
        let redactor = redaction.redactor;
        return [conflict, decision]
            .into_iter()
            .fold(false, |found, document| redactor.clean(document) | found);
    };
    let [layer, feature, part] = of;
    let mut found = false;
    for name in names(redaction, layers, [layer, feature]) {
        for side in ["base", "theirs", "mine"] {
            if part == name {
                let value = conflict[side].get_mut("value");
                found |= clean_value(redaction, erased, value, decision);
            }
            let values = conflict[side]
                .get_mut("feature")
                .and_then(|it| it.get_mut("values"));
            let value = values.and_then(|values| values.get_mut(&name));
            found |= clean_value(redaction, erased, value, decision);
        }
    }
    found
}

/// Returns the names of the field that is to be erased, if it is of this feature.
fn names(redaction: &Redaction<'_>, layers: &LayerSet, [layer, feature]: [&str; 2]) -> Vec<String> {
    let RedactionTarget::Field {
        layer: of,
        id,
        field,
    } = redaction.target
    else {
        return Vec::new();
    };
    let feature: Option<FeatureId> = feature.parse().ok();
    let known = layers
        .get(of)
        .filter(|_| of.as_str() == layer && feature == Some(*id));
    known.map_or_else(Vec::new, |layer| names_of(layer, field))
}

/// Puts a mark instead of a whole value, also where `beside` repeats its text.
fn clean_value(
    redaction: &Redaction<'_>,
    erased: &mut Erased,
    value: Option<&mut Json>,
    beside: &mut Json,
) -> bool {
    let Some(value) = value else { return false };
    let Some(new) = whole(redaction, erased, value) else {
        return false;
    };
    if let Some(text) = value.as_str() {
        redaction.redactor.for_values([text]).clean(beside);
    }
    *value = new;
    true
}
