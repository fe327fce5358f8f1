//! The shift between the Bessel ellipsoid of S-JTSK and WGS 84: EPSG:5239, seven parameters, coordinate frame rotation
//! (EPSG method 9607). Angles are in radians; heights are taken as zero on both sides, so they never change.

use std::f64::consts::PI;

/// An ellipsoid of rotation.
pub(super) struct Ellipsoid {
    /// Semi-major axis in metres.
    pub(super) a: f64,
    /// Square of the first eccentricity.
    pub(super) e2: f64,
}

impl Ellipsoid {
    const fn new(a: f64, inverse_flattening: f64) -> Self {
        let f = 1.0 / inverse_flattening;
        Self {
            a,
            e2: f * (2.0 - f),
        }
    }
}

pub(super) const BESSEL: Ellipsoid = Ellipsoid::new(6_377_397.155, 299.152_812_8);
pub(super) const WGS84: Ellipsoid = Ellipsoid::new(6_378_137.0, 298.257_223_563);

/// Metres along x, y, z.
const TRANSLATION: [f64; 3] = [572.213, 85.334, 461.94];
/// Arc seconds about x, y, z, as EPSG lists them: rotations of the frame, not of the position vector.
const ROTATION: [f64; 3] = [-4.9732, -1.529, -5.2484];
const SCALE: f64 = 1.0 + 3.5378e-6;

const ARC_SECOND: f64 = PI / 648_000.0;
const RX: f64 = ROTATION[0] * ARC_SECOND;
const RY: f64 = ROTATION[1] * ARC_SECOND;
const RZ: f64 = ROTATION[2] * ARC_SECOND;

/// Shifts longitude and latitude from the Bessel ellipsoid to WGS 84.
pub(super) fn bessel_to_wgs84(lon_lat: [f64; 2]) -> [f64; 2] {
    let [x, y, z] = geocentric(&BESSEL, lon_lat);
    geographic(
        &WGS84,
        [
            TRANSLATION[0] + SCALE * (x + RZ * y - RY * z),
            TRANSLATION[1] + SCALE * (y - RZ * x + RX * z),
            TRANSLATION[2] + SCALE * (z + RY * x - RX * y),
        ],
    )
}

/// Shifts longitude and latitude from WGS 84 to the Bessel ellipsoid, with the transposed rotation as PROJ does it.
pub(super) fn wgs84_to_bessel(lon_lat: [f64; 2]) -> [f64; 2] {
    let [x, y, z] = geocentric(&WGS84, lon_lat);
    let x = (x - TRANSLATION[0]) / SCALE;
    let y = (y - TRANSLATION[1]) / SCALE;
    let z = (z - TRANSLATION[2]) / SCALE;
    geographic(
        &BESSEL,
        [
            x - RZ * y + RY * z,
            y + RZ * x - RX * z,
            z - RY * x + RX * y,
        ],
    )
}

fn geocentric(ellipsoid: &Ellipsoid, [lon, lat]: [f64; 2]) -> [f64; 3] {
    let (sin_lat, cos_lat) = lat.sin_cos();
    let (sin_lon, cos_lon) = lon.sin_cos();
    let n = ellipsoid.a / (1.0 - ellipsoid.e2 * sin_lat * sin_lat).sqrt();
    [
        n * cos_lat * cos_lon,
        n * cos_lat * sin_lon,
        n * (1.0 - ellipsoid.e2) * sin_lat,
    ]
}

/// Uses Bowring's formula, exact to far below a millimetre near the ground.
fn geographic(ellipsoid: &Ellipsoid, [x, y, z]: [f64; 3]) -> [f64; 2] {
    let Ellipsoid { a, e2 } = ellipsoid;
    let polar_radius = a * (1.0 - e2).sqrt();
    let from_axis = (x * x + y * y).sqrt();
    let (up, out) = (z * a, from_axis * polar_radius);
    let length = (up * up + out * out).sqrt();
    let (sin, cos) = (up / length, out / length);
    let up = z + e2 / (1.0 - e2) * polar_radius * sin.powi(3);
    let out = from_axis - e2 * a * cos.powi(3);
    [y.atan2(x), up.atan2(out)]
}
