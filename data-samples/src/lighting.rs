//! Street lighting: lamps on alternating sides of the roads by which people live, their switchboards and cables.

use geo_types::Coord;
use layers::Value;

use crate::along::{beside, distance, stations};
use crate::place::{Place, Road, RoadKind};
use crate::random::Random;
use crate::recorder::{Recorder, Row};

/// How far apart lamps stand, in metres.
const SPACING: f64 = 35.0;
/// How many lamps a switchboard feeds at most.
const LAMPS_PER_SWITCHBOARD: usize = 60;

const MAKES: [(&str, &str, &str, f64, i64); 5] = [
    ("Vzorové lampy", "Ulice 24", "led", 24.0, 3000),
    ("Vzorové lampy", "Ulice 36", "led", 36.0, 3000),
    ("Ukázka Světlo", "Sad 18", "led", 18.0, 2700),
    ("Ukázka Světlo", "Sodík 70", "sodium", 70.0, 2000),
    ("Ukázka Světlo", "Sodík 100", "sodium", 100.0, 2000),
];

/// A lamp before it is recorded.
struct Lamp<'a> {
    at: Coord<f64>,
    road: &'a Road,
}

pub(crate) fn record(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    let mut lamps = 0;
    for (number, district) in districts(place).iter().enumerate() {
        let switchboard = format!("RVO-{:02}", number + 1);
        let row = Row::invented(place.municipality)
            .with("code", switchboard.as_str())
            .with("manufacturer", "Ukázka Rozvaděče")
            .with("circuit_count", random.whole(2, 6))
            .with("main_breaker", *random.pick(&[16, 25, 32, 40]))
            .with("switching", *random.pick(&["photocell", "clock", "remote"]))
            .with("inspected_on", random.day(2022, 2025));
        recorder.insert(
            "switchboards",
            district[0].at,
            row.of_street(place, district[0].road),
        );
        for (i, lamp) in district.iter().enumerate().skip(1) {
            lamps += 1;
            let circuit = format!("{}", i * 3 / district.len() + 1);
            let row = lamp_row(place, lamp, random)
                .with("code", format!("SM-{lamps:04}"))
                .with("switchboard", switchboard.as_str())
                .with("circuit", circuit);
            recorder.insert("street-lights", lamp.at, row);
        }
    }
    record_cables(place, random, recorder);
}

/// Returns the lamps in groups of one switchboard each; the first place of a group is the switchboard's.
fn districts(place: &Place) -> Vec<Vec<Lamp<'_>>> {
    let mut lamps = place
        .built_up()
        .flat_map(|road| lamps_along(place, road))
        .collect::<Vec<_>>();
    let count = lamps.len().div_ceil(LAMPS_PER_SWITCHBOARD);
    let mut districts = Vec::new();
    while districts.len() < count && !lamps.is_empty() {
        let start = lamps
            .iter()
            .map(|lamp| lamp.at)
            .min_by(|a, b| a.x.total_cmp(&b.x));
        let start = start.unwrap_or_default();
        lamps.sort_by(|a, b| distance(a.at, start).total_cmp(&distance(b.at, start)));
        let rest = lamps.split_off(lamps.len().min(LAMPS_PER_SWITCHBOARD + 1));
        districts.push(std::mem::replace(&mut lamps, rest));
    }
    districts
}

fn lamps_along<'a>(place: &'a Place, road: &'a Road) -> Vec<Lamp<'a>> {
    let offset = lamp_offset(road);
    let lamp = |(i, station): (usize, crate::along::Station)| {
        let side = if i % 2 == 0 { 1.0 } else { -1.0 };
        let sides = [side, -side].map(|side| station.beside(side * offset));
        let at = sides
            .into_iter()
            .find(|at| !place.buildings.within(*at, 0.3))?;
        let clear = !place.carriageways.within(at, 0.2);
        clear.then_some(Lamp { at, road })
    };
    stations(&road.line, SPACING)
        .into_iter()
        .enumerate()
        .filter_map(lamp)
        .collect()
}

/// Returns how far from the middle of the road its lamps stand: on the verge, just off the carriageway.
fn lamp_offset(road: &Road) -> f64 {
    (road.half_width + 0.8).max(road.verge.min(road.half_width + 2.0) - 0.5)
}

fn lamp_row(place: &Place, lamp: &Lamp<'_>, random: &mut Random) -> Row {
    let (manufacturer, model, source, power, colour) = *random.pick(&MAKES);
    let count = if random.chance(0.04) { 2 } else { 1 };
    let luminaire = vec![
        Value::from(manufacturer),
        Value::from(model),
        Value::from(source),
        Value::from(power),
        Value::Null,
        Value::from(colour),
        Value::from(random.whole(2003, 2025)),
    ];
    let state_road = lamp.road.kind == RoadKind::State;
    let height = *random.pick(if state_road { &[8.0, 9.0] } else { &[5.0, 6.0] });
    Row::invented(place.municipality)
        .with("support_type", 10)
        .with("pole_material", *random.pick(&[3, 3, 3, 1]))
        .with("height", height)
        .with("luminaire_count", count)
        .with("luminaires", Value::List(vec![luminaire; count as usize]))
        .with("total_power", power * count as f64)
        .with(
            "supply",
            *random.pick(&["underground", "underground", "overhead"]),
        )
        .with("lighting_class", if state_road { "M5" } else { "P4" })
        .with("road_class", if state_road { "state" } else { "local-3" })
        .with("inspected_on", random.day(2021, 2025))
        .of_street(place, lamp.road)
}

fn record_cables(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    for (number, road) in place.built_up().enumerate() {
        let row = Row::invented(place.municipality)
            .with("code", format!("KVO-{:03}", number + 1))
            .with("grid_type", 1)
            .with("supply", "underground")
            .with("cable_type", "CYKY-J 4×10")
            .with("cross_section", 10.0)
            .with("depth", random.tenths(0.5, 0.8))
            .with("year", random.whole(1985, 2025))
            .of_street(place, road);
        recorder.insert(
            "lighting-cables",
            beside(&road.line, lamp_offset(road)),
            row,
        );
    }
}
