//! A ring of a polygon as the checks walk it: closed, without repeated points, its segments numbered.

use geo::BoundingRect;
use geo_types::{Coord, Line, LineString, Rect};

/// One ring and whose it is.
pub(super) struct Ring {
    /// Which polygon of the geometry it bounds.
    pub(super) polygon: usize,
    /// Whether it is a hole.
    pub(super) is_hole: bool,
    /// The line, closed, no two consecutive points equal.
    pub(super) line: LineString<f64>,
    /// The box around it.
    pub(super) bounds: Rect<f64>,
}

impl Ring {
    /// Makes a ring; none when it has fewer than three different points, so that it bounds nothing.
    pub(super) fn new(polygon: usize, is_hole: bool, line: &LineString<f64>) -> Option<Self> {
        let mut points = line.0.clone();
        points.dedup();
        let line = LineString::new(points);
        let bounds = line.bounding_rect()?;
        let first = line.0[0];
        let mut others = line.0.iter().filter(|point| **point != first);
        let second = *others.next()?;
        others.find(|point| **point != second)?;
        Some(Self {
            polygon,
            is_hole,
            line,
            bounds,
        })
    }

    /// Returns how many segments it has.
    pub(super) fn len(&self) -> usize {
        self.line.0.len() - 1
    }

    /// Returns the segment of that number; they are counted around the ring.
    pub(super) fn segment(&self, place: usize) -> Line<f64> {
        let place = place % self.len();
        Line::new(self.line.0[place], self.line.0[place + 1])
    }

    /// Whether two segments follow each other around the ring.
    pub(super) fn are_neighbours(&self, one: usize, other: usize) -> bool {
        (one + 1) % self.len() == other || (other + 1) % self.len() == one
    }

    /// Returns the points before and after a point that lies on a segment, along the ring.
    pub(super) fn around(&self, place: usize, at: Coord<f64>) -> (Coord<f64>, Coord<f64>) {
        let segment = self.segment(place);
        if at == segment.start {
            (self.segment(place + self.len() - 1).start, segment.end)
        } else if at == segment.end {
            (segment.start, self.segment(place + 1).end)
        } else {
            (segment.start, segment.end)
        }
    }
}
