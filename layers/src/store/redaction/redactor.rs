//! Looking for values of which only keyed hashes are known, in texts, documents and bytes.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::Sha256;
use std::fmt::Write;

/// The prime by which window sums are taken: 2⁶¹ − 1.
const PRIME: u64 = (1 << 61) - 1;
/// What a mark begins with.
const MARK: &str = "[vymazáno ";
/// How many digits of the hash a mark shows.
const MARK_DIGITS: usize = 12;

/// One way in which a value is written as bytes: its length, a sum and a hash, both of which need the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needle {
    length: usize,
    /// The polynomial of the bytes at a secret point, which a window over other bytes can keep up to date.
    sum: u64,
    hash: String,
    /// Whether it is UTF-8, as in the texts of a store.
    is_text: bool,
}

/// Finds values by their keyed hashes, and makes the marks that stand for them.
#[derive(Clone, Debug)]
pub struct Redactor {
    key: Vec<u8>,
    point: u64,
    needles: Vec<Needle>,
}

impl Redactor {
    /// Looks for needles that were made with the same key.
    pub fn new(key: &[u8], needles: Vec<Needle>) -> Self {
        let mut redactor = Self {
            key: key.to_vec(),
            point: 0,
            needles,
        };
        let secret = redactor.mac(b"point");
        let digits = u64::from_str_radix(&secret[..16], 16).unwrap_or_default();
        redactor.point = digits % PRIME;
        redactor
    }

    /// Looks for values in UTF-8 and UTF-16; a birth number also with or without its slash.
    pub fn of_values<'a>(key: &[u8], values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut redactor = Self::new(key, Vec::new());
        let mut forms: Vec<String> = values.into_iter().flat_map(spellings).collect();
        forms.sort_by_key(|form| (std::cmp::Reverse(form.len()), form.clone()));
        forms.dedup();
        for form in forms {
            let units: Vec<u16> = form.encode_utf16().collect();
            let little = units.iter().flat_map(|unit| unit.to_le_bytes());
            let big = units.iter().flat_map(|unit| unit.to_be_bytes());
            for (bytes, is_text) in [
                (form.as_bytes().to_vec(), true),
                (little.collect(), false),
                (big.collect(), false),
            ] {
                let needle = redactor.needle(&bytes, is_text);
                redactor.needles.push(needle);
            }
        }
        redactor
    }

    /// Looks for other values with the same key.
    #[must_use]
    pub fn for_values<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of_values(&self.key, values)
    }

    /// Whether a mark would hold the value that it stands for, so that it cannot be erased.
    pub fn is_in_marks(&self) -> bool {
        self.is_in(mark(&self.mac(b"")).as_bytes())
    }

    /// Returns what it looks for, without the values.
    pub fn needles(&self) -> &[Needle] {
        &self.needles
    }

    /// Whether one of the values stands in the bytes, in any encoding.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let mut needles = self.needles.iter();
        needles.any(|needle| self.find(needle, bytes).is_some())
    }

    /// Returns the text with marks instead of the values; none when it holds none.
    pub fn cleaned(&self, text: &str) -> Option<String> {
        let mut cleaned: Option<String> = None;
        for needle in self.needles.iter().filter(|needle| needle.is_text) {
            let (mark, mut from) = (mark(&needle.hash), 0);
            loop {
                let before = cleaned.as_deref().unwrap_or(text);
                let Some(at) = self.find(needle, &before.as_bytes()[from..]) else {
                    break;
                };
                let (first, rest) = (&before[..from + at], &before[from + at + needle.length..]);
                // Past the mark, so that nothing is looked for in it.
                from = first.len() + mark.len();
                cleaned = Some(format!("{first}{mark}{rest}"));
            }
        }
        cleaned
    }

    /// Whether the text is one of the values and nothing else.
    pub(in crate::store) fn is_whole(&self, text: &str) -> bool {
        let mut needles = self.needles.iter().filter(|needle| needle.is_text);
        needles.any(|needle| {
            needle.length == text.len() && self.find(needle, text.as_bytes()) == Some(0)
        })
    }

    /// Puts marks instead of the values into the texts of a document; true when it held one.
    pub(in crate::store) fn clean(&self, document: &mut Json) -> bool {
        match document {
            Json::String(text) => {
                let cleaned = self.cleaned(text);
                let found = cleaned.is_some();
                if let Some(cleaned) = cleaned {
                    *text = cleaned;
                }
                found
            }
            Json::Number(number) if self.is_whole(&number.to_string()) => {
                *document = Json::Null;
                true
            }
            Json::Array(items) => items
                .iter_mut()
                .fold(false, |found, item| self.clean(item) | found),
            Json::Object(members) => members
                .values_mut()
                .fold(false, |found, member| self.clean(member) | found),
            _ => false,
        }
    }

    /// Returns what stands for a whole value, whatever it is; none for what is such a mark already.
    pub(in crate::store) fn mark_of(&self, text: &str) -> Option<String> {
        (!text.starts_with(MARK)).then(|| mark(&self.mac(text.as_bytes())))
    }

    fn needle(&self, bytes: &[u8], is_text: bool) -> Needle {
        let sum = bytes.iter().fold(0, |sum, &byte| self.shifted(sum, byte));
        Needle {
            length: bytes.len(),
            sum,
            hash: self.mac(bytes),
            is_text,
        }
    }

    fn shifted(&self, sum: u64, byte: u8) -> u64 {
        (product(sum, self.point) + u64::from(byte) + 1) % PRIME
    }

    /// Returns where a value stands in the bytes.
    fn find(&self, needle: &Needle, bytes: &[u8]) -> Option<usize> {
        let length = needle.length;
        if length == 0 || bytes.len() < length {
            return None;
        }
        let out = (1..length).fold(1, |power, _| product(power, self.point));
        let mut sum = bytes[..length]
            .iter()
            .fold(0, |sum, &byte| self.shifted(sum, byte));
        for at in 0.. {
            let window = bytes.get(at..at + length)?;
            if sum == needle.sum && self.mac(window) == needle.hash {
                return Some(at);
            }
            let next = *bytes.get(at + length)?;
            let gone = product(u64::from(bytes[at]) + 1, out);
            sum = self.shifted((sum + PRIME - gone) % PRIME, next);
        }
        None
    }

    /// Returns the HMAC-SHA256 of bytes in hexadecimal digits.
    fn mac(&self, bytes: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length fits");
        mac.update(bytes);
        let mut text = String::with_capacity(64);
        for byte in mac.finalize().into_bytes() {
            write!(text, "{byte:02x}").expect("a string takes every character");
        }
        text
    }
}

/// Multiplies modulo [`PRIME`], without a division.
fn product(a: u64, b: u64) -> u64 {
    let whole = u128::from(a) * u128::from(b);
    let sum = (whole as u64 & PRIME) + (whole >> 61) as u64;
    if sum >= PRIME { sum - PRIME } else { sum }
}

/// Writes a mark; its digits are consonants, which make no value that people erase.
fn mark(hash: &str) -> String {
    const DIGITS: [char; 16] = [
        'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'y', 'z',
    ];
    let digits = hash.chars().filter_map(|digit| digit.to_digit(16));
    let digits: String = digits
        .take(MARK_DIGITS)
        .map(|digit| DIGITS[digit as usize])
        .collect();
    format!("{MARK}{digits}]")
}

/// Returns the ways in which people write a value: a birth number has a slash, or not.
fn spellings(value: &str) -> Vec<String> {
    let digits: String = value.chars().filter(|c| *c != '/').collect();
    let is_number = digits.len() == value.len() || value.as_bytes().get(6) == Some(&b'/');
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && all_digits && matches!(digits.len(), 9 | 10) {
        let slashed = format!("{}/{}", &digits[..6], &digits[6..]);
        return vec![slashed, digits];
    }
    vec![value.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str], text: &str, expected: Option<&str>) {
        let redactor = Redactor::of_values(b"key", values.iter().copied());
        let again = Redactor::new(b"key", redactor.needles().to_vec());
        for redactor in [redactor, again] {
            let cleaned = redactor.cleaned(text);
            let shown = cleaned.as_deref().map(|text| {
                let mut parts = text.split(MARK);
                let first = parts.next().unwrap_or_default().to_owned();
                parts.fold(first, |all, part| {
                    format!("{all}#{}", &part[MARK_DIGITS + 1..])
                })
            });
            assert_eq!(shown.as_deref(), expected, "{text}");
            assert_eq!(redactor.is_in(text.as_bytes()), expected.is_some());
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(redactor.is_in(&wide), expected.is_some());
        }
    }

    #[test]
    fn a_value_is_found_by_its_hash_in_the_middle_of_a_text() {
        check(
            &["850101/1234"],
            "pro 850101/1234, tj. 8501011234.",
            Some("pro #, tj. #."),
        );
        check(&["8501011234"], "850101/1234", Some("#"));
        check(&["850101/1234"], "850101/1235", None);
        check(&["Žižková"], "paní Žižková ", Some("paní # "));
        check(&["Žižková"], "Zizkova", None);
        check(&["aa"], "aaa", Some("#a"));
        check(&["abc", "b"], "xabcxbx", Some("x#x#x"));
        check(&["dlouhý text"], "", None);
    }

    #[test]
    fn what_is_a_mark_already_stays() {
        let redactor = Redactor::new(b"key", Vec::new());
        let mark = redactor.mark_of("Novák").expect("a mark");
        assert!(mark.starts_with(MARK) && !mark.contains("Nov"), "{mark}");
        assert_eq!(redactor.mark_of(&mark), None);
    }

    #[test]
    fn the_words_of_a_mark_cannot_be_erased() {
        let is_in_marks = |value| Redactor::of_values(b"key", [value]).is_in_marks();
        assert!(is_in_marks("vymaz") && !is_in_marks("850101/1234"));
    }

    #[test]
    fn without_the_key_nothing_is_found() {
        let needles = Redactor::of_values(b"key", ["850101/1234"])
            .needles()
            .to_vec();
        assert!(!Redactor::new(b"other", needles).is_in(b"850101/1234"));
    }
}
