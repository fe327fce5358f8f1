//! Lines and borders with fewer corners; a border that two areas share stays shared.
//!
//! Where features meet in different ways is a junction, which stays. The chain between two junctions is simplified alone
//! (Douglas and Peucker) and always in the same direction, so that both neighbours get the same chain.

use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};

use super::grid::Position;
use super::path::{Path, Shape};

/// How far a corner may lie from the line that replaces it, in units: a quarter of a pixel.
const TOLERANCE: f64 = 2.0;

/// The corners that must stay because not all features continue from them to the same neighbours.
#[derive(Default)]
pub(super) struct Junctions {
    neighbours: FxHashMap<Position, [Position; 2]>,
    junctions: FxHashSet<Position>,
}

impl Junctions {
    /// Takes note of the corners of a path.
    pub(super) fn note(&mut self, shape: Shape, path: &[Position]) {
        let count = path.len();
        for (place, &position) in path.iter().enumerate() {
            let before = path[(place + count - 1) % count];
            let after = path[(place + 1) % count];
            let is_end = shape == Shape::Line && (place == 0 || place == count - 1);
            let around = if before <= after {
                [before, after]
            } else {
                [after, before]
            };
            match self.neighbours.entry(position) {
                Entry::Vacant(entry) => {
                    entry.insert(around);
                    if is_end {
                        self.junctions.insert(position);
                    }
                }
                Entry::Occupied(entry) => {
                    if is_end || *entry.get() != around {
                        self.junctions.insert(position);
                    }
                }
            }
        }
    }

    /// Returns a path of the noted ones with fewer corners; it may be left with too few to mean anything.
    pub(super) fn simplify(&self, shape: Shape, path: &[Position]) -> Path {
        match shape {
            Shape::Point => path.to_vec(),
            Shape::Line => self.simplify_chains(path),
            Shape::Area => {
                let mut closed = self.begun_at_junction(path);
                closed.extend(closed.first().copied());
                let mut ring = self.simplify_chains(&closed);
                ring.pop();
                ring
            }
        }
    }

    /// Returns the ring begun at a junction, or at its westernmost corner if it has none.
    fn begun_at_junction(&self, ring: &[Position]) -> Path {
        let junction = ring.iter().position(|at| self.junctions.contains(at));
        let westernmost = || {
            ring.iter()
                .enumerate()
                .min_by_key(|&(_, at)| at)
                .map(|(place, _)| place)
        };
        let mut turned = ring.to_vec();
        turned.rotate_left(junction.or_else(westernmost).unwrap_or(0));
        turned
    }

    fn simplify_chains(&self, path: &[Position]) -> Path {
        let mut simple = Path::with_capacity(path.len());
        let mut start = 0;
        for end in 1..path.len() {
            if end + 1 == path.len() || self.junctions.contains(&path[end]) {
                simple.pop();
                simple.extend(simplify_chain(&path[start..=end]));
                start = end;
            }
        }
        simple
    }
}

/// Simplifies a chain between two fixed ends, always in the same direction.
fn simplify_chain(chain: &[Position]) -> Path {
    if chain.len() <= 2 {
        return chain.to_vec();
    }
    let last = chain.len() - 1;
    let backward = [chain[last], chain[last - 1]] < [chain[0], chain[1]];
    let mut chain = chain.to_vec();
    if backward {
        chain.reverse();
    }
    let mut simple = douglas_peucker(&chain);
    if backward {
        simple.reverse();
    }
    simple
}

fn douglas_peucker(chain: &[Position]) -> Path {
    let mut keep = vec![false; chain.len()];
    keep[0] = true;
    keep[chain.len() - 1] = true;
    let mut open = vec![(0, chain.len() - 1)];
    while let Some((start, end)) = open.pop() {
        let mut farthest = (start, TOLERANCE * TOLERANCE);
        for place in start + 1..end {
            let distance = squared_distance(chain[place], chain[start], chain[end]);
            if distance > farthest.1 {
                farthest = (place, distance);
            }
        }
        if farthest.0 > start {
            keep[farthest.0] = true;
            open.extend([(start, farthest.0), (farthest.0, end)]);
        }
    }
    chain
        .iter()
        .zip(keep)
        .filter_map(|(&at, keep)| keep.then_some(at))
        .collect()
}

/// Returns the squared distance of a position from a segment.
fn squared_distance(at: Position, from: Position, to: Position) -> f64 {
    let vector = |b: Position| [0, 1].map(|axis| f64::from(b[axis]) - f64::from(from[axis]));
    let ([px, py], [dx, dy]) = (vector(at), vector(to));
    let length = dx * dx + dy * dy;
    let share = if length > 0.0 {
        ((px * dx + py * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (px - share * dx).powi(2) + (py - share * dy).powi(2)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn neighbours_keep_their_common_border() {
        let border = [[100, 0], [116, 20], [130, 40], [115, 66], [100, 90]];
        let west: Path = [[0, 0]]
            .into_iter()
            .chain(border)
            .chain([[0, 90]])
            .collect();
        let east: Path = [[200, 90]]
            .into_iter()
            .chain(border.into_iter().rev())
            .chain([[200, 0]])
            .collect();
        let mut junctions = Junctions::default();
        junctions.note(Shape::Area, &west);
        junctions.note(Shape::Area, &east);
        let common = |ring: &Path| -> HashSet<Position> {
            ring.iter()
                .copied()
                .filter(|at| at[0] >= 100 && at[0] <= 130)
                .collect()
        };
        let (west, east) = (
            junctions.simplify(Shape::Area, &west),
            junctions.simplify(Shape::Area, &east),
        );
        assert_eq!(common(&west), common(&east));
        assert_eq!(
            common(&west),
            HashSet::from([[100, 0], [130, 40], [100, 90]])
        );
    }

    #[test]
    fn a_ring_alone_does_not_depend_on_where_it_begins() {
        let ring: Path = vec![[0, 0], [50, 1], [100, 0], [100, 100], [49, 101], [0, 100]];
        let simple = |turn: usize| {
            let mut turned = ring.clone();
            turned.rotate_left(turn);
            let mut junctions = Junctions::default();
            junctions.note(Shape::Area, &turned);
            junctions.simplify(Shape::Area, &turned)
        };
        assert_eq!(simple(0), [[0, 0], [100, 0], [100, 100], [0, 100]]);
        assert_eq!(simple(0), simple(2));
        assert_eq!(simple(0), simple(4));
    }

    #[test]
    fn a_line_that_others_join_keeps_the_joint() {
        let line: Path = vec![[0, 0], [50, 1], [100, 0]];
        let mut junctions = Junctions::default();
        junctions.note(Shape::Line, &line);
        assert_eq!(junctions.simplify(Shape::Line, &line), [[0, 0], [100, 0]]);
        junctions.note(Shape::Line, &[[50, 1], [50, 90]]);
        assert_eq!(junctions.simplify(Shape::Line, &line), line);
    }
}
