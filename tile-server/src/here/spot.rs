//! A place that somebody asks about, in EPSG:5514, and how a feature lies there.

use geo::{Area, BooleanOps, Contains, CoordsIter, Distance, Euclidean, Length, LinesIter};
use geo_types::{Geometry, MultiLineString, MultiPolygon, Point};
use layers::Bbox;

/// Areas that share less (m²) have a border in common and nothing else.
const LEAST_AREA: f64 = 0.1;
/// Lines of which less is inside (m) end at the border.
const LEAST_LENGTH: f64 = 0.05;

/// A place that is asked about.
pub(crate) struct Spot {
    shape: Shape,
    /// How far from a point or line, in metres, things still count as lying there.
    reach: f64,
    /// The boxes of the pieces of an area's border.
    edges: Vec<Bbox>,
}

enum Shape {
    Point(Point<f64>),
    Line(MultiLineString<f64>),
    Area(MultiPolygon<f64>),
}

/// How a feature lies at a spot, in metres of EPSG:5514.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lies {
    /// So far from the point or line; 0 when it holds the point or crosses the line.
    Near(f64),
    /// A point within the area.
    Inside,
    /// So many metres are common: of the feature in the area, or of the line in the feature.
    Along(f64),
    /// So many square metres are common.
    Over(f64),
}

impl Spot {
    /// Makes a spot of a geometry; none of one that is neither a point, a line nor an area.
    pub(crate) fn new(geometry: Geometry<f64>, reach: f64) -> Option<Self> {
        let shape = match geometry {
            Geometry::Point(point) => Shape::Point(point),
            Geometry::LineString(line) => Shape::Line(MultiLineString::new(vec![line])),
            Geometry::MultiLineString(lines) => Shape::Line(lines),
            Geometry::Polygon(area) => Shape::Area(MultiPolygon::new(vec![area])),
            Geometry::MultiPolygon(areas) => Shape::Area(areas),
            _ => return None,
        };
        let edges = match &shape {
            Shape::Area(area) => area
                .lines_iter()
                .filter_map(|line| Bbox::of(&line.into()))
                .collect(),
            Shape::Point(_) | Shape::Line(_) => Vec::new(),
        };
        Some(Self {
            shape,
            reach,
            edges,
        })
    }

    /// Returns its geometry.
    pub(crate) fn geometry(&self) -> Geometry<f64> {
        match &self.shape {
            Shape::Point(point) => (*point).into(),
            Shape::Line(lines) => lines.clone().into(),
            Shape::Area(areas) => areas.clone().into(),
        }
    }

    /// Returns how far things count, if it has no area.
    pub(crate) fn reach(&self) -> Option<f64> {
        (!matches!(self.shape, Shape::Area(_))).then_some(self.reach)
    }

    /// Returns the box in which features can lie there; none when it has no position.
    pub(crate) fn bbox(&self) -> Option<Bbox> {
        let Bbox { min, max } = Bbox::of(&self.geometry())?;
        let reach = self.reach().unwrap_or_default();
        Some(Bbox::new(
            min.map(|edge| edge - reach),
            max.map(|edge| edge + reach),
        ))
    }

    /// Returns how many positions it has.
    pub(crate) fn positions(&self) -> usize {
        self.geometry().coords_count()
    }

    /// Returns its length in metres or its area in square metres; none of a point.
    pub(crate) fn extent(&self) -> Option<Lies> {
        match &self.shape {
            Shape::Point(_) => None,
            Shape::Line(lines) => Some(Lies::Along(Euclidean.length(lines))),
            Shape::Area(areas) => Some(Lies::Over(areas.unsigned_area())),
        }
    }

    /// Returns how a feature lies here; none when it lies elsewhere.
    pub(crate) fn lies(&self, feature: &Geometry<f64>) -> Option<Lies> {
        match &self.shape {
            Shape::Area(area) => self.within(area, feature),
            Shape::Line(line) => along(line, feature).or_else(|| self.near(feature)),
            Shape::Point(_) => self.near(feature),
        }
    }

    /// Whether the border of the area may cross the box of a feature, so that telling what is common costs more.
    pub(crate) fn may_cut(&self, feature: &Geometry<f64>) -> bool {
        let own = Bbox::of(feature);
        own.is_some_and(|own| self.edges.iter().any(|edge| edge.intersects(&own)))
    }

    fn near(&self, feature: &Geometry<f64>) -> Option<Lies> {
        let metres = Euclidean.distance(&self.geometry(), feature);
        (metres <= self.reach).then_some(Lies::Near(metres))
    }

    fn within(&self, area: &MultiPolygon<f64>, feature: &Geometry<f64>) -> Option<Lies> {
        if !self.may_cut(feature) {
            // Wholly inside, wholly outside, or all around: one position tells the first two apart.
            let first = feature.coords_iter().next().map(Point)?;
            if area.contains(&first) {
                return whole(feature);
            }
        }
        match feature {
            Geometry::Point(point) => area.contains(point).then_some(Lies::Inside),
            Geometry::LineString(line) => {
                inside(area, &MultiLineString::new(vec![line.clone()])).map(Lies::Along)
            }
            Geometry::MultiLineString(lines) => inside(area, lines).map(Lies::Along),
            Geometry::Polygon(other) => shared(area, other).map(Lies::Over),
            Geometry::MultiPolygon(others) => shared(area, others).map(Lies::Over),
            _ => None,
        }
    }
}

/// Returns how a feature lies in an area that holds all of it.
fn whole(feature: &Geometry<f64>) -> Option<Lies> {
    match feature {
        Geometry::Point(_) => Some(Lies::Inside),
        Geometry::LineString(line) => Some(Lies::Along(Euclidean.length(line))),
        Geometry::MultiLineString(lines) => Some(Lies::Along(Euclidean.length(lines))),
        Geometry::Polygon(area) => Some(Lies::Over(area.unsigned_area())),
        Geometry::MultiPolygon(areas) => Some(Lies::Over(areas.unsigned_area())),
        _ => None,
    }
}

/// Returns how much of a line lies in a feature that is an area.
fn along(line: &MultiLineString<f64>, feature: &Geometry<f64>) -> Option<Lies> {
    let length = match feature {
        Geometry::Polygon(area) => inside(area, line),
        Geometry::MultiPolygon(areas) => inside(areas, line),
        _ => None,
    };
    length.map(Lies::Along)
}

fn inside(area: &impl BooleanOps<Scalar = f64>, line: &MultiLineString<f64>) -> Option<f64> {
    let length = Euclidean.length(&area.clip(line, false));
    (length >= LEAST_LENGTH).then_some(length)
}

fn shared(one: &MultiPolygon<f64>, other: &impl BooleanOps<Scalar = f64>) -> Option<f64> {
    let area = one.intersection(other).unsigned_area();
    (area >= LEAST_AREA).then_some(area)
}

#[cfg(test)]
mod tests {
    use geo_types::{line_string, point, polygon};

    use super::*;

    const SIDE: f64 = 10.0;

    fn square(x: f64, y: f64) -> Geometry<f64> {
        polygon![(x: x, y: y), (x: x + SIDE, y: y), (x: x + SIDE, y: y + SIDE), (x: x, y: y + SIDE)]
            .into()
    }

    fn check(
        spot: impl Into<Geometry<f64>>,
        feature: impl Into<Geometry<f64>>,
        expected: Option<Lies>,
    ) {
        let spot = Spot::new(spot.into(), 2.0).expect("a spot");
        let feature = feature.into();
        let got = spot.lies(&feature);
        let number = |lies| match lies {
            Lies::Near(n) | Lies::Along(n) | Lies::Over(n) => n,
            Lies::Inside => 0.0,
        };
        let is_same = match (got, expected) {
            (Some(one), Some(other)) => {
                std::mem::discriminant(&one) == std::mem::discriminant(&other)
                    && (number(one) - number(other)).abs() < 1e-3
            }
            (one, other) => one.is_none() && other.is_none(),
        };
        assert!(is_same, "{feature:?}: {got:?}, not {expected:?}");
    }

    #[test]
    fn of_an_area_is_told_what_lies_in_it() {
        let here = || square(-800_000.0, -990_000.0);
        check(
            here(),
            square(-800_005.0, -990_005.0),
            Some(Lies::Over(25.0)),
        );
        check(here(), square(-800_000.0 + SIDE, -990_000.0), None);
        check(here(), square(-799_000.0, -990_000.0), None);
        let within = polygon![(x: -799_998.0, y: -989_998.0), (x: -799_996.0, y: -989_998.0), (x: -799_998.0, y: -989_996.0)];
        check(here(), within.clone(), Some(Lies::Over(2.0)));
        // The feature lies all around the area.
        check(within, here(), Some(Lies::Over(2.0)));
        let line = line_string![(x: -800_005.0, y: -989_995.0), (x: -799_994.0, y: -989_995.0)];
        check(here(), line, Some(Lies::Along(6.0)));
        check(
            here(),
            point!(x: -799_999.0, y: -989_999.0),
            Some(Lies::Inside),
        );
        check(here(), point!(x: -800_001.0, y: -989_999.0), None);
    }

    #[test]
    fn a_hole_is_not_of_the_area() {
        let ring = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 30.0, y: 0.0), (x: 30.0, y: 30.0), (x: 0.0, y: 30.0)],
            interiors: [[(x: 10.0, y: 10.0), (x: 20.0, y: 10.0), (x: 20.0, y: 20.0), (x: 10.0, y: 20.0)]],
        );
        check(ring.clone(), square(10.0, 10.0), None);
        check(ring.clone(), point!(x: 15.0, y: 15.0), None);
        check(ring, square(15.0, 15.0), Some(Lies::Over(75.0)));
    }

    #[test]
    fn of_a_point_and_a_line_is_told_what_is_near() {
        check(
            point!(x: 5.0, y: 5.0),
            square(0.0, 0.0),
            Some(Lies::Near(0.0)),
        );
        check(
            point!(x: 11.5, y: 5.0),
            square(0.0, 0.0),
            Some(Lies::Near(1.5)),
        );
        check(point!(x: 12.5, y: 5.0), square(0.0, 0.0), None);
        let line = || line_string![(x: -5.0, y: 5.0), (x: 4.0, y: 5.0)];
        check(line(), square(0.0, 0.0), Some(Lies::Along(4.0)));
        check(line(), point!(x: 0.0, y: 6.0), Some(Lies::Near(1.0)));
        check(line(), square(5.0, 0.0), Some(Lies::Near(1.0)));
    }
}
