//! A clerk's file comes into the city: from every format, with its diacritics, in its place, or with all reasons why not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::city::{City, instance, run};

mod coordinates;
mod killed;
mod stream;

const VILLAGE: &str = "564729";
const LAYER: &str = "street-lights";
/// What tells that some rows were not taken.
const IN_PART: i32 = 4;

/// Runs `obzor import` into the layer of lamps.
fn import(instance: &Path, file: &Path, options: &[&str]) -> Output {
    import_with(
        Path::new(env!("CARGO_BIN_EXE_obzor")),
        instance,
        file,
        options,
    )
}

fn import_with(program: &Path, instance: &Path, file: &Path, options: &[&str]) -> Output {
    command(program, instance, file)
        .args(options)
        .output()
        .unwrap()
}

fn command(program: &Path, instance: &Path, file: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args([
            "import",
            "--layer",
            LAYER,
            "--municipality",
            VILLAGE,
            "--author",
            "starosta",
        ])
        .arg("--instance")
        .arg(instance)
        .arg(file);
    command
}

/// Imports a file and returns the report, after a look at the exit code.
fn report(instance: &Path, file: &Path, code: i32) -> Value {
    let output = import(instance, file, &["--json"]);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}: {output:?}",
        file.display()
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The numbers of new, changed, same and rejected rows.
fn counts(report: &Value) -> [u64; 4] {
    let count = |name: &str| report[name].as_u64().unwrap();
    [
        count("new"),
        count("changed"),
        count("same"),
        report["rejected"].as_array().unwrap().len() as u64,
    ]
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../data-samples/files/import")
        .join(name)
}

fn store(instance: &Path) -> PathBuf {
    instance.join("store/obzor.gpkg")
}

/// Makes a file with `ogr2ogr` from the lamps of the village, numbered as `n`; `columns` are SQL.
fn lamps(instance: &Path, file: &Path, limit: u32, columns: &str, options: &[&str]) {
    let sql = format!(
        "SELECT {columns} FROM (SELECT *, row_number() OVER (ORDER BY fid) AS n FROM \"{LAYER}\"
         WHERE municipality_code = {VILLAGE} LIMIT {limit})"
    );
    let store = store(instance);
    let mut arguments = vec![file.to_str().unwrap(), store.to_str().unwrap()];
    arguments.extend(["-dialect", "SQLite", "-sql", &sql, "-nln", "lampy"]);
    arguments.extend(options);
    run("ogr2ogr", &arguments);
}

/// Returns code, easting and northing of the features that GDAL finds in a file.
fn positions(file: &Path, layer: &str, code: &str, prefix: &str) -> Vec<(String, f64, f64)> {
    let condition = format!("{code} LIKE '{prefix}%'");
    let printed = run(
        "ogr2ogr",
        &[
            "-f",
            "CSV",
            "/vsistdout/",
            file.to_str().unwrap(),
            layer,
            "-select",
            code,
            "-where",
            &condition,
            "-lco",
            "GEOMETRY=AS_XY",
            "-lco",
            "SEPARATOR=SEMICOLON",
        ],
    );
    let mut positions: Vec<_> = printed
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split(';');
            let mut number = || cells.next().unwrap().parse::<f64>().unwrap();
            let (x, y) = (number(), number());
            (cells.next().unwrap().trim_matches('"').to_owned(), x, y)
        })
        .collect();
    positions.sort_by(|a, b| a.0.cmp(&b.0));
    positions
}

#[test]
fn the_same_lamps_are_known_again_in_every_format() {
    let folder = instance();
    let files = [
        "lampy-1250.shp",
        "lampy-utf8.shp",
        "lampy.gpkg",
        "lampy.geojson",
        "lampy.csv",
    ];
    for (place, name) in files.iter().enumerate() {
        let report = report(folder.path(), &sample(name), 0);
        let expected = if place == 0 {
            [8, 0, 0, 0]
        } else {
            [0, 0, 8, 0]
        };
        assert_eq!(counts(&report), expected, "{name}: {report:#}");
        assert_eq!(report["revision"].is_null(), place > 0, "{name}");
    }
    assert!(!folder.path().join("spool/import").exists());
    let seen = run(
        "ogrinfo",
        &[
            "-ro",
            "-q",
            store(folder.path()).to_str().unwrap(),
            LAYER,
            "-where",
            "code = 'D-01'",
        ],
    );
    assert!(
        seen.contains("name (String) = Lampa u křížku č. 1"),
        "{seen}"
    );
    assert!(seen.contains("inspected_on (Date) = 2026/05/31"), "{seen}");
}

/// The clerk's shapefile: twelve lamps, of which seven have something wrong with them.
fn clerks_shapefile(instance: &Path) -> PathBuf {
    let file = instance.join("lampy.shp");
    let columns = "CASE n WHEN 7 THEN MakePoint(-773555000, -999234000) ELSE ST_Translate(geom, 2, 1, 0) END AS geom,
        CASE n WHEN 4 THEN NULL WHEN 6 THEN 'K-05' ELSE 'K-' || printf('%02d', n) END AS kod,
        'Žlutá lampička č. ' || n AS nazev, 1 AS stav, CASE n WHEN 3 THEN 77 ELSE 10 END AS typ_podpery,
        CASE n WHEN 4 THEN 'osm' ELSE '6,5' END AS vyska_m, 1 AS pocet_svitidel, 36 AS prikon_celkem_w,
        switchboard AS rvo_kod, 9 AS presnost_poloha, 'Předávací protokol' AS zdroj,
        CASE n WHEN 9 THEN NULL ELSE 'ano' END AS verejne, CASE n WHEN 8 THEN 563099 ELSE 564729 END AS obec_kod";
    lamps(
        instance,
        &file,
        12,
        columns,
        &["-lco", "ENCODING=CP1250", "-a_srs", "EPSG:5514"],
    );
    file
}

#[test]
fn a_clerks_shapefile_is_on_the_map_at_once_and_every_bad_row_is_told() {
    let city = City::start();
    let instance = city.store().ancestors().nth(2).unwrap().to_owned();
    let file = clerks_shapefile(&instance);
    assert_eq!(
        city.get("/search?q=zluta").json()["results"]
            .as_array()
            .unwrap()
            .len(),
        0
    );

    let dry = import(&instance, &file, &["--dry-run"]);
    let text = String::from_utf8(dry.stdout).unwrap();
    assert_eq!(dry.status.code(), Some(IN_PART));
    assert!(
        text.contains("nanečisto") && text.contains("Kódování: windows-1250"),
        "{text}"
    );
    assert!(text.contains("Žlutá lampička č. 1"), "{text}");
    assert!(
        text.contains("řádek 4: Výška: „osm“ není číslo; Evidenční číslo: povinný údaj chybí"),
        "{text}"
    );

    let first = report(&instance, &file, IN_PART);
    assert_eq!(counts(&first), [5, 0, 0, 7], "{first:#}");
    let kinds: Vec<_> = first["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let kinds = row["reasons"].as_array().unwrap().iter();
            let kinds: Vec<_> = kinds
                .map(|reason| reason["kind"].as_str().unwrap())
                .collect();
            format!("{}: {}", row["row"], kinds.join(" "))
        })
        .collect();
    let expected = [
        "3: not-in-code-list",
        "4: wrong-type missing",
        "5: duplicate",
        "6: duplicate",
        "7: far-off",
        "8: wrong-municipality",
        "9: missing",
    ];
    assert_eq!(kinds, expected);

    let moved = positions(&file, "lampy", "kod", "K-");
    let stored = positions(&store(&instance), LAYER, "code", "K-");
    assert_eq!(stored.len(), 5);
    for (code, x, y) in &stored {
        let (_, there_x, there_y) = moved.iter().find(|(other, ..)| other == code).unwrap();
        assert!((x - there_x).hypot(y - there_y) < 0.001, "{code}");
    }
    is_in_tile_items_and_search(&city);

    let second = report(&instance, &file, IN_PART);
    assert_eq!(counts(&second), [0, 0, 5, 7]);
    assert!(second["revision"].is_null());
}

fn is_in_tile_items_and_search(city: &City) {
    let items = city
        .get(&format!("/collections/{LAYER}/items?code=K-01"))
        .json();
    let feature = &items["features"][0];
    assert_eq!(feature["properties"]["name"], "Žlutá lampička č. 1");
    let degrees = |axis: usize| feature["geometry"]["coordinates"][axis].as_f64().unwrap();
    let (x, y) = tile_of(degrees(0), degrees(1), 16);
    let tile = city.get(&format!("/tiles/{LAYER}/16/{x}/{y}"));
    assert!(
        tile.body.windows(4).any(|bytes| bytes == b"K-01"),
        "the next tile has it"
    );
    let found = city.get("/search?q=svetelne%20misto%20K-01").json();
    let titles = found["results"].as_array().unwrap().iter();
    let titles: Vec<_> = titles.map(|hit| hit["title"].as_str().unwrap()).collect();
    assert!(titles.iter().any(|title| title.contains("K-01")), "{found}");
}

/// Returns column and row of the Web Mercator tile with a position.
pub(crate) fn tile_of(lon: f64, lat: f64, zoom: u32) -> (u32, u32) {
    let tiles = f64::from(1_u32 << zoom);
    let y = (1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0;
    (((lon + 180.0) / 360.0 * tiles) as u32, (y * tiles) as u32)
}

#[test]
fn the_mapping_file_of_the_guide_makes_a_suppliers_table_understood() {
    let folder = instance();
    let file = folder.path().join("lampy.csv");
    let rows = "CISLO;TYP_STOZ;BARVA;pocet_svitidel;prikon_celkem_w;rvo_kod;SOUR_X;SOUR_Y\n\
                Z-1;ocelový;bílá;1;36;RVO-01;999234;773555\n\
                Z-2;na zdi;;1;36;RVO-01;999244;773555\n";
    fs::write(&file, rows).unwrap();
    assert_eq!(counts(&report(folder.path(), &file, IN_PART)), [0, 0, 0, 2]);
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/village.md");
    let guide = fs::read_to_string(guide).unwrap();
    let example = guide.split("```toml\n").nth(1).unwrap();
    let mapping = folder.path().join("lampy.toml");
    fs::write(&mapping, example.split("```").next().unwrap()).unwrap();
    let options = ["--json", "--mapping", mapping.to_str().unwrap()];
    let output = import(folder.path(), &file, &options);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counts(&report), [2, 0, 0, 0]);
    let store = store(folder.path());
    let seen = run(
        "ogrinfo",
        &[
            "-ro",
            "-q",
            store.to_str().unwrap(),
            LAYER,
            "-where",
            "code LIKE 'Z-%'",
        ],
    );
    assert!(seen.contains("support_type (Integer64) = 10"), "{seen}");
    assert!(seen.contains("support_type (Integer64) = 5"), "{seen}");
    assert!(
        seen.contains("source (String) = Pasport veřejného osvětlení 2026"),
        "{seen}"
    );
}

#[test]
fn a_reader_that_crashes_or_hangs_is_an_error_and_changes_nothing() {
    let folder = instance();
    // The reader is found beside the program, so the program gets a second name beside a bad reader.
    let beside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = beside.path().join("obzor");
    fs::hard_link(env!("CARGO_BIN_EXE_obzor"), &program).unwrap();
    let reader = beside.path().join("obzor-gdal");
    for (script, said) in [
        ("kill -SEGV $$", "nepodařilo přečíst"),
        ("exec sleep 60", "zastaven"),
        ("echo nonsense", "something else than features"),
        (
            r#"echo '{"driver":"x","layer":"x","features":1,"encoding":"x","crs":null,"fields":[]}'"#,
            "before the end",
        ),
    ] {
        fs::write(&reader, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&reader, fs::Permissions::from_mode(0o755)).unwrap();
        let start = Instant::now();
        let output = import_with(
            &program,
            folder.path(),
            &sample("lampy.gpkg"),
            &["--patience", "1"],
        );
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{script}: {error}");
        assert!(error.contains(said), "{script}: {error}");
        assert!(start.elapsed() < Duration::from_secs(20), "{script}");
    }
    fs::remove_file(&reader).unwrap();
    let output = import_with(&program, folder.path(), &sample("lampy.gpkg"), &[]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(
        counts(&report(folder.path(), &sample("lampy.gpkg"), 0))[0],
        8
    );
}
