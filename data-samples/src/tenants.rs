//! The 25 municipalities of the administrative district Chomutov: real points, one real border around them all.

use geo::BooleanOps;
use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use layers::crs::{Crs, transform};
use serde::Deserialize;

/// A municipality of the administrative district; geometry in EPSG:5514.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its code in RÚIAN.
    pub code: i64,
    /// Its name.
    pub name: String,
    /// The authorised municipal office it belongs to.
    pub pou_code: i64,
    /// The administrative district it belongs to.
    pub orp_code: i64,
    /// The code of its district (LAU 1).
    pub lau_code: String,
    /// The real point of it.
    pub point: Coord<f64>,
    /// An approximate border: all of the administrative district that is nearer to this point than to the others.
    pub border: MultiPolygon<f64>,
}

/// Returns the points of the 25 municipalities as GeoJSON in WGS 84.
pub fn tenant_points() -> &'static str {
    include_str!("../files/chomutov_obce_body.geojson")
}

/// Returns the border of the administrative district Chomutov as GeoJSON in WGS 84.
pub fn orp_border() -> &'static str {
    include_str!("../files/chomutov_orp.geojson")
}

/// Reads the 25 municipalities, ordered by name as the source has them, and computes their approximate borders.
///
/// # Panics
/// Never: the files are part of the program.
pub fn tenants() -> Vec<Tenant> {
    let points: Collection<Codes, PointShape> =
        serde_json::from_str(tenant_points()).expect("the file is part of the program and sound");
    let orp = district_polygon();
    let places: Vec<_> = points
        .features
        .iter()
        .map(|f| project(f.geometry.coordinates))
        .collect();
    let tenant = |(place, feature): (usize, &Feature<Codes, PointShape>)| {
        let codes = &feature.properties;
        let number = |text: &str| text.parse().expect("codes are numbers");
        Tenant {
            code: number(&codes.municipality),
            name: codes.name.clone(),
            pou_code: number(&codes.pou),
            orp_code: number(&codes.orp),
            lau_code: codes.lau.clone(),
            point: places[place],
            border: cell(&places, place).intersection(&orp),
        }
    };
    points.features.iter().enumerate().map(tenant).collect()
}

fn district_polygon() -> Polygon<f64> {
    let file: Collection<Name, PolygonShape> =
        serde_json::from_str(orp_border()).expect("the file is part of the program and sound");
    let mut rings = file.features[0]
        .geometry
        .coordinates
        .iter()
        .map(|ring| LineString::new(ring.iter().copied().map(project).collect()));
    let exterior = rings.next().expect("a polygon has an exterior");
    Polygon::new(exterior, rings.collect())
}

fn project(position: [f64; 2]) -> Coord<f64> {
    let [x, y] = transform(Crs::Wgs84, Crs::SJtsk, position);
    Coord { x, y }
}

/// Returns the Voronoi cell of one of some points, cut off 60 km around it.
fn cell(points: &[Coord<f64>], place: usize) -> Polygon<f64> {
    let center = points[place];
    let far = 60_000.0;
    let corner = |x: f64, y: f64| {
        center
            + Coord {
                x: x * far,
                y: y * far,
            }
    };
    let mut ring = vec![
        corner(-1.0, -1.0),
        corner(1.0, -1.0),
        corner(1.0, 1.0),
        corner(-1.0, 1.0),
    ];
    for other in points.iter().filter(|&&other| other != center) {
        ring = nearer_part(&ring, center, *other);
    }
    Polygon::new(LineString::new(ring), Vec::new())
}

/// Cuts a convex ring by the line halfway between two points and keeps the part of the first (Sutherland and Hodgman).
fn nearer_part(ring: &[Coord<f64>], to: Coord<f64>, than: Coord<f64>) -> Vec<Coord<f64>> {
    let normal = than - to;
    let middle = (than + to) / 2.0;
    let beyond = |at: Coord<f64>| (at - middle).x * normal.x + (at - middle).y * normal.y;
    let mut kept = Vec::new();
    for (i, &a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        let (from, onto) = (beyond(a), beyond(b));
        if from <= 0.0 {
            kept.push(a);
        }
        if (from < 0.0) != (onto < 0.0) && (from - onto).abs() > 0.0 {
            kept.push(a + (b - a) * (from / (from - onto)));
        }
    }
    kept
}

#[derive(Deserialize)]
struct Collection<P, G> {
    features: Vec<Feature<P, G>>,
}

#[derive(Deserialize)]
struct Feature<P, G> {
    properties: P,
    geometry: G,
}

#[derive(Deserialize)]
struct Codes {
    #[serde(rename = "KOD_OBEC")]
    municipality: String,
    #[serde(rename = "NAZ_OBEC")]
    name: String,
    #[serde(rename = "KOD_POU")]
    pou: String,
    #[serde(rename = "KOD_ORP")]
    orp: String,
    #[serde(rename = "KOD_LAU1")]
    lau: String,
}

#[derive(Deserialize)]
struct Name {}

#[derive(Deserialize)]
struct PointShape {
    coordinates: [f64; 2],
}

#[derive(Deserialize)]
struct PolygonShape {
    coordinates: Vec<Vec<[f64; 2]>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Contains};
    use geo_types::Point;

    #[test]
    fn the_borders_divide_the_district_and_hold_their_points() {
        let tenants = tenants();
        assert_eq!(tenants.len(), 25);
        let total: f64 = tenants.iter().map(|t| t.border.unsigned_area()).sum();
        let orp = district_polygon().unsigned_area();
        assert!((total - orp).abs() < 1.0, "{total} of {orp}");
        for tenant in &tenants {
            assert!(
                tenant.border.contains(&Point::from(tenant.point)),
                "{}",
                tenant.name
            );
        }
    }

    #[test]
    fn chomutov_lies_where_the_survey_has_it() {
        let tenants = tenants();
        let chomutov = tenants
            .iter()
            .find(|t| t.code == 562_971)
            .expect("Chomutov");
        let off = crate::along::distance(
            chomutov.point,
            Coord {
                x: -807_669.54,
                y: -991_723.48,
            },
        );
        assert!(off < 5.0, "{off}");
    }
}
