//! The features of a layer's two tables, numbered through: those of the large one first, then the edited ones.

use super::feature_row::Order;
use super::feature_table::FeatureTable;
use super::grid::{Position, UnitBox, quantise, quantise_box};
use super::path::{Path, Shape};

/// The large table of a layer and the small one of its edits, with one row of numbers for their features.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbered<'a> {
    base: &'a FeatureTable,
    edits: Option<&'a FeatureTable>,
}

impl<'a> Numbered<'a> {
    pub(super) fn new(base: &'a FeatureTable, edits: &'a FeatureTable) -> Self {
        Self {
            base,
            edits: Some(edits),
        }
    }

    /// Numbers the features of one table as it does itself.
    pub(super) fn alone(base: &'a FeatureTable) -> Self {
        Self { base, edits: None }
    }

    pub(super) fn base(self) -> &'a FeatureTable {
        self.base
    }

    pub(super) fn shape(self) -> Shape {
        self.base.shape()
    }

    /// Returns the numbers of the edited features.
    pub(super) fn edited(self) -> std::ops::Range<u32> {
        let first = self.base.len();
        first as u32..(first + self.edits.map_or(0, FeatureTable::len)) as u32
    }

    /// Returns the table that holds a feature and its place there.
    pub(super) fn place(self, number: u32) -> (&'a FeatureTable, usize) {
        let number = number as usize;
        match self.edits {
            Some(edits) if number >= self.base.len() => (edits, number - self.base.len()),
            _ => (self.base, number),
        }
    }

    pub(super) fn order(self, number: u32) -> Order {
        let (table, feature) = self.place(number);
        table.order(feature)
    }

    /// Returns the box of a feature in world units.
    pub(super) fn around(self, number: u32) -> UnitBox {
        let (table, feature) = self.place(number);
        table.tree().item(feature)
    }

    /// Returns the numbers of the features whose boxes meet an area in world units.
    pub(super) fn meeting(self, area: UnitBox) -> impl Iterator<Item = u32> {
        let first = self.base.len() as u32;
        let edited = self.edits.map(|edits| edits.tree().meeting(area));
        let edited = edited.into_iter().flatten();
        let base = self.base.tree().meeting(area).into_iter();
        base.chain(edited.map(move |place| first + place))
    }

    /// Returns the paths of a feature in world units.
    pub(super) fn paths(self, number: u32) -> impl Iterator<Item = &'a [Position]> {
        let (table, feature) = self.place(number);
        table.paths(feature)
    }

    /// Returns the paths of a feature in the units of a zoom level.
    pub(super) fn quantised_paths(self, number: u32, zoom: u8) -> impl Iterator<Item = Path> {
        let shape = self.shape();
        self.paths(number)
            .map(move |path| quantised(shape, path, zoom))
    }

    /// Returns the box of a feature in the units of a zoom level.
    pub(super) fn quantised_box(self, number: u32, zoom: u8) -> UnitBox {
        quantise_box(self.around(number), zoom)
    }
}

/// Returns a path in the units of a zoom level, without repeated positions.
pub(super) fn quantised(shape: Shape, path: &[Position], zoom: u8) -> Path {
    let positions = path.iter().map(|&position| quantise(position, zoom));
    let mut quantised: Path = positions.collect();
    quantised.dedup();
    while shape == Shape::Area && quantised.len() > 1 && quantised.first() == quantised.last() {
        quantised.pop();
    }
    quantised
}
