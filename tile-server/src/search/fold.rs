//! Folds text for comparison: lower case, no diacritics, words with single spaces, no abbreviations that say nothing.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Abbreviations that people write or leave out: house number, cadastral area, parcel number.
const NOISE: [&[&str]; 6] = [
    &["c", "p"],
    &["cp"],
    &["k", "u"],
    &["ku"],
    &["p", "c"],
    &["parc", "c"],
];

/// Folds a text; abbreviations that say nothing are left out unless nothing else stands there.
pub(crate) fn fold(text: &str) -> String {
    let bare: String = text
        .to_lowercase()
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .collect();
    let words = words(&bare);
    let telling = without_noise(&words);
    if telling.is_empty() {
        words.join(" ")
    } else {
        telling.join(" ")
    }
}

/// Cuts at everything but letters and digits; a slash between digits stays, because `123/4` is one number.
fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '/')
        .flat_map(|word| {
            let is_number = word.bytes().all(|b| b.is_ascii_digit() || b == b'/');
            let pieces = if is_number {
                vec![word.trim_matches('/')]
            } else {
                word.split('/').collect()
            };
            pieces.into_iter().filter(|piece| !piece.is_empty())
        })
        .collect()
}

fn without_noise<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut rest = words;
    while let [first, after @ ..] = rest {
        let noise = NOISE.iter().find(|noise| rest.starts_with(noise));
        let before_number = |next: &&str| next.starts_with(|c: char| c.is_ascii_digit());
        rest = match noise {
            Some(noise) => &rest[noise.len()..],
            // „č. 7“ is the number 7.
            None if *first == "c" && after.first().is_some_and(before_number) => after,
            None => {
                kept.push(*first);
                after
            }
        };
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(fold(text), expected, "{text}");
    }

    #[test]
    fn case_diacritics_and_marks_do_not_count() {
        check("Žďár nad Sázavou", "zdar nad sazavou");
        check("  ULICE,Míru ", "ulice miru");
        check("Straße – Café", "straße cafe");
    }

    #[test]
    fn a_parcel_number_stays_one_word() {
        check("123/4", "123/4");
        check("st. 45/1, k. ú. Děčany", "st 45/1 decany");
        check("123/", "123");
        check("A/B", "a b");
    }

    #[test]
    fn abbreviations_that_say_nothing_are_left_out() {
        check("Děčany č.p. 12", "decany 12");
        check("č. p. 12", "12");
        check("p. č. 7", "7");
        check("č. 7", "7");
        check("kú", "ku");
    }
}
