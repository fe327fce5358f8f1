//! Waste: sites beside roads where people sort it, and the containers on each.

use layers::Value;

use crate::along::{distance, stations};
use crate::place::{Place, Road};
use crate::random::Random;
use crate::recorder::{Recorder, Row, Shape};

/// How far along the roads one site is from the next, in metres.
const SPACING: f64 = 260.0;

const SORTED: [(&str, i64, &str, &str); 9] = [
    ("paper", 1100, "wheeled", "weekly"),
    ("plastic", 1100, "wheeled", "weekly"),
    ("coloured-glass", 1500, "bell", "monthly"),
    ("clear-glass", 1500, "bell", "monthly"),
    ("bio", 770, "wheeled", "fortnightly"),
    ("metal", 770, "wheeled", "monthly"),
    ("beverage-carton", 770, "wheeled", "monthly"),
    ("oil", 240, "wheeled", "monthly"),
    ("textile", 2000, "other", "monthly"),
];
const WEEKDAYS: [&str; 5] = ["mo", "tu", "we", "th", "fr"];

pub(crate) fn record(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    let mut sites = Vec::new();
    for road in place.built_up() {
        for station in stations(&road.line, SPACING) {
            let at = station.beside(-(road.half_width + 2.2));
            let apart = sites
                .iter()
                .all(|&(other, _)| distance(other, at) > SPACING * 0.5);
            if apart && place.is_free(at, 0.8) {
                sites.push((at, road));
            }
        }
    }
    let mut containers = 0;
    for (number, &(at, road)) in sites.iter().enumerate() {
        let code = format!("SO-{:03}", number + 1);
        recorder.insert("waste-sites", at, site_row(place, road, &code, random));
        let kinds = random.whole(3, 7) as usize;
        for &(kind, volume, container, frequency) in &SORTED[..kinds] {
            containers += 1;
            let day = vec![Value::from(*random.pick(&WEEKDAYS))];
            let row = Row::invented(place.municipality)
                .with("code", format!("N-{containers:04}"))
                .with("waste_site", code.as_str())
                .with("waste_kind", kind)
                .with("volume", volume)
                .with("container_type", container)
                .with("count", random.whole(1, 3))
                .with("collection_frequency", frequency)
                .with("collection_days", Value::List(vec![day]));
            recorder.insert("waste-containers", Shape::NONE, row);
        }
    }
}

fn site_row(place: &Place, road: &Road, code: &str, random: &mut Random) -> Row {
    let street = place.street_of(road);
    let address = street.map_or_else(|| place.name.clone(), |street| street.name.clone());
    Row::invented(place.municipality)
        .with("code", code)
        .with("address", address)
        .with("publicly_accessible", true)
        .with("surface", *random.pick(&[1, 2, 3, 3]))
        .with("underground", place.is_town && random.chance(0.15))
        .of_street(place, road)
}
