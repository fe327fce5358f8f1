//! The real layers of the village: its parcels, buildings and addresses as the register has them.

use std::collections::HashMap;

use geo_types::Polygon;
use importers::ruian::{Address, Building, Parcel};
use layers::Value;

use crate::recorder::{Recorder, Row};
use crate::village::Village;

/// Records everything that the register draws; a building without a border and an address without a point stay out.
pub(crate) fn record(village: &Village, recorder: &mut Recorder<'_>) {
    record_parcels(village, recorder);
    let names = Names::of(village);
    for building in &village.buildings {
        if let Some(border) = single(building) {
            recorder.insert("buildings", border, names.building_row(building));
        }
    }
    for address in &village.addresses {
        if let Some(point) = address.point {
            recorder.insert("addresses", point.0, names.address_row(address));
        }
    }
}

/// Records the parcels.
pub(crate) fn record_parcels(village: &Village, recorder: &mut Recorder<'_>) {
    let names = Names::of(village);
    for parcel in &village.parcels {
        if let Some(border) = parcel.border.clone() {
            recorder.insert("parcels", border, names.parcel_row(parcel));
        }
    }
}

/// Returns the number of a parcel as people write it: `st. 12/3` for a building parcel, `153/40` for land.
pub(crate) fn parcel_number(parcel: &Parcel) -> String {
    let prefix = if parcel.numbering == 1 { "st. " } else { "" };
    let stroke = parcel.subdivision.map(|number| format!("/{number}"));
    format!("{prefix}{}{}", parcel.number, stroke.unwrap_or_default())
}

fn single(building: &Building) -> Option<Polygon<f64>> {
    let border = building.border.as_ref()?;
    border.0.first().cloned()
}

/// What codes of the village stand for.
struct Names<'a> {
    municipality: (i64, &'a str),
    parts: HashMap<i64, &'a str>,
    cadastral_areas: HashMap<i64, &'a str>,
    buildings: HashMap<i64, &'a Building>,
}

impl<'a> Names<'a> {
    fn of(village: &'a Village) -> Self {
        let part_name = village.parts.iter().map(|p| (p.code, p.name.as_str()));
        let areas = village.cadastral_areas.iter();
        Self {
            municipality: (
                village.municipality.code,
                village.municipality.name.as_str(),
            ),
            parts: part_name.collect(),
            cadastral_areas: areas.map(|a| (a.code, a.name.as_str())).collect(),
            buildings: village.buildings.iter().map(|b| (b.code, b)).collect(),
        }
    }

    fn row(&self) -> Row {
        Row::from_register(self.municipality.0)
    }

    fn parcel_row(&self, parcel: &Parcel) -> Row {
        let area = self.cadastral_areas.get(&parcel.cadastral_area_code);
        self.row()
            .with("parcel_id", parcel.id)
            .with("label_number", parcel_number(parcel))
            .with("numbering_kind", parcel.numbering)
            .with("main_number", parcel.number)
            .with_any("subdivision_number", parcel.subdivision)
            .with("area", parcel.area)
            .with("land_type", parcel.land_kind)
            .with_any("land_use", parcel.land_use)
            .with("cadastral_area_code", parcel.cadastral_area_code)
            .with_any("cadastral_area_name", area.copied())
    }

    fn building_row(&self, building: &Building) -> Row {
        let number = building.house_numbers.first().copied();
        let part = building.municipality_part_code;
        self.row()
            .with("building_code", building.code)
            .with_any("label_number", number.map(|n| label(building.kind, n)))
            .with_any("number_kind", number.map(|_| number_kind(building.kind)))
            .with_any("house_number", number)
            .with("building_type", building.kind)
            .with_any("building_use", building.usage)
            .with_any("floor_count", building.floors)
            .with_any("dwelling_count", building.flats)
            .with_any(
                "built_up_area",
                building.built_up_area.map(|area| area as f64),
            )
            .with_any("completed_in", building.completed)
            .with_any("municipality_part_code", part)
            .with_any("municipality_part_name", part.and_then(|p| self.part(p)))
            .with_any("parcel_id", building.parcel_id)
    }

    fn address_row(&self, address: &Address) -> Row {
        let building = address
            .building_code
            .and_then(|code| self.buildings.get(&code));
        let kind = building.map_or(1, |building| building.kind);
        let part = building.and_then(|building| building.municipality_part_code);
        let place = part
            .and_then(|p| self.part(p))
            .unwrap_or(self.municipality.1);
        let number = label(kind, address.house_number);
        self.row()
            .with("address_code", address.code)
            .with("address_text", format!("{place} {number}"))
            .with("label_number", number)
            .with("number_kind", number_kind(kind))
            .with("house_number", address.house_number)
            .with_any("postcode", address.postcode.map(postcode))
            .with_any("building_code", address.building_code)
            .with_any("municipality_part_code", part)
            .with("municipality_part_name", place)
            .with("municipality_name", self.municipality.1)
    }

    fn part(&self, code: i64) -> Option<&'a str> {
        self.parts.get(&code).copied()
    }
}

fn number_kind(kind: i64) -> Value {
    Value::from(if kind == 2 { "registration" } else { "house" })
}

/// Writes a postcode as letters do: `411 15`.
fn postcode(code: i64) -> String {
    format!("{:03} {:02}", code / 100, code % 100)
}

fn label(kind: i64, number: i64) -> String {
    if kind == 2 {
        format!("č. ev. {number}")
    } else {
        number.to_string()
    }
}
