//! `obzor-gdal layers` on files that GDAL's own tools made, and on names it must refuse.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const TWO_LAMPS: &str = r#"{"type": "FeatureCollection", "features": [
  {"type": "Feature", "properties": {"cislo": "L-1", "vyska": 8.5}, "geometry": {"type": "Point", "coordinates": [13.41, 50.46]}},
  {"type": "Feature", "properties": {"cislo": "L-2", "vyska": 6.0}, "geometry": {"type": "Point", "coordinates": [13.42, 50.47]}}
]}"#;

fn obzor_gdal(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obzor-gdal"))
        .args(arguments)
        .output()
        .expect("the program was built before its tests")
}

fn layers_of(file: &Path) -> Value {
    let output = obzor_gdal(&["layers", file.to_str().unwrap(), "--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Makes the two lamps with `ogr2ogr` in the format of the file's ending, in S-JTSK.
fn two_lamps(file: &Path) {
    let source = file.with_extension("source.geojson");
    std::fs::write(&source, TWO_LAMPS).unwrap();
    let done = Command::new("ogr2ogr")
        .args(["-t_srs", "EPSG:5514", "-nln", "lamps"])
        .args([file, &source])
        .status()
        .expect("scripts/setup --test installs gdal-bin");
    assert!(done.success());
}

#[test]
fn layers_are_described_alike_in_three_formats() {
    let folder = tempfile::tempdir().unwrap();
    for (name, driver) in [
        ("lamps.gpkg", "GPKG"),
        ("lamps.shp", "ESRI Shapefile"),
        ("lamps.fgb", "FlatGeobuf"),
    ] {
        let file = folder.path().join(name);
        two_lamps(&file);
        let found = layers_of(&file);
        assert_eq!(found["driver"], driver);
        let layer = &found["layers"][0];
        assert_eq!(layer["geometry"], "Point", "{name}");
        assert_eq!(layer["features"], 2, "{name}");
        assert_eq!(layer["crs"]["authority"], "EPSG:5514", "{name}");
        let fields = layer["fields"].as_array().unwrap();
        assert!(
            fields
                .iter()
                .any(|f| f["name"] == "vyska" && f["type"] == "Real"),
            "{name}: {fields:?}"
        );
    }
}

#[test]
fn the_text_for_people_names_layer_count_and_fields() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lamps.gpkg");
    two_lamps(&file);
    let output = obzor_gdal(&["layers", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("2 features, Point, EPSG:5514"), "{text}");
    assert!(text.contains("  cislo: String"), "{text}");
}

#[test]
fn nothing_but_a_local_file_of_an_allowed_format_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let lamps = folder.path().join("lamps.gpkg");
    two_lamps(&lamps);
    let vrt = folder.path().join("lamps.vrt");
    let body = format!(
        "<OGRVRTDataSource><OGRVRTLayer name='lamps'><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        lamps.display()
    );
    std::fs::write(&vrt, body).unwrap();
    let opened_by_gdal = Command::new("ogrinfo")
        .args(["-so", "-al"])
        .arg(&vrt)
        .output()
        .unwrap();
    let seen = String::from_utf8_lossy(&opened_by_gdal.stdout);
    assert!(
        seen.contains("Feature Count: 2"),
        "the bait must be a good VRT: {seen}"
    );

    let zipped = format!("/vsizip/{}", lamps.display());
    for name in [
        vrt.to_str().unwrap(),
        "/vsicurl/http://127.0.0.1:9/lamps.gpkg",
        &zipped,
        "PG:dbname=gis",
        TWO_LAMPS,
        "missing.gpkg",
    ] {
        let output = obzor_gdal(&["layers", name]);
        assert_eq!(output.status.code(), Some(3), "{name}: {output:?}");
        assert!(output.stdout.is_empty(), "{name}");
        assert!(!output.stderr.is_empty(), "{name}");
    }
}

#[test]
fn a_vfk_file_is_read_and_leaves_nothing_beside_it() {
    let Ok(data) = std::env::var("OBZOR_REFERENCE_DATA") else {
        // Not `eprintln!`: the test runner would keep it to itself.
        writeln!(
            std::io::stderr(),
            "skipped: OBZOR_REFERENCE_DATA is not set"
        )
        .unwrap();
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cadastre.vfk");
    let source = Path::new(&data).join("geodata/vfk/789160_spi_v60_utf8.vfk");
    std::fs::copy(&source, &file).unwrap();
    let found = layers_of(&file);
    let layers = found["layers"].as_array().unwrap();
    let parcels = layers.iter().find(|layer| layer["name"] == "PAR").unwrap();
    assert_eq!(parcels["features"], 144);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
