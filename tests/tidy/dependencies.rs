//! Which crate may depend on which: ours on ours, and the few foreign ones that belong to one crate alone.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::{assert_none, root};

/// Every allowed edge between our crates.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("test-postgres", &[]),
    ("layers", &["test-postgres"]),
    ("styles", &["layers"]),
    ("importers", &["layers"]),
    ("gdal-worker", &[]),
    ("catalog", &["layers"]),
    ("opendata", &["catalog", "layers"]),
    ("data-samples", &["importers", "catalog", "layers"]),
    (
        "tile-server",
        &[
            "layers",
            "styles",
            "importers",
            "catalog",
            "opendata",
            "data-samples",
            "test-postgres",
        ],
    ),
];

/// Foreign crates that only these of ours may name: what they stand for is kept in one place.
const RESERVED: [(&str, &[&str]); 8] = [
    ("actix-web", &["tile-server"]),
    ("tokio", &["tile-server"]),
    ("anyhow", &["tile-server"]),
    ("clap", &["tile-server", "gdal-worker"]),
    ("tracing-subscriber", &["tile-server"]),
    ("gdal", &["gdal-worker"]),
    ("rusqlite", &["layers"]),
    ("postgres", &["layers", "test-postgres"]),
];

/// Returns what `cargo metadata` says about the workspace, dependencies included.
pub(crate) fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns our packages and what each depends on: name and kind (`null` for a normal dependency).
fn our_packages(metadata: &Value) -> Vec<(&str, Vec<(&str, &Value)>)> {
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .filter(|package| package["source"].is_null())
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let dependencies = dependencies
                .iter()
                .map(|dependency| (dependency["name"].as_str().unwrap(), &dependency["kind"]));
            (package["name"].as_str().unwrap(), dependencies.collect())
        })
        .collect()
}

#[test]
fn our_crates_depend_on_each_other_in_one_direction() {
    let metadata = metadata();
    let packages = our_packages(&metadata);
    let ours: BTreeSet<_> = packages.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, ALLOWED.iter().map(|(name, _)| *name).collect());
    let mut violations = Vec::new();
    for (name, dependencies) in &packages {
        let allowed = ALLOWED.iter().find(|(ours, _)| ours == name).unwrap().1;
        for (dependency, _) in dependencies {
            if ours.contains(dependency) && !allowed.contains(dependency) {
                violations.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    assert_none("crates may only depend on those below them", &violations);
}

#[test]
fn only_the_program_knows_http_and_only_the_store_knows_its_engine() {
    let metadata = metadata();
    let mut violations = Vec::new();
    for (name, dependencies) in our_packages(&metadata) {
        for (dependency, kind) in dependencies {
            let reserved = RESERVED
                .iter()
                .find(|(reserved, _)| *reserved == dependency);
            if reserved.is_some_and(|(_, owners)| kind.is_null() && !owners.contains(&name)) {
                violations.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    assert_none("these dependencies belong to other crates", &violations);
}
