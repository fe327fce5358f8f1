//! A tile's layer written from a snapshot: what lies inside is copied, what crosses the edge is clipped.

use std::cell::RefCell;
use std::collections::HashSet;

use super::clip::clip;
use super::feature_table::FeatureTable;
use super::geometry_bytes::{MOVE_TO_ONE, write_tail};
use super::grid::{Position, TileId};
use super::mvt::{
    FEATURE_GEOMETRY, FEATURE_ID, FEATURE_TAGS, FEATURE_TYPE, LAYER_FEATURE, varint_length,
    write_bytes, write_layer, write_varint, zigzag,
};
use super::path::Shape;
use super::variant::Variant;

thread_local! {
    static NUMBERS: RefCell<ValueNumbers> = RefCell::default();
}

/// Writes one layer of one tile, from one or more tables with the same columns.
pub(super) struct LayerEncoder {
    tile: TileId,
    features: Vec<u8>,
    values: Vec<u8>,
    value_count: u32,
    tags: Vec<u8>,
    geometry: Vec<u8>,
}

impl LayerEncoder {
    pub(super) fn new(tile: TileId) -> Self {
        Self {
            tile,
            features: Vec::new(),
            values: Vec::new(),
            value_count: 0,
            tags: Vec::new(),
            geometry: Vec::new(),
        }
    }

    /// Adds the features of a table that meet the tile, but for those in `except`.
    pub(super) fn add(&mut self, table: &FeatureTable, except: &HashSet<i64>) {
        let variant = table.variant(self.tile.zoom());
        NUMBERS.with_borrow_mut(|numbers| {
            numbers.forget(table.attributes().distinct());
            variant
                .tree()
                .search(self.tile.buffered(), &mut |entries, inside| {
                    for entry in entries {
                        let feature = variant.feature(entry);
                        if except.is_empty() || !except.contains(&table.fid(feature)) {
                            self.add_entry(table, variant, entry, inside, numbers);
                        }
                    }
                });
        });
    }

    /// Appends the layer to a tile, unless it has no features there.
    pub(super) fn finish(self, out: &mut Vec<u8>, name: &str, keys: &[u8]) {
        if !self.features.is_empty() {
            write_layer(out, name, &self.features, keys, &self.values);
        }
    }

    fn add_entry(
        &mut self,
        table: &FeatureTable,
        variant: &Variant,
        entry: usize,
        inside: bool,
        numbers: &mut ValueNumbers,
    ) {
        self.geometry.clear();
        if inside {
            self.write_start(variant.start(entry));
            self.geometry.extend_from_slice(variant.tail(entry));
        } else {
            let paths = clip(table.shape(), &variant.paths(entry), self.tile.buffered());
            let Some(first) = paths.first() else {
                return;
            };
            self.write_start(first[0]);
            write_tail(&mut self.geometry, table.shape(), &paths);
        }
        let feature = variant.feature(entry);
        self.write_tags(table, feature, numbers);
        self.write_feature(table.shape(), table.fid(feature));
    }

    fn write_start(&mut self, start: Position) {
        let origin = self.tile.origin();
        self.geometry.push(MOVE_TO_ONE);
        for axis in 0..2 {
            write_varint(&mut self.geometry, zigzag(start[axis] - origin[axis]));
        }
    }

    fn write_tags(&mut self, table: &FeatureTable, feature: usize, numbers: &mut ValueNumbers) {
        self.tags.clear();
        for (column, code) in table.attributes().row(feature) {
            let number = numbers.number(code, self.value_count);
            if number == self.value_count {
                self.value_count += 1;
                self.values
                    .extend_from_slice(table.attributes().entry(code));
            }
            write_varint(&mut self.tags, column as u64);
            write_varint(&mut self.tags, u64::from(number));
        }
    }

    fn write_feature(&mut self, shape: Shape, fid: i64) {
        let with_length = |bytes: &[u8]| 1 + varint_length(bytes.len() as u64) + bytes.len();
        let length = 1
            + varint_length(fid as u64)
            + with_length(&self.tags)
            + 2
            + with_length(&self.geometry);
        let out = &mut self.features;
        out.push(LAYER_FEATURE);
        write_varint(out, length as u64);
        out.push(FEATURE_ID);
        write_varint(out, fid as u64);
        write_bytes(out, FEATURE_TAGS, &self.tags);
        out.extend([FEATURE_TYPE, shape as u8]);
        write_bytes(out, FEATURE_GEOMETRY, &self.geometry);
    }
}

/// The numbers that the values of a table have got in a tile; kept by each thread, so that a tile need not clear it.
#[derive(Default)]
struct ValueNumbers {
    /// In which round a code got its number, and the number.
    given: Vec<(u32, u32)>,
    round: u32,
}

impl ValueNumbers {
    /// Begins anew, with codes below `distinct`.
    fn forget(&mut self, distinct: usize) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.given.clear();
            self.round = 1;
        }
        if self.given.len() < distinct {
            self.given.resize(distinct, (0, 0));
        }
    }

    /// Returns the number of a code, `next` if it has none yet.
    fn number(&mut self, code: usize, next: u32) -> u32 {
        let (round, number) = &mut self.given[code];
        if *round != self.round {
            (*round, *number) = (self.round, next);
        }
        *number
    }
}
