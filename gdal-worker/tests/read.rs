//! `obzor-gdal read` on files in the encodings and formats in which Czech offices send them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const NAME: &str = "Žižkův dub – příčný šťovík";

fn read(file: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obzor-gdal"))
        .arg("read")
        .arg(file)
        .args(options)
        .output()
        .expect("the program was built before its tests")
}

/// Returns the lines that the program prints for a good file.
fn lines_of(file: &Path) -> Vec<Value> {
    let output = read(file, &[]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Writes GeoJSON features with the given properties and geometries.
fn geojson(file: &Path, features: &[(&str, &str)]) {
    let features: Vec<_> = features
        .iter()
        .map(|(properties, geometry)| {
            format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#)
        })
        .collect();
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    );
    fs::write(file, text).unwrap();
}

/// Makes a shapefile in S-JTSK with one name in it.
fn shapefile(folder: &Path, encoding: &str) -> PathBuf {
    let source = folder.join("source.geojson");
    let properties = format!(r#"{{"název":"{NAME}","vyska":8.5,"pocet":2}}"#);
    geojson(
        &source,
        &[(&properties, r#"{"type":"Point","coordinates":[13.9,50.4]}"#)],
    );
    let file = folder.join("trees.shp");
    let done = Command::new("ogr2ogr")
        .args(["-overwrite", "-t_srs", "EPSG:5514", "-lco"])
        .arg(format!("ENCODING={encoding}"))
        .args([&file, &source])
        .status()
        .expect("scripts/setup --test installs gdal-bin");
    assert!(done.success());
    file
}

fn check_shapefile(file: &Path, encoding: &str) {
    let lines = lines_of(file);
    assert_eq!(lines[0]["encoding"], encoding);
    assert_eq!(lines[0]["fields"][0], "název");
    assert_eq!(lines[0]["crs"]["authority"], "EPSG:5514");
    assert_eq!(lines[1]["values"], serde_json::json!([NAME, 8.5, 2]));
    assert_eq!(lines[1]["row"], 1);
    assert_eq!(lines[2]["rows"], 1);
}

#[test]
fn a_shapefile_keeps_its_diacritics_whatever_it_says_of_its_encoding() {
    for (encoding, expected) in [("CP1250", "windows-1250"), ("UTF-8", "UTF-8")] {
        let folder = tempfile::tempdir().unwrap();
        let file = shapefile(folder.path(), encoding);
        check_shapefile(&file, expected);
        for claim in ["", "UTF-8", "ISO-8859-1"] {
            fs::write(file.with_extension("cpg"), claim).unwrap();
            check_shapefile(&file, expected);
        }
        fs::remove_file(file.with_extension("cpg")).unwrap();
        check_shapefile(&file, expected);
    }
}

#[test]
fn a_csv_file_is_read_in_any_of_its_habits() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("číslo;název;x\r\n1;\"{NAME}\";773555,5\r\n");
    let utf8 = text.clone().into_bytes();
    let with_mark = ["\u{feff}".as_bytes(), &utf8].concat();
    let (windows, _, _) = encoding_rs::WINDOWS_1250.encode(&text);
    let commas = text
        .replace("773555,5", "773555.5")
        .replace(';', ",")
        .into_bytes();
    for (bytes, encoding, x) in [
        (utf8.clone(), "UTF-8", "773555,5"),
        (with_mark, "UTF-8", "773555,5"),
        (windows.into_owned(), "windows-1250", "773555,5"),
        (commas, "UTF-8", "773555.5"),
    ] {
        let file = folder.path().join("trees.csv");
        fs::write(&file, bytes).unwrap();
        let lines = lines_of(&file);
        assert_eq!(lines[0]["encoding"], encoding);
        assert_eq!(
            lines[0]["fields"],
            serde_json::json!(["číslo", "název", "x"])
        );
        assert_eq!(lines[1]["values"], serde_json::json!(["1", NAME, x]));
        assert_eq!(lines[1]["row"], 2, "as a spreadsheet numbers it");
    }
}

#[test]
fn a_value_that_was_never_set_is_none_and_a_bow_tie_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("areas.geojson");
    let square = r#"{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}"#;
    let bow_tie = r#"{"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]}"#;
    geojson(
        &file,
        &[
            (r#"{"pocet":0}"#, square),
            ("{}", bow_tie),
            (r#"{"pocet":3}"#, "null"),
        ],
    );
    let lines = lines_of(&file);
    assert_eq!(lines[1]["values"][0], 0);
    assert_eq!(lines[1]["invalid"], Value::Null);
    assert_eq!(lines[2]["values"][0], Value::Null);
    let said = lines[2]["invalid"].as_str().unwrap();
    assert!(
        said.starts_with("Self-intersection at or near point 1 1"),
        "{said}"
    );
    assert_eq!(lines[3]["geometry"], Value::Null);
}

#[test]
fn of_several_layers_one_must_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.geojson");
    geojson(
        &source,
        &[(
            r#"{"a":1}"#,
            r#"{"type":"Point","coordinates":[13.9,50.4]}"#,
        )],
    );
    let file = folder.path().join("two.gpkg");
    for (name, mode) in [("lampy", "-overwrite"), ("stromy", "-update")] {
        let mut command = Command::new("ogr2ogr");
        command.args([mode, "-nln", name]).args([&file, &source]);
        assert!(command.status().unwrap().success());
    }
    let output = read(&file, &[]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("lampy, stromy"), "{said}");
    assert!(read(&file, &["--layer-name", "stromy"]).status.success());
    assert_eq!(
        read(&file, &["--layer-name", "domy"]).status.code(),
        Some(3)
    );
}
