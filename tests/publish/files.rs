//! The files of a release say what the store says, in GDAL's eyes, and nothing that is not public.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{DATASET, folder_of, is_whole, public_files, report, store};
use crate::city::{instance, run};
use crate::gdal::{execute, summaries};

/// Returns what a statement finds in a file, one line for each row.
fn select(file: &Path, sql: &str) -> Vec<String> {
    let file = file.to_str().unwrap();
    let arguments = [
        "-f",
        "CSV",
        "/vsistdout/",
        file,
        "-dialect",
        "SQLite",
        "-sql",
        sql,
    ];
    let printed = run("ogr2ogr", &arguments);
    printed.lines().skip(1).map(str::to_owned).collect()
}

/// Returns how many features of each layer a report names.
fn counts(report: &Value) -> Vec<(String, u64)> {
    let layers = report["features"].as_array().unwrap().iter();
    let count = |layer: &Value| {
        let name = layer["layer"].as_str().unwrap().to_owned();
        (name, layer["count"].as_u64().unwrap())
    };
    layers.map(count).collect()
}

#[test]
fn every_file_opens_in_gdal_with_the_features_and_values_of_the_store() {
    let folder = instance();
    let report = report(folder.path(), DATASET, 0);
    let release = folder_of(folder.path(), DATASET, 1);
    is_whole(&release);
    let counts = counts(&report);
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    assert!(total > 100, "{counts:?}");
    let file = |ending: &str| release.join(format!("{DATASET}.{ending}"));

    let mut expected = counts.clone();
    expected.sort();
    let found = summaries(file("gpkg").to_str().unwrap(), &[]);
    let found: Vec<_> = found
        .into_iter()
        .map(|layer| (layer.name, layer.count))
        .collect();
    assert_eq!(found, expected);
    for ending in ["geojson", "csv"] {
        let found = summaries(file(ending).to_str().unwrap(), &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].count, total, "{ending}");
    }

    for layer in expected.iter().map(|(layer, _)| layer) {
        let shapes = format!(
            "SELECT id, ST_AsText(geom) FROM \"{layer}\" WHERE municipality_code = 564729 ORDER BY id"
        );
        let equal = select(&file("gpkg"), &shapes) == select(&store(folder.path()), &shapes);
        assert!(equal, "{layer}");
    }
    let columns =
        "id, code, taxon_latin, taxon_cs, trunk_girth, height, vitality, assessed_on, source";
    let trees = "WHERE municipality_code = 564729 ORDER BY id";
    let stored = select(
        &store(folder.path()),
        &format!("SELECT {columns} FROM trees {trees}"),
    );
    let packed = select(
        &file("gpkg"),
        &format!("SELECT {columns} FROM trees {trees}"),
    );
    assert!(packed == stored);
    for ending in ["geojson", "csv"] {
        let sql = format!("SELECT {columns} FROM \"{DATASET}\" WHERE layer = 'trees' ORDER BY id");
        let rows = select(&file(ending), &sql);
        // Quotes, and slashes or hyphens of dates, are a matter of GDAL's readers.
        let plain = |row: &String| row.replace(['"', '/', '-'], "");
        let (rows, stored): (Vec<_>, Vec<_>) = (
            rows.iter().map(plain).collect(),
            stored.iter().map(plain).collect(),
        );
        assert_eq!(rows.len(), stored.len());
        for (row, stored) in rows.iter().zip(&stored) {
            assert_eq!(row, stored, "{ending}");
        }
    }
}

#[test]
fn positions_agree_with_proj_in_every_format() {
    let folder = instance();
    report(folder.path(), DATASET, 0);
    let release = folder_of(folder.path(), DATASET, 1);
    let geojson: Value =
        serde_json::from_slice(&fs::read(release.join(format!("{DATASET}.geojson"))).unwrap())
            .unwrap();
    let mut csv = csv_rows(&release.join(format!("{DATASET}.csv")));
    let features = geojson["features"].as_array().unwrap();
    assert_eq!(features.len(), csv.len());
    let points: Vec<_> = features
        .iter()
        .zip(csv.drain(..))
        .filter(|(f, _)| f["geometry"]["type"] == "Point")
        .collect();
    assert!(points.len() > 100);
    let mut sent = String::new();
    for (feature, row) in &points {
        assert_eq!(feature["id"], row["id"].as_str());
        let at = &feature["geometry"]["coordinates"];
        assert_eq!(at[0].as_f64(), row["longitude"].parse().ok());
        assert_eq!(at[1].as_f64(), row["latitude"].parse().ok());
        writeln!(sent, "{} {}", at[0], at[1]).unwrap();
    }
    let input = folder.path().join("positions");
    fs::write(&input, sent).unwrap();
    let printed = run(
        "cs2cs",
        &[
            "-f",
            "%.4f",
            "OGC:CRS84",
            "EPSG:5514",
            input.to_str().unwrap(),
        ],
    );
    for (line, (_, row)) in printed.lines().zip(&points) {
        let mut numbers = line.split_whitespace().map(|n| n.parse::<f64>().unwrap());
        let (x, y) = (numbers.next().unwrap(), numbers.next().unwrap());
        let wkt = row["WKT_Geometry"]
            .trim_start_matches("POINT(")
            .trim_end_matches(')');
        let stored: Vec<f64> = wkt.split(' ').map(|n| n.parse().unwrap()).collect();
        let off = (x - stored[0]).hypot(y - stored[1]);
        assert!(
            off < 0.02,
            "{off} m: seven decimals of a degree are a centimetre"
        );
    }
}

/// Reads a CSV file with the `csv` module of Python, a second reader, as maps from column to cell.
fn csv_rows(file: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let script = "import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], encoding='utf-8', newline='')))))";
    let printed = run("python3", &["-c", script, file.to_str().unwrap()]);
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn what_is_not_public_is_in_no_file() {
    let folder = instance();
    let store = store(folder.path());
    for change in [
        "SET note = 'TAJNEPOLE' WHERE municipality_code = 564729",
        "SET public = 0, name = 'TAJNYRADEK' WHERE municipality_code = 564729 AND code = 'S-00007'",
        "SET name = 'CIZIOBEC' WHERE municipality_code <> 564729",
    ] {
        execute(&store, &format!("UPDATE trees {change}"));
    }
    report(folder.path(), DATASET, 0);
    let files = public_files(folder.path());
    assert_eq!(files.len(), 5);
    for (path, content) in files {
        for secret in [
            "TAJNEPOLE",
            "TAJNYRADEK",
            "CIZIOBEC",
            "obzor_history",
            "obzor_records",
        ] {
            let found = content
                .windows(secret.len())
                .any(|bytes| bytes == secret.as_bytes());
            assert!(!found, "{secret} is in {}", path.display());
        }
    }
}
