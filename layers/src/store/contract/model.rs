//! A store in memory, slow and plain, which says what a real one must do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use geo_types::Geometry;

use crate::{
    Bbox, Change, ChangeKind, Feature, FeatureId, Finding, Layer, LayerId, LayerSet, Problem,
    Touched, Value,
};

/// The features of all layers at one revision.
#[derive(Clone)]
pub(super) struct Model {
    layers: Arc<LayerSet>,
    features: BTreeMap<(LayerId, FeatureId), Feature>,
}

/// What a change set must do: touch these, with a `fid` of 0 where the store gives one, or be rejected for these.
pub(super) type Verdict = Result<Vec<Touched>, Vec<(usize, Vec<Finding>)>>;

impl Model {
    pub(super) fn new(layers: Arc<LayerSet>) -> Self {
        Self {
            layers,
            features: BTreeMap::new(),
        }
    }

    /// Returns the features of a layer, by `fid`.
    pub(super) fn of_layer(&self, layer: &LayerId) -> Vec<Feature> {
        let mut features: Vec<_> = self
            .features
            .iter()
            .filter(|((of, _), _)| of == layer)
            .map(|(_, feature)| feature.clone())
            .collect();
        features.sort_by_key(|feature| feature.fid);
        features
    }

    /// Applies a change set; when it is rejected, nothing has happened.
    pub(super) fn apply(&mut self, changes: &[Change]) -> Verdict {
        let before = self.features.clone();
        let (mut touched, mut rejected) = (Vec::new(), Vec::new());
        let mut not_inserted = BTreeSet::new();
        let missing = [Finding::of_feature(Problem::NoSuchFeature)];
        for (index, change) in changes.iter().enumerate() {
            let is_insert = matches!(change, Change::Insert { .. });
            let place = (change.layer().clone(), change.id());
            match self.apply_one(change) {
                Ok(one) => touched.push(one),
                Err(findings) if findings == missing && not_inserted.contains(&place) => {}
                Err(findings) => {
                    if is_insert {
                        not_inserted.insert(place);
                    }
                    rejected.push((index, findings));
                }
            }
        }
        if rejected.is_empty() {
            return Ok(touched);
        }
        self.features = before;
        Err(rejected)
    }

    /// Takes over the keys that the store gave to new features.
    pub(super) fn take_fids(&mut self, touched: &[Touched]) {
        for one in touched {
            if let Some(feature) = self.features.get_mut(&(one.layer.clone(), one.id)) {
                feature.fid = one.fid;
            }
        }
    }

    fn apply_one(&mut self, change: &Change) -> Result<Touched, Vec<Finding>> {
        let place = (change.layer().clone(), change.id());
        let old = self.features.get(&place).cloned();
        let new = self.changed(change, old.as_ref())?;
        let boxed =
            |feature: &Option<Feature>| feature.as_ref()?.geometry.as_ref().and_then(Bbox::of);
        let touched = Touched {
            layer: place.0.clone(),
            id: place.1,
            fid: old.as_ref().map_or(0, |old| old.fid),
            kind: match (&old, &new) {
                (None, _) => ChangeKind::Insert,
                (_, Some(_)) => ChangeKind::Update,
                (_, None) => ChangeKind::Delete,
            },
            before: boxed(&old),
            after: boxed(&new),
        };
        match new {
            Some(feature) => self.features.insert(place, feature),
            None => self.features.remove(&place),
        };
        Ok(touched)
    }

    /// Returns what a change makes of a feature, none when it removes it.
    fn changed(
        &self,
        change: &Change,
        old: Option<&Feature>,
    ) -> Result<Option<Feature>, Vec<Finding>> {
        let layer = self
            .layers
            .get(change.layer())
            .expect("a layer of the suite");
        match (change, old) {
            (
                Change::Insert {
                    id,
                    geometry,
                    values,
                    ..
                },
                old,
            ) => {
                let there = old.map(|_| Finding::of_feature(Problem::DuplicateId));
                let feature = Feature {
                    id: *id,
                    fid: 0,
                    rev: 1,
                    geometry: geometry.clone(),
                    values: values.clone(),
                };
                self.checked(layer, feature, Vec::new(), there).map(Some)
            }
            (_, None) => Err(vec![Finding::of_feature(Problem::NoSuchFeature)]),
            (
                Change::Update {
                    expected_rev,
                    geometry,
                    set,
                    ..
                },
                Some(old),
            ) => {
                let mut feature = Feature {
                    rev: old.rev + 1,
                    ..old.clone()
                };
                for (name, value) in set {
                    let (place, _) = layer.field(name).expect("a field of the layer");
                    feature.values[place] = value.clone();
                }
                feature.geometry = geometry.clone().or(feature.geometry);
                self.checked(layer, feature, stale(old, *expected_rev), None)
                    .map(Some)
            }
            (Change::Delete { expected_rev, .. }, Some(old)) => {
                let findings = stale(old, *expected_rev);
                if findings.is_empty() {
                    Ok(None)
                } else {
                    Err(findings)
                }
            }
        }
    }

    fn checked(
        &self,
        layer: &Layer,
        mut feature: Feature,
        mut findings: Vec<Finding>,
        identity: Option<Finding>,
    ) -> Result<Feature, Vec<Finding>> {
        findings.extend(layer.check(feature.geometry.as_ref(), &feature.values));
        findings.extend(identity);
        let key = key(layer, &feature.values);
        let namesake = |(place, other): (&(LayerId, FeatureId), &Feature)| {
            place.0 == layer.id
                && other.id != feature.id
                && key.is_some()
                && self::key(layer, &other.values) == key
        };
        if self.features.iter().any(namesake) {
            let parts: Vec<_> = key.iter().flatten().map(text).collect();
            findings.push(Finding::of_feature(Problem::DuplicateKey(parts.join("/"))));
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let normalise =
            |geometry: Geometry<f64>| layer.geometry.expect("checked").normalise(geometry);
        feature.geometry = feature.geometry.map(normalise);
        Ok(feature)
    }
}

fn stale(old: &Feature, expected_rev: Option<i64>) -> Vec<Finding> {
    let moved_on = expected_rev.is_some_and(|rev| rev != old.rev);
    moved_on
        .then(|| Finding::of_feature(Problem::Stale(old.rev)))
        .into_iter()
        .collect()
}

/// The values of the key; none when one is absent, or the layer has no key.
fn key(layer: &Layer, values: &[Value]) -> Option<Vec<Value>> {
    let part = |name: &String| layer.field(name).map(|(place, _)| values[place].clone());
    let parts: Vec<Value> = layer.key.iter().filter_map(part).collect();
    let whole = !parts.is_empty() && !parts.iter().any(Value::is_null);
    whole.then_some(parts)
}

fn text(part: &Value) -> String {
    match part {
        Value::Integer(number) => number.to_string(),
        part => part.as_text().unwrap_or_default().to_owned(),
    }
}
