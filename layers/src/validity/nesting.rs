//! Which ring lies in which, and whether rings that touch cut the inside of their polygon in two.

use std::collections::HashMap;

use geo::coordinate_position::{CoordPos, coord_pos_relative_to_ring};
use geo_types::Coord;

use super::contacts::Contacts;
use super::{Flaw, FlawKind, Ring};

/// Returns what is wrong with the nesting of the rings that do not cross anything.
pub(super) fn flaws(rings: &[Ring], contacts: &Contacts) -> Vec<Flaw> {
    let sound: Vec<(usize, &Ring)> = rings
        .iter()
        .enumerate()
        .filter(|(place, _)| !contacts.tangled.contains(place))
        .collect();
    let mut flaws = Vec::new();
    for (_, ring) in &sound {
        flaws.extend(misplaced(ring, &sound).map(|kind| Flaw::new(kind, ring.line.0[0])));
    }
    flaws.extend(cuts(rings, contacts));
    flaws
}

/// Returns what is wrong with where a ring lies.
fn misplaced(ring: &Ring, sound: &[(usize, &Ring)]) -> Option<FlawKind> {
    let mut around = sound
        .iter()
        .map(|(_, other)| *other)
        .filter(|other| !std::ptr::eq(*other, ring));
    if ring.is_hole {
        let shell = around
            .clone()
            .find(|other| other.polygon == ring.polygon && !other.is_hole);
        if shell.is_some_and(|shell| !lies_in(ring, shell)) {
            return Some(FlawKind::HoleOutside);
        }
        let nested = around
            .any(|other| other.polygon == ring.polygon && other.is_hole && lies_in(ring, other));
        return nested.then_some(FlawKind::NestedHoles);
    }
    let nested = around.clone().any(|shell| {
        shell.polygon != ring.polygon
            && !shell.is_hole
            && lies_in(ring, shell)
            && !around
                .clone()
                .any(|hole| hole.is_hole && hole.polygon == shell.polygon && lies_in(ring, hole))
    });
    nested.then_some(FlawKind::NestedPolygons)
}

/// Whether a ring lies in another that it does not cross; one point that is not on the other decides.
fn lies_in(ring: &Ring, other: &Ring) -> bool {
    let (inside, outside) = (ring.bounds, other.bounds);
    if inside.min().x < outside.min().x
        || inside.min().y < outside.min().y
        || inside.max().x > outside.max().x
        || inside.max().y > outside.max().y
    {
        return false;
    }
    let middles = (0..ring.len()).map(|place| {
        let segment = ring.segment(place);
        (segment.start + segment.end) / 2.0
    });
    let mut positions = ring
        .line
        .0
        .iter()
        .copied()
        .chain(middles)
        .map(|point| coord_pos_relative_to_ring(point, &other.line));
    positions.find(|position| *position != CoordPos::OnBoundary) == Some(CoordPos::Inside)
}

/// Finds where rings of one polygon touch so that they close a circle, which cuts the inside in two.
///
/// Rings and the points where they touch are the nodes of a graph; it must be a forest.
fn cuts(rings: &[Ring], contacts: &Contacts) -> Vec<Flaw> {
    let mut forest = Forest::default();
    let mut joined = std::collections::HashSet::new();
    let mut flaws = Vec::new();
    for touch in &contacts.touches {
        let [a, b] = touch.rings;
        if rings[a].polygon != rings[b].polygon
            || contacts.tangled.contains(&a)
            || contacts.tangled.contains(&b)
        {
            continue;
        }
        for ring in touch.rings {
            let (ring, point) = (Node::Ring(ring), Node::point(touch.at));
            if joined.insert((ring, point)) && !forest.join(ring, point) {
                flaws.push(Flaw::new(FlawKind::DisconnectedInterior, touch.at));
            }
        }
    }
    flaws
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Node {
    Ring(usize),
    Point([u64; 2]),
}

impl Node {
    fn point(at: Coord<f64>) -> Self {
        Self::Point([at.x.to_bits(), at.y.to_bits()])
    }
}

/// Sets of nodes that hang together.
#[derive(Default)]
struct Forest(HashMap<Node, Node>);

impl Forest {
    fn root(&self, mut node: Node) -> Node {
        while let Some(parent) = self.0.get(&node) {
            node = *parent;
        }
        node
    }

    /// Joins the sets of two nodes; false when they were one already.
    fn join(&mut self, one: Node, other: Node) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.0.insert(one, other);
        }
        one != other
    }
}
