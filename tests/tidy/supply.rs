//! What is built in comes from the registries alone, whole, and nothing of it runs while it is installed.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::licences::PERMISSIVE;
use super::{assert_none, root};

/// How many packages the web map may name itself.
const MOST_WEB_PACKAGES: usize = 10;
/// Packages that would run something when they are installed, if `.npmrc` let them; they work without.
const WOULD_RUN: [&str; 1] = ["node_modules/esbuild"];

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

fn web_lock() -> Value {
    serde_json::from_str(&read("web/package-lock.json")).unwrap()
}

#[test]
fn packages_of_the_web_map_are_whole_and_from_the_registry() {
    let lock = web_lock();
    let mut violations = Vec::new();
    for (path, package) in lock["packages"].as_object().unwrap() {
        if path.is_empty() {
            continue;
        }
        let integrity = package["integrity"].as_str().unwrap_or_default();
        if !integrity.starts_with("sha512-") {
            violations.push(format!("{path} has no sha512"));
        }
        // npm leaves the address out for its own registry alone, as .npmrc asks.
        if !package["resolved"].is_null() || !package["link"].is_null() {
            violations.push(format!("{path} comes from elsewhere"));
        }
        if package["hasInstallScript"] == true && !WOULD_RUN.contains(&path.as_str()) {
            violations.push(format!("{path} runs a script when it is installed"));
        }
    }
    assert_none("web/package-lock.json", &violations);
    let settings = read("web/.npmrc");
    for needed in [
        "ignore-scripts=true",
        "omit-lockfile-registry-resolved=true",
    ] {
        assert!(settings.lines().any(|line| line == needed), "{needed}");
    }
}

#[test]
fn the_web_map_names_few_packages_and_their_exact_versions() {
    let manifest: Value = serde_json::from_str(&read("web/package.json")).unwrap();
    let groups = ["dependencies", "devDependencies"];
    let named: Vec<_> = groups
        .iter()
        .flat_map(|group| manifest[group].as_object().unwrap())
        .collect();
    assert!(named.len() <= MOST_WEB_PACKAGES, "{}", named.len());
    let loose = named.iter().filter(|(_, version)| {
        let version = version.as_str().unwrap();
        !version.starts_with(|c: char| c.is_ascii_digit()) || version.contains(['/', ':', ' '])
    });
    let violations: Vec<_> = loose.map(|(name, _)| (*name).clone()).collect();
    assert_none("web/package.json: versions that are not exact", &violations);
}

#[test]
fn crates_come_from_the_registry_with_a_checksum() {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 100);
    let violations: Vec<_> = packages
        .iter()
        .filter(|package| {
            package.get("source").is_some_and(|source| {
                let registry = "registry+https://github.com/rust-lang/crates.io-index";
                source.as_str() != Some(registry) || package.get("checksum").is_none()
            })
        })
        .map(|package| package["name"].to_string())
        .collect();
    assert_none("crates from elsewhere", &violations);
}

#[test]
fn cargo_deny_is_given_the_same_licences() {
    let rules: toml::Table = read("deny.toml").parse().unwrap();
    let allowed = rules["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<_> = allowed.iter().filter_map(|one| one.as_str()).collect();
    assert_eq!(allowed, BTreeSet::from(PERMISSIVE));
    for source in ["unknown-registry", "unknown-git"] {
        assert_eq!(rules["sources"][source].as_str(), Some("deny"));
    }
}
