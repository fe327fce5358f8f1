//! E-mail addresses and Czech telephone numbers.

use super::digits::{Run, runs};

/// Words that say that a number is a telephone's.
const WORDS: [&str; 6] = ["tel", "mobil", "mob.", "gsm", "volat", "phone"];
/// What follows a number that is an amount.
const UNITS: [&str; 8] = ["kč", "czk", "eur", "€", "m²", "m2", "m³", ",-"];
/// How many characters before a number are looked through for such a word.
const NEAR: usize = 16;

/// Whether a text holds an e-mail address or a telephone number; in a code, nine digits alone are not one.
pub(in super::super) fn is_in(text: &str, is_code: bool) -> bool {
    has_email(text) || has_phone(text, is_code)
}

fn has_email(text: &str) -> bool {
    let local = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    let domain = |c: char| c.is_alphanumeric() || ".-".contains(c);
    text.match_indices('@').any(|(place, _)| {
        let (before, after) = (&text[..place], &text[place + 1..]);
        let end = after.find(|c| !domain(c)).unwrap_or(after.len());
        let host = after[..end].trim_end_matches('.');
        let top = host.rsplit_once('.').map_or("", |(_, top)| top);
        before.ends_with(local) && top.len() >= 2 && top.chars().all(char::is_alphabetic)
    })
}

fn has_phone(text: &str, is_code: bool) -> bool {
    let runs = runs(text);
    let mut rest = &runs[..];
    while !rest.is_empty() {
        // Digits in groups belong together when one space, hyphen or dot parts them.
        let joined = |run: &Run<'_>| [" ", "\u{a0}", "-", "."].contains(&run.gap);
        let length = 1 + rest[1..].iter().take_while(|run| joined(run)).count();
        if is_phone(&rest[..length], is_code) {
            return true;
        }
        rest = &rest[length..];
    }
    false
}

/// Whether groups of digits that belong together are a telephone number of Czechia.
fn is_phone(groups: &[Run<'_>], is_code: bool) -> bool {
    let (first, last) = (groups[0], groups[groups.len() - 1]);
    let digits: String = groups.iter().map(|group| group.digits).collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.digits.len()).collect();
    let (country, number) = digits.split_at(digits.len().saturating_sub(9));
    let shaped = matches!(
        lengths[..],
        [9 | 12 | 14] | [3 | 5, 9] | [3, 3, 3] | [3 | 5, 3, 3, 3]
    );
    let known = shaped && ["", "420", "00420"].contains(&country) && is_assigned(number);
    if !(known && first.begins_free() && last.ends_free()) {
        return false;
    }
    if !country.is_empty() || is_announced(first.before) {
        return true;
    }
    // Nine digits alone may number anything; a mobile's stand free and begin with six or seven.
    let mobile = number.starts_with(['6', '7']) && !first.before.ends_with(['-', '/', '.']);
    !is_code && !is_amount(last.after) && (groups.len() > 1 || mobile)
}

/// Whether nine digits begin as numbers that are given to somebody.
fn is_assigned(number: &str) -> bool {
    const BEGINNINGS: [&str; 26] = [
        "2", "31", "32", "35", "37", "38", "39", "41", "46", "47", "48", "49", "51", "53", "54",
        "55", "56", "57", "58", "59", "60", "70", "72", "73", "77", "79",
    ];
    BEGINNINGS
        .iter()
        .any(|beginning| number.starts_with(beginning))
}

/// Whether a word just before a number says that it is a telephone's.
fn is_announced(before: &str) -> bool {
    let near: String = before.chars().rev().take(NEAR).collect();
    let near: String = near.chars().rev().collect::<String>().to_lowercase();
    WORDS.iter().any(|word| near.contains(word))
}

fn is_amount(after: &str) -> bool {
    let after = after.trim_start().to_lowercase();
    UNITS.iter().any(|unit| after.starts_with(unit))
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn addresses_and_numbers_are_found_however_they_are_written() {
        for text in [
            "volejte pana Nováka: novak@obec.cz",
            "jan.novak+obec@mail.example.com.",
            "602123456",
            "602 123 456",
            "602-123-456",
            "+420 474 637 111",
            "+420474637111",
            "00420 602 123 456",
            "tel. 474637111",
            "Správce: 474\u{a0}637\u{a0}111, úterý",
        ] {
            assert!(is_in(text, false), "{text}");
        }
        assert!(is_in("tel. 602123456", true));
    }

    #[test]
    fn look_alikes_are_left_alone() {
        for text in [
            "VO-602123456",
            "1234567",
            "IČO 00261891",
            "p. č. 634/12",
            "250 000 000 Kč",
            "474637111",
            "12. 5. 2026",
            "0190a6c2-7360-7285-8163-602123456789",
            "602 123 456 789",
            "602123456a",
            "@domov",
            "@",
            "a@b",
            "5 ks @ 20",
        ] {
            assert!(!is_in(text, false), "{text}");
        }
        assert!(!is_in("602123456", true), "an evidence number");
    }
}
