//! Which features of a layer lie in a region, told from memory alone: for sure, or to be looked at.

use layers::{Bbox, LayerView, Revision};
use rustc_hash::FxHashSet;

use super::TileService;
use super::feature_table::FeatureTable;
use super::grid::{Position, UnitBox, mercator_metres};
use super::packed_tree::Lies;
use super::path::Shape;
use super::snapshot::Snapshot;

/// Beyond this many units an edge may bend by more than a centimetre between the systems of a map.
const LONGEST_STRAIGHT: i32 = 1 << 16;
/// Edges are cut no further than to this many units.
const SHORTEST: i32 = 4;

/// A connected part of the map.
pub(crate) trait Region {
    /// Says how a box of EPSG:3857 lies there: `Within` or `Apart` only if that stays true when what is in the box moves by
    /// three centimetres.
    fn lies(&self, mercator: Bbox) -> Lies;

    /// Returns a position of EPSG:3857 in it.
    fn middle(&self) -> [f64; 2];
}

/// What memory tells of a region.
#[derive(Debug)]
pub(crate) struct Lying {
    /// The `fid`s of the features that have a point there for sure.
    pub(crate) within: Vec<i64>,
    /// The `fid`s of the features that may have one.
    pub(crate) doubtful: Vec<i64>,
    /// A state that this has reached.
    pub(crate) revision: Revision,
}

impl TileService {
    /// Tells which features that a view shows lie in a region; none when memory does not know all of the layer, or cannot
    /// follow the store.
    pub(crate) fn lying(&self, view: &LayerView, region: &dyn Region) -> Option<Lying> {
        if view.layer().source.is_some() {
            return None;
        }
        let (snapshot, revision) = self.snapshot_of(view).ok()?;
        snapshot
            .shows_all()
            .then(|| lying(&snapshot, revision, region))
    }
}

fn lying(snapshot: &Snapshot, revision: Revision, region: &dyn Region) -> Lying {
    let mut lying = Lying {
        within: Vec::new(),
        doubtful: Vec::new(),
        revision,
    };
    let (base, edits) = snapshot.tables();
    lying.add(base, snapshot.replaced(), region);
    lying.add(edits, &FxHashSet::default(), region);
    lying
}

impl Lying {
    /// Adds the features of a table that are not replaced by others.
    fn add(&mut self, table: &FeatureTable, replaced: &FxHashSet<u32>, region: &dyn Region) {
        let lies = |here: UnitBox| {
            // On the map y grows to the north.
            let [min, max] = [[here.min[0], here.max[1]], [here.max[0], here.min[1]]];
            region.lies(Bbox::new(mercator_metres(min), mercator_metres(max)))
        };
        table.tree().search_by(&lies, &mut |run, is_within| {
            for place in run.filter(|&place| !replaced.contains(&(place as u32))) {
                let here = if is_within {
                    Lies::Within
                } else {
                    feature_lies(table, place, &lies, region)
                };
                match here {
                    Lies::Within => self.within.push(table.fid(place)),
                    Lies::Across => self.doubtful.push(table.fid(place)),
                    Lies::Apart => {}
                }
            }
        });
    }
}

/// Says how a feature lies in a region: `Within` when some of it does.
fn feature_lies(
    table: &FeatureTable,
    place: usize,
    lies: &impl Fn(UnitBox) -> Lies,
    region: &dyn Region,
) -> Lies {
    let mut border = Lies::Apart;
    for path in table.paths(place) {
        for edge in edges(table.shape(), path) {
            match edge_lies(edge, lies) {
                Lies::Within => return Lies::Within,
                Lies::Across => border = Lies::Across,
                Lies::Apart => {}
            }
        }
    }
    // A region that no border comes near lies wholly inside or outside.
    let is_inside = || rings_hold(table, place, region.middle());
    if border == Lies::Apart && table.shape() == Shape::Area && is_inside() {
        return Lies::Within;
    }
    border
}

/// Returns what joins the positions of a path; a point is joined with itself.
fn edges(shape: Shape, path: &[Position]) -> impl Iterator<Item = [Position; 2]> {
    let next = match shape {
        Shape::Point => path,
        Shape::Line | Shape::Area => path.get(1..).unwrap_or_default(),
    };
    let closing = path.first().filter(|_| shape == Shape::Area);
    let ends = next.iter().chain(closing);
    path.iter().zip(ends).map(|(&from, &to)| [from, to])
}

/// Says how a straight edge lies: `Within` when some of it does.
fn edge_lies([from, to]: [Position; 2], lies: &impl Fn(UnitBox) -> Lies) -> Lies {
    let around = UnitBox::around([&from, &to]);
    let length = (0..2).map(|axis| around.max[axis].saturating_sub(around.min[axis]));
    let length = length.max().unwrap_or_default();
    match lies(around) {
        Lies::Across if (SHORTEST..=LONGEST_STRAIGHT).contains(&length) => {
            let middle = [0, 1].map(|axis| from[axis].midpoint(to[axis]));
            let first = edge_lies([from, middle], lies);
            if first == Lies::Within {
                return first;
            }
            match edge_lies([middle, to], lies) {
                Lies::Apart => first,
                second => second,
            }
        }
        whole => whole,
    }
}

/// Whether the rings of an area, holes among them, are around a position of EPSG:3857.
fn rings_hold(table: &FeatureTable, place: usize, [x, y]: [f64; 2]) -> bool {
    let edges = table.paths(place).flat_map(|ring| edges(Shape::Area, ring));
    let beside = edges.filter(|edge| {
        let [[ax, ay], [bx, by]] = edge.map(mercator_metres);
        (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)
    });
    beside.count() % 2 == 1
}
