//! The Krovák projection on the Bessel ellipsoid (EPSG method 1041, "Krovak (North Orientated)"), angles in radians
//! east of Greenwich.

use std::f64::consts::FRAC_PI_2;
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
    /// What the sines of multiples of twice the conformal latitude add to it.
    from_conformal: [f64; 5],
}

static CONE: LazyLock<Cone> = LazyLock::new(|| {
    let e2 = BESSEL.e2;
    let e = e2.sqrt();
    let (sin_centre, cos_centre) = CENTRE_LATITUDE.to_radians().sin_cos();
    let mean_radius = BESSEL.a * (1.0 - e2).sqrt() / (1.0 - e2 * sin_centre * sin_centre);
    let b = (1.0 + e2 * cos_centre.powi(4) / (1.0 - e2)).sqrt();
    let parallel = PSEUDO_PARALLEL.to_radians();
    let n = parallel.sin();
    let (sin_tilt, cos_tilt) = AXIS_TILT.to_radians().sin_cos();
    Cone {
        e,
        b,
        ln_t0: (sin_centre / b).atanh() - b * (sin_centre.atanh() - e * (e * sin_centre).atanh()),
        sin_tilt,
        cos_tilt,
        n,
        radius: SCALE * mean_radius / parallel.tan() * (n * n.atanh()).exp(),
        origin: ORIGIN_LONGITUDE.to_radians(),
        from_conformal: from_conformal(e2),
    }
});

/// Returns the coefficients by which a latitude on an ellipsoid follows from the conformal one (Karney, *Transverse
/// Mercator with an accuracy of a few nanometers*, 2011, section 2, in powers of the third flattening).
fn from_conformal(e2: f64) -> [f64; 5] {
    let polar = (1.0 - e2).sqrt();
    let n = (1.0 - polar) / (1.0 + polar);
    let series = |first: i32, factors: &[f64]| {
        let powers = (first..).map(|power| n.powi(power));
        powers
            .zip(factors)
            .map(|(power, factor)| power * factor)
            .sum()
    };
    [
        series(1, &[2.0, -2.0 / 3.0, -2.0, 116.0 / 45.0, 26.0 / 45.0]),
        series(2, &[7.0 / 3.0, -8.0 / 5.0, -227.0 / 45.0, 2704.0 / 315.0]),
        series(3, &[56.0 / 15.0, -136.0 / 35.0, -1262.0 / 105.0]),
        series(4, &[4279.0 / 630.0, -332.0 / 35.0]),
        series(5, &[4174.0 / 315.0]),
    ]
}

/// Returns sine and cosine of the latitude on a sphere whose isometric latitude, `ln tan(π/4 + latitude / 2)` or the
/// inverse hyperbolic tangent of its sine, has this exponential.
fn latitude_of(exponential: f64) -> (f64, f64) {
    let square = exponential * exponential;
    (
        (square - 1.0) / (square + 1.0),
        2.0 * exponential / (square + 1.0),
    )
}

fn cosine(sine: f64) -> f64 {
    (1.0 - sine * sine).sqrt()
}

/// Projects longitude and latitude on the Bessel ellipsoid to EPSG:5514.
pub(super) fn project([lon, lat]: [f64; 2]) -> [f64; 2] {
    let cone = &*CONE;
    let sin_lat = lat.sin();
    let conformal = sin_lat.atanh() - cone.e * (cone.e * sin_lat).atanh();
    let (sin_u, cos_u) = latitude_of((cone.ln_t0 + cone.b * conformal).exp());
    let (sin_v, cos_v) = (cone.b * (cone.origin - lon)).sin_cos();
    let sin_s = cone.cos_tilt * sin_u + cone.sin_tilt * cos_u * cos_v;
    let oblique_longitude = (cos_u * sin_v / cosine(sin_s)).asin();
    let radius = cone.radius * ((1.0 - sin_s) / (1.0 + sin_s)).powf(cone.n / 2.0);
    let (sin, cos) = (cone.n * oblique_longitude).sin_cos();
    [-radius * sin, -radius * cos]
}

/// Returns longitude and latitude on the Bessel ellipsoid of a position in EPSG:5514.
pub(super) fn unproject([easting, northing]: [f64; 2]) -> [f64; 2] {
    let cone = &*CONE;
    let radius = (easting * easting + northing * northing).sqrt();
    let (sin_s, cos_s) = latitude_of((cone.radius / radius).powf(1.0 / cone.n));
    let (sin_d, cos_d) = ((-easting).atan2(-northing) / cone.n).sin_cos();
    let sin_u = cone.cos_tilt * sin_s - cone.sin_tilt * cos_s * cos_d;
    let v = (cos_s * sin_d / cosine(sin_u)).asin();
    let conformal = (sin_u.atanh() - cone.ln_t0) / cone.b;
    [cone.origin - v / cone.b, cone.latitude(conformal)]
}

impl Cone {
    /// Returns the latitude on the ellipsoid from the isometric one on the sphere that is conformal to it, by Clenshaw's
    /// summation; exact to a micrometre.
    fn latitude(&self, isometric: f64) -> f64 {
        let exponential = isometric.exp();
        let (sin, cos) = latitude_of(exponential);
        let twice = 2.0 - 4.0 * sin * sin;
        let sum = |(one, before), factor| (factor + twice * one - before, one);
        let (sum, _) = self.from_conformal.iter().rev().fold((0.0, 0.0), sum);
        2.0 * exponential.atan() - FRAC_PI_2 + 2.0 * sin * cos * sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latitude_is_the_one_that_has_the_conformal_one() {
        let e = CONE.e;
        for tenths in 470..520 {
            let lat = (f64::from(tenths) / 10.0).to_radians();
            let isometric = lat.sin().atanh() - e * (e * lat.sin()).atanh();
            let difference = CONE.latitude(isometric) - lat;
            assert!(difference.abs() * BESSEL.a < 1e-6, "{tenths}: {difference}");
        }
    }
}
