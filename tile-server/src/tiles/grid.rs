//! The tile grid `WebMercatorQuad` in whole numbers, and where EPSG:3857 lies in it.
//!
//! World units cut the world into 2³² in each direction, 9 mm at the equator; zero is in its middle and y grows to the
//! south. The units of a zoom level are a power of two of them: 4096 to a tile.

use layers::crs::{Crs, HALF_WORLD, transform};

use super::TileError;

/// Units of a tile in each direction.
pub(super) const EXTENT: i32 = 4096;

/// How many units beyond its edges a tile still holds.
pub(super) const BUFFER: i32 = 64;

/// The deepest zoom level served.
pub const DEEPEST_ZOOM: u8 = 18;

/// The zoom level whose units are the world units.
const WORLD_ZOOM: u8 = 20;

/// A position in world units or in the units of a zoom level.
pub(super) type Position = [i32; 2];

/// One tile of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    pub(super) z: u8,
    pub(super) x: u32,
    pub(super) y: u32,
}

impl TileId {
    /// Makes the id of the tile at a zoom level, in column `x` from the west and row `y` from the north.
    pub fn new(z: u8, x: u32, y: u32) -> Result<Self, TileError> {
        if z > DEEPEST_ZOOM || x >> z != 0 || y >> z != 0 {
            return Err(TileError::OutsideGrid { z, x, y });
        }
        Ok(Self { z, x, y })
    }

    /// Returns the zoom level.
    pub fn zoom(self) -> u8 {
        self.z
    }

    /// Returns the column, counted from the west.
    pub fn column(self) -> u32 {
        self.x
    }

    /// Returns the row, counted from the north.
    pub fn row(self) -> u32 {
        self.y
    }

    /// Returns the tile's north-west corner in the units of its zoom level.
    pub(super) fn origin(self) -> Position {
        let middle = 1 << (self.z + 11);
        [self.x, self.y].map(|place| place as i32 * EXTENT - middle)
    }

    /// Returns the tile with its buffer, in the units of its zoom level.
    pub(super) fn buffered(self) -> UnitBox {
        let [x, y] = self.origin();
        UnitBox {
            min: [x - BUFFER, y - BUFFER],
            max: [x + EXTENT + BUFFER, y + EXTENT + BUFFER],
        }
    }
}

/// A box in whole units, edges included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnitBox {
    pub(super) min: Position,
    pub(super) max: Position,
}

impl UnitBox {
    /// The box of nothing: every box joined with it stays as it is.
    pub(super) const NOTHING: Self = Self {
        min: [i32::MAX; 2],
        max: [i32::MIN; 2],
    };

    /// Returns the box around positions.
    pub(super) fn around<'a>(positions: impl IntoIterator<Item = &'a Position>) -> Self {
        positions.into_iter().fold(Self::NOTHING, |all, &position| {
            all.union(Self {
                min: position,
                max: position,
            })
        })
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self {
            min: [self.min[0].min(other.min[0]), self.min[1].min(other.min[1])],
            max: [self.max[0].max(other.max[0]), self.max[1].max(other.max[1])],
        }
    }

    /// Returns the box made wider by some units on each side.
    pub(super) fn widened(self, units: i32) -> Self {
        Self {
            min: self.min.map(|place| place.saturating_sub(units)),
            max: self.max.map(|place| place.saturating_add(units)),
        }
    }

    pub(super) fn meets(self, other: Self) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.max[axis] && other.min[axis] <= self.max[axis])
    }

    pub(super) fn holds(self, other: Self) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.min[axis] && other.max[axis] <= self.max[axis])
    }

    pub(super) fn centre(self) -> Position {
        [0, 1].map(|axis| self.min[axis].midpoint(self.max[axis]))
    }
}

/// Returns the world units of a position in EPSG:5514.
pub(super) fn world_units(s_jtsk: [f64; 2]) -> Position {
    let [x, y] = transform(Crs::SJtsk, Crs::WebMercator, s_jtsk);
    [x, -y].map(|metres| (metres / HALF_WORLD * 2_f64.powi(31)).round() as i32)
}

/// Returns the EPSG:3857 metres of a position in world units.
pub(super) fn mercator_metres([x, y]: Position) -> [f64; 2] {
    [x, -y].map(|units| f64::from(units) / 2_f64.powi(31) * HALF_WORLD)
}

/// Returns a world position in the units of a zoom level, rounded to the nearest.
pub(super) fn quantise(position: Position, zoom: u8) -> Position {
    let shift = WORLD_ZOOM - zoom;
    position.map(|units| ((i64::from(units) + (1 << shift >> 1)) >> shift) as i32)
}

/// Returns a world box in the units of a zoom level.
pub(super) fn quantise_box(around: UnitBox, zoom: u8) -> UnitBox {
    UnitBox {
        min: quantise(around.min, zoom),
        max: quantise(around.max, zoom),
    }
}

/// Returns how many world units make a unit of a zoom level.
pub(super) fn unit(zoom: u8) -> i32 {
    1 << (WORLD_ZOOM - zoom)
}

/// Returns how many square world units make a square unit of a zoom level.
pub(super) fn area_scale(zoom: u8) -> f64 {
    4_f64.powi(i32::from(WORLD_ZOOM - zoom))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_ends_where_it_should() {
        assert!(TileId::new(0, 0, 0).is_ok());
        assert!(TileId::new(14, 16_383, 16_383).is_ok());
        for (z, x, y) in [
            (0, 1, 0),
            (14, 16_384, 0),
            (14, 0, 16_384),
            (19, 0, 0),
            (255, 0, 0),
        ] {
            assert!(TileId::new(z, x, y).is_err(), "{z}/{x}/{y}");
        }
    }

    #[test]
    fn a_known_place_is_in_its_tile() {
        // Brno: 49.194966310 N, 16.599213880 E is in tile 14/8947/5613.
        let tile = TileId::new(14, 8947, 5613).unwrap();
        let position = quantise(world_units([-598_800.0, -1_160_700.0]), 14);
        let [x, y] = tile.origin();
        let tile_box = UnitBox {
            min: [x, y],
            max: [x + EXTENT, y + EXTENT],
        };
        assert!(
            tile_box.holds(UnitBox::around([&position])),
            "{position:?} {tile_box:?}"
        );
    }

    #[test]
    fn world_units_keep_centimetres() {
        let metres = transform(Crs::SJtsk, Crs::WebMercator, [-773_555.0, -999_234.0]);
        let back = mercator_metres(world_units([-773_555.0, -999_234.0]));
        assert!((metres[0] - back[0]).hypot(metres[1] - back[1]) < 0.01);
    }
}
