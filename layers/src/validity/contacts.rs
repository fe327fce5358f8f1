//! Where the rings of a geometry meet themselves and one another, and which of these places are not allowed.

use std::collections::HashSet;

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Kernel, Orientation, algorithm::kernels::RobustKernel};
use geo_types::{Coord, Line};
use rstar::{AABB, RTree, RTreeObject};

use super::{Flaw, FlawKind, Ring};

/// How many meetings that are not allowed are looked at: a border drawn a hundred times over meets itself in few places,
/// but as often as the square of that.
const WRONG_AT_MOST: usize = 10_000;

/// What was found where rings meet.
#[derive(Default)]
pub(super) struct Contacts {
    /// What is not allowed.
    pub(super) flaws: Vec<Flaw>,
    /// The rings that have such a flaw, by their place; nothing more is said of them.
    pub(super) tangled: HashSet<usize>,
    /// Where two rings touch at a point, which is allowed.
    pub(super) touches: Vec<Touch>,
    told: HashSet<(FlawKind, [u64; 2])>,
    /// How many meetings were not allowed, also more than one at a place.
    wrong: usize,
}

/// A point at which two rings touch without crossing.
pub(super) struct Touch {
    /// The two rings, by their place.
    pub(super) rings: [usize; 2],
    /// The point.
    pub(super) at: Coord<f64>,
}

/// A segment of a ring in the index.
struct Segment {
    ring: usize,
    place: usize,
    line: Line<f64>,
}

impl RTreeObject for Segment {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.line.start.into(), self.line.end.into())
    }
}

/// Finds the places where rings meet; in the order of n log n unless they touch everywhere.
pub(super) fn find(rings: &[Ring]) -> Contacts {
    let segments = rings.iter().enumerate().flat_map(|(ring, of)| {
        (0..of.len()).map(move |place| Segment {
            ring,
            place,
            line: of.segment(place),
        })
    });
    let tree = RTree::bulk_load(segments.collect());
    let mut contacts = Contacts::default();
    for (a, b) in tree.intersection_candidates_with_other_tree(&tree) {
        if (a.ring, a.place) < (b.ring, b.place) {
            if let Some(meeting) = line_intersection(a.line, b.line) {
                contacts.judge(rings, a, b, meeting);
            }
            if contacts.flaws.len() >= super::TOLD_AT_MOST || contacts.wrong >= WRONG_AT_MOST {
                break;
            }
        }
    }
    contacts
}

impl Contacts {
    fn judge(&mut self, rings: &[Ring], a: &Segment, b: &Segment, at: LineIntersection<f64>) {
        let one_ring = a.ring == b.ring;
        let (kind, at) = match at {
            LineIntersection::Collinear { intersection } if one_ring => {
                (FlawKind::SelfIntersection, intersection.start)
            }
            LineIntersection::Collinear { intersection } => {
                (FlawKind::SharedEdge, intersection.start)
            }
            LineIntersection::SinglePoint { intersection, .. } if one_ring => {
                if rings[a.ring].are_neighbours(a.place, b.place) {
                    return;
                }
                (FlawKind::SelfIntersection, intersection)
            }
            LineIntersection::SinglePoint {
                intersection,
                is_proper,
            } => {
                let crossing = is_proper
                    || crosses(
                        rings[a.ring].around(a.place, intersection),
                        intersection,
                        rings[b.ring].around(b.place, intersection),
                    );
                if !crossing {
                    self.touches.push(Touch {
                        rings: [a.ring, b.ring],
                        at: intersection,
                    });
                    return;
                }
                (FlawKind::CrossingRings, intersection)
            }
        };
        self.wrong += 1;
        self.tangled.extend([a.ring, b.ring]);
        if self.told.insert((kind, [at.x.to_bits(), at.y.to_bits()])) {
            self.flaws.push(Flaw::new(kind, at));
        }
    }
}

/// Whether a path through a point passes from one side of another path through it to the other.
fn crosses(
    path: (Coord<f64>, Coord<f64>),
    at: Coord<f64>,
    other: (Coord<f64>, Coord<f64>),
) -> bool {
    match (is_left(path, at, other.0), is_left(path, at, other.1)) {
        (Some(before), Some(after)) => before != after,
        // They share a piece of line, which is found as such.
        _ => false,
    }
}

/// Whether a point lies left of the path that turns at `at`; none when it lies on the path.
fn is_left(path: (Coord<f64>, Coord<f64>), at: Coord<f64>, point: Coord<f64>) -> Option<bool> {
    let towards = |end: Coord<f64>| {
        let (a, b) = (end - at, point - at);
        orientation(at, end, point) == Orientation::Collinear && a.x * b.x + a.y * b.y > 0.0
    };
    if towards(path.0) || towards(path.1) {
        return None;
    }
    let left_of_first = orientation(path.0, at, point) == Orientation::CounterClockwise;
    let left_of_second = orientation(at, path.1, point) == Orientation::CounterClockwise;
    Some(
        if orientation(path.0, at, path.1) == Orientation::CounterClockwise {
            left_of_first && left_of_second
        } else {
            left_of_first || left_of_second
        },
    )
}

fn orientation(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>) -> Orientation {
    RobustKernel::orient2d(a, b, c)
}
