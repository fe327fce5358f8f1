//! A tile's layer written from a snapshot: what lies inside is copied, what crosses the edge is clipped.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::attributes::Attributes;
use super::clip::clip;
use super::feature_table::FeatureTable;
use super::geometry_bytes::{MOVE_TO_ONE, write_tail};
use super::grid::{Position, TileId};
use super::mvt::{
    FEATURE_GEOMETRY, FEATURE_ID, FEATURE_TAGS, FEATURE_TYPE, LAYER_FEATURE, varint_length,
    write_bytes, write_layer, write_varint, zigzag,
};
use super::numbered::Numbered;
use super::patch::Patch;
use super::path::Shape;
use super::variant::Variant;

thread_local! {
    static NUMBERS: RefCell<CodeNumbers> = RefCell::default();
}

/// Writes one layer of one tile from its tables.
pub(super) struct LayerEncoder<'a> {
    tile: TileId,
    source: Numbered<'a>,
    features: Vec<u8>,
    values: Vec<u8>,
    value_count: u32,
    tags: Vec<u8>,
    geometry: Vec<u8>,
}

impl<'a> LayerEncoder<'a> {
    pub(super) fn new(tile: TileId, source: Numbered<'a>) -> Self {
        Self {
            tile,
            source,
            features: Vec::new(),
            values: Vec::new(),
            value_count: 0,
            tags: Vec::new(),
            geometry: Vec::new(),
        }
    }

    /// Adds the features that meet the tile: those of the large table but for what the patch hides, and those of the
    /// patch, all in one order.
    pub(super) fn add(&mut self, patch: &Patch) {
        let area = self.tile.buffered();
        let mut patched = Vec::new();
        patch.variant().tree().search(area, &mut |entries, inside| {
            patched.extend(entries.map(|entry| (entry, inside)));
        });
        if patched.is_empty() {
            NUMBERS.with_borrow_mut(|numbers| {
                numbers.forget(self.source.base().attributes().distinct());
                self.merge(patch, &patched, numbers);
            });
        } else {
            self.merge(patch, &patched, &mut EntryNumbers::default());
        }
    }

    fn merge(
        &mut self,
        patch: &Patch,
        patched: &[(usize, bool)],
        numbers: &mut impl ValueNumbers<'a>,
    ) {
        let source = self.source;
        let base = source.base().variant(self.tile.zoom());
        let mut patched = patched.iter().peekable();
        base.tree()
            .search(self.tile.buffered(), &mut |entries, inside| {
                for entry in entries {
                    let feature = base.feature(entry);
                    if patch.hides(feature) {
                        continue;
                    }
                    let earlier = |&&(entry, _): &&(usize, bool)| {
                        source.order(patch.variant().feature(entry)) < source.order(feature)
                    };
                    while let Some(&(entry, inside)) = patched.next_if(earlier) {
                        self.add_entry(patch.variant(), entry, inside, numbers);
                    }
                    self.add_entry(base, entry, inside, numbers);
                }
            });
        for &(entry, inside) in patched {
            self.add_entry(patch.variant(), entry, inside, numbers);
        }
    }

    /// Appends the layer to a tile, unless it has no features there.
    pub(super) fn finish(self, out: &mut Vec<u8>, name: &str) {
        if !self.features.is_empty() {
            let keys = self.source.base().attributes().keys();
            write_layer(out, name, &self.features, keys, &self.values);
        }
    }

    fn add_entry(
        &mut self,
        variant: &Variant,
        entry: usize,
        inside: bool,
        numbers: &mut impl ValueNumbers<'a>,
    ) {
        let shape = self.source.shape();
        self.geometry.clear();
        if inside {
            self.write_start(variant.start(entry));
            self.geometry.extend_from_slice(variant.tail(entry));
        } else {
            let paths = clip(shape, &variant.paths(entry), self.tile.buffered());
            let Some(first) = paths.first() else {
                return;
            };
            self.write_start(first[0]);
            write_tail(&mut self.geometry, shape, &paths);
        }
        let (table, feature) = self.source.place(variant.feature(entry));
        self.write_tags(table, feature, numbers);
        self.write_feature(shape, table.fid(feature));
    }

    fn write_start(&mut self, start: Position) {
        let origin = self.tile.origin();
        self.geometry.push(MOVE_TO_ONE);
        for axis in 0..2 {
            write_varint(&mut self.geometry, zigzag(start[axis] - origin[axis]));
        }
    }

    fn write_tags(
        &mut self,
        table: &'a FeatureTable,
        feature: usize,
        numbers: &mut impl ValueNumbers<'a>,
    ) {
        self.tags.clear();
        for (column, code) in table.attributes().row(feature) {
            let number = numbers.number(table.attributes(), code, self.value_count);
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

/// Which numbers the values of a tile have got.
trait ValueNumbers<'a> {
    /// Returns the number of a value, `next` if it has none yet.
    fn number(&mut self, values: &'a Attributes, code: usize, next: u32) -> u32;
}

/// Numbers by codes, when all values are of one table; kept by each thread, so that a tile need not clear them.
#[derive(Default)]
struct CodeNumbers {
    /// In which round a code got its number, and the number.
    given: Vec<(u32, u32)>,
    round: u32,
}

impl CodeNumbers {
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
}

impl ValueNumbers<'_> for CodeNumbers {
    fn number(&mut self, _: &Attributes, code: usize, next: u32) -> u32 {
        let (round, number) = &mut self.given[code];
        if *round != self.round {
            (*round, *number) = (self.round, next);
        }
        *number
    }
}

/// Numbers by the values themselves, when two tables have codes of their own.
#[derive(Default)]
struct EntryNumbers<'a> {
    given: FxHashMap<&'a [u8], u32>,
}

impl<'a> ValueNumbers<'a> for EntryNumbers<'a> {
    fn number(&mut self, values: &'a Attributes, code: usize, next: u32) -> u32 {
        *self.given.entry(values.entry(code)).or_insert(next)
    }
}
