//! Documents that stay true: what they name exists, and they stay short.

use std::path::{Component, Path, PathBuf};

use super::source::{Source, all_files};
use super::{assert_none, root};

const ARCHITECTURE_MAX: usize = 200;

fn documents() -> Vec<Source> {
    let mut files = all_files();
    files.retain(|file| file.ending() == "md");
    files
}

/// Returns what stands in backticks and reads as a path from the top of the repository.
fn named_paths(text: &str) -> impl Iterator<Item = &str> {
    const ENDINGS: [&str; 8] = [".rs", ".ts", ".toml", ".md", ".json", ".html", ".css", "/"];
    text.split('`').skip(1).step_by(2).filter(|word| {
        word.contains('/')
            && !word.contains(|c: char| c.is_whitespace() || "*{}<>…".contains(c))
            && !word.starts_with('/')
            && ENDINGS.iter().any(|ending| word.ends_with(ending))
    })
}

/// Returns the targets of links that lie in the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("](").filter_map(|(place, _)| {
        let target = text[place + 2..].split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

#[test]
fn every_file_that_the_architecture_names_exists() {
    let files = documents();
    let page = files
        .iter()
        .find(|file| file.path == "ARCHITECTURE.md")
        .unwrap();
    let named: Vec<_> = named_paths(&page.text).collect();
    assert!(named.len() > 20, "the walkthroughs name files: {named:?}");
    let missing = named.iter().filter(|path| !root().join(path).exists());
    let mut violations: Vec<_> = missing.map(|path| (*path).to_owned()).collect();
    let lines = page.text.lines().count();
    if lines > ARCHITECTURE_MAX {
        violations.push(format!("{lines} lines, at most {ARCHITECTURE_MAX}"));
    }
    assert_none("ARCHITECTURE.md", &violations);
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut violations = Vec::new();
    for file in documents() {
        let folder = Path::new(&file.path).parent().unwrap().to_owned();
        for target in links(&file.text) {
            if !root().join(resolve(&folder.join(target))).exists() {
                violations.push(format!("{}: {target}", file.path));
            }
        }
    }
    assert_none("links to files that are not there", &violations);
}

#[test]
fn every_script_that_a_document_names_exists() {
    let mut violations = Vec::new();
    for file in documents() {
        let words = file
            .text
            .split(|c: char| c.is_whitespace() || "`()\"".contains(c));
        for word in words.filter(|word| word.starts_with("scripts/") && word.len() > 8) {
            let script = word.trim_end_matches(['.', ',', ':', ';']);
            if !root().join(script).exists() {
                violations.push(format!("{}: {script}", file.path));
            }
        }
    }
    assert_none("scripts that are not there", &violations);
}

/// Removes `..` without asking the file system.
fn resolve(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                resolved.pop();
            }
            part => resolved.push(part),
        }
    }
    resolved
}
