//! The pattern of a `LIKE`: `%` stands for any characters, `_` for one, and `\` takes the meaning from what follows it.

/// A pattern that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Exactly(char),
    One,
    Any,
}

impl Pattern {
    /// Reads a pattern; a backslash at the end is a backslash.
    pub(crate) fn read(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            pieces.push(match c {
                '%' => Piece::Any,
                '_' => Piece::One,
                '\\' => Piece::Exactly(characters.next().unwrap_or('\\')),
                c => Piece::Exactly(c),
            });
        }
        pieces.dedup_by(|a, b| *a == Piece::Any && *b == Piece::Any);
        Self(pieces)
    }

    /// Writes it so that every backslash takes a meaning.
    pub(crate) fn write(&self) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Any => text.push('%'),
                Piece::One => text.push('_'),
                Piece::Exactly(c) => {
                    if matches!(c, '%' | '_' | '\\') {
                        text.push('\\');
                    }
                    text.push(*c);
                }
            }
        }
        text
    }

    /// Whether a text is of this pattern.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let characters: Vec<char> = text.chars().collect();
        let (mut at, mut place) = (0, 0);
        // Where the last `%` stands, and up to where it reaches so far.
        let mut last: Option<(usize, usize)> = None;
        while at < characters.len() {
            match self.0.get(place) {
                Some(Piece::Any) => {
                    last = Some((place, at));
                    place += 1;
                    continue;
                }
                Some(Piece::One) => {}
                Some(Piece::Exactly(c)) if *c == characters[at] => {}
                _ => {
                    let Some((any, reach)) = last else {
                        return false;
                    };
                    last = Some((any, reach + 1));
                    (place, at) = (any + 1, reach + 1);
                    continue;
                }
            }
            place += 1;
            at += 1;
        }
        self.0[place..].iter().all(|piece| *piece == Piece::Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, fitting: &[&str], others: &[&str]) {
        let read = Pattern::read(pattern);
        assert_eq!(Pattern::read(&read.write()), read);
        for text in fitting {
            assert!(read.matches(text), "{pattern} {text}");
        }
        for text in others {
            assert!(!read.matches(text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_fits_what_it_says() {
        check("a%", &["a", "ab", "a%"], &["", "ba", "A"]);
        check("%a%b", &["ab", "xaxxb", "abab", "aab"], &["a", "b", "aba"]);
        check("č_p", &["čáp", "č\np"], &["čp", "čááp"]);
        check(r"\%\_\\", &[r"%_\"], &["xx", r"%_"]);
        check(r"a\", &[r"a\"], &["a"]);
        check("%%", &["", "x"], &[]);
        check("", &[""], &["x"]);
    }
}
