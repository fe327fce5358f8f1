//! In which encoding a file's texts are written. What stands in the bytes counts more than what the file says of itself.

use encoding_rs::{ISO_8859_2, WINDOWS_1250};

/// The upper half of code page 852, which DOS programs wrote.
const CP852: &str = "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

const CZECH_LETTERS: &str = "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ";

/// What a letter that Czech does not use takes away, in letters that it does.
const FOREIGN_LETTER: i64 = 3;

/// An encoding in which Czech files come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    Utf8,
    Windows1250,
    Latin2,
    Cp852,
}

impl TextEncoding {
    /// Returns the name by which people and programs know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1250 => "windows-1250",
            Self::Latin2 => "ISO-8859-2",
            Self::Cp852 => "IBM852",
        }
    }

    /// Returns the encoding that a `.cpg` file names, if it is one of these.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut name = name.trim().to_ascii_lowercase();
        name.retain(|c| c.is_ascii_alphanumeric());
        let bare = ["ansi", "windows", "cp", "oem", "ibm"]
            .iter()
            .fold(name.as_str(), |bare, prefix| {
                bare.strip_prefix(prefix).unwrap_or(bare)
            });
        match bare {
            "utf8" | "65001" => Some(Self::Utf8),
            "1250" => Some(Self::Windows1250),
            "iso88592" | "88592" | "28592" | "latin2" => Some(Self::Latin2),
            "852" => Some(Self::Cp852),
            _ => None,
        }
    }

    /// Returns the text of the bytes; what means nothing becomes `\u{fffd}`.
    pub(crate) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Windows1250 => WINDOWS_1250.decode_without_bom_handling(bytes).0.into(),
            Self::Latin2 => ISO_8859_2.decode_without_bom_handling(bytes).0.into(),
            Self::Cp852 => bytes.iter().map(|&byte| decode_852(byte)).collect(),
        }
    }
}

fn decode_852(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        Some(place) => CP852
            .chars()
            .nth(place.into())
            .expect("the table has 128 letters"),
        None => byte.into(),
    }
}

/// What the bytes of a file's texts say about their encoding.
#[derive(Default)]
pub(crate) struct Evidence {
    beyond_ascii: bool,
    broken_utf8: bool,
    /// Czech letters less foreign ones, as each of [`CANDIDATES`] reads them.
    scores: [i64; 3],
}

/// In the order in which they win when the bytes say nothing.
const CANDIDATES: [TextEncoding; 3] = [
    TextEncoding::Windows1250,
    TextEncoding::Latin2,
    TextEncoding::Cp852,
];

impl Evidence {
    /// Takes one text of the file into account.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        if bytes.is_ascii() {
            return;
        }
        self.beyond_ascii = true;
        // A text cut at the width of its column may end within a letter.
        self.broken_utf8 |= std::str::from_utf8(bytes).is_err_and(|e| e.error_len().is_some());
        for (score, candidate) in self.scores.iter_mut().zip(CANDIDATES) {
            let text = candidate.decode(bytes);
            let letters = text.chars().filter(|c| !c.is_ascii());
            *score += letters
                .map(|c| {
                    if CZECH_LETTERS.contains(c) {
                        1
                    } else {
                        -FOREIGN_LETTER
                    }
                })
                .sum::<i64>();
        }
    }

    /// Decides: sound UTF-8 first, then what the file declares, then the reading with the most Czech letters.
    pub(crate) fn decide(&self, declared: Option<TextEncoding>) -> TextEncoding {
        if !self.broken_utf8 {
            return TextEncoding::Utf8;
        }
        let declared = declared.filter(|&encoding| encoding != TextEncoding::Utf8);
        declared.unwrap_or_else(|| {
            let best = self.scores.iter().max().copied().unwrap_or_default();
            let place = self.scores.iter().position(|&score| score == best);
            CANDIDATES[place.unwrap_or_default()]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["Žižkovo náměstí", "Příčná ulice", "Děčany – šťovík"];

    fn check(bytes: &[Vec<u8>], declared: Option<TextEncoding>, expected: TextEncoding) {
        let mut evidence = Evidence::default();
        for text in bytes {
            evidence.add(text);
        }
        assert_eq!(evidence.decide(declared), expected);
    }

    fn encoded(encoding: &'static encoding_rs::Encoding) -> Vec<Vec<u8>> {
        let names = NAMES.iter().map(|name| name.replace('–', "-"));
        names
            .map(|name| encoding.encode(&name).0.into_owned())
            .collect()
    }

    fn in_852() -> Vec<Vec<u8>> {
        let byte = |c: char| match CP852.chars().position(|other| other == c) {
            Some(place) => place as u8 + 0x80,
            None => c as u8,
        };
        let names = NAMES.iter().map(|name| name.replace('–', "-"));
        names.map(|name| name.chars().map(byte).collect()).collect()
    }

    #[test]
    fn sound_utf8_wins_over_what_is_declared() {
        let bytes: Vec<_> = NAMES.iter().map(|name| name.as_bytes().to_vec()).collect();
        check(&bytes, Some(TextEncoding::Windows1250), TextEncoding::Utf8);
    }

    #[test]
    fn a_declaration_of_utf8_does_not_stand_against_bytes_that_are_not() {
        check(
            &encoded(WINDOWS_1250),
            Some(TextEncoding::Utf8),
            TextEncoding::Windows1250,
        );
    }

    #[test]
    fn a_declared_code_page_is_taken() {
        check(
            &encoded(WINDOWS_1250),
            Some(TextEncoding::Latin2),
            TextEncoding::Latin2,
        );
    }

    #[test]
    fn without_declaration_czech_letters_decide() {
        check(&encoded(WINDOWS_1250), None, TextEncoding::Windows1250);
        check(&encoded(ISO_8859_2), None, TextEncoding::Latin2);
        check(&in_852(), None, TextEncoding::Cp852);
    }

    #[test]
    fn code_page_852_has_its_letters_in_their_places() {
        assert_eq!(CP852.chars().count(), 128);
        assert_eq!(
            TextEncoding::Cp852.decode(&[0xFD, 0xD8, 0xE7, 0x9F, 0xA7]),
            "řěščž"
        );
    }

    #[test]
    fn the_spellings_of_cpg_files_are_known() {
        for name in ["1250", "CP1250", "windows-1250", "ANSI 1250\n"] {
            assert_eq!(
                TextEncoding::named(name),
                Some(TextEncoding::Windows1250),
                "{name}"
            );
        }
        for name in ["UTF-8", "utf8", "65001"] {
            assert_eq!(
                TextEncoding::named(name),
                Some(TextEncoding::Utf8),
                "{name}"
            );
        }
        assert_eq!(TextEncoding::named("ISO-8859-1"), None);
    }

    #[test]
    fn a_letter_cut_at_the_end_of_a_column_leaves_utf8_sound() {
        check(
            &["Příčn".as_bytes().to_vec(), b"abc\xc3".to_vec()],
            None,
            TextEncoding::Utf8,
        );
    }
}
