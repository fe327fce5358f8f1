//! Areas too small to be seen at a zoom level: one square stands for those of its neighbourhood.
//!
//! Simply leaving them out would empty the map of a layer of small areas; drawing all would fill tiles with the unseen.

use rustc_hash::FxHashSet;

use super::grid::{Position, UnitBox, unit};
use super::path::Path;

/// Areas smaller than this many square units are dust: one pixel where a tile is 512 pixels wide.
pub(super) const DUST: f64 = 64.0;

/// Half the width of the square that stands for dust.
const HALF_SQUARE: i32 = 4;

/// Width of a neighbourhood in units, as a power of two: 16 units are two pixels.
const NEIGHBOURHOOD: i32 = 4;

/// How far from its feature a square may reach, in units: half its width, and one for rounding.
pub(super) const REACH: i32 = HALF_SQUARE + 1;

/// Returns the neighbourhood in which an area settles when it is too small, given its box in the units of the level.
pub(super) fn place(around: UnitBox) -> Position {
    around.centre().map(|place| place >> NEIGHBOURHOOD)
}

/// Returns a world box that every area of a neighbourhood meets.
pub(super) fn around_place(place: Position, zoom: u8) -> UnitBox {
    let corner = place.map(|number| (number << NEIGHBOURHOOD).saturating_mul(unit(zoom)));
    UnitBox {
        min: corner,
        max: corner.map(|least| least.saturating_add(unit(zoom) << NEIGHBOURHOOD)),
    }
    .widened(unit(zoom))
}

/// Which neighbourhoods already have their square.
#[derive(Default)]
pub(super) struct Dust {
    taken: FxHashSet<Position>,
}

impl Dust {
    /// Returns the square for a small area; none when another one stands for it.
    pub(super) fn settle(&mut self, around: UnitBox) -> Option<Path> {
        let free = self.taken.insert(place(around));
        let centre = around.centre();
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
