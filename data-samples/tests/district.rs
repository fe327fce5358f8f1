//! The sample district holds to the layers' rules: checked on every feature of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use data_samples::{District, district, parcels};
use geo::{Area, CoordsIter, Distance, Euclidean, Intersects, Validation};
use geo_types::{Coord, Geometry, Point};
use layers::{Change, FieldType, Layer, LayerSet, Value};

static LAYERS: LazyLock<LayerSet> =
    LazyLock::new(|| LayerSet::shipped().expect("sound definitions"));
static DISTRICT: LazyLock<District> = LazyLock::new(|| district(&LAYERS).expect("a district"));

/// One feature of the district.
struct Sample {
    layer: &'static Layer,
    geometry: Option<&'static Geometry<f64>>,
    values: &'static [Value],
}

impl Sample {
    fn of(change: &'static Change) -> Self {
        match change {
            Change::Insert {
                layer,
                geometry,
                values,
                ..
            } => Self {
                layer: LAYERS.get(layer).expect("a known layer"),
                geometry: geometry.as_ref(),
                values,
            },
            other => panic!("{other:?} is not an insert"),
        }
    }

    fn municipality(&self) -> i64 {
        let field = self.layer.field("municipality_code");
        let (place, _) = field.expect("a municipal layer");
        self.values[place].as_integer().expect("a code")
    }
}

fn samples() -> impl Iterator<Item = Sample> {
    DISTRICT.changes.iter().map(Sample::of)
}

/// Returns the features of some layers.
fn of_layers(layers: &'static [&str]) -> impl Iterator<Item = Sample> {
    samples().filter(|sample| layers.contains(&sample.layer.id.as_str()))
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
        let findings = layer.check(sample.geometry, sample.values);
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
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Returns the borders of the municipalities by their code.
fn borders() -> BTreeMap<i64, &'static Geometry<f64>> {
    of_layers(&["municipalities"])
        .filter_map(|sample| Some((sample.municipality(), sample.geometry?)))
        .collect()
}

#[test]
fn every_feature_lies_in_its_municipality() {
    let borders = borders();
    let mut wrong = Vec::new();
    for sample in samples() {
        let border = borders[&sample.municipality()];
        let Some(geometry) = sample.geometry else {
            continue;
        };
        let outside =
            |c: Coord<f64>| Euclidean.distance(border, &Geometry::from(Point::from(c))) > 5.0;
        if geometry.coords_iter().any(outside) {
            wrong.push(format!("{} in {}", sample.layer.id, sample.municipality()));
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_geometry_is_valid() {
    let mut wrong = Vec::new();
    for sample in samples() {
        let valid = sample.geometry.is_none_or(Validation::is_valid);
        if !valid {
            wrong.push(format!("{} in {}", sample.layer.id, sample.municipality()));
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn zoning_covers_the_parcels_without_overlap() {
    let area = |layers| -> f64 {
        let geometries = of_layers(layers).filter_map(|sample| sample.geometry);
        geometries.map(Area::unsigned_area).sum()
    };
    let (zoning, parcels) = (area(&["zoning-areas"]), area(&["parcels"]));
    assert!(
        (zoning - parcels).abs() < 1.0,
        "{zoning} m² of {parcels} m²"
    );
}

#[test]
fn no_lamp_and_no_tree_stands_in_a_house() {
    let houses: Vec<_> = of_layers(&["buildings"])
        .filter_map(|sample| sample.geometry)
        .collect();
    for sample in of_layers(&["street-lights", "trees", "waste-sites"]) {
        let at = sample.geometry.expect("a point");
        assert!(
            !houses.iter().any(|house| house.intersects(at)),
            "{}: {at:?}",
            sample.layer.id
        );
    }
}

#[test]
fn every_municipality_has_lamps_trees_waste_sites_and_sound_datasets() {
    let mut found = BTreeSet::new();
    for sample in samples() {
        found.insert((sample.municipality(), sample.layer.id.to_string()));
    }
    let datasets = &DISTRICT.datasets;
    for (code, _) in borders() {
        for layer in ["street-lights", "trees", "waste-sites"] {
            assert!(
                found.contains(&(code, layer.to_owned())),
                "{layer} of {code}"
            );
        }
        assert!(
            datasets
                .iter()
                .any(|dataset| dataset.municipality_code == code),
            "{code}"
        );
    }
    let ids: BTreeSet<_> = datasets.iter().map(|dataset| &dataset.id).collect();
    assert_eq!(ids.len(), datasets.len());
    for dataset in datasets {
        assert_eq!(dataset.check(), [], "{}", dataset.id);
    }
}

#[test]
fn no_parcel_is_invented() {
    let decany = 564_729;
    for sample in of_layers(&[
        "parcels",
        "buildings",
        "addresses",
        "city-land",
        "zoning-areas",
    ]) {
        assert_eq!(sample.municipality(), decany, "{}", sample.layer.id);
    }
}

#[test]
fn benchmark_parcels_are_copies_of_real_ones_with_keys_of_their_own() {
    let layer = LAYERS.named("parcels").expect("the layer");
    let mut keys = BTreeSet::new();
    let mut vertices = 0;
    for change in parcels(&LAYERS, 10_000, 1).expect("parcels") {
        let Change::Insert {
            geometry, values, ..
        } = &change
        else {
            panic!("{change:?} is not an insert");
        };
        assert_eq!(layer.check(geometry.as_ref(), values), []);
        keys.insert(written(layer, values, &layer.key));
        vertices += geometry.as_ref().map_or(0, CoordsIter::coords_count);
    }
    assert_eq!(keys.len(), 10_000);
    assert!((9..14).contains(&(vertices / 10_000)), "{vertices}");
}

#[test]
fn the_same_seed_gives_the_same_district() {
    let one = &DISTRICT;
    let other = district(&LAYERS).expect("a district");
    assert_eq!(one.changes, other.changes);
    assert_eq!(one.datasets, other.datasets);
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
        ("cameras", 60),
        ("cemeteries", 27),
        ("city-land", 448),
        ("closures", 72),
        ("graves", 2372),
        ("green-areas", 385),
        ("heat-lines", 351),
        ("leases", 114),
        ("lighting-cables", 1936),
        ("municipalities", 26),
        ("optical-lines", 895),
        ("parcels", 3172),
        ("parking", 65),
        ("playgrounds", 93),
        ("rain-sewers", 1845),
        ("road-sections", 2137),
        ("street-lights", 4474),
        ("streets", 642),
        ("switchboards", 86),
        ("trees", 8124),
        ("utility-lines", 4556),
        ("waste-containers", 1603),
        ("waste-sites", 326),
        ("zoning-areas", 570),
    ];
    let expected = expected.map(|(layer, count)| (layer.to_owned(), count));
    assert_eq!(counts, BTreeMap::from(expected));
}
