//! The sample district holds to the layers' rules: checked on every feature of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use data_samples::district;
use geo_types::Geometry;
use layers::{Change, FieldType, Layer, LayerSet, Value};

fn shipped() -> LayerSet {
    LayerSet::shipped().expect("sound definitions")
}

/// One feature of the district.
struct Sample {
    layer: Arc<Layer>,
    geometry: Option<Geometry<f64>>,
    values: Vec<Value>,
}

fn samples() -> impl Iterator<Item = Sample> {
    let layers = shipped();
    let changes = district(&layers).expect("a district").changes;
    changes.into_iter().map(move |change| match change {
        Change::Insert {
            layer,
            geometry,
            values,
            ..
        } => Sample {
            layer: Arc::clone(layers.get(&layer).expect("a known layer")),
            geometry,
            values,
        },
        other => panic!("{other:?} is not an insert"),
    })
}

/// Returns the values of some fields, written as text.
fn written(layer: &Layer, values: &[Value], fields: &[String]) -> String {
    let place = |name: &String| layer.field(name).expect("a field of the layer").0;
    let texts: Vec<_> = fields
        .iter()
        .map(|name| format!("{:?}", values[place(name)]))
        .collect();
    texts.join("|")
}

#[test]
fn every_feature_keeps_to_its_layer() {
    let mut wrong = Vec::new();
    for sample in samples() {
        let layer = &sample.layer;
        let findings = layer.check(sample.geometry.as_ref(), &sample.values);
        wrong.extend(findings.iter().map(|f| format!("{}: {f}", layer.id)));
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn natural_keys_are_unique_and_references_lead_to_features_before_them() {
    let mut keys = BTreeSet::new();
    let mut wrong = Vec::new();
    for Sample { layer, values, .. } in samples() {
        for (field, value) in layer.fields.iter().zip(&values) {
            if let (FieldType::Reference(target), Value::Text(_)) = (&field.field_type, value) {
                let municipality = written(&layer, &values, &["municipality_code".to_owned()]);
                if !keys.contains(&(target.to_string(), format!("{municipality}|{value:?}"))) {
                    wrong.push(format!("{}.{} {value:?}", layer.id, field.name));
                }
            }
        }
        let key = written(&layer, &values, &layer.key);
        if !layer.key.is_empty() && !keys.insert((layer.id.to_string(), key.clone())) {
            wrong.push(format!("{} {key} is there twice", layer.id));
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_same_seed_gives_the_same_district() {
    let layers = shipped();
    let [one, other] = [(); 2].map(|()| district(&layers).expect("a district"));
    assert_eq!(one.changes, other.changes);
    let ids: BTreeSet<_> = one.changes.iter().map(Change::id).collect();
    assert_eq!(ids.len(), one.changes.len());
}

#[test]
fn the_district_has_these_features() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for sample in samples() {
        *counts.entry(sample.layer.id.to_string()).or_default() += 1;
    }
    let expected = [
        ("addresses", 212),
        ("buildings", 298),
        ("cameras", 1),
        ("cemeteries", 1),
        ("closures", 3),
        ("graves", 180),
        ("green-areas", 34),
        ("lighting-cables", 123),
        ("municipalities", 26),
        ("optical-lines", 47),
        ("parcels", 3172),
        ("parking", 1),
        ("playgrounds", 5),
        ("rain-sewers", 104),
        ("road-sections", 224),
        ("street-lights", 231),
        ("streets", 49),
        ("switchboards", 4),
        ("trees", 592),
        ("utility-lines", 296),
        ("waste-containers", 112),
        ("waste-sites", 22),
    ];
    let expected = expected.map(|(layer, count)| (layer.to_owned(), count));
    assert_eq!(counts, BTreeMap::from(expected));
}
