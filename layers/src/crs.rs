//! The one transformation: S-JTSK (EPSG:5514) to WGS 84 and Web Mercator by EPSG:5239, "S-JTSK to WGS 84 (5)".
//!
//! Only this module and those under it hold projection numbers.

mod datum;
mod krovak;
mod mercator;
mod named;
#[cfg(test)]
mod tests;

use geo::MapCoords;
use geo_types::{Coord, Geometry};

use crate::Bbox;

pub use self::named::NamedCrs;

/// A coordinate reference system that Obzor speaks; coordinates are always easting (or longitude) first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Crs {
    /// EPSG:5514, S-JTSK / Krovak East North, metres, negative in Czechia: how everything is stored.
    SJtsk,
    /// OGC:CRS84, WGS 84 longitude and latitude in degrees.
    Wgs84,
    /// EPSG:3857, metres.
    WebMercator,
}

impl Crs {
    /// Returns the EPSG code, for files that name their system by it.
    pub const fn epsg(self) -> i32 {
        match self {
            Self::SJtsk => 5514,
            Self::Wgs84 => 4326,
            Self::WebMercator => 3857,
        }
    }

    /// Returns the system that EPSG knows by a number; ETRS89 counts as WGS 84, by the same numbers.
    pub(crate) fn of_epsg(code: i32) -> Option<Self> {
        let known = Self::EPSG.into_iter().find(|(number, _)| *number == code);
        known.map(|(_, crs)| crs)
    }

    /// Returns the numbers that [`Crs::of_epsg`] knows, for people to read.
    pub(crate) fn known_epsg() -> String {
        Self::EPSG.map(|(number, _)| number.to_string()).join(", ")
    }

    const EPSG: [(i32, Self); 4] = [
        (5514, Self::SJtsk),
        (4326, Self::Wgs84),
        (4258, Self::Wgs84),
        (3857, Self::WebMercator),
    ];
}

/// EPSG:5514 as OGC 01-009 well-known text, without `TOWGS84`: whoever reads it chooses the transformation.
pub(crate) const S_JTSK_WKT: &str = include_str!("crs/epsg-5514.wkt");

/// EPSG:4326 as OGC 01-009 well-known text.
pub(crate) const WGS84_WKT: &str = include_str!("crs/epsg-4326.wkt");

/// Half the width of the world in metres of Web Mercator.
pub const HALF_WORLD: f64 = mercator::HALF_WORLD;

/// Longitudes and latitudes around the whole area of [`in_krovak_area`]; the projection means nothing far beyond it.
const KROVAK_DOMAIN: Bbox = Bbox {
    min: [10.5, 46.5],
    max: [23.0, 52.5],
};

/// In how many pieces an edge of a box is cut before it is transformed: some 10 km each for a box around Czechia.
const EDGE_PIECES: u32 = 64;

/// Transforms a position, always by EPSG:5239 when S-JTSK is involved; degrees in WGS 84, else metres.
///
/// Agrees with PROJ to a millimetre in each direction where PROJ chooses the same operation (Czechia north of 48.58°).
/// There and back is off by up to 1.6 mm, as in PROJ: EPSG's inverse of the datum shift is an approximation.
pub fn transform(from: Crs, to: Crs, position: [f64; 2]) -> [f64; 2] {
    match (from, to) {
        (Crs::SJtsk, Crs::Wgs84) => s_jtsk_to_wgs84(position).map(f64::to_degrees),
        (Crs::SJtsk, Crs::WebMercator) => mercator::project(s_jtsk_to_wgs84(position)),
        (Crs::Wgs84, Crs::SJtsk) => wgs84_to_s_jtsk(position.map(f64::to_radians)),
        (Crs::Wgs84, Crs::WebMercator) => mercator::project(position.map(f64::to_radians)),
        (Crs::WebMercator, Crs::SJtsk) => wgs84_to_s_jtsk(mercator::unproject(position)),
        (Crs::WebMercator, Crs::Wgs84) => mercator::unproject(position).map(f64::to_degrees),
        (Crs::SJtsk, Crs::SJtsk)
        | (Crs::Wgs84, Crs::Wgs84)
        | (Crs::WebMercator, Crs::WebMercator) => position,
    }
}

/// Transforms every position of a geometry, as [`transform`] does.
pub fn transform_geometry(from: Crs, to: Crs, geometry: &Geometry<f64>) -> Geometry<f64> {
    geometry.map_coords(|Coord { x, y }| {
        let [x, y] = transform(from, to, [x, y]);
        Coord { x, y }
    })
}

/// Returns the box around a transformed box, its edges cut in pieces because they bend.
///
/// Towards S-JTSK the box is first cut to the surroundings of Czechia and Slovakia, so that a box around the world
/// becomes one around both; a box wholly elsewhere shrinks to the border of those surroundings, where no data are.
pub fn transform_bbox(from: Crs, to: Crs, bbox: Bbox) -> Bbox {
    let corners = |to| Bbox::new(transform(from, to, bbox.min), transform(from, to, bbox.max));
    match (from, to) {
        (Crs::Wgs84 | Crs::WebMercator, Crs::SJtsk) => {
            around_edges(Crs::Wgs84, to, within_krovak_domain(corners(Crs::Wgs84)))
        }
        (Crs::SJtsk, Crs::Wgs84 | Crs::WebMercator) => around_edges(from, to, bbox),
        _ => corners(to),
    }
}

/// Whether a position lies where EPSG:5514 is used (Czechia and Slovakia, with a margin), in metres.
pub fn in_krovak_area(position: [f64; 2]) -> bool {
    (-951_000.0..=-159_000.0).contains(&position[0])
        && (-1_360_000.0..=-890_000.0).contains(&position[1])
}

/// Whether a position may lie in Czechia, in metres of EPSG:5514; none does with swapped coordinates or other signs.
///
/// All of Czechia lies farther south than west of the origin.
pub fn in_czechia(position: [f64; 2]) -> bool {
    let [easting, northing] = position;
    (-905_000.0..=-431_000.0).contains(&easting)
        && (-1_230_000.0..=-935_000.0).contains(&northing)
        && northing < easting
}

fn s_jtsk_to_wgs84(position: [f64; 2]) -> [f64; 2] {
    datum::bessel_to_wgs84(krovak::unproject(position))
}

fn wgs84_to_s_jtsk(lon_lat: [f64; 2]) -> [f64; 2] {
    krovak::project(datum::wgs84_to_bessel(lon_lat))
}

fn within_krovak_domain(degrees: Bbox) -> Bbox {
    let clamp = |[lon, lat]: [f64; 2]| {
        let Bbox { min, max } = KROVAK_DOMAIN;
        [lon.clamp(min[0], max[0]), lat.clamp(min[1], max[1])]
    };
    Bbox::new(clamp(degrees.min), clamp(degrees.max))
}

fn around_edges(from: Crs, to: Crs, bbox: Bbox) -> Bbox {
    let Bbox { min, max } = bbox;
    let along = |axis: usize, step: u32| {
        min[axis] + (max[axis] - min[axis]) * f64::from(step) / f64::from(EDGE_PIECES)
    };
    (0..=EDGE_PIECES)
        .flat_map(|step| {
            let (x, y) = (along(0, step), along(1, step));
            [[x, min[1]], [x, max[1]], [min[0], y], [max[0], y]]
        })
        .map(|position| transform(from, to, position))
        .map(|position| Bbox::new(position, position))
        .reduce(|a, b| a.union(&b))
        .expect("a box has four edges")
}
