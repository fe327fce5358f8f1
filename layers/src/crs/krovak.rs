//! The Krovák projection on the Bessel ellipsoid (EPSG method 1041, "Krovak (North Orientated)"), angles in radians
//! east of Greenwich.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};
use std::sync::LazyLock;

use super::datum::BESSEL;

/// Latitude of the projection's centre, 49°30'.
const CENTRE_LATITUDE: f64 = 49.5;
/// Longitude of its origin, 42°30' east of Ferro.
const ORIGIN_LONGITUDE: f64 = 24.833_333_333_333_3;
/// Angle between the axis of the cone and that of the Earth, 30°17'17.3031".
const AXIS_TILT: f64 = 30.288_139_752_777_8;
/// Latitude of the pseudo standard parallel, 78°30'.
const PSEUDO_PARALLEL: f64 = 78.5;
const SCALE: f64 = 0.9999;

/// What depends on the numbers above alone; the names are those of EPSG guidance note 7-2.
struct Cone {
    /// Eccentricity of the ellipsoid.
    e: f64,
    /// Exponent of the conformal sphere.
    b: f64,
    /// Logarithm of the conformal sphere's constant.
    ln_t0: f64,
    sin_tilt: f64,
    cos_tilt: f64,
    /// Exponent of the cone.
    n: f64,
    /// `r0 * tan(π/4 + pseudo parallel / 2)^n`, so that a radius is this divided by the like of another latitude.
    radius: f64,
    origin: f64,
}

static CONE: LazyLock<Cone> = LazyLock::new(|| {
    let e2 = BESSEL.e2;
    let e = e2.sqrt();
    let (sin_centre, cos_centre) = CENTRE_LATITUDE.to_radians().sin_cos();
    let mean_radius = BESSEL.a * (1.0 - e2).sqrt() / (1.0 - e2 * sin_centre * sin_centre);
    let b = (1.0 + e2 * cos_centre.powi(4) / (1.0 - e2)).sqrt();
    let sphere_latitude = (sin_centre / b).asin();
    let parallel = PSEUDO_PARALLEL.to_radians();
    let n = parallel.sin();
    let (sin_tilt, cos_tilt) = AXIS_TILT.to_radians().sin_cos();
    Cone {
        e,
        b,
        ln_t0: isometric(sphere_latitude)
            - b * (isometric(CENTRE_LATITUDE.to_radians()) - e * (e * sin_centre).atanh()),
        sin_tilt,
        cos_tilt,
        n,
        radius: SCALE * mean_radius / parallel.tan() * (n * isometric(parallel)).exp(),
        origin: ORIGIN_LONGITUDE.to_radians(),
    }
});

/// Returns the isometric latitude on a sphere, `ln tan(π/4 + latitude / 2)`.
fn isometric(latitude: f64) -> f64 {
    (FRAC_PI_4 + latitude / 2.0).tan().ln()
}

/// Returns the latitude on a sphere from the isometric one.
fn from_isometric(isometric: f64) -> f64 {
    2.0 * isometric.exp().atan() - FRAC_PI_2
}

/// Projects longitude and latitude on the Bessel ellipsoid to EPSG:5514.
pub(super) fn project([lon, lat]: [f64; 2]) -> [f64; 2] {
    let cone = &*CONE;
    let conformal = isometric(lat) - cone.e * (cone.e * lat.sin()).atanh();
    let (sin_u, cos_u) = from_isometric(cone.ln_t0 + cone.b * conformal).sin_cos();
    let (sin_v, cos_v) = (cone.b * (cone.origin - lon)).sin_cos();
    let oblique_latitude = (cone.cos_tilt * sin_u + cone.sin_tilt * cos_u * cos_v).asin();
    let oblique_longitude = (cos_u * sin_v / oblique_latitude.cos()).asin();
    let radius = cone.radius / (cone.n * isometric(oblique_latitude)).exp();
    let (sin, cos) = (cone.n * oblique_longitude).sin_cos();
    [-radius * sin, -radius * cos]
}

/// Returns longitude and latitude on the Bessel ellipsoid of a position in EPSG:5514.
pub(super) fn unproject([easting, northing]: [f64; 2]) -> [f64; 2] {
    let cone = &*CONE;
    let radius = easting.hypot(northing);
    let oblique_longitude = (-easting).atan2(-northing) / cone.n;
    let (sin_s, cos_s) = from_isometric((cone.radius / radius).ln() / cone.n).sin_cos();
    let (sin_d, cos_d) = oblique_longitude.sin_cos();
    let sphere_latitude = (cone.cos_tilt * sin_s - cone.sin_tilt * cos_s * cos_d).asin();
    let v = (cos_s * sin_d / sphere_latitude.cos()).asin();
    let conformal = (isometric(sphere_latitude) - cone.ln_t0) / cone.b;
    [
        cone.origin - v / cone.b,
        latitude_on_ellipsoid(conformal, cone.e),
    ]
}

/// Each round brings more than two digits; five reach the last digit of a double from the latitude on a sphere.
fn latitude_on_ellipsoid(conformal: f64, e: f64) -> f64 {
    (0..5).fold(from_isometric(conformal), |latitude, _| {
        from_isometric(conformal + e * (e * latitude.sin()).atanh())
    })
}
