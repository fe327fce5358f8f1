//! The paths whose commands work on an instance folder: they say and make the same whichever store it has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::city::both_instances;
use crate::package::{build, entries};

/// Runs `obzor` on an instance.
fn obzor(instance: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(arguments)
        .arg("--instance")
        .arg(instance)
        .output()
        .unwrap()
}

/// Runs it and returns what it printed, after a look at the exit code.
fn printed(instance: &Path, arguments: &[&str], code: i32) -> String {
    let output = obzor(instance, arguments);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_package_has_the_same_entries() {
    let [(file, _), (database, _kept)] = both_instances();
    let packed = [&file, &database].map(|folder| {
        let package = folder.path().join("village.zip");
        build(folder.path(), &package);
        let verified = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args(["package", "verify"])
            .arg(&package)
            .output()
            .unwrap();
        assert!(verified.status.success(), "{verified:?}");
        entries(&package)
    });
    let [one, other] = &packed;
    assert!(one.len() > 5);
    for ((name, one), (other_name, other)) in one.iter().zip(other) {
        assert_eq!(name, other_name);
        // The manifest tells when the revision was made, and what else there is has a checksum in it.
        let may_differ = name.contains("manifest") || name.contains("checksum");
        assert!(one == other || may_differ, "{name}");
    }
}

#[test]
fn a_release_has_the_same_data_and_an_equal_one_is_not_made() {
    const DATASET: &str = "sample-564729-greenery";
    let [(file, _), (database, _kept)] = both_instances();
    let released = [&file, &database].map(|folder| {
        let report = printed(folder.path(), &["publish", DATASET, "--json"], 0);
        let report: Value = serde_json::from_str(&report).unwrap();
        let again = printed(folder.path(), &["publish", DATASET, "--json"], 0);
        let again: Value = serde_json::from_str(&again).unwrap();
        assert_eq!(again[0]["release"], report[0]["release"], "{again}");
        let listed = printed(folder.path(), &["datasets", "--json"], 0);
        assert!(listed.contains(DATASET));
        files(&folder.path().join(format!("public/releases/{DATASET}/1")))
    });
    let [one, other] = &released;
    assert!(one.keys().eq(other.keys()));
    for ending in ["geojson", "csv"] {
        let name = PathBuf::from(format!("{DATASET}.{ending}"));
        assert!(
            one[&name].len() > 1000 && one[&name] == other[&name],
            "{ending}"
        );
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let found = fs::read_dir(folder).unwrap().map(Result::unwrap);
    found
        .map(|entry| (entry.file_name().into(), fs::read(entry.path()).unwrap()))
        .collect()
}

#[test]
fn an_import_takes_refuses_and_knows_again_the_same_rows() {
    let [(file, _), (database, _kept)] = both_instances();
    let reports = [&file, &database].map(|folder| {
        let table = folder.path().join("lampy.geojson");
        fs::write(&table, lamps()).unwrap();
        let table = table.to_str().unwrap();
        let arguments = [
            "import",
            table,
            "--layer",
            "street-lights",
            "--municipality",
            "564729",
            "--author",
            "starosta",
            "--json",
        ];
        let before = printed(folder.path(), &[&arguments[..], &["--dry-run"]].concat(), 4);
        let first = printed(folder.path(), &arguments, 4);
        let again = printed(folder.path(), &arguments, 4);
        let counts = |report: &str| {
            let report: Value = serde_json::from_str(report).unwrap();
            let rejected = report["rejected"].as_array().unwrap().clone();
            (
                ["new", "changed", "same"].map(|name| report[name].clone()),
                rejected,
            )
        };
        [before, first, again].map(|report| counts(&report))
    });
    assert_eq!(reports[0], reports[1]);
    let [dry, first, again] = &reports[0];
    assert_eq!(dry, first);
    assert_eq!(first.0.clone().map(|n| n.as_u64().unwrap()), [1, 0, 0]);
    assert_eq!(again.0.clone().map(|n| n.as_u64().unwrap()), [0, 0, 1]);
    assert_eq!(first.1.len(), 1, "{first:?}");
}

/// Two lamps of which one has a status that there is not.
fn lamps() -> String {
    let lamp = |code: &str, status: u32| {
        serde_json::json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": [13.911, 50.462] },
            "properties": {
                "code": code, "status": status, "support_type": 10, "luminaire_count": 1, "total_power": 24.0,
                "switchboard": "RVO-01", "position_accuracy": 9, "source": "test", "public": true,
            },
        })
    };
    let features = [lamp("N-1", 1), lamp("N-2", 999)];
    serde_json::json!({ "type": "FeatureCollection", "features": features }).to_string()
}

#[test]
fn commands_that_look_say_the_same() {
    let [(file, _), (database, _kept)] = both_instances();
    for (arguments, code) in [
        (vec!["layers", "--json"], 0),
        (
            vec!["explain", "tile", "parcels,trees", "14", "8824", "5525"],
            0,
        ),
        (
            vec![
                "publish",
                "--all",
                "--municipality",
                "564729",
                "--dry-run",
                "--json",
            ],
            0,
        ),
    ] {
        let [one, other] =
            [&file, &database].map(|folder| printed(folder.path(), &arguments, code));
        assert_eq!(without_times(&one), without_times(&other), "{arguments:?}");
    }
}

/// Returns a report without the numbers that may differ: how long something took.
fn without_times(report: &str) -> Vec<String> {
    let first_words = |line: &str| {
        line.split_whitespace()
            .take(5)
            .collect::<Vec<_>>()
            .join(" ")
    };
    report.lines().map(first_words).collect()
}
