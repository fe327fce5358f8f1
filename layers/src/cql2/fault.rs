//! What is wrong with a filter, and where.

use std::fmt;
use std::ops::Range;

use crate::Text;

/// Where in a filter something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes of the text.
    Bytes(Range<usize>),
    /// A JSON pointer (RFC 6901); the whole document is the empty one.
    Pointer(String),
}

impl Place {
    /// Says the place to people: the column of a text, with its line when there are more, or the pointer.
    pub fn describe(&self, filter: &str) -> Text {
        match self {
            Self::Bytes(bytes) => {
                let before = filter.get(..bytes.start).unwrap_or(filter);
                let line = before.matches('\n').count() + 1;
                let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
                if filter.contains('\n') {
                    text(
                        format!("řádek {line}, znak {column}"),
                        format!("line {line}, character {column}"),
                    )
                } else {
                    text(format!("znak {column}"), format!("character {column}"))
                }
            }
            Self::Pointer(pointer) if pointer.is_empty() => {
                text("celý filtr".to_owned(), "the whole filter".to_owned())
            }
            Self::Pointer(pointer) => text(format!("člen {pointer}"), format!("member {pointer}")),
        }
    }

    /// Returns the place from the beginning of this one to the end of another.
    pub(super) fn to(&self, end: &Self) -> Self {
        match (self, end) {
            (Self::Bytes(first), Self::Bytes(last)) => Self::Bytes(first.start..last.end),
            _ => self.clone(),
        }
    }
}

/// One thing that is wrong with a filter; `Display` says it to people in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong and what is expected.
    pub text: Text,
}

impl Fault {
    /// Makes one of what it says in Czech and English.
    pub(super) fn new(place: &Place, cs: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            place: place.clone(),
            text: text(cs.into(), en.into()),
        }
    }

    /// Says to people where and what is wrong.
    pub fn describe(&self, filter: &str) -> Text {
        let place = self.place.describe(filter);
        text(
            format!("{}: {}", place.cs, self.text.cs),
            format!("{}: {}", place.en, self.text.en),
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text.en)
    }
}

fn text(cs: String, en: String) -> Text {
    Text { cs, en }
}
