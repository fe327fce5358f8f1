//! Texts without what `CASEI` and `ACCENTI` say does not matter.
//!
//! The SQL of each store says the same; the contract suite of the stores compares them.

use unicode_normalization::UnicodeNormalization;

use super::Fold;

/// Letters that have another form in small letters although they are the same.
pub(crate) const SAME_LETTERS: [(&str, &str); 2] = [("ς", "σ"), ("ß", "ss")];

/// The marks that stand above, below and across letters.
const MARKS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

impl Fold {
    /// Returns a text without what does not matter.
    pub(crate) fn of(self, text: &str) -> String {
        match self {
            Self::Case => {
                let small = text.to_lowercase();
                SAME_LETTERS
                    .iter()
                    .fold(small, |text, (form, letter)| text.replace(form, letter))
            }
            Self::Accents => {
                let letters = text.nfd().filter(|c| !MARKS.contains(c));
                letters.collect::<String>().nfc().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_and_accents_fold() {
        assert_eq!(Fold::Case.of("ŽIŽKOVA"), "žižkova");
        assert_eq!(Fold::Case.of("STRASSE"), Fold::Case.of("Straße"));
        assert_eq!(Fold::Case.of("ΟΔΟΣ"), Fold::Case.of("Οδος"));
        assert_eq!(
            Fold::Accents.of("Příliš žluťoučký kůň"),
            "Prilis zlutoucky kun"
        );
        assert_eq!(
            Fold::Accents.of("Beyoncé"),
            Fold::Accents.of("Beyonce\u{301}")
        );
    }
}
