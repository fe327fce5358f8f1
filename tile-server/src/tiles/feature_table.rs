//! A layer's features in memory: projected once, in the order of a Hilbert curve, with a variant for each zoom level.

use std::sync::OnceLock;

use layers::LayerView;

use super::attributes::{Attributes, AttributesBuilder, Codes};
use super::feature_row::{FeatureRow, Order, shape_of};
use super::grid::{DEEPEST_ZOOM, Position, UnitBox};
use super::numbered::Numbered;
use super::packed_tree::PackedTree;
use super::path::{Path, Shape};
use super::variant::Variant;

/// Features of one layer as one audience sees them; immutable, apart from variants that are made when first asked for.
#[derive(Debug)]
pub(super) struct FeatureTable {
    shape: Shape,
    fids: Vec<i64>,
    /// The places of the features along the curve, in order.
    places: Vec<u64>,
    /// The features by their `fid`s.
    by_fid: Vec<u32>,
    attributes: Attributes,
    /// Every position in world units, path after path.
    positions: Vec<Position>,
    /// Where each path ends in `positions`.
    path_ends: Vec<u32>,
    /// Where each feature's paths end in `path_ends`.
    feature_ends: Vec<u32>,
    /// The boxes of the features in world units.
    tree: PackedTree,
    /// From this zoom level on nothing is left out or simplified.
    full_detail_from: u8,
    variants: [OnceLock<Variant>; DEEPEST_ZOOM as usize + 1],
}

impl FeatureTable {
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn len(&self) -> usize {
        self.fids.len()
    }

    pub(super) fn fid(&self, feature: usize) -> i64 {
        self.fids[feature]
    }

    /// Returns where a feature stands among the features of this and every other table of the layer.
    pub(super) fn order(&self, feature: usize) -> Order {
        (self.places[feature], self.fids[feature])
    }

    /// Returns the feature with a `fid`.
    pub(super) fn find(&self, fid: i64) -> Option<usize> {
        let found = self
            .by_fid
            .binary_search_by_key(&fid, |&feature| self.fids[feature as usize]);
        found.ok().map(|place| self.by_fid[place] as usize)
    }

    pub(super) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Returns the index of the features' boxes in world units.
    pub(super) fn tree(&self) -> &PackedTree {
        &self.tree
    }

    /// Whether a zoom level shows every feature with all its corners.
    pub(super) fn has_full_detail(&self, zoom: u8) -> bool {
        zoom >= self.full_detail_from || self.shape == Shape::Point
    }

    /// Returns the paths of a feature in world units.
    pub(super) fn paths(&self, feature: usize) -> impl Iterator<Item = &[Position]> {
        let start_of = |ends: &[u32], place: usize| {
            if place == 0 {
                0
            } else {
                ends[place - 1] as usize
            }
        };
        let paths = start_of(&self.feature_ends, feature)..self.feature_ends[feature] as usize;
        paths.map(move |path| {
            &self.positions[start_of(&self.path_ends, path)..self.path_ends[path] as usize]
        })
    }

    /// Returns a feature as it was put in.
    pub(super) fn row(&self, feature: usize) -> FeatureRow {
        FeatureRow {
            fid: self.fids[feature],
            paths: self.paths(feature).map(<[Position]>::to_vec).collect(),
            around: self.tree.item(feature),
            values: self.attributes.entries(feature),
        }
    }

    /// Returns the features as a zoom level shows them.
    pub(super) fn variant(&self, zoom: u8) -> &Variant {
        self.variants[usize::from(zoom)].get_or_init(|| {
            let all = 0..self.len() as u32;
            Variant::new(&Numbered::alone(self), zoom, all.clone(), all)
        })
    }

    /// Returns the zoom levels whose variants were made.
    pub(super) fn zooms_made(&self) -> impl Iterator<Item = u8> {
        (0..=DEEPEST_ZOOM).filter(|&zoom| self.variants[usize::from(zoom)].get().is_some())
    }

    /// Returns the bytes held in memory, variants that were made included.
    pub(super) fn memory(&self) -> usize {
        let variants = self
            .variants
            .iter()
            .filter_map(OnceLock::get)
            .map(Variant::memory);
        self.fids.len() * 24
            + self.positions.len() * 8
            + self.path_ends.len() * 4
            + self.tree.memory()
            + self.attributes.memory()
            + variants.sum::<usize>()
    }
}

struct Row {
    order: Order,
    paths: Vec<Path>,
    around: UnitBox,
    codes: Codes,
}

/// Gathers features, in any order.
pub(super) struct FeatureTableBuilder {
    shape: Shape,
    full_detail_from: u8,
    attributes: AttributesBuilder,
    rows: Vec<Row>,
}

impl FeatureTableBuilder {
    /// Begins a table of the view's fields; none for a layer without geometry.
    pub(super) fn new(view: &LayerView) -> Option<Self> {
        Some(Self {
            shape: shape_of(view)?,
            full_detail_from: view.layer().zooms.max,
            attributes: AttributesBuilder::new(view.fields()),
            rows: Vec::new(),
        })
    }

    /// Adds a feature.
    pub(super) fn push(&mut self, row: FeatureRow) {
        self.rows.push(Row {
            order: row.order(),
            codes: self.attributes.encode(&row.values),
            paths: row.paths,
            around: row.around,
        });
    }

    /// Finishes the table.
    pub(super) fn finish(mut self) -> FeatureTable {
        self.rows.sort_unstable_by_key(|row| row.order);
        let paths = self.rows.iter().flat_map(|row| &row.paths);
        let fids: Vec<i64> = self.rows.iter().map(|row| row.order.1).collect();
        let mut by_fid: Vec<u32> = (0..fids.len() as u32).collect();
        by_fid.sort_unstable_by_key(|&feature| fids[feature as usize]);
        let codes = self.rows.iter().map(|row| &row.codes);
        let mut table = FeatureTable {
            shape: self.shape,
            fids,
            places: self.rows.iter().map(|row| row.order.0).collect(),
            by_fid,
            attributes: self.attributes.finish(codes),
            positions: Vec::with_capacity(paths.map(Vec::len).sum()),
            path_ends: Vec::new(),
            feature_ends: Vec::with_capacity(self.rows.len()),
            tree: PackedTree::new(self.rows.iter().map(|row| row.around).collect()),
            full_detail_from: self.full_detail_from,
            variants: [const { OnceLock::new() }; DEEPEST_ZOOM as usize + 1],
        };
        for path_list in self.rows.into_iter().map(|row| row.paths) {
            for path in path_list {
                table.positions.extend(path);
                table.path_ends.push(table.positions.len() as u32);
            }
            table.feature_ends.push(table.path_ends.len() as u32);
        }
        table
    }
}
