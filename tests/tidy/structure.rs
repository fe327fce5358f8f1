//! How files are named and opened.

use std::fs;

use super::source::all_files;
use super::{assert_none, root};

/// Names that say nothing about what is inside.
const BANNED: [&str; 9] = [
    "mod", "helper", "helpers", "util", "utils", "types", "common", "manager", "inner",
];

#[test]
fn every_source_file_says_what_it_is_for() {
    let violations: Vec<_> = all_files()
        .iter()
        .filter(|file| match file.ending() {
            "rs" => !file.text.starts_with("//!") && !file.text.starts_with("#![doc"),
            "ts" => !file.text.starts_with("/**") && !file.text.starts_with("//"),
            _ => false,
        })
        .map(|file| file.path.clone())
        .collect();
    assert_none("files that do not open with what they are for", &violations);
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let violations: Vec<_> = all_files()
        .iter()
        .filter(|file| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
            ["rs", "ts"].contains(&ending) && BANNED.contains(&stem)
        })
        .map(|file| file.path.clone())
        .collect();
    assert_none("rename these after what they hold", &violations);
}

#[test]
fn every_file_of_tests_is_part_of_the_test_program() {
    let main = fs::read_to_string(root().join("tests/main.rs")).unwrap();
    let violations: Vec<_> = all_files()
        .iter()
        .filter_map(|file| file.path.strip_prefix("tests/")?.strip_suffix(".rs"))
        .filter(|name| *name != "main" && !name.contains('/'))
        .filter(|name| !main.contains(&format!("mod {name};")))
        .map(str::to_owned)
        .collect();
    assert_none("these are not a module of tests/main.rs", &violations);
}

#[test]
fn every_crate_has_a_short_readme() {
    let violations: Vec<_> = all_files()
        .iter()
        .filter_map(|file| file.path.strip_suffix("/Cargo.toml"))
        .filter_map(|folder| {
            let readme = fs::read_to_string(root().join(folder).join("README.md"));
            let lines = readme.unwrap_or_default().lines().count();
            (!(5..=60).contains(&lines)).then(|| format!("{folder}/README.md has {lines} lines"))
        })
        .collect();
    assert_none("crates without a README of 5 to 60 lines", &violations);
}
