//! What lies under the roads: rain sewers, water, gas and electricity, optical cables and, in towns, heat.

use geo_types::Coord;

use crate::along::beside;
use crate::place::{Place, Road};
use crate::random::Random;
use crate::recorder::{Recorder, Row};

pub(crate) fn record(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    let roads = || place.built_up().enumerate();
    for (number, road) in roads().filter(|(_, road)| road.length() > 20.0) {
        record_sewer(place, road, number + 1, random, recorder);
    }
    let mut number = 0;
    for (medium, manager, share, offset) in UTILITIES {
        for (_, road) in roads() {
            if random.chance(share) {
                number += 1;
                let row = utility_row(place, medium, manager, random)
                    .with("code", format!("IS-{number:04}"));
                recorder.insert(
                    "utility-lines",
                    shifted(road, offset),
                    row.of_street(place, road),
                );
            }
        }
    }
    for (number, road) in roads() {
        if random.chance(if place.is_town { 0.5 } else { 0.35 }) {
            record_optics(place, road, number + 1, random, recorder);
        }
        if place.is_town && random.chance(0.3) {
            record_heat(place, road, number + 1, random, recorder);
        }
    }
}

/// Medium, who keeps it, the share of roads under which it lies, and where across the road, from -1 to 1.
const UTILITIES: [(&str, &str, f64, f64); 3] = [
    ("water", "Ukázkové vodovody, a. s.", 0.95, 0.55),
    ("gas", "Ukázkové plynovody, a. s.", 0.6, -0.55),
    ("electricity-lv", "Ukázková distribuce, a. s.", 0.8, 0.9),
];

/// Returns the middle line of a road shifted by a share of the half-width of its land.
fn shifted(road: &Road, share: f64) -> Vec<Coord<f64>> {
    beside(&road.line, share * road.verge.min(road.half_width + 1.0))
}

fn record_sewer(
    place: &Place,
    road: &Road,
    number: usize,
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let slope = random.tenths(4.0, 25.0);
    let start = random.tenths(228.0, 262.0);
    let end = start - road.length() * slope / 1000.0;
    let row = Row::invented(place.municipality)
        .with("code", format!("DK-{number:03}"))
        .with("purpose", 2)
        .with("kind", 1)
        .with("line_type", 1)
        .with("diameter", *random.pick(&[250, 300, 300, 400, 500]))
        .with(
            "material",
            *random.pick(&["beton", "kamenina", "PVC", "PP"]),
        )
        .with("year", random.whole(1962, 2024))
        .with("invert_start", start)
        .with("invert_end", (end * 100.0).round() / 100.0)
        .with("slope", slope)
        .of_street(place, road);
    recorder.insert("rain-sewers", shifted(road, 0.2), row);
}

fn utility_row(
    place: &Place,
    medium: &'static str,
    manager: &'static str,
    random: &mut Random,
) -> Row {
    let (depth, zone) = match medium {
        "water" => (random.tenths(1.4, 1.8), 1.5),
        "gas" => (random.tenths(0.8, 1.2), 1.0),
        _ => (random.tenths(0.6, 0.9), 1.0),
    };
    Row::invented(place.municipality)
        .with("medium", medium)
        .with("manager", manager)
        .with("line_status", 1)
        .with("placement_level", -1)
        .with("depth", depth)
        .with("protection_zone", zone)
        .with("handed_over_on", random.day(2023, 2025))
}

fn record_optics(
    place: &Place,
    road: &Road,
    number: usize,
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let fibres = *random.pick(&[12, 24, 48, 96]);
    let row = Row::invented(place.municipality)
        .with("code", format!("OPT-{number:03}"))
        .with("line_type", *random.pick(&["cable", "hdpe", "microduct"]))
        .with("placement_level", -1)
        .with("fibre_count", fibres)
        .with("free_fibre_count", random.whole(0, fibres / 2))
        .with("depth", random.tenths(0.5, 0.9))
        .with("year", random.whole(2012, 2025))
        .of_street(place, road);
    recorder.insert("optical-lines", shifted(road, -0.95), row);
}

fn record_heat(
    place: &Place,
    road: &Road,
    number: usize,
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let row = Row::invented(place.municipality)
        .with("code", format!("TEP-{number:03}"))
        .with("network_type", *random.pick(&[1, 2]))
        .with("line_type", *random.pick(&[1, 2, 2]))
        .with("manager", "Ukázková teplárna, a. s.")
        .with("placement_level", -1)
        .with("diameter", *random.pick(&[100, 150, 200, 300]))
        .with("depth", random.tenths(0.8, 1.5))
        .with("protection_zone", 2.5)
        .with("year", random.whole(1972, 2020))
        .of_street(place, road);
    recorder.insert("heat-lines", shifted(road, -0.25), row);
}
