//! One cell of a foreign table, as `obzor-gdal` prints it or a mapping file writes it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

/// A cell; a text is borrowed from the line that it stands in, where that writes it plainly.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Real(f64),
    /// A text, also what the format of the file has no better form for.
    Text(Cow<'a, str>),
}

impl Cell<'_> {
    /// Returns the text of a cell that is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the cell as a person would type it; whole numbers without decimals, texts without spaces around.
    pub(super) fn typed(&self) -> Cow<'_, str> {
        Cow::Owned(match self {
            Self::Empty => return Cow::Borrowed(""),
            Self::Text(text) => return Cow::Borrowed(text.trim()),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
        })
    }

    pub(super) fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Integer(number) => Cell::Integer(number),
            Self::Real(number) => Cell::Real(number),
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
        }
    }
}

/// What a mapping file writes.
impl<'a> From<&'a Json> for Cell<'a> {
    fn from(written: &'a Json) -> Self {
        match written {
            Json::Null => Self::Empty,
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Self::Integer(whole),
                (None, Some(decimal)) => Self::Real(decimal),
                (None, None) => Self::Text(Cow::Owned(number.to_string())),
            },
            other => Self::Text(Cow::Owned(other.to_string())),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

/// Tells the kinds of cells apart as they come, which costs a third of trying one after the other.
struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, or nothing")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Cell::Empty)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cell::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        let whole = i64::try_from(number).map(Cell::Integer);
        Ok(whole.unwrap_or(Cell::Real(number as f64)))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cell::Real(number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }
}
