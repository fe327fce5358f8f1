//! A network of middle lines: chains of places between crossings and ends.

use geo_types::{Coord, Polygon};
use rstar::primitives::GeomWithData;
use rstar::{PointDistance, RTree};

use crate::along::{Station, distance, length, nearest_on, smoothed, stations, towards};
use crate::place::RoadKind;
use crate::skeleton::{Joint, Skeleton};

/// Crossings nearer to each other than this many metres are one.
const ONE_CROSSING: f64 = 10.0;

/// How far from the edge of a road a pavement may run, in metres.
const PAVEMENT: f64 = 6.0;

/// A line between two nodes, a node being a crossing or an end.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) nodes: [usize; 2],
    pub(crate) joints: Vec<Joint>,
    pub(crate) kind: RoadKind,
}

impl Chain {
    pub(crate) fn line(&self) -> Vec<Coord<f64>> {
        self.joints.iter().map(|joint| joint.at).collect()
    }

    pub(crate) fn length(&self) -> f64 {
        length(&self.line())
    }

    /// Returns the half-width in the middle of all places of the chain.
    pub(crate) fn half_width(&self) -> f64 {
        let mut widths: Vec<_> = self.joints.iter().map(|joint| joint.half_width).collect();
        widths.sort_by(f64::total_cmp);
        widths[widths.len() / 2]
    }

    fn reversed(mut self) -> Self {
        self.nodes.reverse();
        self.joints.reverse();
        self
    }
}

/// Chains that meet at nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    pub(crate) nodes: Vec<Coord<f64>>,
    pub(crate) chains: Vec<Chain>,
}

impl Network {
    /// Returns the middle lines of long areas, without the short spurs that their corners make.
    pub(crate) fn of_areas(areas: &[Polygon<f64>], kind: RoadKind) -> Self {
        let mut skeleton = Skeleton::default();
        for area in areas {
            skeleton.add_area(area);
        }
        let mut network = Self::of_skeleton(&skeleton, kind);
        network.prune();
        network.merge_crossings();
        network.prune();
        network
    }

    fn of_skeleton(skeleton: &Skeleton, kind: RoadKind) -> Self {
        let is_node = |joint: usize| skeleton.neighbours[joint].len() != 2;
        let mut network = Self {
            nodes: skeleton.joints.iter().map(|joint| joint.at).collect(),
            chains: Vec::new(),
        };
        let starts = (0..skeleton.joints.len()).filter(|&joint| is_node(joint));
        for (start, &first) in
            starts.flat_map(|s| skeleton.neighbours[s].iter().map(move |n| (s, n)))
        {
            let (mut path, mut here) = (vec![start, first], first);
            while !is_node(here) {
                let before = path[path.len() - 2];
                let next = skeleton.neighbours[here]
                    .iter()
                    .find(|&&next| next != before);
                let Some(&next) = next else { break };
                path.push(next);
                here = next;
            }
            if start < here || (start == here && first < path[path.len() - 2]) {
                network.chains.push(Chain {
                    nodes: [start, here],
                    joints: path.iter().map(|&joint| skeleton.joints[joint]).collect(),
                    kind,
                });
            }
        }
        network
    }

    /// Returns how many chain ends meet at each node.
    pub(crate) fn degrees(&self) -> Vec<usize> {
        let mut degrees = vec![0; self.nodes.len()];
        for node in self.chains.iter().flat_map(|chain| chain.nodes) {
            degrees[node] += 1;
        }
        degrees
    }

    /// Removes dead ends that are hardly longer than the area is wide, until none is left.
    fn prune(&mut self) {
        loop {
            let degrees = self.degrees();
            let before = self.chains.len();
            self.chains.retain(|chain| {
                let ends = chain.nodes.map(|node| degrees[node]);
                let dead = ends.contains(&1) && ends.iter().any(|&degree| degree > 2);
                !(dead && chain.length() < 3.2 * chain.half_width() + 4.0)
            });
            self.join_chains();
            if self.chains.len() == before {
                return;
            }
        }
    }

    /// Makes one chain of two that meet where no third does.
    pub(crate) fn join_chains(&mut self) {
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (place, chain) in self.chains.iter().enumerate() {
            chain.nodes.iter().for_each(|&node| ends[node].push(place));
        }
        let mut chains: Vec<Option<Chain>> = self.chains.drain(..).map(Some).collect();
        for node in 0..ends.len() {
            let [a, b] = ends[node][..] else { continue };
            if a == b {
                continue;
            }
            let (Some(mut first), Some(mut second)) = (chains[a].take(), chains[b].take()) else {
                continue;
            };
            if first.nodes[1] != node {
                first = first.reversed();
            }
            if second.nodes[0] != node {
                second = second.reversed();
            }
            first.joints.extend(second.joints.into_iter().skip(1));
            first.nodes[1] = second.nodes[1];
            for end in &mut ends[first.nodes[1]] {
                if *end == b {
                    *end = a;
                }
            }
            chains[a] = Some(first);
        }
        self.chains = chains.into_iter().flatten().collect();
    }

    /// Makes one crossing of two that are close together.
    fn merge_crossings(&mut self) {
        let degrees = self.degrees();
        while let Some(place) = self.chains.iter().position(|chain| {
            let crossings = chain.nodes.iter().all(|&node| degrees[node] > 2);
            crossings && chain.nodes[0] != chain.nodes[1] && chain.length() < ONE_CROSSING
        }) {
            let [kept, gone] = self.chains.remove(place).nodes;
            self.nodes[kept] = towards(self.nodes[kept], self.nodes[gone], 0.5);
            for chain in &mut self.chains {
                for node in chain.nodes.iter_mut().filter(|node| **node == gone) {
                    *node = kept;
                }
            }
        }
        self.chains
            .retain(|chain| chain.nodes[0] != chain.nodes[1] || chain.length() > 40.0);
        self.pull_ends();
    }

    /// Puts the ends of all chains on their nodes.
    pub(crate) fn pull_ends(&mut self) {
        for chain in &mut self.chains {
            let last = chain.joints.len() - 1;
            chain.joints[0].at = self.nodes[chain.nodes[0]];
            chain.joints[last].at = self.nodes[chain.nodes[1]];
        }
    }

    /// Adds another network; its dead ends are led to the nearest chain of this one, if that is near.
    pub(crate) fn attach(&mut self, other: Self, reach: f64) {
        let shift = self.nodes.len();
        let degrees = other.degrees();
        self.nodes.extend(other.nodes);
        for mut chain in other.chains {
            chain.nodes = chain.nodes.map(|node| node + shift);
            self.chains.push(chain);
        }
        for (node, degree) in degrees.into_iter().enumerate() {
            if degree == 1 {
                self.attach_end(node + shift, reach);
            }
        }
    }

    /// Leads a dead end to the nearest road of another kind within reach, which it divides in two.
    fn attach_end(&mut self, node: usize, reach: f64) {
        let at = self.nodes[node];
        let is_own = |chain: &Chain| chain.nodes.contains(&node);
        let Some(own) = self.chains.iter().position(is_own) else {
            return;
        };
        let kind = self.chains[own].kind;
        let mut best = (reach, None);
        for (place, chain) in self.chains.iter().enumerate() {
            if chain.kind == kind {
                continue;
            }
            for (i, pair) in chain.joints.windows(2).enumerate() {
                let foot = nearest_on(pair[0].at, pair[1].at, at);
                let away = distance(foot, at) - pair[0].half_width;
                if away < best.0 {
                    best = (away, Some((place, i, foot)));
                }
            }
        }
        let Some((place, segment, foot)) = best.1 else {
            return;
        };
        let crossing = self.divide(place, segment, foot);
        let at = self.nodes[crossing];
        let chain = &mut self.chains[own];
        let half_width = chain.half_width();
        let joint = Joint { at, half_width };
        if chain.nodes[0] == node {
            chain.nodes[0] = crossing;
            chain.joints.insert(0, joint);
        } else {
            chain.nodes[1] = crossing;
            chain.joints.push(joint);
        }
    }

    /// Divides a chain at a place of one of its segments and returns the new node, or an end of the chain that is near.
    fn divide(&mut self, place: usize, segment: usize, at: Coord<f64>) -> usize {
        let chain = &mut self.chains[place];
        for node in chain.nodes {
            if distance(self.nodes[node], at) < ONE_CROSSING {
                return node;
            }
        }
        let half_width = chain.joints[segment].half_width;
        let joint = Joint { at, half_width };
        let mut rest = chain.joints.split_off(segment + 1);
        chain.joints.push(joint);
        rest.insert(0, joint);
        let crossing = self.nodes.len();
        let nodes = [crossing, chain.nodes[1]];
        let kind = chain.kind;
        chain.nodes[1] = crossing;
        self.nodes.push(at);
        self.chains.push(Chain {
            nodes,
            joints: rest,
            kind,
        });
        crossing
    }

    /// Removes the chains that run beside another network all along: pavements, not roads.
    pub(crate) fn without_pavements_of(mut self, other: &Self) -> Self {
        let joints = other.chains.iter().flat_map(|chain| &chain.joints);
        let places =
            joints.map(|joint| GeomWithData::new([joint.at.x, joint.at.y], joint.half_width));
        let places = RTree::bulk_load(places.collect());
        let beside = |station: &Station| {
            let at = [station.at.x, station.at.y];
            let nearest = places.nearest_neighbor(&at);
            nearest
                .is_some_and(|place| place.distance_2(&at).sqrt() < place.data.min(6.0) + PAVEMENT)
        };
        self.chains.retain(|chain| {
            let stations = stations(&chain.line(), 5.0);
            let count = stations.iter().filter(|station| beside(station)).count();
            count * 4 < stations.len() * 3
        });
        self.join_chains();
        self
    }

    /// Smooths all chains; nodes stay where they are.
    pub(crate) fn smooth(&mut self) {
        for chain in &mut self.chains {
            let half_width = chain.half_width();
            let line = smoothed(&chain.line());
            chain.joints = line
                .into_iter()
                .map(|at| Joint { at, half_width })
                .collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::polygon;

    #[test]
    fn the_middle_line_of_a_strip_runs_half_way_between_its_sides() {
        let strip =
            polygon![(x: 0.0, y: 0.0), (x: 200.0, y: 0.0), (x: 200.0, y: 8.0), (x: 0.0, y: 8.0)];
        let network = Network::of_areas(&[strip], RoadKind::Local);
        let [chain] = network.chains.as_slice() else {
            panic!("{:?} is not one line", network.chains);
        };
        assert!(chain.length() > 185.0, "{}", chain.length());
        let inner = &chain.joints[5..chain.joints.len() - 5];
        assert!(inner.iter().all(|joint| (joint.at.y - 4.0).abs() < 0.5));
    }

    #[test]
    fn three_arms_meet_in_one_crossing() {
        let area = polygon![
            (x: 0.0, y: 0.0), (x: 200.0, y: 0.0), (x: 200.0, y: 8.0), (x: 104.0, y: 8.0),
            (x: 104.0, y: 100.0), (x: 96.0, y: 100.0), (x: 96.0, y: 8.0), (x: 0.0, y: 8.0)
        ];
        let network = Network::of_areas(&[area], RoadKind::Local);
        assert_eq!(network.chains.len(), 3);
        assert_eq!(network.degrees().into_iter().max(), Some(3));
    }
}
