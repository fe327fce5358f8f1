//! Coordinates: recognised by their numbers, and transformed as `cs2cs` does.

use std::fs;

use super::{LAYER, counts, import, lamps, positions, report, store};
use crate::city::{instance, reference_data, run};

const S_JTSK: &str = "S-JTSK (EPSG:5514)";
const YX: &str = "S-JTSK v kladných číslech, pořadí Y, X";
const XY: &str = "S-JTSK v kladných číslech, pořadí X, Y (EPSG:5513)";
const DEGREES: &str = "WGS 84, zeměpisná délka a šířka";

/// The files with coordinates right and wrong: the system as the report names it, or `EPSG…` of one that is refused.
const FIXTURES: [(&str, &str); 26] = [
    ("bad_3035_no_crs.geojson", "EPSG:3035"),
    ("bad_3857_no_crs.geojson", "EPSG:3857"),
    ("bad_5514_claims_crs84.geojson", S_JTSK),
    ("bad_5514_no_crs_member.geojson", S_JTSK),
    ("bad_5514_outliers_zero_null_mm.geojson", S_JTSK),
    // No range can tell a wrong datum shift of 12.8 m or 118 m.
    ("bad_5514_via_3param_589_76_480.geojson", S_JTSK),
    ("bad_bessel_latlon_no_datum_shift.geojson", DEGREES),
    ("bad_5516_no_crs.geojson", "EPSG:5516"),
    (
        "bad_latlon_swapped.geojson",
        "WGS 84, zeměpisná šířka a délka",
    ),
    (
        "bad_negative_swapped_no_crs.geojson",
        "S-JTSK se zaměněnými osami",
    ),
    ("bad_positive_XY_no_crs.geojson", XY),
    ("bad_positive_YX_no_crs.geojson", YX),
    ("bad_shp_noprj_nocpg.shp", S_JTSK),
    ("bad_shp_positive_YX_noprj.shp", YX),
    ("bad_shp_prj_says_wgs84.shp", S_JTSK),
    ("obce_cp1250_semicolon_decimalcomma_positive_YX.csv", XY),
    ("obce_cp1250_semicolon_dot_positive_YX.csv", XY),
    ("obce_latin2_comma_latlon.csv", DEGREES),
    ("obce_utf8bom_semicolon_latlon.csv", DEGREES),
    ("ok_32633_crs_member.geojson", "EPSG:32633"),
    ("ok_5514_crs_member.geojson", S_JTSK),
    ("ok_5514_crs_member_short.geojson", S_JTSK),
    ("ok_5514_polygons.gpkg", S_JTSK),
    ("ok_shp_cp1250.shp", S_JTSK),
    ("ok_shp_utf8.shp", S_JTSK),
    ("truth_wgs84.geojson", DEGREES),
];

#[test]
fn positions_in_degrees_come_out_as_cs2cs_has_them() {
    let folder = instance();
    let file = folder.path().join("lampy.geojson");
    let columns = "geom, 'W-' || code AS kod, 1 AS stav, support_type, 1 AS pocet_svitidel, total_power, switchboard,
                   9 AS presnost_poloha, 'test' AS zdroj, 1 AS verejne";
    lamps(
        folder.path(),
        &file,
        50,
        columns,
        &["-t_srs", "EPSG:4326", "-lco", "COORDINATE_PRECISION=12"],
    );
    assert_eq!(counts(&report(folder.path(), &file, 0)), [50, 0, 0, 0]);
    let degrees = positions(&file, "lampy", "kod", "W-");
    let stored = positions(&store(folder.path()), LAYER, "code", "W-");
    assert_eq!(degrees.len(), 50);
    let input = folder.path().join("degrees");
    let lines = degrees
        .iter()
        .map(|(_, lon, lat)| format!("{lat:.12} {lon:.12}\n"));
    fs::write(&input, lines.collect::<String>()).unwrap();
    let printed = run(
        "cs2cs",
        &[
            "-f",
            "%.6f",
            "EPSG:4326",
            "EPSG:5514",
            input.to_str().unwrap(),
        ],
    );
    assert_eq!(printed.lines().count(), stored.len());
    for ((code, x, y), line) in stored.iter().zip(printed.lines()) {
        let theirs: Vec<f64> = line
            .split_whitespace()
            .map(|n| n.parse().unwrap())
            .collect();
        assert!(
            (x - theirs[0]).hypot(y - theirs[1]) < 0.001,
            "{code}: {x} {y}, {line}"
        );
    }
}

#[test]
fn coordinate_systems_are_recognised_as_the_fixtures_name_them() {
    let Some(data) = reference_data() else {
        return;
    };
    let folder = instance();
    let fixtures = data.join("geodata/crs-fixtures");
    let is_file = |name: &str| {
        [".geojson", ".gpkg", ".shp", ".csv"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let names = fs::read_dir(&fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| is_file(name)).count(), FIXTURES.len());
    for (name, system) in FIXTURES {
        let output = import(folder.path(), &fixtures.join(name), &["--dry-run"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        if system.starts_with("EPSG") {
            assert_eq!(output.status.code(), Some(1), "{name}: {text}");
            assert!(
                error.contains(system) && error.contains("Přijímá se"),
                "{name}: {error}"
            );
        } else {
            assert!(
                text.contains(&format!("Souřadnice: {system}\n")),
                "{name}: {text}{error}"
            );
            assert!(text.contains("Hrušovany"), "{name}: {text}");
        }
    }
}
