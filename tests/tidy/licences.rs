//! Licences of everything that is built in: permissive, or excused by name.

use std::fs;

use serde_json::Value;

use super::dependencies::metadata;
use super::{assert_none, root};

pub(super) const PERMISSIVE: [&str; 16] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
];

/// Packages whose licence field says nothing, with where their licence is told.
const EXCUSED: [(&str, &str); 0] = [];

/// Whether an SPDX expression can be met with permissive licences alone.
fn is_permissive(expression: &str) -> bool {
    let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
    flat.split(" AND ").all(|part| {
        part.split(" OR ")
            .any(|licence| PERMISSIVE.contains(&licence.trim()))
    })
}

#[test]
fn an_expression_is_judged_by_its_best_choice() {
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
    ] {
        assert!(is_permissive(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND LGPL-2.1",
        "(MIT OR Apache-2.0) AND GPL-3.0",
    ] {
        assert!(!is_permissive(bad), "{bad}");
    }
}

#[test]
fn every_crate_we_build_with_is_permissive() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    let violations: Vec<_> = packages
        .iter()
        .filter_map(|package| {
            let name = package["name"].as_str().unwrap();
            let licence = package["license"].as_str().unwrap_or_default();
            violation(name, licence)
        })
        .collect();
    assert_none("licences that are not permissive", &violations);
}

#[test]
fn every_package_of_the_web_map_is_permissive() {
    let lock = fs::read_to_string(root().join("web/package-lock.json")).unwrap();
    let lock: Value = serde_json::from_str(&lock).unwrap();
    let packages = lock["packages"].as_object().unwrap();
    let violations: Vec<_> = packages
        .iter()
        .filter(|(path, _)| !path.is_empty())
        .filter_map(|(path, package)| {
            violation(path, package["license"].as_str().unwrap_or_default())
        })
        .collect();
    assert_none("licences that are not permissive", &violations);
}

fn violation(name: &str, licence: &str) -> Option<String> {
    let is_excused = EXCUSED.iter().any(|(excused, _)| *excused == name);
    (!is_excused && !is_permissive(licence)).then(|| format!("{name}: {licence:?}"))
}
