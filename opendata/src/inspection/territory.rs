//! The territory of a municipality: how far outside its border something lies.

use geo::{CoordsIter, LinesIter};
use geo_types::Geometry;
use layers::Municipality;
use rstar::primitives::Line;
use rstar::{AABB, RTree};

use super::subject::Subject;
use crate::Check;
use crate::finding::text;

/// How far outside the border nothing is said, in metres: borders and surveys agree no better.
const TOLERATED: f64 = 50.0;
/// How far outside the border a feature may reach with a warning, in metres.
const ALLOWED: f64 = 100.0;

/// The border of a municipality, as the register knows it.
pub(super) struct Territory {
    name: String,
    border: RTree<Line<[f64; 2]>>,
}

impl Territory {
    pub(super) fn new(municipality: &Municipality) -> Self {
        let lines = municipality.border.lines_iter();
        let lines =
            lines.map(|line| Line::new([line.start.x, line.start.y], [line.end.x, line.end.y]));
        Self {
            name: municipality.name.clone(),
            border: RTree::bulk_load(lines.collect()),
        }
    }

    /// Reports a geometry of which a point lies outside, with the point that lies farthest.
    pub(super) fn check(&self, subject: &mut Subject<'_>, geometry: &Geometry<f64>) {
        let positions = geometry.coords_iter().map(|c| [c.x, c.y]);
        let farthest = positions
            .map(|position| (self.distance(position), position))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((distance, position)) = farthest.filter(|(distance, _)| *distance > TOLERATED)
        else {
            return;
        };
        let name = &self.name;
        subject.report_geometry(
            if distance > ALLOWED {
                Check::FarOutside
            } else {
                Check::Outside
            },
            Some(position),
            text(
                format!("leží {distance:.0} m za hranicí obce {name}"),
                format!("lies {distance:.0} m outside the border of {name}"),
            ),
            text(
                "Ověřte polohu a to, které obci prvek patří.",
                "Check the position, and whose the feature is.",
            ),
        );
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
