//! Values against the schema of their layer, and natural keys against each other.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use layers::{Field, Language, LayerView, Problem, Value};

use super::subject::Subject;
use crate::Check;
use crate::finding::text;

/// Looks at every value of a feature.
pub(super) fn check(subject: &mut Subject<'_>) {
    for (field, value) in subject.values() {
        if let Some(problem) = field.check(value) {
            report(subject, field, &problem);
        }
    }
}

fn report(subject: &mut Subject<'_>, field: &Field, problem: &Problem) {
    let (check, advice) = match problem {
        Problem::Missing => (
            Check::Mandatory,
            text("Doplňte hodnotu.", "Fill in the value."),
        ),
        Problem::NotInCodeList(_) => (
            Check::Codes,
            text(
                "Vyberte hodnotu z číselníku.",
                "Choose a value of the list.",
            ),
        ),
        Problem::OutOfRange(..) => (
            Check::Plausible,
            text("Ověřte hodnotu.", "Check the value."),
        ),
        _ => (
            Check::FieldTypes,
            text("Opravte hodnotu.", "Correct the value."),
        ),
    };
    subject.report_field(check, field, problem.text(), advice);
}

/// The natural keys seen so far, as hashes: eight bytes for a feature, however long its key is.
pub(super) struct Keys {
    /// The places of the key's values, if all of them are visible.
    places: Vec<usize>,
    seen: HashSet<u64>,
}

impl Keys {
    pub(super) fn new(view: &LayerView) -> Self {
        let places = view.layer().key.iter().map(|name| view.field(name));
        let places: Option<Vec<_>> = places.map(|found| Some(found?.0)).collect();
        Self {
            places: places.unwrap_or_default(),
            seen: HashSet::new(),
        }
    }

    /// Reports a feature whose whole key another one before it had.
    pub(super) fn check(&mut self, subject: &mut Subject<'_>) {
        let values: Vec<&Value> = self
            .places
            .iter()
            .map(|&place| &subject.feature.values[place])
            .collect();
        if values.is_empty() || values.iter().any(|value| value.is_null()) {
            return;
        }
        let mut hasher = DefaultHasher::new();
        format!("{values:?}").hash(&mut hasher);
        if self.seen.insert(hasher.finish()) {
            return;
        }
        let parts: Vec<_> = self
            .places
            .iter()
            .filter_map(|&place| {
                let field = subject.view.fields().nth(place)?;
                Some((
                    field,
                    field.display(&subject.feature.values[place], Language::Czech),
                ))
            })
            .collect();
        let Some((field, _)) = parts.last() else {
            return;
        };
        let key: Vec<_> = parts.iter().map(|(_, part)| part.as_str()).collect();
        let problem = Problem::DuplicateKey(key.join("/"));
        let advice = text(
            "Jeden z prvků přečíslujte, nebo smažte.",
            "Renumber or delete one of them.",
        );
        subject.report_field(Check::UniqueKeys, field, problem.text(), advice);
    }
}

#[cfg(test)]
mod tests {
    use layers::{Audience, Feature, FeatureId, LayerSet};

    use super::*;
    use crate::Findings;

    #[test]
    fn a_second_feature_with_the_same_key_is_found() {
        let layers = LayerSet::shipped().expect("sound definitions");
        let keyed = layers.iter().find_map(|layer| {
            let view = Audience::PUBLIC.view(layer)?;
            (layer.key.len() == 2).then_some(view)
        });
        let view = keyed.expect("a layer with a key of two parts");
        let mut keys = Keys::new(&view);
        let mut findings = Findings::default();
        let codes = [Some("1"), Some("2"), None, None, Some("1")];
        for (place, code) in codes.into_iter().enumerate() {
            let mut values = vec![Value::Null; view.fields().len()];
            for name in &view.layer().key {
                let (place, _) = view.field(name).expect("a visible key");
                values[place] = code.map_or(Value::Null, Value::from);
            }
            let feature = Feature {
                id: FeatureId::new_v7(place as u64, &[7; 10]),
                fid: place as i64,
                rev: 1,
                geometry: None,
                values,
            };
            keys.check(&mut Subject::new(&view, &feature, &mut findings));
        }
        let found: Vec<_> = findings
            .listed()
            .iter()
            .map(|f| (f.check, f.place.fid))
            .collect();
        assert_eq!(found, [(Check::UniqueKeys, Some(4))]);
    }
}
