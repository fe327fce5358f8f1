//! A layer's features as one zoom level shows them: quantised, simplified, valid, indexed and already encoded but for
//! what depends on the tile.

use super::dust::{DUST, Dust, square};
use super::geometry_bytes::{read_tail, write_tail};
use super::grid::{Position, UnitBox, area_scale};
use super::numbered::Numbered;
use super::packed_tree::PackedTree;
use super::path::{Path, Shape, doubled_area};
use super::repair::repaired;
use super::simplify::Junctions;

/// One entry for each feature that shows, in order.
#[derive(Debug)]
pub(super) struct Variant {
    /// Numbers of the features.
    features: Vec<u32>,
    /// The first position of each, in the units of the zoom level.
    starts: Vec<Position>,
    /// The commands after it, one entry after the other.
    tails: Vec<u8>,
    tail_ends: Vec<u32>,
    tree: PackedTree,
}

impl Variant {
    /// Makes what a zoom level shows of some features, given in order: all with every corner, or simplified and without
    /// what is too small to see. `context` are all features that may share a corner with them, themselves included.
    pub(super) fn new(
        source: &Numbered<'_>,
        zoom: u8,
        features: impl Iterator<Item = u32>,
        context: impl Iterator<Item = u32>,
    ) -> Self {
        let full_detail = source.base().has_full_detail(zoom);
        let junctions = (!full_detail).then(|| junctions(source, zoom, context));
        let mut made = Self {
            features: Vec::new(),
            starts: Vec::new(),
            tails: Vec::new(),
            tail_ends: Vec::new(),
            tree: PackedTree::new(Vec::new()),
        };
        let mut boxes = Vec::new();
        let mut dust = Dust::default();
        for feature in features {
            let paths = match &junctions {
                Some(junctions) => simplified_paths(source, feature, zoom, junctions, &mut dust),
                None => full_paths(source, feature, zoom),
            };
            if let Some(first) = paths.first() {
                made.features.push(feature);
                made.starts.push(first[0]);
                write_tail(&mut made.tails, source.shape(), &paths);
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

    /// Returns the number of an entry's feature.
    pub(super) fn feature(&self, entry: usize) -> u32 {
        self.features[entry]
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

fn junctions(source: &Numbered<'_>, zoom: u8, features: impl Iterator<Item = u32>) -> Junctions {
    let mut junctions = Junctions::default();
    for feature in features {
        for path in source.quantised_paths(feature, zoom) {
            junctions.note(source.shape(), &path);
        }
    }
    junctions
}

fn simplified_paths(
    source: &Numbered<'_>,
    feature: u32,
    zoom: u8,
    junctions: &Junctions,
    dust: &mut Dust,
) -> Vec<Path> {
    let shape = source.shape();
    let is_small = shape == Shape::Area && area(source, feature) / area_scale(zoom) < DUST;
    let paths: Vec<Path> = if is_small {
        Vec::new()
    } else {
        source
            .quantised_paths(feature, zoom)
            .map(|path| junctions.simplify(shape, &path))
            .collect()
    };
    let paths = meaningful(shape, paths);
    match shape {
        _ if !paths.is_empty() => paths,
        Shape::Area => dust
            .settle(source.quantised_box(feature, zoom))
            .into_iter()
            .collect(),
        Shape::Line | Shape::Point => vec![stand_in(source, feature, zoom)],
    }
}

fn full_paths(source: &Numbered<'_>, feature: u32, zoom: u8) -> Vec<Path> {
    let paths = source.quantised_paths(feature, zoom).collect();
    let paths = meaningful(source.shape(), paths);
    if paths.is_empty() {
        vec![stand_in(source, feature, zoom)]
    } else {
        paths
    }
}

/// Returns the smallest thing that still shows where a feature is that rounding left nothing of.
fn stand_in(source: &Numbered<'_>, feature: u32, zoom: u8) -> Path {
    let [x, y] = source.quantised_box(feature, zoom).min;
    match source.shape() {
        Shape::Point => vec![[x, y]],
        Shape::Line => vec![[x, y], [x + 1, y]],
        Shape::Area => square([x, y], 1),
    }
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
fn area(source: &Numbered<'_>, feature: u32) -> f64 {
    source.paths(feature).map(doubled_area).sum::<i64>() as f64 / 2.0
}
