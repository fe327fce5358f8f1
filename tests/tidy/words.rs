//! Words and numbers that may stand only in certain places.

use layers::LayerSet;

use super::assert_none;
use super::source::{Source, Token, all_files, crate_files};

/// Reports every token of the crates' code that `is_bad` finds outside `places`.
fn found_outside(places: &[&str], is_bad: impl Fn(&[Token], usize) -> bool) -> Vec<String> {
    let mut violations = Vec::new();
    for file in crate_files() {
        if places.iter().any(|place| file.path.starts_with(place)) {
            continue;
        }
        let tokens = file.tokens();
        for (place, token) in tokens.iter().enumerate() {
            if is_bad(&tokens, place) {
                violations.push(format!("{}:{}: {}", file.path, token.line, token.text));
            }
        }
    }
    violations
}

/// Whether the token at `place` and those after it read as the words.
fn reads(tokens: &[Token], place: usize, words: &[&str]) -> bool {
    tokens[place..].len() >= words.len()
        && words
            .iter()
            .zip(&tokens[place..])
            .all(|(word, token)| *word == token.text)
}

#[test]
fn no_layer_is_named_in_code() {
    let layers = LayerSet::shipped().unwrap();
    let ids: Vec<_> = layers.iter().map(|layer| layer.id.as_str()).collect();
    assert!(ids.contains(&"parcels"), "the shipped definitions are read");
    let names_a_layer = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .any(|word| {
                ids.contains(&word) && (word.contains('-') || text == word || text.starts_with('/'))
            })
    };
    let violations = found_outside(&["data-samples/"], |tokens, place| {
        tokens[place]
            .string()
            .is_some_and(|text| names_a_layer(&text))
    });
    assert_none("a layer is data: do not name one in code", &violations);
}

#[test]
fn only_the_crs_module_holds_projection_numbers() {
    const NUMBERS: [&str; 5] = ["6378137", "6377397", "20037508", "6356752", "298.257"];
    let violations = found_outside(&["layers/src/crs"], |tokens, place| {
        let text = tokens[place].text.replace('_', "");
        NUMBERS.iter().any(|number| text.contains(number))
    });
    assert_none("projection numbers outside layers::crs", &violations);
}

#[test]
fn only_a_store_holds_sql() {
    const WORDS: [&str; 7] = [
        "SELECT ",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE TABLE",
        "PRAGMA ",
        "CREATE TRIGGER",
    ];
    let violations = found_outside(&["layers/src/store"], |tokens, place| {
        let text = tokens[place].string().unwrap_or_default();
        WORDS.iter().any(|word| text.trim_start().starts_with(word))
    });
    assert_none("SQL outside a store's own module", &violations);
}

#[test]
fn only_the_vocabulary_holds_rdf() {
    const PLACES: [&str; 9] = [
        "publications.europa.eu",
        "data.gov.cz",
        "ofn.gov.cz",
        "linked.cuzk.cz",
        "rpp-opendata.egon.gov.cz",
        "e-sbirka.cz",
        "creativecommons.org",
        "iana.org/assignments",
        "//schema.org",
    ];
    let violations = found_outside(&["catalog/src/vocabulary"], |tokens, place| {
        let text = tokens[place].string().unwrap_or_default();
        PLACES.iter().any(|host| text.contains(host))
    });
    assert_none("IRIs outside catalog's vocabulary modules", &violations);
}

#[test]
fn only_the_program_knows_environment_and_clock() {
    const CALLS: [&[&str]; 5] = [
        &["env", ":", ":"],
        &["SystemTime"],
        &["Instant"],
        &["Utc", ":", ":", "now"],
        &["Local", ":", ":", "now"],
    ];
    let violations = found_outside(&["tile-server/", "gdal-worker/"], |tokens, place| {
        CALLS.iter().any(|call| reads(tokens, place, call))
    });
    assert_none("environment or clock outside the program", &violations);
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    let folders = ["home", "root", "work", "Users", "tmp"].map(|folder| format!("/{folder}/"));
    let names_one = |line: &str| {
        folders.iter().any(|folder| {
            line.match_indices(folder).any(|(place, _)| {
                let before = line[..place].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && !"._-}".contains(c))
            })
        })
    };
    let violations: Vec<_> = all_files()
        .iter()
        .flat_map(|file| lines_with(file, names_one))
        .collect();
    assert_none("paths of one machine", &violations);
}

#[test]
fn the_web_lock_file_names_no_download_address() {
    let files = all_files();
    let lock = files
        .iter()
        .find(|file| file.path == "web/package-lock.json")
        .unwrap();
    let violations = lines_with(lock, |line| line.contains("\"resolved\""));
    assert_none("addresses of one registry", &violations);
}

fn lines_with(file: &Source, is_bad: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    lines
        .filter(|(_, line)| is_bad(line))
        .map(|(place, line)| format!("{}:{}: {}", file.path, place + 1, line.trim()))
        .collect()
}
