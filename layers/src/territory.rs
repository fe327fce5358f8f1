//! The territories of the municipalities: how far outside its border something lies.

use std::collections::BTreeMap;

use geo::{CoordsIter, LinesIter};
use geo_types::Geometry;
use rstar::primitives::Line;
use rstar::{AABB, RTree};

use crate::{FeatureStore, Municipality, Revision, StoreError, municipalities};

/// The border of a municipality, ready to be asked about many positions.
pub struct Territory {
    border: RTree<Line<[f64; 2]>>,
}

impl Territory {
    /// How far outside the border nothing is said, in metres: borders and surveys agree no better.
    pub const TOLERATED: f64 = 50.0;
    /// How far outside the border a feature may reach, in metres; what lies farther is wrong.
    pub const ALLOWED: f64 = 100.0;

    /// Makes it from the border of a municipality.
    pub fn new(municipality: &Municipality) -> Self {
        let lines = municipality.border.lines_iter();
        let lines =
            lines.map(|line| Line::new([line.start.x, line.start.y], [line.end.x, line.end.y]));
        Self {
            border: RTree::bulk_load(lines.collect()),
        }
    }

    /// Returns the position of a geometry (EPSG:5514) that lies farthest outside, and how far, in metres; none when all
    /// of it is at most [`Territory::TOLERATED`] outside.
    pub fn farthest_outside(&self, geometry: &Geometry<f64>) -> Option<([f64; 2], f64)> {
        let positions = geometry.coords_iter().map(|c| [c.x, c.y]);
        positions
            .map(|position| (position, self.distance(position)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|(_, distance)| *distance > Self::TOLERATED)
    }

    /// Returns how far outside a position lies, in metres; 0 inside.
    fn distance(&self, position: [f64; 2]) -> f64 {
        if self.contains(position) {
            return 0.0;
        }
        let nearest = self
            .border
            .nearest_neighbor_iter_with_distance_2(&position)
            .next();
        nearest.map_or(0.0, |(_, squared)| squared.sqrt())
    }

    /// Whether a ray to the east crosses the border an odd number of times.
    fn contains(&self, [x, y]: [f64; 2]) -> bool {
        let ray = AABB::from_corners([x, y], [f64::MAX, y]);
        let crossed = self
            .border
            .locate_in_envelope_intersecting(&ray)
            .filter(|line| {
                let ([ax, ay], [bx, by]) = (line.from, line.to);
                (ay > y) != (by > y) && ax + (y - ay) / (by - ay) * (bx - ax) > x
            });
        crossed.count() % 2 == 1
    }
}

/// The municipalities that there are, each with its territory if its border can be relied on.
#[derive(Default)]
pub struct Territories {
    by_code: BTreeMap<i64, Option<Territory>>,
}

impl Territories {
    /// Reads them at a revision; none is the newest.
    pub fn read(store: &dyn FeatureStore, at: Option<Revision>) -> Result<Self, StoreError> {
        let all = municipalities(store, at)?.into_iter();
        let by_code = all.map(|one| (one.code, one.exact.then(|| Territory::new(&one))));
        Ok(Self {
            by_code: by_code.collect(),
        })
    }

    /// Whether there is a municipality with this code in RÚIAN; any is, when the store knows of none.
    pub fn know(&self, code: i64) -> bool {
        self.by_code.is_empty() || self.by_code.contains_key(&code)
    }

    /// Returns the territory of a municipality, if its border can be relied on.
    pub fn of(&self, code: i64) -> Option<&Territory> {
        self.by_code.get(&code)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{MultiPolygon, polygon};

    use super::*;

    #[test]
    fn distance_is_measured_outside_and_in_holes() {
        let area = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 1000.0, y: 0.0), (x: 1000.0, y: 1000.0), (x: 0.0, y: 1000.0)],
            interiors: [[(x: 400.0, y: 400.0), (x: 600.0, y: 400.0), (x: 600.0, y: 600.0), (x: 400.0, y: 600.0)]],
        );
        let territory = Territory::new(&Municipality {
            code: 1,
            name: "Ves".to_owned(),
            border: MultiPolygon::new(vec![area]),
            exact: true,
        });
        let check = |x: f64, y: f64, expected: f64| {
            let distance = territory.distance([x, y]);
            assert!((distance - expected).abs() < 1e-9, "{x} {y}: {distance}");
        };
        check(100.0, 100.0, 0.0);
        check(100.0, 400.0, 0.0);
        check(500.0, 550.0, 50.0);
        check(1200.0, 500.0, 200.0);
        check(-30.0, -40.0, 50.0);
        check(500.0, 1000.0 + 120.0, 120.0);
    }
}
