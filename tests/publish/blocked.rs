//! What is wrong with the data stops the publication, everything is told at once, and the old release stays.

use std::path::Path;

use super::{
    DATASET, REFUSED, folder_of, is_whole, number_in_force, public_files, publish, report, store,
};
use crate::city::instance;
use crate::gdal::execute;

/// A birth number that nobody has: its day is right and its check digit too.
const BIRTH_NUMBER: &str = "736028/5163";

#[test]
fn a_birth_number_a_bow_tie_and_a_missing_value_block_together() {
    let folder = instance();
    let path = folder.path();
    assert_eq!(report(path, DATASET, 0)["release"], 1);
    let before = public_files(path);
    let own = "municipality_code = 564729 AND code";
    let file = store(path);
    execute(
        &file,
        &format!(
            "UPDATE \"green-areas\" SET name = 'Udržuje p. Novák, RČ {BIRTH_NUMBER}' WHERE {own} = 'ZP-002'"
        ),
    );
    execute(
        &file,
        &format!("UPDATE trees SET taxon_latin = NULL WHERE {own} = 'S-00002'"),
    );
    plant_a_bow_tie(&file);

    let found = report(path, DATASET, REFUSED);
    assert_eq!(found["outcome"], "blocked");
    let findings = found["findings"].as_array().unwrap();
    let mut seen: Vec<_> = findings
        .iter()
        .map(|finding| {
            let text = |name: &str| finding[name].as_str().unwrap_or("-");
            format!(
                "{} {} {} {}",
                text("check"),
                text("layer"),
                text("label"),
                text("field")
            )
        })
        .collect();
    seen.sort();
    assert_eq!(
        seen,
        [
            "GEO-02 green-areas Plocha zeleně ZP-001 -",
            "PRI-01 green-areas - name",
            "STR-03 trees Strom S-00002 – bříza bělokorá taxon_latin",
        ]
    );
    let bow_tie = findings
        .iter()
        .find(|finding| finding["check"] == "GEO-02")
        .unwrap();
    assert_eq!(
        bow_tie["position"],
        serde_json::json!([-771_995.0, -997_995.0])
    );

    the_report_says_it_in_czech(path);
    assert_eq!(number_in_force(path, DATASET), Some(1));
    assert_eq!(public_files(path), before);
    is_whole(&folder_of(path, DATASET, 1));
}

/// Looks at what the steward reads.
fn the_report_says_it_in_czech(path: &Path) {
    let output = publish(path, &[DATASET]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(REFUSED));
    for part in [
        "STR-03 Povinné údaje – nálezů 1 (brání zveřejnění)",
        "pole taxon_latin: povinný údaj chybí. Doplňte hodnotu.",
        "GEO-02 Platná geometrie",
        "poloha -771995.00 -997995.00",
        "PRI-01 Žádné rodné číslo",
        "Nezveřejněno; platí, co bylo vydáno dřív.",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert!(
        !text.contains(BIRTH_NUMBER),
        "a report repeats no birth number"
    );
}

/// Draws a green area anew as a bow-tie whose lines cross at -771995 -997995.
fn plant_a_bow_tie(file: &Path) {
    let bow_tie = "MULTIPOLYGON(((-772000 -998000, -771990 -997990, -771990 -998000, -772000 -997990, -772000 -998000)))";
    let sql = format!(
        "UPDATE \"green-areas\" SET geom = AsGPB(GeomFromText('{bow_tie}', 5514)) WHERE municipality_code = 564729 AND code = 'ZP-001'"
    );
    execute(file, &sql);
}

#[test]
fn every_other_kind_of_mistake_is_found_where_it_is() {
    let folder = instance();
    let path = folder.path();
    let mistakes = [
        (
            "S-00001",
            "name = 'pište na jan.novak@decany.example'",
            "PRI-02",
        ),
        ("S-00002", "name = 'správce 602 123 456'", "PRI-02"),
        ("S-00003", "plant_type = 'palm'", "STR-05"),
        ("S-00004", "height = 700", "STR-07"),
        ("S-00005", "name = 'PÅ™Ãkopa'", "STR-07"),
        ("S-00006", "name = '=HYPERLINK(\"http://x\")'", "STR-08"),
        ("S-00007", "geom = NULL", "GEO-01"),
        (
            "S-00008",
            "geom = AsGPB(GeomFromText('POINT(-997967 -771954)', 5514))",
            "GEO-04",
        ),
        (
            "S-00009",
            "geom = AsGPB(GeomFromText('POINT(13.92 50.45)', 5514))",
            "GEO-04",
        ),
        (
            "S-00010",
            "geom = AsGPB(GeomFromText('POINT(-781954 -997967)', 5514))",
            "GEO-05",
        ),
    ];
    for (code, mistake, _) in mistakes {
        let sql = format!(
            "UPDATE trees SET {mistake} WHERE municipality_code = 564729 AND code = '{code}'"
        );
        execute(&store(path), &sql);
    }
    let found = report(path, DATASET, REFUSED);
    let findings = found["findings"].as_array().unwrap();
    assert_eq!(findings.len(), mistakes.len(), "{found:#}");
    for (code, _, check) in mistakes {
        let own = findings
            .iter()
            .find(|finding| finding["label"].as_str().unwrap().contains(code));
        assert_eq!(own.unwrap()["check"], check, "{code}");
    }
    assert_eq!(number_in_force(path, DATASET), None);
    assert!(public_files(path).is_empty());
}
