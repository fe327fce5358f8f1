//! What is shipped for operators stays true: the program takes every option and variable that the files name.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::{assert_none, root};
use crate::city::run;

const FILES: [&str; 4] = [
    "obzor.service",
    "compose.yml",
    "Containerfile",
    "haproxy.cfg",
];
/// Variables that are none of the program's: the Compose file's own.
const OWN: [&str; 1] = ["OBZOR_DB_PASSWORD"];

fn text(file: &str) -> String {
    fs::read_to_string(root().join("deploy").join(file)).unwrap()
}

/// Returns the words of a text that begin so and go on with letters of a name.
fn words(text: &str, start: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    text.split(|c: char| !is_name(c))
        .filter(|word| word.starts_with(start) && word.len() > start.len())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_program_knows_every_option_and_variable() {
    let help = run(env!("CARGO_BIN_EXE_obzor"), &["serve", "--help"]);
    let general = run(env!("CARGO_BIN_EXE_obzor"), &["--help"]);
    let known = format!("{help}{general}");
    let mut violations = Vec::new();
    let (mut options, mut variables) = (0, 0);
    for file in FILES {
        let text = text(file);
        for line in text.lines().filter(|line| line.contains("serve")) {
            let missing = words(line, "--");
            options += missing.len();
            let missing = missing.iter().filter(|word| !known.contains(*word));
            violations.extend(missing.map(|word| format!("deploy/{file}: {word}")));
        }
        let named = words(&text, "OBZOR_");
        variables += named.len();
        let unknown = |word: &&String| !known.contains(*word) && !OWN.contains(&word.as_str());
        let unknown = named.iter().filter(unknown);
        violations.extend(unknown.map(|word| format!("deploy/{file}: {word}")));
    }
    assert!(options > 5 && variables > 5, "{options}, {variables}");
    assert_none("what the program does not know", &violations);
}

#[test]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("obzor.service");
    let program = env!("CARGO_BIN_EXE_obzor");
    fs::write(
        &unit,
        text("obzor.service").replace("/usr/local/bin/obzor", program),
    )
    .unwrap();
    let Ok(verified) = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&unit)
        .output()
    else {
        return;
    };
    let said = String::from_utf8(verified.stderr).unwrap();
    assert!(verified.status.success() && said.is_empty(), "{said}");
}
