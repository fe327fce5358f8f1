//! Code lists: the values a field may have, with what they mean.

use crate::{Text, Value};

/// One allowed value.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// The value as stored: an integer or a text.
    pub value: Value,
    /// What it means.
    pub title: Text,
}

/// A named list of allowed values.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeList {
    /// English, kebab-case.
    pub id: String,
    /// Where the list comes from (the standard and its element).
    pub source: Option<String>,
    /// The values, in the order in which people should read them.
    pub codes: Vec<Code>,
}

impl CodeList {
    /// Returns what the value means, if it is in the list.
    pub fn title(&self, value: &Value) -> Option<&Text> {
        self.codes
            .iter()
            .find(|code| &code.value == value)
            .map(|code| &code.title)
    }
}
