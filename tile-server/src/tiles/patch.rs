//! What a zoom level shows otherwise than the large table does, because some features were edited since.
//!
//! At a simplified level that is more than the edited features: a neighbour that shares a corner with one keeps other
//! corners now, and another area may stand for the dust of its place. All of these are made anew, so that a tile has
//! the same bytes as if the whole layer had been made anew.

use std::borrow::Borrow;

use rustc_hash::FxHashSet;

use super::dust;
use super::feature_row::FeatureRow;
use super::grid::{Position, UnitBox, quantise_box, unit};
use super::numbered::{Numbered, quantised};
use super::path::Shape;
use super::variant::Variant;

/// The features of a zoom level that are not as the large table's variant has them.
#[derive(Debug)]
pub(super) struct Patch {
    masked: FxHashSet<u32>,
    variant: Variant,
}

impl Patch {
    /// Makes the patch of a zoom level; `replaced` are the features of the large table that are changed or gone.
    pub(super) fn new(source: Numbered<'_>, replaced: &FxHashSet<u32>, zoom: u8) -> Self {
        let mut masked = replaced.clone();
        let mut shown: Vec<u32> = source.edited().collect();
        let mut context = FxHashSet::default();
        if !source.base().has_full_detail(zoom) {
            let old = replaced
                .iter()
                .map(|&feature| source.base().row(feature as usize));
            let new = source.edited().map(|number| {
                let (table, feature) = source.place(number);
                table.row(feature)
            });
            let changed: Vec<FeatureRow> = old.chain(new).collect();
            let affected = affected(source, &changed, zoom)
                .into_iter()
                .filter(|number| !source.edited().contains(number) && !replaced.contains(number));
            let affected: Vec<u32> = affected.collect();
            masked.extend(&affected);
            shown.extend(&affected);
            for &number in &shown {
                let near = source.around(number).widened(unit(zoom));
                context.extend(source.meeting(near));
            }
            context.retain(|number| !replaced.contains(number));
        }
        shown.sort_unstable_by_key(|&number| source.order(number));
        Self {
            masked,
            variant: Variant::new(&source, zoom, shown.into_iter(), context.into_iter()),
        }
    }

    /// Whether a feature of the large table is not to be shown as its variant has it.
    pub(super) fn hides(&self, feature: u32) -> bool {
        self.masked.contains(&feature)
    }

    /// Returns what is shown instead.
    pub(super) fn variant(&self) -> &Variant {
        &self.variant
    }

    /// Returns the bytes held in memory.
    pub(super) fn memory(&self) -> usize {
        self.masked.len() * 8 + self.variant.memory()
    }
}

/// Returns which features a simplified level shows otherwise when rows appear, change or go; of areas also those that
/// settle in the same place as the dust of one of them.
pub(super) fn affected<R: Borrow<FeatureRow>>(
    source: Numbered<'_>,
    changed: &[R],
    zoom: u8,
) -> FxHashSet<u32> {
    let changed = || changed.iter().map(Borrow::borrow);
    let shape = source.shape();
    let quantised_corners = |row: &FeatureRow| -> Vec<Position> {
        let paths = row.paths.iter();
        paths
            .flat_map(|path| quantised(shape, path, zoom))
            .collect()
    };
    let corners: FxHashSet<Position> = changed().flat_map(quantised_corners).collect();
    let joins = |number: u32| {
        let mut paths = source.quantised_paths(number, zoom);
        paths.any(|path| path.iter().any(|corner| corners.contains(corner)))
    };
    let mut affected = FxHashSet::default();
    for row in changed() {
        let near = source.meeting(row.around.widened(unit(zoom)));
        affected.extend(near.filter(|&number| joins(number)));
    }
    if shape == Shape::Area {
        let boxes = affected.iter().map(|&number| source.around(number));
        let boxes = boxes.chain(changed().map(|row| row.around));
        let places = boxes.map(|around| dust::place(quantise_box(around, zoom)));
        let places: FxHashSet<Position> = places.collect();
        for &place in &places {
            let near = source.meeting(dust::around_place(place, zoom));
            affected.extend(
                near.filter(|&number| dust::place(source.quantised_box(number, zoom)) == place),
            );
        }
    }
    affected
}

/// Returns the world box in which a zoom level may show a feature; dust stands beside its feature.
pub(super) fn shown_within(around: UnitBox, zoom: u8) -> UnitBox {
    around.widened(unit(zoom).saturating_mul(dust::REACH))
}
