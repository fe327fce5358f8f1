//! Which known name was probably meant by one that is not known.

/// How alike a name must be to the one that is suggested instead, from 0 to 1.
const ALIKE: f64 = 0.5;

/// Returns what belongs to the known name that is most like another, if one is like it at all.
pub fn nearest<'a, T>(name: &str, known: impl Iterator<Item = (&'a str, T)>) -> Option<T> {
    let letters = name.chars().count() as f64;
    // However long a name is that somebody sends, comparing it costs little.
    let may_be_alike = |known: &str| {
        let others = known.chars().count() as f64;
        letters.min(others) >= ALIKE * letters.max(others)
    };
    known
        .filter(|(known, _)| may_be_alike(known))
        .map(|(known, meant)| (strsim::normalized_damerau_levenshtein(name, known), meant))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, meant)| meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_is_meant_and_nothing_by_what_is_like_none() {
        let known = || ["limit", "bbox", "f"].into_iter().map(|name| (name, name));
        assert_eq!(nearest("limt", known()), Some("limit"));
        assert_eq!(nearest("bbxo", known()), Some("bbox"));
        assert_eq!(nearest("offset", known()), None);
        assert_eq!(nearest(&"limit".repeat(3), known()), None);
    }
}
