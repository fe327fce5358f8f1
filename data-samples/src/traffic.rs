//! What watches and what closes roads: cameras and closures, some of them past, some to come.

use chrono::{Days, NaiveDate};

use crate::along::station;
use crate::place::{Place, Road};
use crate::random::Random;
use crate::recorder::{MADE_AT, Recorder, Row};
use crate::roads::section_code;

const CLOSURES: [(&str, &str, &str); 5] = [
    ("Oprava povrchu", "full", "road-works"),
    ("Výměna vodovodu", "partial", "network-works"),
    ("Slavnosti obce", "full", "event"),
    ("Stavba přípojky", "lane", "construction"),
    ("Čištění ulice", "parking-ban", "cleaning"),
];

pub(crate) fn record(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    let length: f64 = place.built_up().map(Road::length).sum();
    let cameras = if place.is_town {
        (length / 2500.0) as usize
    } else {
        1
    };
    for number in 1..=cameras {
        record_camera(place, number, random, recorder);
    }
    let closures = ((length / 2500.0) as i64).clamp(2, 14);
    for number in 1..=closures {
        record_closure(place, number, random, recorder);
    }
}

/// Returns a road by which people live, with its place among all roads.
fn any_road<'a>(place: &'a Place, random: &mut Random) -> Option<(usize, &'a Road)> {
    let roads: Vec<_> = place
        .roads
        .iter()
        .enumerate()
        .filter(|(_, road)| road.built_up && road.length() > 40.0)
        .collect();
    (!roads.is_empty()).then(|| *random.pick(&roads))
}

fn record_camera(place: &Place, number: usize, random: &mut Random, recorder: &mut Recorder<'_>) {
    let Some((_, road)) = any_road(place, random) else {
        return;
    };
    let at = station(&road.line, road.length() * random.unit()).beside(road.half_width + 1.0);
    let purpose = *random.pick(if place.is_town {
        &["city-surveillance", "city-surveillance", "traffic"]
    } else {
        &["illegal-dumping", "building", "traffic"]
    });
    let row = Row::invented(place.municipality)
        .with("code", format!("KAM-{number:02}"))
        .with("purpose", purpose)
        .with("manager", format!("Obecní úřad {} (ukázka)", place.name))
        .with("azimuth", random.whole(0, 359))
        .with("field_of_view", random.whole(40, 110))
        .with("view_distance", random.whole(30, 120))
        .with("retention_days", 7)
        .with("in_use_since", random.day(2015, 2025));
    recorder.insert("cameras", at, row);
}

fn record_closure(place: &Place, number: i64, random: &mut Random, recorder: &mut Recorder<'_>) {
    let Some((section, road)) = any_road(place, random) else {
        return;
    };
    let (title, kind, reason) = *random.pick(&CLOSURES);
    let (from, until) = period(number, random);
    let street = place
        .street_of(road)
        .map_or("", |street| street.name.as_str());
    let row = Row::invented(place.municipality)
        .with("code", format!("U-{number:03}"))
        .with("name", format!("{title} {street}").trim_end())
        .with("kind", kind)
        .with("reason", reason)
        .with("valid_from", from)
        .with("valid_until", until)
        .with_any(
            "detour",
            (kind == "full").then_some("po okolních ulicích, značeno"),
        )
        .with("road_section", section_code(section + 1))
        .with("decision_number", format!("UK-{number:03}/2026"))
        .with("applicant", format!("Ukázkový žadatel {number}"))
        .of_street(place, road);
    recorder.insert("closures", vec![road.line.clone()], row);
}

/// Returns when a closure holds: the odd ones through the year of the sample and the next, the even ones before it.
fn period(number: i64, random: &mut Random) -> (NaiveDate, NaiveDate) {
    let made = MADE_AT.date_naive();
    let days = |count: i64| Days::new(count as u64);
    if number % 2 == 1 {
        (
            made - days(random.whole(1, 60)),
            made + days(random.whole(400, 700)),
        )
    } else {
        let from = made - days(random.whole(200, 500));
        (from, from + days(random.whole(5, 90)))
    }
}
