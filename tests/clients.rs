//! GDAL reads the city from its file and over HTTP, and what is not public stays inside.

use std::collections::BTreeSet;
use std::sync::Arc;

use layers::{Field, Layer, LayerSet, PrivacyClass};

use crate::city::{City, run};
use crate::gdal::{Summary, summaries};

mod foreign;
mod sequences;

/// How far the two ways to the same box may differ, in metres: answers carry degrees with a few decimals.
const TOLERANCE: f64 = 0.05;

/// The shipped layers: those that everybody may know of, and the others, as their definitions say.
pub(crate) fn shipped() -> (Vec<Arc<Layer>>, Vec<Arc<Layer>>) {
    let layers = LayerSet::shipped().unwrap();
    let (public, hidden): (Vec<_>, Vec<_>) = layers
        .iter()
        .cloned()
        .partition(|layer| layer.audience == PrivacyClass::Public);
    assert!(public.len() > 15 && !hidden.is_empty());
    (public, hidden)
}

/// What the file holds of a layer that everybody may see.
fn public_rows(city: &City, layer: &Layer) -> Summary {
    let condition = layer.public_if.as_ref().map(|field| format!("{field} = 1"));
    let mut arguments = vec![layer.id.as_str()];
    if let Some(condition) = &condition {
        arguments.extend(["-where", condition]);
    }
    summaries(city.store().to_str().unwrap(), &arguments)
        .pop()
        .unwrap_or_else(|| panic!("GDAL finds no {} in the store", layer.id))
}

#[test]
fn gdal_counts_every_public_layer_alike_in_the_file_and_over_http() {
    let city = City::shared();
    let served = summaries(&format!("OAPIF:{}", city.url("")), &[]);
    let (public, _) = shipped();
    assert_eq!(
        served
            .iter()
            .map(|layer| layer.name.as_str())
            .collect::<BTreeSet<_>>(),
        public
            .iter()
            .map(|layer| layer.id.as_str())
            .collect::<BTreeSet<_>>(),
    );
    for layer in &public {
        let stored = public_rows(&city, layer);
        let served = served
            .iter()
            .find(|served| served.name == stored.name)
            .unwrap();
        assert!(stored.count > 0, "{} is empty", layer.id);
        assert_eq!(served.count, stored.count, "{}", layer.id);
    }
}

#[test]
fn gdal_copies_every_feature_over_http_to_where_the_file_has_it() {
    let city = City::shared();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.gpkg");
    let copy = copy.to_str().unwrap();
    let source = format!("OAPIF:{}", city.url(""));
    run("ogr2ogr", &["-q", "-t_srs", "EPSG:5514", copy, &source]);
    let copied = summaries(copy, &[]);
    for layer in shipped().0 {
        let stored = public_rows(&city, &layer);
        let copied = copied
            .iter()
            .find(|copied| copied.name == stored.name)
            .unwrap();
        assert_eq!(copied.count, stored.count, "{}", layer.id);
        let edges = stored
            .extent
            .iter()
            .flatten()
            .zip(copied.extent.iter().flatten());
        assert!(
            layer.geometry.is_some() == (edges.clone().count() == 4),
            "{stored:?}"
        );
        for (stored_edge, copied_edge) in edges {
            assert!(
                (stored_edge - copied_edge).abs() < TOLERANCE,
                "{stored:?} {copied:?}"
            );
        }
    }
}

#[test]
fn layers_that_are_not_public_are_in_the_store_only() {
    let city = City::shared();
    let store = city.store();
    let (_, hidden) = shipped();
    for layer in &hidden {
        let stored = summaries(store.to_str().unwrap(), &[layer.id.as_str()]);
        assert!(stored[0].count > 0, "{stored:?}");
        for path in [
            format!("/collections/{}", layer.id),
            format!("/collections/{}/items", layer.id),
            format!("/collections/{}/items/1", layer.id),
            format!("/tiles/{}", layer.id),
            format!("/tiles/parcels,{}", layer.id),
            format!("/tiles/{}/14/8800/5550", layer.id),
            format!("/tiles/parcels,{}/14/8800/5550", layer.id),
        ] {
            let answer = city.get(&path);
            assert_eq!(answer.status, 404, "{path}");
        }
    }
}

#[test]
fn no_answer_names_a_layer_that_is_not_public() {
    let city = City::shared();
    let (_, hidden) = shipped();
    let mut leaks = Vec::new();
    for path in [
        "/",
        "/?f=html",
        "/api",
        "/conformance",
        "/collections",
        "/styles/city.json",
        "/styles/city.json?lang=en",
        "/styles/city/legend.json",
        "/styles/city/legend.json?lang=en",
        "/map/config.json",
        "/map/config.json?lang=en",
        "/search?q=teplovod",
        "/search?q=pronajem",
        "/search?q=optic",
    ] {
        let answer = city.get(path);
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text();
        let words: BTreeSet<_> = text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .collect();
        for layer in &hidden {
            let is_named = words.contains(layer.id.as_str())
                || text.contains(&layer.title.cs)
                || text.contains(&layer.title.en);
            if is_named {
                leaks.push(format!("{path} names {}", layer.id));
            }
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

#[test]
fn no_answer_holds_a_field_that_is_not_public() {
    let city = City::shared();
    let mut leaks = Vec::new();
    for layer in shipped().0 {
        let is_public = |field: &&Field| field.privacy == PrivacyClass::Public;
        let visible: BTreeSet<_> = layer
            .fields
            .iter()
            .filter(is_public)
            .map(|field| field.name.as_str())
            .collect();
        let items = city
            .get(&format!("/collections/{}/items?limit=50", layer.id))
            .json();
        let features = items["features"].as_array().unwrap();
        assert!(!features.is_empty(), "{}", layer.id);
        let sent = features
            .iter()
            .flat_map(|feature| feature["properties"].as_object().unwrap().keys());
        for field in sent.filter(|field| !visible.contains(field.as_str())) {
            leaks.push(format!("{}: {field}", layer.id));
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}
