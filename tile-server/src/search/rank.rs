//! How well a key matches what was typed, and the order of keys that match equally well.

use std::cmp::Ordering;

/// How well a key matches, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    /// It is what was typed.
    Exact,
    /// It begins with what was typed, which ends with a whole word.
    FirstWords,
    /// It has all the words that were typed.
    Words,
    /// It begins with what was typed.
    Prefix,
    /// It has words that begin as those that were typed.
    WordPrefixes,
}

/// Returns how well a key matches a query, both folded; nothing when a word of the query is missing.
///
/// After its first `own` bytes and a space, the key has words that only narrow.
pub(super) fn matches(key: &str, own: usize, query: &str) -> Option<Match> {
    let rest = key.strip_prefix(query);
    if rest.is_some() && query.len() == own {
        return Some(Match::Exact);
    }
    if rest.is_some_and(|rest| rest.starts_with(' ')) {
        return Some(Match::FirstWords);
    }
    let mut whole = true;
    for typed in query.split(' ') {
        let mut begun = false;
        let mut found = false;
        for word in key.split(' ') {
            found |= word == typed;
            begun |= word.starts_with(typed);
        }
        if !begun {
            return None;
        }
        whole &= found;
    }
    Some(match (whole, rest) {
        (true, _) => Match::Words,
        (false, Some(_)) => Match::Prefix,
        (false, None) => Match::WordPrefixes,
    })
}

/// Compares two texts with their numbers by value: `9` before `10`, `2/10` before `10/2`.
pub(crate) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (number_a, number_b) = (digits(a), digits(b));
        let order = if number_a > 0 && number_b > 0 {
            let (x, y) = (value(&a[..number_a]), value(&b[..number_b]));
            (a, b) = (&a[number_a..], &b[number_b..]);
            x.len().cmp(&y.len()).then(x.cmp(y))
        } else {
            match (a.split_first(), b.split_first()) {
                (Some((x, rest_a)), Some((y, rest_b))) => {
                    (a, b) = (rest_a, rest_b);
                    x.cmp(y)
                }
                (x, y) => return x.is_some().cmp(&y.is_some()),
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// Returns the digits without leading zeros, so that length and then bytes give the order of the numbers.
fn value(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|b| **b == b'0').count();
    &digits[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: Option<Match>) {
        assert_eq!(matches("lipova 12 decany", 9, query), expected, "{query}");
    }

    #[test]
    fn the_better_match_comes_first() {
        check("lipova 12", Some(Match::Exact));
        check("lipova", Some(Match::FirstWords));
        check("lipova 12 decany", Some(Match::Words));
        check("12 lipova", Some(Match::Words));
        check("lipo", Some(Match::Prefix));
        check("decany lipova", Some(Match::Words));
        check("dec lip", Some(Match::WordPrefixes));
        check("lipova 13", None);
        check("ipova", None);
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        for (a, b) in [
            ("9", "10"),
            ("2/10", "10/2"),
            ("a 2", "a 010"),
            ("12", "12/1"),
            ("a", "b"),
        ] {
            assert_eq!(natural_order(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(natural_order(b, a), Ordering::Greater, "{b} {a}");
        }
        assert_eq!(natural_order("12 a", "12 a"), Ordering::Equal);
    }
}
