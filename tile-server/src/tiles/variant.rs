//! A layer's features as one zoom level shows them: quantised, simplified, valid, indexed and already encoded but for
//! what depends on the tile.

use super::dust::{DUST, Dust, square};
use super::feature_table::FeatureTable;
use super::geometry_bytes::{read_tail, write_tail};
use super::grid::{Position, UnitBox, area_scale, quantise};
use super::packed_tree::PackedTree;
use super::path::{Path, Shape, doubled_area};
use super::repair::repaired;
use super::simplify::Junctions;

/// One entry for each feature that shows, in the table's order.
#[derive(Debug)]
pub(super) struct Variant {
    /// Places of the features in the table.
    features: Vec<u32>,
    /// The first position of each, in the units of the zoom level.
    starts: Vec<Position>,
    /// The commands after it, one entry after the other.
    tails: Vec<u8>,
    tail_ends: Vec<u32>,
    tree: PackedTree,
}

impl Variant {
    /// Makes the variant of a zoom level, with every feature or simplified and without what is too small to see.
    pub(super) fn new(table: &FeatureTable, zoom: u8, full_detail: bool) -> Self {
        let junctions = (!full_detail).then(|| junctions(table, zoom));
        let mut made = Self {
            features: Vec::new(),
            starts: Vec::new(),
            tails: Vec::new(),
            tail_ends: Vec::new(),
            tree: PackedTree::new(Vec::new()),
        };
        let mut boxes = Vec::new();
        let mut dust = Dust::default();
        for feature in 0..table.len() {
            let paths = match &junctions {
                Some(junctions) => simplified_paths(table, feature, zoom, junctions, &mut dust),
                None => full_paths(table, feature, zoom),
            };
            if let Some(first) = paths.first() {
                made.features.push(feature as u32);
                made.starts.push(first[0]);
                write_tail(&mut made.tails, table.shape(), &paths);
                made.tail_ends.push(made.tails.len() as u32);
                boxes.push(UnitBox::around(paths.iter().flatten()));
            }
        }
        made.tails.shrink_to_fit();
        made.tree = PackedTree::new(boxes);
        made
    }

    pub(super) fn tree(&self) -> &PackedTree {
        &self.tree
    }

    /// Returns the place in the table of an entry's feature.
    pub(super) fn feature(&self, entry: usize) -> usize {
        self.features[entry] as usize
    }

    pub(super) fn start(&self, entry: usize) -> Position {
        self.starts[entry]
    }

    /// Returns the geometry commands of an entry after its first position.
    pub(super) fn tail(&self, entry: usize) -> &[u8] {
        let start = if entry == 0 {
            0
        } else {
            self.tail_ends[entry - 1] as usize
        };
        &self.tails[start..self.tail_ends[entry] as usize]
    }

    /// Returns the paths of an entry in the units of the zoom level.
    pub(super) fn paths(&self, entry: usize) -> Vec<Path> {
        read_tail(self.start(entry), self.tail(entry))
    }

    /// Returns the bytes held in memory.
    pub(super) fn memory(&self) -> usize {
        self.features.len() * 16 + self.tails.len() + self.tree.memory()
    }
}

fn junctions(table: &FeatureTable, zoom: u8) -> Junctions {
    let mut junctions = Junctions::default();
    if table.shape() != Shape::Point {
        for feature in 0..table.len() {
            for path in quantised_paths(table, feature, zoom) {
                junctions.note(table.shape(), &path);
            }
        }
    }
    junctions
}

fn simplified_paths(
    table: &FeatureTable,
    feature: usize,
    zoom: u8,
    junctions: &Junctions,
    dust: &mut Dust,
) -> Vec<Path> {
    let shape = table.shape();
    let is_small = shape == Shape::Area && area(table, feature) / area_scale(zoom) < DUST;
    let paths: Vec<Path> = if is_small {
        Vec::new()
    } else {
        quantised_paths(table, feature, zoom)
            .map(|path| junctions.simplify(shape, &path))
            .collect()
    };
    let paths = meaningful(shape, paths);
    match shape {
        _ if !paths.is_empty() => paths,
        Shape::Area => dust
            .settle(quantised_box(table, feature, zoom))
            .into_iter()
            .collect(),
        Shape::Line | Shape::Point => vec![stand_in(table, feature, zoom)],
    }
}

fn full_paths(table: &FeatureTable, feature: usize, zoom: u8) -> Vec<Path> {
    let paths = meaningful(
        table.shape(),
        quantised_paths(table, feature, zoom).collect(),
    );
    if paths.is_empty() {
        vec![stand_in(table, feature, zoom)]
    } else {
        paths
    }
}

/// Returns the smallest thing that still shows where a feature is that rounding left nothing of.
fn stand_in(table: &FeatureTable, feature: usize, zoom: u8) -> Path {
    let [x, y] = quantised_box(table, feature, zoom).min;
    match table.shape() {
        Shape::Point => vec![[x, y]],
        Shape::Line => vec![[x, y], [x + 1, y]],
        Shape::Area => square([x, y], 1),
    }
}

fn quantised_box(table: &FeatureTable, feature: usize, zoom: u8) -> UnitBox {
    let around = UnitBox::around(table.paths(feature).flatten());
    UnitBox {
        min: quantise(around.min, zoom),
        max: quantise(around.max, zoom),
    }
}

/// Returns a feature's paths in the units of a zoom level, without repeated positions.
fn quantised_paths(table: &FeatureTable, feature: usize, zoom: u8) -> impl Iterator<Item = Path> {
    let closed = table.shape() == Shape::Area;
    table.paths(feature).map(move |path| {
        let mut quantised: Path = path
            .iter()
            .map(|&position| quantise(position, zoom))
            .collect();
        quantised.dedup();
        while closed && quantised.len() > 1 && quantised.first() == quantised.last() {
            quantised.pop();
        }
        quantised
    })
}

/// Returns the paths that still mean something, areas made valid; holes go with their border.
fn meaningful(shape: Shape, mut paths: Vec<Path>) -> Vec<Path> {
    if shape != Shape::Area {
        paths.retain(|path| path.len() >= shape.fewest());
        return paths;
    }
    let mut outer_is_left = false;
    paths.retain(|ring| {
        let is_left = ring.len() >= shape.fewest();
        match doubled_area(ring).signum() {
            1 => outer_is_left = is_left,
            -1 => return is_left && outer_is_left,
            _ => return false,
        }
        is_left
    });
    repaired(paths)
}

/// Returns the area of a feature in square world units.
fn area(table: &FeatureTable, feature: usize) -> f64 {
    table.paths(feature).map(doubled_area).sum::<i64>() as f64 / 2.0
}
