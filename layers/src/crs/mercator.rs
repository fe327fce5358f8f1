//! Web Mercator (EPSG:3857, method 1024): the sphere's formulas on WGS 84 angles in radians.

use std::f64::consts::PI;

use super::datum::WGS84;

/// The latitude, in radians, at which the map of the world is square: 85.0511…°.
const HIGHEST_LATITUDE: f64 = 1.484_422_229_745_332_4;

/// Half the width of the square map, in metres.
pub(super) const HALF_WORLD: f64 = WGS84.a * PI;

/// Projects longitude and latitude to metres; latitudes beyond the square map stay on its edge.
pub(super) fn project([lon, lat]: [f64; 2]) -> [f64; 2] {
    let lat = lat.clamp(-HIGHEST_LATITUDE, HIGHEST_LATITUDE);
    [WGS84.a * lon, WGS84.a * lat.tan().asinh()]
}

/// Returns longitude and latitude of metres on the map.
pub(super) fn unproject([x, y]: [f64; 2]) -> [f64; 2] {
    [x / WGS84.a, (y / WGS84.a).sinh().atan()]
}
