//! Czech birth numbers (rodná čísla): YYMMDD with three or four digits more, with a slash or without.

use chrono::NaiveDate;

use super::digits::runs;

/// Whether a text holds a birth number that may be somebody's.
pub(in super::super) fn is_in(text: &str) -> bool {
    let runs = runs(text);
    let alone = runs
        .iter()
        .any(|run| run.begins_free() && run.ends_free() && is_birth_number(run.digits));
    let parted = || {
        runs.windows(2).any(|pair| {
            pair[0].digits.len() == 6
                && pair[1].gap.trim() == "/"
                && pair[0].begins_free()
                && pair[1].ends_free()
                && is_birth_number(&format!("{}{}", pair[0].digits, pair[1].digits))
        })
    };
    alone || parted()
}

/// Whether nine or ten digits obey the rules: nine until 1953, ten from 1954 with a check digit, and a day that exists.
fn is_birth_number(digits: &str) -> bool {
    let number = |part: &str| part.parse::<u64>().unwrap_or_default();
    if !(9..=10).contains(&digits.len()) {
        return false;
    }
    let (year, month, day) = (
        number(&digits[..2]),
        number(&digits[2..4]),
        number(&digits[4..6]),
    );
    let year = match (digits.len(), year) {
        (9, 0..=53) | (10, 54..=99) => 1900 + year,
        (10, _) => 2000 + year,
        _ => return false,
    };
    // Women have 50 added; when the numbers of a day run out, 20 more since 2004.
    let month = match month {
        1..=12 => month,
        51..=62 => month - 50,
        21..=32 if year >= 2004 => month - 20,
        71..=82 if year >= 2004 => month - 70,
        _ => return false,
    };
    let exists = NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32).is_some();
    exists && (digits.len() == 9 || is_checked(number(digits), year))
}

/// Whether the ten digits are divisible by eleven, or are one of the exceptions made until 1985.
fn is_checked(number: u64, year: u64) -> bool {
    number.is_multiple_of(11)
        || (year <= 1985 && number / 10 % 11 == 10 && number.is_multiple_of(10))
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn birth_numbers_are_found_however_they_are_written() {
        for text in [
            "736028/5163",
            "RČ: 7360285163.",
            "nájemce Novák, 736028 / 5163, Děčany",
            "530101/123",
            "535101123",
            "042101/0007",
            "047101/0001",
            "780123/0020",
        ] {
            assert!(is_in(text), "{text}");
        }
    }

    #[test]
    fn look_alikes_are_left_alone() {
        for text in [
            "736028/5164",
            "731328/5166",
            "730230/5164",
            "7360285163a",
            "17360285163",
            "602123456",
            "634/12",
            "123456/2026",
            "IČO 00261891",
            "0190a6c2-7360-7285-8163-0123456789ab",
            "860123/0100",
            "540101123",
        ] {
            assert!(!is_in(text), "{text}");
        }
    }
}
