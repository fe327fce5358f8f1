//! Areas too small to be seen at a zoom level: one square stands for those of its neighbourhood.
//!
//! Simply leaving them out would empty the map of a layer of small areas; drawing all would fill tiles with the unseen.

use rustc_hash::FxHashSet;

use super::grid::{Position, UnitBox};
use super::path::Path;

/// Areas smaller than this many square units are dust: one pixel where a tile is 512 pixels wide.
pub(super) const DUST: f64 = 64.0;

/// Half the width of the square that stands for dust.
const HALF_SQUARE: i32 = 4;

/// Width of a neighbourhood in units, as a power of two: 16 units are two pixels.
const NEIGHBOURHOOD: i32 = 4;

/// Which neighbourhoods already have their square.
#[derive(Default)]
pub(super) struct Dust {
    taken: FxHashSet<Position>,
}

impl Dust {
    /// Returns the square for a small area; none when another one stands for it.
    pub(super) fn settle(&mut self, around: UnitBox) -> Option<Path> {
        let centre = around.centre();
        let free = self
            .taken
            .insert(centre.map(|place| place >> NEIGHBOURHOOD));
        free.then(|| square(centre.map(|place| place - HALF_SQUARE), 2 * HALF_SQUARE))
    }
}

/// Returns an outer ring around a square, given its north-west corner.
pub(super) fn square([x, y]: Position, width: i32) -> Path {
    vec![
        [x, y],
        [x + width, y],
        [x + width, y + width],
        [x, y + width],
    ]
}
