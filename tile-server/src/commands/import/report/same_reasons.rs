//! Rejected rows put together by their reasons, so that one mistake of a whole column is read once.

use std::collections::HashMap;

use importers::table::RejectedRow;

/// How many pieces of row numbers are told; the rest is only counted.
const PIECES_TOLD: usize = 20;

/// Returns which rows have which reasons, in the order of the first row of each.
pub(super) fn same_reasons(rejected: &[RejectedRow]) -> Vec<(String, String)> {
    let mut places = HashMap::new();
    let mut groups: Vec<(String, Vec<u64>)> = Vec::new();
    for row in rejected {
        let reasons: Vec<_> = row.reasons.iter().map(|r| r.text.as_str()).collect();
        let reasons = reasons.join("; ");
        let place = *places.entry(reasons.clone()).or_insert_with(|| {
            groups.push((reasons, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row.row);
    }
    groups
        .into_iter()
        .map(|(reasons, rows)| (named(&rows), reasons))
        .collect()
}

/// Names rows that come in order: `řádek 4`, or `řádky 1–3, 5`.
fn named(rows: &[u64]) -> String {
    if let [row] = rows {
        return format!("řádek {row}");
    }
    let mut pieces: Vec<(u64, u64)> = Vec::new();
    for &row in rows {
        match pieces.last_mut() {
            Some((_, last)) if *last + 1 == row => *last = row,
            _ => pieces.push((row, row)),
        }
    }
    let told: Vec<_> = pieces
        .iter()
        .take(PIECES_TOLD)
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first}–{last}"),
        })
        .collect();
    let more = if pieces.len() > PIECES_TOLD {
        format!(" a další, celkem {}", rows.len())
    } else {
        String::new()
    };
    format!("řádky {}{more}", told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[u64], expected: &str) {
        assert_eq!(named(rows), expected);
    }

    #[test]
    fn rows_that_follow_one_another_are_told_as_one() {
        check(&[4], "řádek 4");
        check(&[4, 5], "řádky 4, 5");
        check(&[1, 2, 3, 5, 7, 8, 9], "řádky 1–3, 5, 7–9");
        let odd: Vec<_> = (1..100).step_by(2).collect();
        let told = named(&odd);
        assert!(told.starts_with("řádky 1, 3, 5, "), "{told}");
        assert!(told.ends_with("37, 39 a další, celkem 50"), "{told}");
    }
}
