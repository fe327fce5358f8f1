//! A tile as the crate `mvt-reader` and as GDAL read it.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use geo_types::Geometry;
use mvt_reader::Reader;
use mvt_reader::feature::Value;

use super::super::TileId;

/// One feature in the units of its tile.
pub(super) struct DecodedFeature {
    pub(super) fid: i64,
    pub(super) geometry: Geometry<f64>,
    pub(super) properties: HashMap<String, Value>,
}

/// Decodes a tile and returns the features of each layer.
pub(super) fn decode(bytes: &[u8]) -> HashMap<String, Vec<DecodedFeature>> {
    let reader = Reader::new(bytes.to_vec()).expect("a tile");
    let layers = reader.get_layer_metadata().expect("version 2");
    assert!(
        layers
            .iter()
            .all(|layer| layer.extent == 4096 && layer.version == 2)
    );
    let features = |index| {
        let features = reader.get_features_as::<f64>(index).expect("features");
        features
            .into_iter()
            .map(|feature| DecodedFeature {
                fid: feature.id.expect("an id") as i64,
                geometry: feature.geometry,
                properties: feature.properties.unwrap_or_default(),
            })
            .collect()
    };
    layers
        .iter()
        .map(|layer| (layer.name.clone(), features(layer.layer_index)))
        .collect()
}

/// Returns how many features of a layer GDAL's MVT driver finds in a tile.
pub(super) fn count_by_gdal(bytes: &[u8], tile: TileId, layer: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tile.mvt");
    fs::write(&file, bytes).unwrap();
    let place = |axis: &str, number: u32| ["-oo".to_owned(), format!("{axis}={number}")];
    let output = Command::new("ogrinfo")
        .args(["-ro", "-so", "-oo", "CLIP=NO"])
        .args(
            [
                place("X", tile.x),
                place("Y", tile.y),
                place("Z", tile.z.into()),
            ]
            .as_flattened(),
        )
        .arg(&file)
        .arg(layer)
        .output()
        .unwrap_or_else(|why| panic!("ogrinfo: {why}; scripts/setup installs it (gdal-bin)"));
    let text = String::from_utf8(output.stdout).unwrap();
    let count = text
        .lines()
        .find_map(|line| line.strip_prefix("Feature Count: "));
    count.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}
