//! The page on security speaks of every requirement that it promises to, and of files that are there.

use std::collections::BTreeMap;

use super::{assert_none, root};

/// How many requirements of level 1 and 2 each section of OWASP ASVS 5.0.0 has; they come first in their section.
const SECTIONS: &str = "
    1.1=2 1.2=9 1.3=11 1.4=3 1.5=2
    2.1=3 2.2=3 2.3=4 2.4=1
    3.2=2 3.3=4 3.4=6 3.5=5 3.7=2
    4.1=3 4.2=1 4.3=2 4.4=4
    5.1=1 5.2=3 5.3=2 5.4=3
    6.1=3 6.2=12 6.3=4 6.4=4 6.5=5 6.6=3 6.8=4
    7.1=3 7.2=4 7.3=2 7.4=5 7.5=2 7.6=2
    8.1=2 8.2=3 8.3=1 8.4=1
    9.1=3 9.2=4
    10.1=2 10.2=2 10.3=4 10.4=11 10.5=5 10.6=2 10.7=3
    11.1=2 11.2=3 11.3=3 11.4=4 11.5=1 11.6=1
    12.1=3 12.2=2 12.3=4
    13.1=1 13.2=5 13.3=2 13.4=5
    14.1=2 14.2=4 14.3=3
    15.1=3 15.2=3 15.3=7
    16.1=1 16.2=5 16.3=4 16.4=3 16.5=3
    17.1=1 17.2=4 17.3=2
";
const ALL: usize = 253;

/// Returns the requirements of a part of a list, such as `1.2.6–1.2.8`.
fn between(part: &str) -> Vec<String> {
    let (from, to) = part.split_once('–').unwrap_or((part, part));
    let (section, least) = from.rsplit_once('.').unwrap();
    let (same, most) = to.rsplit_once('.').unwrap();
    assert_eq!(section, same, "{part}");
    let numbers = least.parse::<u32>().unwrap()..=most.parse().unwrap();
    numbers
        .map(|number| format!("{section}.{number}"))
        .collect()
}

#[test]
fn every_requirement_of_the_standard_stands_once_on_the_page() {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for section in SECTIONS.split_whitespace() {
        let (section, most) = section.split_once('=').unwrap();
        for one in between(&format!("{section}.1–{section}.{most}")) {
            times.insert(one, 0);
        }
    }
    assert_eq!(times.len(), ALL);
    for line in include_str!("../../docs/security.md").lines() {
        let cells: Vec<_> = line.split(" | ").collect();
        let list = cells[0].strip_prefix("| ").unwrap_or_default();
        if cells.len() == 3 && list.starts_with(|c: char| c.is_ascii_digit()) {
            assert!(cells[2].len() > 2, "{list} has no test and no reason");
            for one in list.split(", ").flat_map(between) {
                *times.entry(one).or_default() += 1;
            }
        }
    }
    let wrong = times.iter().filter(|(_, times)| **times != 1);
    let wrong: Vec<_> = wrong
        .map(|(one, times)| format!("{one}: {times} times"))
        .collect();
    assert_none("requirements", &wrong);
}

#[test]
fn every_file_that_the_page_names_exists() {
    let page = include_str!("../../docs/security.md");
    let words = page.split('`').skip(1).step_by(2);
    let files =
        words.filter(|word| !word.starts_with('/') && word.contains('/') && word.contains('.'));
    let missing = files.filter(|file| !root().join(file).exists());
    let missing: Vec<_> = missing.map(str::to_owned).collect();
    assert_none("docs/security.md", &missing);
}
