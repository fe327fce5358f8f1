//! Words that were typed a little wrong: a letter more, less, other or swapped with its neighbour.

/// Returns how many letters a word, or its beginning, differs from what was typed; none when that is not forgiven.
///
/// The first letter must be right, and numbers are never taken for others.
pub(super) fn distance(typed: &str, word: &str) -> Option<usize> {
    let letters = typed.chars().count();
    let forgiven = match letters {
        _ if typed.contains(|c: char| c.is_ascii_digit()) => 0,
        0..=3 => 0,
        4..=6 => 1,
        _ => 2,
    };
    let begun: String = word.chars().take(letters).collect();
    if forgiven == 0 || begun.chars().count() + forgiven < letters {
        return None;
    }
    let whole = strsim::osa_distance(typed, word);
    let nearest = whole.min(strsim::osa_distance(typed, &begun));
    (nearest <= forgiven && nearest > 0 && typed.chars().next() == word.chars().next())
        .then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_is_forgiven_in_long_words_and_nothing_in_numbers() {
        for (typed, word, expected) in [
            ("chomutv", "chomutov", Some(1)),
            ("chmoutov", "chomutov", Some(1)),
            ("chomtuf", "chomutov", Some(2)),
            ("zahradmi", "zahradni", Some(1)),
            ("zaradni", "zahradni", Some(1)),
            ("lipva", "lipova", Some(1)),
            ("lip", "lep", None),
            ("jirkov", "firkov", None),
            ("1234", "1235", None),
            ("decany", "decany", None),
            ("chomutov", "jirkov", None),
        ] {
            assert_eq!(distance(typed, word), expected, "{typed} {word}");
        }
    }
}
