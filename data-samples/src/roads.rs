//! Streets and road sections along the roads of a place.

use crate::along::length;
use crate::place::{Place, Road, RoadKind};
use crate::random::Random;
use crate::recorder::{Recorder, Row};

pub(crate) fn record(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    for (number, street) in place.streets.iter().enumerate() {
        let parts = place
            .roads
            .iter()
            .filter(|road| road.street == Some(number));
        let lines: Vec<_> = parts.map(|road| road.line.clone()).collect();
        let row = Row::invented(place.municipality)
            .with("street_code", street.code)
            .with("name", street.name.as_str())
            .with("municipality_name", place.name.as_str());
        recorder.insert("streets", lines, row);
    }
    for (number, road) in place.roads.iter().enumerate() {
        let row = section_row(place, road, number + 1, random);
        recorder.insert("road-sections", road.line.clone(), row);
    }
}

/// Returns the number under which a road is kept, the same for all that refers to it.
pub(crate) fn section_code(number: usize) -> String {
    format!("K-{number:04}")
}

fn section_row(place: &Place, road: &Road, number: usize, random: &mut Random) -> Row {
    let category = match road.kind {
        RoadKind::State => 5,
        RoadKind::Local => 8,
        RoadKind::Track => 10,
    };
    let surface = match road.kind {
        RoadKind::State => 1,
        RoadKind::Local => *random.pick(&[1, 1, 1, 3, 4]),
        RoadKind::Track => *random.pick(&[5, 6, 7, 7]),
    };
    let winter = match road.kind {
        RoadKind::State => "I",
        RoadKind::Local => random.pick(&["II", "III"]),
        RoadKind::Track => "none",
    };
    let street = road.street.map(|street| &place.streets[street]);
    let repaired = random.chance(0.6).then(|| random.whole(1995, 2025));
    Row::invented(place.municipality)
        .with("code", section_code(number))
        .with_any("name", street.map(|street| street.name.as_str()))
        .with_any("street_code", street.map(|street| street.code))
        .with("designation", designation(road, number))
        .with("category", category)
        .with("section_type", 1)
        .with("length", (length(&road.line) * 10.0).round() / 10.0)
        .with("width", (road.half_width * 20.0).round() / 10.0)
        .with("surface", surface)
        .with("lane_count", if road.half_width > 2.5 { 2 } else { 1 })
        .with("surface_condition", random.whole(1, 4))
        .with("winter_service", winter)
        .with_any("repaired_in", repaired)
}

fn designation(road: &Road, number: usize) -> String {
    let letter = match road.kind {
        RoadKind::State => "s",
        RoadKind::Local => "c",
        RoadKind::Track => "u",
    };
    format!("{number}{letter}")
}
