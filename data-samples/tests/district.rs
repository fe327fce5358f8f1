//! The sample district holds to the layers' rules: checked on every feature of it.

use std::collections::{BTreeMap, BTreeSet};

use data_samples::district;
use layers::{Change, FieldType, Layer, LayerSet, Value};

fn shipped() -> LayerSet {
    LayerSet::shipped().expect("sound definitions")
}

/// Calls `look` with the layer, geometry and values of every feature of the district.
fn each(look: &mut dyn FnMut(&Layer, Option<&geo_types::Geometry<f64>>, &[Value])) {
    let layers = shipped();
    for change in district(&layers).expect("a district").changes {
        let Change::Insert {
            layer,
            geometry,
            values,
            ..
        } = &change
        else {
            panic!("{change:?} is not an insert");
        };
        let layer = layers.get(layer).expect("a known layer");
        look(layer, geometry.as_ref(), values);
    }
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
    each(&mut |layer, geometry, values| {
        let findings = layer.check(geometry, values);
        wrong.extend(findings.iter().map(|f| format!("{}: {f}", layer.id)));
    });
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn natural_keys_are_unique_and_references_lead_to_features_before_them() {
    let mut keys = BTreeSet::new();
    let mut wrong = Vec::new();
    each(&mut |layer, _, values| {
        for (field, value) in layer.fields.iter().zip(values) {
            if let (FieldType::Reference(target), Value::Text(_)) = (&field.field_type, value) {
                let municipality = written(layer, values, &["municipality_code".to_owned()]);
                if !keys.contains(&(target.to_string(), format!("{municipality}|{value:?}"))) {
                    wrong.push(format!("{}.{} {value:?}", layer.id, field.name));
                }
            }
        }
        let key = written(layer, values, &layer.key);
        if !layer.key.is_empty() && !keys.insert((layer.id.to_string(), key.clone())) {
            wrong.push(format!("{} {key} is there twice", layer.id));
        }
    });
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
    each(&mut |layer, _, _| *counts.entry(layer.id.to_string()).or_default() += 1);
    let expected = [
        ("addresses", 212),
        ("buildings", 298),
        ("municipalities", 26),
        ("parcels", 3172),
    ];
    let expected = expected.map(|(layer, count)| (layer.to_owned(), count));
    assert_eq!(counts, BTreeMap::from(expected));
}
