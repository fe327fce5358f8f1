//! Lines walked by distance: positions along them, beside them, and parts of them.

use geo_types::{Coord, LineString};

/// A place on a line with the direction in which the line runs there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Station {
    /// Where.
    pub(crate) at: Coord<f64>,
    /// The unit vector along the line.
    pub(crate) direction: Coord<f64>,
}

impl Station {
    /// Returns the position so many metres to the left, or to the right if negative.
    pub(crate) fn beside(&self, left: f64) -> Coord<f64> {
        Coord {
            x: self.at.x - self.direction.y * left,
            y: self.at.y + self.direction.x * left,
        }
    }
}

/// Returns the distance between two positions.
pub(crate) fn distance(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (b.x - a.x).hypot(b.y - a.y)
}

/// Returns the position a share of the way from one to another.
pub(crate) fn towards(a: Coord<f64>, b: Coord<f64>, share: f64) -> Coord<f64> {
    a + (b - a) * share
}

/// Returns the length of a line.
pub(crate) fn length(line: &[Coord<f64>]) -> f64 {
    line.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
}

/// Returns the place at a distance from the start, the end of the line if it is shorter.
pub(crate) fn station(line: &[Coord<f64>], mut along: f64) -> Station {
    let mut last = None;
    for pair in line.windows(2) {
        let step = distance(pair[0], pair[1]);
        if step <= 0.0 {
            continue;
        }
        let direction = (pair[1] - pair[0]) / step;
        if along <= step {
            let at = pair[0] + direction * along;
            return Station { at, direction };
        }
        along -= step;
        let at = pair[1];
        last = Some(Station { at, direction });
    }
    last.unwrap_or(Station {
        at: line[0],
        direction: Coord { x: 1.0, y: 0.0 },
    })
}

/// Returns the places every `step` metres, with half a step before the first.
pub(crate) fn stations(line: &[Coord<f64>], step: f64) -> Vec<Station> {
    let length = length(line);
    let count = (length / step).round().max(1.0);
    let step = length / count;
    (0..count as usize)
        .map(|i| station(line, (i as f64 + 0.5) * step))
        .collect()
}

/// Returns the line moved sideways by so many metres to the left.
pub(crate) fn beside(line: &[Coord<f64>], left: f64) -> Vec<Coord<f64>> {
    let place = |i: usize| {
        let before = line[i.saturating_sub(1)];
        let after = line[(i + 1).min(line.len() - 1)];
        let step = distance(before, after).max(1e-9);
        let direction = (after - before) / step;
        Station {
            at: line[i],
            direction,
        }
        .beside(left)
    };
    (0..line.len()).map(place).collect()
}

/// Returns the line with places no further apart than `step` metres.
pub(crate) fn densified(line: &[Coord<f64>], step: f64) -> Vec<Coord<f64>> {
    let mut out = Vec::with_capacity(line.len());
    out.extend(line.first());
    for pair in line.windows(2) {
        let parts = (distance(pair[0], pair[1]) / step).ceil().max(1.0) as usize;
        out.extend((1..=parts).map(|i| towards(pair[0], pair[1], i as f64 / parts as f64)));
    }
    out
}

/// Returns the line smoothed by two moving averages over places 5 m apart; its ends stay.
pub(crate) fn smoothed(line: &[Coord<f64>]) -> Vec<Coord<f64>> {
    use geo::Simplify;
    let mut places = densified(line, 5.0);
    for _ in 0..3 {
        let average = |w: &[Coord<f64>]| (w[0] + w[1] * 2.0 + w[2]) / 4.0;
        let middle: Vec<_> = places.windows(3).map(average).collect();
        let end = places.len().saturating_sub(1);
        if end > 1 {
            places[1..end].copy_from_slice(&middle);
        }
    }
    LineString::new(places).simplify(0.3).0
}

/// Returns the position of a segment that is nearest to another position.
pub(crate) fn nearest_on(a: Coord<f64>, b: Coord<f64>, to: Coord<f64>) -> Coord<f64> {
    let ab = b - a;
    let square = ab.x * ab.x + ab.y * ab.y;
    if square <= 0.0 {
        return a;
    }
    let share = ((to - a).x * ab.x + (to - a).y * ab.y) / square;
    a + ab * share.clamp(0.0, 1.0)
}
