//! A layer's features in memory: projected once, in the order of a Hilbert curve, with a variant for each zoom level.

use std::sync::OnceLock;

use layers::{Feature, GeometryType, LayerView};

use super::attributes::{Attributes, AttributesBuilder, Codes};
use super::grid::{DEEPEST_ZOOM, Position, UnitBox};
use super::hilbert::place_on_curve;
use super::path::{Path, Shape, world_paths};
use super::variant::Variant;

/// Features of one layer as one audience sees them; immutable, apart from variants that are made when first asked for.
#[derive(Debug)]
pub(super) struct FeatureTable {
    shape: Shape,
    fids: Vec<i64>,
    attributes: Attributes,
    /// Every position in world units, path after path.
    positions: Vec<Position>,
    /// Where each path ends in `positions`.
    path_ends: Vec<u32>,
    /// Where each feature's paths end in `path_ends`.
    feature_ends: Vec<u32>,
    around: UnitBox,
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

    pub(super) fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Returns the box around all features in world units; the box of nothing when there are none.
    pub(super) fn around(&self) -> UnitBox {
        self.around
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

    /// Returns the features as a zoom level shows them.
    pub(super) fn variant(&self, zoom: u8) -> &Variant {
        self.variants[usize::from(zoom)]
            .get_or_init(|| Variant::new(self, zoom, zoom >= self.full_detail_from))
    }

    /// Returns the bytes held in memory, variants that were made included.
    pub(super) fn memory(&self) -> usize {
        let variants = self
            .variants
            .iter()
            .filter_map(OnceLock::get)
            .map(Variant::memory);
        self.fids.len() * 12
            + self.positions.len() * 8
            + self.path_ends.len() * 4
            + self.attributes.memory()
            + variants.sum::<usize>()
    }
}

struct Row {
    fid: i64,
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
        let shape = match view.layer().geometry? {
            GeometryType::Point => Shape::Point,
            GeometryType::LineString | GeometryType::MultiLineString => Shape::Line,
            GeometryType::Polygon | GeometryType::MultiPolygon => Shape::Area,
        };
        Some(Self {
            shape,
            full_detail_from: view.layer().zooms.max,
            attributes: AttributesBuilder::new(view.fields().map(|field| field.name.as_str())),
            rows: Vec::new(),
        })
    }

    /// Adds a feature read through the view; one without geometry is passed over.
    pub(super) fn push(&mut self, feature: &Feature) {
        let Some(geometry) = &feature.geometry else {
            return;
        };
        let mut paths = world_paths(geometry);
        paths.retain(|path| path.len() >= self.shape.fewest());
        if !paths.is_empty() {
            let around = UnitBox::around(paths.iter().flatten());
            let codes = self.attributes.encode(&feature.values);
            self.rows.push(Row {
                fid: feature.fid,
                paths,
                around,
                codes,
            });
        }
    }

    /// Finishes the table.
    pub(super) fn finish(mut self) -> FeatureTable {
        let around = self
            .rows
            .iter()
            .fold(UnitBox::NOTHING, |all, row| all.union(row.around));
        let width = [0, 1].map(|axis| i64::from(around.max[axis]) - i64::from(around.min[axis]));
        let bits = 64 - width[0].max(width[1]).max(0).leading_zeros();
        self.rows.sort_by_cached_key(|row| {
            (
                place_on_curve(row.around.centre(), around.min, bits),
                row.fid,
            )
        });
        let mut table = FeatureTable {
            shape: self.shape,
            fids: self.rows.iter().map(|row| row.fid).collect(),
            attributes: self
                .attributes
                .finish(self.rows.iter().map(|row| &row.codes)),
            positions: Vec::with_capacity(
                self.rows
                    .iter()
                    .flat_map(|row| &row.paths)
                    .map(Vec::len)
                    .sum(),
            ),
            path_ends: Vec::new(),
            feature_ends: Vec::with_capacity(self.rows.len()),
            around,
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
