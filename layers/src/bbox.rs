//! Bounding boxes.

use geo::BoundingRect;
use geo_types::Geometry;

/// An axis-parallel box, edges included; the unit is that of the coordinates it was made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bbox {
    /// Lower left corner: easting (or longitude), northing (or latitude).
    pub min: [f64; 2],
    /// Upper right corner, likewise.
    pub max: [f64; 2],
}

impl Bbox {
    /// Makes a box from its lower left and upper right corner.
    pub fn new(min: [f64; 2], max: [f64; 2]) -> Self {
        Self { min, max }
    }

    /// Returns the box of a geometry, or nothing if it has no point.
    pub fn of(geometry: &Geometry<f64>) -> Option<Self> {
        let rect = geometry.bounding_rect()?;
        Some(Self::new(
            [rect.min().x, rect.min().y],
            [rect.max().x, rect.max().y],
        ))
    }

    /// Whether the two boxes share a point.
    pub fn intersects(&self, other: &Self) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.max[axis] && other.min[axis] <= self.max[axis])
    }

    /// Returns the smallest box that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::new(
            [self.min[0].min(other.min[0]), self.min[1].min(other.min[1])],
            [self.max[0].max(other.max[0]), self.max[1].max(other.max[1])],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_that_touch_intersect_and_boxes_apart_do_not() {
        let unit = Bbox::new([0.0, 0.0], [1.0, 1.0]);
        assert!(unit.intersects(&Bbox::new([1.0, 0.5], [2.0, 2.0])));
        assert!(!unit.intersects(&Bbox::new([1.1, 0.5], [2.0, 2.0])));
        assert!(!unit.intersects(&Bbox::new([0.0, 1.1], [1.0, 2.0])));
    }
}
