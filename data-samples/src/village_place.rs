//! The real village as a place to invent passports for: what its parcels and buildings leave open, and for what.

use geo::{Area, Centroid, Euclidean, Length};
use geo_types::Polygon;

use crate::place::{Areas, Carriageways, Place, Site, SiteKind};
use crate::random::Random;
use crate::street_names::name_streets;
use crate::village::Village;
use crate::village_roads::roads;

/// Land use "sportoviště a rekreační plocha".
const SPORTS: i64 = 20;
/// Land use "pohřebiště".
const BURIAL: i64 = 21;
/// Land uses "zeleň", "jiná plocha" and "neplodná půda": what may be kept as greenery near houses.
const OPEN: [i64; 3] = [19, 26, 27];

pub(crate) fn place(village: &Village, seed: u64) -> Place {
    let buildings = village
        .buildings
        .iter()
        .filter_map(|building| building.border.as_ref())
        .flat_map(|border| border.0.iter().cloned());
    let buildings = Areas::new(buildings);
    let mut roads = roads(village, &buildings);
    let streets = name_streets(
        &mut roads,
        9_000_000,
        &mut Random::new(seed, "street names"),
    );
    let carriageways = Carriageways::new(&roads);
    Place {
        municipality: village.municipality.code,
        name: village.municipality.name.clone(),
        sites: sites(village, &buildings, &carriageways),
        roads,
        streets,
        is_town: false,
        buildings,
        carriageways,
    }
}

fn sites(village: &Village, buildings: &Areas, carriageways: &Carriageways) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    let mut open: Vec<&Polygon<f64>> = Vec::new();
    for parcel in &village.parcels {
        let (Some(area), Some(land_use)) = (&parcel.border, parcel.land_use) else {
            continue;
        };
        match land_use {
            SPORTS if area.unsigned_area() > 500.0 => {
                sites.push(site(SiteKind::SportsGround, area));
            }
            BURIAL => sites.push(site(SiteKind::Cemetery, area)),
            _ if OPEN.contains(&land_use) && is_near_houses(area, buildings) => open.push(area),
            _ => {}
        }
    }
    open.sort_by(|a, b| b.unsigned_area().total_cmp(&a.unsigned_area()));
    let (compact, other): (Vec<_>, Vec<_>) = open.into_iter().partition(|area| is_compact(area));
    let mut wanted = vec![
        SiteKind::Playground,
        SiteKind::Parking,
        SiteKind::Playground,
        SiteKind::Parking,
    ];
    for area in compact {
        let by_road = area
            .exterior()
            .coords()
            .any(|&corner| carriageways.within(corner, 4.0));
        let place = wanted
            .iter()
            .position(|&kind| by_road || kind != SiteKind::Parking);
        let kind = place.map_or(SiteKind::Green, |place| wanted.remove(place));
        sites.push(site(kind, area));
    }
    sites.extend(other.into_iter().map(|area| site(SiteKind::Green, area)));
    sites
}

/// Whether an area is about as long as it is wide, and of the size of a playground.
fn is_compact(area: &Polygon<f64>) -> bool {
    let around = Euclidean.length(area.exterior());
    let size = area.unsigned_area();
    (250.0..1500.0).contains(&size) && around * around < 30.0 * size
}

fn site(kind: SiteKind, area: &Polygon<f64>) -> Site {
    let area = area.clone();
    Site { kind, area }
}

/// Whether an area is of a size to be kept and lies by houses, but under none.
fn is_near_houses(area: &Polygon<f64>, buildings: &Areas) -> bool {
    let size = (80.0..8000.0).contains(&area.unsigned_area());
    let by_houses = area
        .centroid()
        .is_some_and(|middle| buildings.within(middle.0, 60.0) && !buildings.within(middle.0, 6.0));
    size && by_houses
}
