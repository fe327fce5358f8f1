//! The attributes of a layer's features, each distinct value encoded once.

use std::collections::HashMap;
use std::ops::Range;

use layers::Field;

use super::mvt::key_entry;

/// The code of a value that tiles do not carry.
const NO_VALUE: u32 = u32::MAX;

/// One row of value codes for each feature, and the finished bytes of each distinct value.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// Finished entries for the keys of all columns, in order: a column has one for each name of its field.
    keys: Vec<u8>,
    /// Of each column the number of keys up to it, its own counted.
    key_ends: Vec<usize>,
    codes: Vec<u32>,
    entries: Vec<u8>,
    entry_ends: Vec<usize>,
}

impl Attributes {
    /// Returns the finished `keys` entries of a layer.
    pub(super) fn keys(&self) -> &[u8] {
        &self.keys
    }

    /// Returns how many distinct values there are; codes are smaller.
    pub(super) fn distinct(&self) -> usize {
        self.entry_ends.len()
    }

    /// Returns the keys under which a feature has a value, with the value's code.
    pub(super) fn row(&self, feature: usize) -> impl Iterator<Item = (usize, usize)> {
        let values = self.values(feature);
        values.flat_map(|(column, code)| self.keys_of(column).map(move |key| (key, code)))
    }

    fn keys_of(&self, column: usize) -> Range<usize> {
        let start = column.checked_sub(1).map_or(0, |left| self.key_ends[left]);
        start..self.key_ends[column]
    }

    /// Returns the columns in which a feature has a value, with the value's code.
    fn values(&self, feature: usize) -> impl Iterator<Item = (usize, usize)> {
        let columns = self.key_ends.len();
        let row = &self.codes[feature * columns..][..columns];
        let known = row
            .iter()
            .enumerate()
            .filter(|&(_, &code)| code != NO_VALUE);
        known.map(|(column, &code)| (column, code as usize))
    }

    /// Returns the finished `values` entry of a code.
    pub(super) fn entry(&self, code: usize) -> &[u8] {
        let start = if code == 0 {
            0
        } else {
            self.entry_ends[code - 1]
        };
        &self.entries[start..self.entry_ends[code]]
    }

    /// Returns the finished `values` entries of a feature, one for each column; empty where it has no value.
    pub(super) fn entries(&self, feature: usize) -> Box<[Box<[u8]>]> {
        let mut entries = vec![Box::default(); self.key_ends.len()];
        for (column, code) in self.values(feature) {
            entries[column] = self.entry(code).into();
        }
        entries.into()
    }

    /// Returns the bytes held in memory.
    pub(super) fn memory(&self) -> usize {
        self.codes.len() * 4 + self.entries.len() + self.entry_ends.len() * 8
    }
}

/// Gathers the values of features, in any order.
pub(super) struct AttributesBuilder {
    made: Attributes,
    codes: HashMap<Box<[u8]>, u32>,
}

/// The value codes of one feature, to be given back to the builder that made them.
pub(super) type Codes = Box<[u32]>;

impl AttributesBuilder {
    /// Begins a table with a column for each field.
    ///
    /// Its values stand under its former names as well, so that a map which was opened before goes on drawing.
    pub(super) fn new<'a>(fields: impl Iterator<Item = &'a Field>) -> Self {
        let mut made = Attributes::default();
        let mut keys = 0;
        for field in fields {
            for name in field.names() {
                made.keys.extend(key_entry(name));
                keys += 1;
            }
            made.key_ends.push(keys);
        }
        Self {
            made,
            codes: HashMap::new(),
        }
    }

    /// Takes the finished `values` entries of a feature, one for each column, and returns their codes.
    pub(super) fn encode(&mut self, entries: &[Box<[u8]>]) -> Codes {
        entries.iter().map(|entry| self.code(entry)).collect()
    }

    fn code(&mut self, entry: &[u8]) -> u32 {
        if entry.is_empty() {
            return NO_VALUE;
        }
        if let Some(&code) = self.codes.get(entry) {
            return code;
        }
        let next = self.codes.len() as u32;
        self.codes.insert(entry.into(), next);
        self.made.entries.extend_from_slice(entry);
        self.made.entry_ends.push(self.made.entries.len());
        next
    }

    /// Finishes the table with the rows in the order of the features.
    pub(super) fn finish<'a>(mut self, rows: impl Iterator<Item = &'a Codes>) -> Attributes {
        self.made.codes = rows.flatten().copied().collect();
        self.made
    }
}
