//! The roads of the real village: middle lines of the parcels that the register calls roads.

use geo::Area;
use geo_types::{Coord, Polygon};

use crate::along::{distance, length, station};
use crate::dissolve::dissolve;
use crate::network::Network;
use crate::place::{Areas, Road, RoadKind};
use crate::village::Village;

/// Land use "silnice", a road of the state or the region.
const STATE_ROAD: i64 = 16;
/// Land use "ostatní komunikace", every other road.
const OTHER_ROAD: i64 = 17;
/// How near to a building a road is built up, in metres.
const NEAR_BUILDING: f64 = 32.0;
/// Holes up to so many square metres are chapels and wells in the middle of a road.
const SMALLEST_HOLE: f64 = 25.0;
/// How far from each other the places are at which a road is looked at, in metres.
const STEP: f64 = 10.0;

/// Returns the roads of the village, cut where the houses begin and end.
pub(crate) fn roads(village: &Village, buildings: &Areas) -> Vec<Road> {
    let mut network = Network::of_areas(&road_areas(village, STATE_ROAD), RoadKind::State);
    let other = Network::of_areas(&road_areas(village, OTHER_ROAD), RoadKind::Local);
    let other = other.without_pavements_of(&network);
    network.attach(other, 15.0);
    network.smooth();
    let mut roads = Vec::new();
    for chain in network.chains.iter().filter(|chain| chain.length() > 8.0) {
        let verge = chain.half_width();
        let widest = if chain.kind == RoadKind::State {
            3.2
        } else {
            2.4
        };
        for (line, built_up) in pieces(&chain.line(), buildings) {
            let kind = match chain.kind {
                RoadKind::Local if !built_up => RoadKind::Track,
                kind => kind,
            };
            roads.push(Road {
                line,
                half_width: verge.min(widest),
                verge: verge.min(8.0),
                kind,
                built_up,
                street: None,
            });
        }
    }
    roads
}

/// Returns the land of roads; holes smaller than a house do not split a road.
fn road_areas(village: &Village, land_use: i64) -> Vec<Polygon<f64>> {
    let parcels = village
        .parcels
        .iter()
        .filter(|parcel| parcel.land_use == Some(land_use));
    let mut areas = dissolve(parcels.filter_map(|parcel| parcel.border.as_ref()));
    for area in &mut areas {
        let holes = area.interiors().iter().filter(|hole| {
            let hole = Polygon::new((*hole).clone(), Vec::new());
            hole.unsigned_area() > SMALLEST_HOLE
        });
        *area = Polygon::new(area.exterior().clone(), holes.cloned().collect());
    }
    areas
}

/// Cuts a line where the houses begin and end; the second says whether houses stand along the piece.
fn pieces(line: &[Coord<f64>], buildings: &Areas) -> Vec<(Vec<Coord<f64>>, bool)> {
    let count = (length(line) / STEP).round().max(1.0) as usize;
    let step = length(line) / count as f64;
    let houses =
        |i: usize| buildings.within(station(line, (i as f64 + 0.5) * step).at, NEAR_BUILDING);
    let mut flags: Vec<bool> = (0..count).map(houses).collect();
    even_out(&mut flags, false, 9);
    even_out(&mut flags, true, 5);
    let mut pieces = Vec::new();
    let mut from = 0;
    for to in 1..=count {
        if to == count || flags[to] != flags[from] {
            let part = part(line, from as f64 * step, to as f64 * step);
            pieces.push((part, flags[from]));
            from = to;
        }
    }
    pieces
}

/// Turns over the runs of a flag that are shorter than `least` and have other flags on both sides.
fn even_out(flags: &mut [bool], flag: bool, least: usize) {
    let mut from = 0;
    for to in 1..=flags.len() {
        if to < flags.len() && flags[to] == flags[from] {
            continue;
        }
        let inner = from > 0 && to < flags.len();
        if flags[from] == flag && inner && to - from < least {
            flags[from..to].fill(!flag);
        }
        from = to;
    }
}

/// Returns the part of a line between two distances from its start.
fn part(line: &[Coord<f64>], from: f64, to: f64) -> Vec<Coord<f64>> {
    let mut part = vec![station(line, from).at];
    let mut along = 0.0;
    for pair in line.windows(2) {
        along += distance(pair[0], pair[1]);
        if along > from + 0.01 && along < to - 0.01 {
            part.push(pair[1]);
        }
    }
    part.push(station(line, to).at);
    part
}
