//! Areas that are kept as a whole: playgrounds, parking, the cemetery with its graves.

use geo::{Area, BoundingRect, Contains, Distance, Euclidean};
use geo_types::{Coord, MultiPolygon, Point, Polygon};
use layers::Value;

use crate::place::{Place, SiteKind};
use crate::random::Random;
use crate::recorder::{Recorder, Row};

pub(crate) fn record(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    record_playgrounds(place, random, recorder);
    for (number, area) in place.sites(SiteKind::Parking).enumerate() {
        let name = format!("č. {}", number + 1);
        let paid = place.is_town && random.chance(0.4);
        let capacity = (area.unsigned_area() / 25.0).ceil() as i64;
        let row = Row::invented(place.municipality)
            .with("code", format!("P-{:02}", number + 1))
            .with("name", name)
            .with("kind", if paid { "paid" } else { "free" })
            .with("capacity", capacity)
            .with("disabled_capacity", (capacity / 20).max(1))
            .with(
                "charging_capacity",
                if place.is_town { random.whole(0, 4) } else { 0 },
            )
            .with("surface", *random.pick(&[1, 3, 6]))
            .with_any("tariff", paid.then_some("20 Kč za hodinu, Po–Pá 8–18"))
            .with("ticket_machine", paid);
        recorder.insert("parking", whole(area), row);
    }
    for (number, area) in place.sites(SiteKind::Cemetery).enumerate() {
        record_cemetery(place, number + 1, area, random, recorder);
    }
}

fn whole(area: &Polygon<f64>) -> MultiPolygon<f64> {
    MultiPolygon::new(vec![area.clone()])
}

fn record_playgrounds(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    let children = place.sites(SiteKind::Playground).map(|area| (area, true));
    let sports = place
        .sites(SiteKind::SportsGround)
        .map(|area| (area, false));
    for (number, (area, is_childrens)) in children.chain(sports).enumerate() {
        let number = number + 1;
        let (kind, name) = if is_childrens {
            ("children", format!("Dětské hřiště {number}"))
        } else {
            ("sports", format!("Sportovní hřiště {number}"))
        };
        let pieces: &[(&str, &str)] = if is_childrens {
            &[
                ("houpačka", "bark"),
                ("skluzavka", "gravel"),
                ("pískoviště", "sand"),
                ("prolézačka", "rubber"),
            ]
        } else {
            &[("fotbalová branka", "grass"), ("basketbalový koš", "hard")]
        };
        let equipment = pieces.iter().map(|&(kind, fall_surface)| {
            vec![
                Value::from(kind),
                Value::from("Ukázka Hřiště"),
                Value::from(random.whole(2008, 2025)),
                Value::from(fall_surface),
                Value::from(random.day(2025, 2025)),
                Value::from(random.day(2025, 2025)),
            ]
        });
        let equipment = Value::List(equipment.collect());
        let inspection = vec![
            Value::from(random.day(2025, 2025)),
            Value::from("annual"),
            Value::Null,
            Value::Null,
        ];
        let row = Row::invented(place.municipality)
            .with("code", format!("H-{number:02}"))
            .with("name", name)
            .with("kind", kind)
            .with("surface", if is_childrens { 5 } else { 7 })
            .with("fenced", random.chance(0.5))
            .with_any("age_from", is_childrens.then_some(3))
            .with_any("age_to", is_childrens.then_some(14))
            .with("equipment", equipment)
            .with("inspections", Value::List(vec![inspection]));
        recorder.insert("playgrounds", whole(area), row);
    }
}

fn record_cemetery(
    place: &Place,
    number: usize,
    area: &Polygon<f64>,
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let code = format!("HB-{number:02}");
    let row = Row::invented(place.municipality)
        .with("code", code.as_str())
        .with("name", format!("Hřbitov {}", place.name))
        .with("opening_hours", "duben–září 7–20, říjen–březen 8–17")
        .with("area", area.unsigned_area().round());
    recorder.insert("cemeteries", whole(area), row);
    for (i, (at, row_number)) in graves(area).into_iter().enumerate() {
        let section = if row_number % 2 == 0 { "A" } else { "B" };
        let row = grave_row(place, i + 1, random)
            .with("code", format!("HM-{number:02}-{:04}", i + 1))
            .with("cemetery", code.as_str())
            .with("section", section)
            .with("row", row_number.to_string());
        recorder.insert("graves", at, row);
    }
}

/// Returns places in rows 3 m apart, 2 m from each other, 3 m from the wall, and the row of each.
fn graves(area: &Polygon<f64>) -> Vec<(Coord<f64>, usize)> {
    let Some(rect) = area.bounding_rect() else {
        return Vec::new();
    };
    let mut graves = Vec::new();
    let rows = (rect.height() / 3.0) as usize;
    for row in 0..rows {
        for column in 0..(rect.width() / 2.0) as usize {
            let at = rect.min()
                + Coord {
                    x: column as f64 * 2.0 + 1.0,
                    y: row as f64 * 3.0 + 1.5,
                };
            let point = Point::from(at);
            if area.contains(&point) && Euclidean.distance(area.exterior(), &point) > 3.0 {
                graves.push((at, row + 1));
            }
        }
    }
    graves
}

fn grave_row(place: &Place, number: usize, random: &mut Random) -> Row {
    let status = *random.pick(&["valid", "valid", "valid", "expiring", "free", "abandoned"]);
    let is_let = status == "valid" || status == "expiring";
    let deceased = vec![
        Value::from(format!("Ukázková osoba {number}")),
        Value::from(random.day(1900, 1950)),
        Value::from(random.day(1970, 2020)),
    ];
    let deceased = if is_let { vec![deceased] } else { Vec::new() };
    let until = if status == "valid" {
        (2027, 2035)
    } else {
        (2026, 2026)
    };
    Row::invented(place.municipality)
        .with("number", number.to_string())
        .with(
            "kind",
            *random.pick(&["grave", "grave", "grave", "urn-grave", "tomb"]),
        )
        .with("free", status == "free")
        .with("lease_status", status)
        .with_any("lease_until", is_let.then(|| random.day(until.0, until.1)))
        .with_any(
            "tenant",
            is_let.then(|| format!("Ukázkový nájemce {number}")),
        )
        .with("deceased", Value::List(deceased))
}
