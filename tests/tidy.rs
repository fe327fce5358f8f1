//! House rules, checked by program: each rule reports every place that breaks it, not the first.

mod dependencies;
mod deploy;
mod documents;
mod licences;
mod program;
mod security;
mod sizes;
mod source;
mod structure;
mod supply;
mod words;

use std::path::Path;

/// The top of the repository.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Fails with all violations of a rule.
fn assert_none(rule: &str, violations: &[String]) {
    assert!(
        violations.is_empty(),
        "{rule}:\n  {}",
        violations.join("\n  ")
    );
}
