//! A whole city moved from one store into another: nothing is lost, whatever interrupts it, while others go on editing.

mod killed;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use test_postgres::Database;

use crate::city::{City, instance, run};
use crate::gdal::execute;

/// The exit code of a refusal.
const REFUSED: Option<i32> = Some(3);

fn command(from: &str, to: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obzor"));
    command.args(["copy", "--json", "--from", from, "--to", to]);
    command.env("OBZOR_LOG", "warn");
    command
}

fn copy(from: &str, to: &str) -> Output {
    command(from, to).output().unwrap()
}

/// Copies what must be copied and returns the report.
fn report(from: &str, to: &str) -> Value {
    let output = copy(from, to);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the hashes of everything in the target.
fn hashes(report: &Value) -> Vec<&str> {
    let layers = report["layers"].as_array().unwrap().iter();
    let layers = layers.flat_map(|layer| [&layer["features"], &layer["versions"]]);
    let all = layers.chain([&report["revisions"], &report["records"]]);
    all.map(|both| both["to"]["sha256"].as_str().unwrap())
        .collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Gives an instance some history: edits by the program and from outside, and records that changed.
fn live(instance: &Path) {
    let store = instance.join("store/obzor.gpkg");
    for (layer, set) in [
        ("trees", "height = height + 0.1"),
        ("street-lights", "height = 0.1 + 0.2"),
    ] {
        let some = format!("(SELECT fid FROM \"{layer}\" ORDER BY fid LIMIT 20)");
        execute(
            &store,
            &format!("UPDATE \"{layer}\" SET {set} WHERE fid IN {some}"),
        );
    }
    execute(
        &store,
        "DELETE FROM trees WHERE fid = (SELECT max(fid) FROM trees)",
    );
    let obzor = env!("CARGO_BIN_EXE_obzor");
    let folder = text(instance);
    for name in ["jana", "petr"] {
        run(
            obzor,
            &[
                "user",
                "add",
                name,
                "--all-municipalities",
                "--instance",
                folder,
            ],
        );
        run(obzor, &["user", "token", name, "--instance", folder]);
    }
    run(obzor, &["user", "revoke", "petr", "--instance", folder]);
    run(
        obzor,
        &[
            "undo",
            "2",
            "--author",
            "jana",
            "--reason",
            "zpět",
            "--instance",
            folder,
        ],
    );
}

#[test]
fn a_city_goes_into_a_database_and_back_and_is_the_same() {
    let city = instance();
    live(city.path());
    let database = Database::fresh();
    let there = report(text(city.path()), &database.url());
    assert_eq!(
        (&there["equal"], &there["since"]),
        (&true.into(), &0.into())
    );
    assert!(
        there["revision"].as_i64().unwrap() > 40,
        "one per outside edit"
    );
    let back = tempfile::tempdir().unwrap();
    let file = back.path().join("back.gpkg");
    let again = report(&database.url(), text(&file));
    assert_eq!(hashes(&there), hashes(&again));
    for layer in there["layers"].as_array().unwrap() {
        for what in ["features", "versions"] {
            assert_eq!(layer[what]["from"], layer[what]["to"], "{layer}");
        }
    }
    let records = &there["records"]["to"]["count"];
    assert!(records.as_i64().unwrap() > 5, "{records}");
    // A second run finds nothing to do.
    let third = report(text(city.path()), &database.url());
    assert_eq!(third["versions"], 0);
    assert_eq!(hashes(&third), hashes(&there));
}

#[test]
fn a_city_that_lives_on_is_caught_up_with() {
    let city = City::start();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("new");
    let (from, to) = (city.instance(), text(&to));
    let first = report(text(&from), to);
    execute(
        &city.store(),
        "UPDATE trees SET height = 7.5 WHERE fid <= 3",
    );
    let second = report(text(&from), to);
    assert_eq!(second["since"], first["revision"]);
    assert_eq!(second["versions"], 3);
    // An instance that was made by the copy can be used; its store then has its own history.
    execute(
        &Path::new(to).join("store/obzor.gpkg"),
        "UPDATE trees SET height = 8.5 WHERE fid = 1",
    );
    let refused = copy(text(&from), to);
    assert_eq!(refused.status.code(), REFUSED);
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("neither empty nor a copy"), "{why}");
}

#[test]
fn what_differs_is_named_and_fails() {
    let city = instance();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("copy.gpkg");
    report(text(city.path()), text(&to));
    // Somebody changes a row of the copy past its triggers.
    execute(&to, "UPDATE obzor_state SET writer = 'nobody'");
    execute(&to, "UPDATE trees SET height = 99 WHERE fid = 5");
    let output = copy(text(city.path()), text(&to));
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("the copy differs: trees\n"), "{errors}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["differences"], serde_json::json!(["trees"]));
}

#[test]
fn definitions_that_differ_are_refused() {
    let city = instance();
    let other = tempfile::tempdir().unwrap();
    let shipped = include_str!("../layers/definitions/trees.toml");
    fs::create_dir(other.path().join("layers")).unwrap();
    fs::write(other.path().join("layers/trees.toml"), shipped).unwrap();
    let output = copy(text(city.path()), text(other.path()));
    assert_eq!(output.status.code(), REFUSED);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("layer definitions"), "{errors}");
}

#[test]
fn a_role_that_does_not_own_the_tables_is_told_so() {
    let city = instance();
    let database = Database::fresh();
    let mut owner = database.connect();
    report(text(city.path()), &database.url());
    owner
        .batch_execute(
            "CREATE ROLE copier LOGIN; GRANT USAGE ON SCHEMA obzor, obzor_store TO copier;
             GRANT ALL ON ALL TABLES IN SCHEMA obzor, obzor_store TO copier",
        )
        .unwrap();
    execute(
        &city.path().join("store/obzor.gpkg"),
        "UPDATE trees SET height = 7.5 WHERE fid = 1",
    );
    let url = database.url().replace("user=postgres", "user=copier");
    let output = copy(text(city.path()), &url);
    owner
        .batch_execute("DROP OWNED BY copier; DROP ROLE copier")
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("role"), "{errors}");
}
