//! The one transformation: S-JTSK (EPSG:5514) to WGS 84 and Web Mercator by EPSG:5239, "S-JTSK to WGS 84 (5)".
//!
//! The only module that holds projection numbers.

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

/// Whether a position lies where EPSG:5514 is used (Czechia and Slovakia, with a margin), in metres.
pub fn in_krovak_area(position: [f64; 2]) -> bool {
    (-951_000.0..=-159_000.0).contains(&position[0])
        && (-1_360_000.0..=-890_000.0).contains(&position[1])
}
