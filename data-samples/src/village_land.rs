//! Land of the village: what it owns and lets, and what a plan allows, all on real parcels; owners and plan are invented.

use std::collections::BTreeMap;

use geo::Centroid;
use geo_types::{MultiPolygon, Polygon};
use importers::ruian::Parcel;

use crate::dissolve::dissolve;
use crate::place::Place;
use crate::random::Random;
use crate::recorder::{Recorder, Row, Shape};
use crate::register::parcel_number;
use crate::village::Village;

pub(crate) fn record(village: &Village, place: &Place, seed: u64, recorder: &mut Recorder<'_>) {
    record_city_land(village, place, &mut Random::new(seed, "land"), recorder);
    record_zoning(village, place, &mut Random::new(seed, "zoning"), recorder);
}

/// Returns what the municipality uses a parcel for, if the parcel is among its own.
fn purpose(parcel: &Parcel, random: &mut Random) -> Option<&'static str> {
    match (parcel.land_kind, parcel.land_use) {
        (14, Some(17)) => Some("road"),
        (14, Some(19..=22)) => Some("public-space"),
        (14, Some(26 | 27)) => random.chance(0.6).then_some("greenery"),
        (10, _) => random.chance(0.5).then_some("forest"),
        (2 | 7, _) => random.chance(0.06).then_some("farming"),
        (5, _) => random.chance(0.1).then_some("garden"),
        _ => None,
    }
}

fn record_city_land(
    village: &Village,
    place: &Place,
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let areas: BTreeMap<i64, &str> = village
        .cadastral_areas
        .iter()
        .map(|area| (area.code, area.name.as_str()))
        .collect();
    let (mut number, mut leases) = (0, Vec::new());
    for parcel in &village.parcels {
        let (Some(purpose), Some(border)) = (purpose(parcel, random), parcel.border.as_ref())
        else {
            continue;
        };
        number += 1;
        let code = format!("POZ-{number:04}");
        let row = Row::invented(place.municipality)
            .with("code", code.as_str())
            .with("label_number", parcel_number(parcel))
            .with("land_type", parcel.land_kind)
            .with("area", parcel.area as f64)
            .with("purpose", purpose)
            .with("acquired_on", random.day(1992, 2020))
            .with("title_sheet", "10001")
            .with("inventory_number", format!("INV-{number:05}"))
            .with("book_value", (parcel.area * random.whole(8, 60)) as f64)
            .with("cadastral_area_code", parcel.cadastral_area_code)
            .with_any(
                "cadastral_area_name",
                areas.get(&parcel.cadastral_area_code).copied(),
            )
            .with("parcel_id", parcel.id);
        recorder.insert("city-land", whole(border), row);
        if matches!(purpose, "farming" | "garden") {
            leases.push((code, purpose, parcel.area));
        }
    }
    for (number, (land, purpose, area)) in leases.into_iter().enumerate() {
        record_lease(place, number + 1, (&land, purpose, area), random, recorder);
    }
}

fn record_lease(
    place: &Place,
    number: usize,
    (land, purpose, area): (&str, &'static str, i64),
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let is_farm = purpose == "farming";
    let rent = area as f64 * if is_farm { 0.4 } else { 5.0 };
    let row = Row::invented(place.municipality)
        .with("code", format!("NS-{number:04}"))
        .with("land", land)
        .with(
            "kind",
            if is_farm {
                "usufructuary-lease"
            } else {
                "lease"
            },
        )
        .with("purpose", purpose)
        .with("area", area as f64)
        .with("valid_from", random.day(2012, 2024))
        .with_any(
            "valid_until",
            random.chance(0.5).then(|| random.day(2027, 2034)),
        )
        .with("yearly_rent", rent.round())
        .with(
            "tenant_kind",
            if is_farm { "entrepreneur" } else { "person" },
        )
        .with("tenant", format!("Ukázkový nájemce {number}"))
        .with(
            "tenant_address",
            format!("Ukázková {number}, 999 99 Vzorov"),
        )
        .with("contract_number", format!("{number}/2024"));
    recorder.insert("leases", Shape::NONE, row);
}

fn whole(area: &Polygon<f64>) -> MultiPolygon<f64> {
    MultiPolygon::new(vec![area.clone()])
}

/// Type, refinement and horizon of a zoning area.
type Zone = (&'static str, Option<&'static str>, i64);

fn record_zoning(
    village: &Village,
    place: &Place,
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let mut zones: BTreeMap<Zone, Vec<&Polygon<f64>>> = BTreeMap::new();
    for parcel in &village.parcels {
        if let Some(border) = &parcel.border {
            zones
                .entry(zone(parcel, border, place, random))
                .or_default()
                .push(border);
        }
    }
    for ((zoning_type, index, horizon), parcels) in zones {
        for area in dissolve(parcels.into_iter()) {
            let row = Row::invented(place.municipality)
                .with("zoning_type", zoning_type)
                .with_any("type_index", index)
                .with("horizon", horizon)
                .with("plan_id", "UKAZKA-564729")
                .with("plan_name", "Ukázkový územní plán obce Děčany (nezávazný)")
                .with("effective_from", random.day(2021, 2021));
            recorder.insert("zoning-areas", whole(&area), row);
        }
    }
}

fn zone(parcel: &Parcel, border: &Polygon<f64>, place: &Place, random: &mut Random) -> Zone {
    let by_houses = border
        .centroid()
        .is_some_and(|middle| place.buildings.within(middle.0, 35.0));
    let is_building_plot = by_houses && (1200.0..9000.0).contains(&(parcel.area as f64));
    let stands = |zoning_type| (zoning_type, None, 1);
    match (parcel.land_kind, parcel.land_use) {
        (2 | 7, _) if is_building_plot && random.chance(0.4) => ("BV", None, 2),
        (2, _) => ("AP", Some("p"), 1),
        (7, _) => ("AP", Some("t"), 1),
        (3 | 4 | 6, _) => stands("AT"),
        (5, _) if by_houses => stands("SV"),
        (5, _) => stands("ZZ"),
        (10, _) => ("LU", Some("h"), 1),
        (11, _) => stands("WT"),
        (13, _) => stands("SV"),
        (_, Some(14)) => stands("DD"),
        (_, Some(17)) if by_houses => stands("PU"),
        (_, Some(15..=18)) => stands("DS"),
        (_, Some(19)) => stands("ZP"),
        (_, Some(20)) => stands("OS"),
        (_, Some(21)) => stands("OH"),
        (_, Some(23)) => stands("VZ"),
        (_, Some(24)) => stands("GD"),
        _ if by_houses => stands("ZS"),
        _ => stands("ZK"),
    }
}
