//! The area of a `bbox`, and which stored geometries have a point in it.

use crate::tiles::{Lies, Region};
use geo::{Intersects, Rect};
use geo_types::Geometry;
use layers::Bbox;
use layers::crs::{Crs, in_krovak_area, transform, transform_bbox, transform_geometry};

/// A box in some system, with two upright boxes of EPSG:5514 that decide most cases cheaply.
#[derive(Clone, Debug)]
pub(crate) struct Area {
    crs: Crs,
    asked: Bbox,
    /// Holds the whole area.
    outer: Bbox,
    /// Lies wholly within the area; none when the area is too narrow.
    inner: Option<Bbox>,
    /// The area in EPSG:3857, unless it is of EPSG:5514.
    mercator: Option<Bbox>,
}

impl Area {
    /// Makes the area of a box, easting or longitude first.
    pub(crate) fn new(crs: Crs, asked: Bbox) -> Self {
        match crs {
            // The axes of Web Mercator run along those of degrees.
            Crs::WebMercator => Self::new(Crs::Wgs84, transform_bbox(crs, Crs::Wgs84, asked)),
            Crs::Wgs84 => Self {
                crs,
                asked,
                outer: transform_bbox(crs, Crs::SJtsk, asked),
                inner: inner_box(asked),
                mercator: Some(transform_bbox(crs, Crs::WebMercator, asked)),
            },
            Crs::SJtsk => Self {
                crs,
                asked,
                outer: asked,
                inner: Some(asked),
                mercator: None,
            },
        }
    }

    /// Returns the upright box of EPSG:5514 around it.
    pub(crate) fn outer(&self) -> Bbox {
        self.outer
    }

    /// Cuts it to where the layer's features are, in degrees; none when it holds them all.
    pub(crate) fn cut_to(self, extent: Bbox) -> Option<Self> {
        match self.crs {
            Crs::Wgs84 if self.asked.intersects(&extent) => {
                let cut = Bbox::new(
                    [0, 1].map(|axis| self.asked.min[axis].max(extent.min[axis])),
                    [0, 1].map(|axis| self.asked.max[axis].min(extent.max[axis])),
                );
                (cut != extent).then(|| Self::new(Crs::Wgs84, cut))
            }
            Crs::SJtsk if holds(&self.asked, &transform_bbox(Crs::Wgs84, Crs::SJtsk, extent)) => {
                None
            }
            _ => Some(self),
        }
    }

    /// Whether a stored geometry has a point in the area, edges included.
    pub(crate) fn meets(&self, geometry: &Geometry<f64>) -> bool {
        let is_inside = |inner: &Bbox| Bbox::of(geometry).is_some_and(|own| holds(inner, &own));
        if self.inner.as_ref().is_some_and(is_inside) {
            return true;
        }
        let area = Rect::new(self.asked.min, self.asked.max);
        match self.crs {
            Crs::SJtsk => geometry.intersects(&area),
            crs => transform_geometry(Crs::SJtsk, crs, geometry).intersects(&area),
        }
    }
}

/// How far what is in a box may move, in metres of EPSG:5514 or 3857.
const MARGIN: f64 = 0.05;

impl Region for Area {
    fn lies(&self, mercator: Bbox) -> Lies {
        let (area, here) = match self.mercator {
            Some(area) => (area, grown(mercator, MARGIN)),
            None => (self.asked, around(mercator)),
        };
        if !here.intersects(&area) {
            Lies::Apart
        } else if holds(&area, &here) {
            Lies::Within
        } else {
            Lies::Across
        }
    }

    fn middle(&self) -> [f64; 2] {
        let Bbox { min, max } = self.asked;
        let middle = [0, 1].map(|axis| f64::midpoint(min[axis], max[axis]));
        transform(self.crs, Crs::WebMercator, middle)
    }
}

/// Returns a box of EPSG:5514 around a box of EPSG:3857, and the margin.
fn around(mercator: Bbox) -> Bbox {
    /// Edges bend by less than this part of the square of their length in metres.
    const BEND: f64 = 1e-7;
    let Bbox { min, max } = mercator;
    let corners = [min, max, [min[0], max[1]], [max[0], min[1]]]
        .map(|corner| transform(Crs::WebMercator, Crs::SJtsk, corner))
        .map(|corner| Bbox::new(corner, corner));
    let hull = corners.into_iter().reduce(|a, b| a.union(&b));
    let hull = hull.expect("a box has corners");
    let length = (hull.max[0] - hull.min[0]).max(hull.max[1] - hull.min[1]);
    grown(hull, MARGIN + BEND * length * length)
}

fn grown(Bbox { min, max }: Bbox, by: f64) -> Bbox {
    Bbox::new(min.map(|edge| edge - by), max.map(|edge| edge + by))
}

fn holds(outer: &Bbox, inner: &Bbox) -> bool {
    (0..2).all(|axis| outer.min[axis] <= inner.min[axis] && inner.max[axis] <= outer.max[axis])
}

/// Returns an upright box of EPSG:5514 within the box of degrees: right of all its western edge, below all its northern
/// edge and so on, a metre apart because edges bend between the positions looked at.
fn inner_box(bbox: Bbox) -> Option<Bbox> {
    const PIECES: u32 = 32;
    const MARGIN: f64 = 1.0;
    let at = |lon: f64, lat: f64| transform(Crs::Wgs84, Crs::SJtsk, [lon, lat]);
    let steps = || (0..=PIECES).map(|step| f64::from(step) / f64::from(PIECES));
    let [west, south] = bbox.min;
    let [east, north] = bbox.max;
    let lons = || steps().map(|t| west + t * (east - west));
    let lats = || steps().map(|t| south + t * (north - south));
    let min = [
        lats().map(|lat| at(west, lat)[0]).fold(f64::MIN, f64::max) + MARGIN,
        lons().map(|lon| at(lon, south)[1]).fold(f64::MIN, f64::max) + MARGIN,
    ];
    let max = [
        lats().map(|lat| at(east, lat)[0]).fold(f64::MAX, f64::min) - MARGIN,
        lons().map(|lon| at(lon, north)[1]).fold(f64::MAX, f64::min) - MARGIN,
    ];
    let is_sound = min[0] < max[0] && min[1] < max[1] && in_krovak_area(min) && in_krovak_area(max);
    is_sound.then(|| Bbox::new(min, max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_box_lies_within_the_area_and_fills_most_of_it() {
        let degrees = Bbox::new([13.2, 50.3], [13.6, 50.6]);
        let inner = inner_box(degrees).expect("a box");
        for x in [inner.min[0], inner.max[0]] {
            for y in [inner.min[1], inner.max[1]] {
                let [lon, lat] = transform(Crs::SJtsk, Crs::Wgs84, [x, y]);
                assert!(
                    (13.2..=13.6).contains(&lon) && (50.3..=50.6).contains(&lat),
                    "{lon} {lat}"
                );
            }
        }
        let outer = transform_bbox(Crs::Wgs84, Crs::SJtsk, degrees);
        let width = |bbox: &Bbox| bbox.max[0] - bbox.min[0];
        assert!(width(&inner) > 0.6 * width(&outer));
    }

    #[test]
    fn a_box_in_each_system_holds_the_same() {
        let degrees = Bbox::new([13.3, 50.4], [13.5, 50.5]);
        let points = (0..400).map(|n| {
            [
                13.2 + f64::from(n % 20) / 50.0,
                50.35 + f64::from(n / 20) / 100.0,
            ]
        });
        let points: Vec<Geometry<f64>> = points
            .map(|at| geo_types::Point::from(transform(Crs::Wgs84, Crs::SJtsk, at)).into())
            .collect();
        let met = |area: &Area| {
            points
                .iter()
                .map(|point| area.meets(point))
                .collect::<Vec<_>>()
        };
        let expected = met(&Area::new(Crs::Wgs84, degrees));
        let found = expected.iter().filter(|is_met| **is_met).count();
        assert!(found > 20 && found < 380, "{found}");
        let mercator = transform_bbox(Crs::Wgs84, Crs::WebMercator, degrees);
        assert_eq!(met(&Area::new(Crs::WebMercator, mercator)), expected);
        // Upright in another system, so it holds more.
        let around = Area::new(Crs::SJtsk, transform_bbox(Crs::Wgs84, Crs::SJtsk, degrees));
        let wider = met(&around);
        assert!(
            expected
                .iter()
                .zip(&wider)
                .all(|(is_met, is_wider)| is_wider >= is_met)
        );
        assert!(around.cut_to(degrees).is_none());
    }

    #[test]
    fn a_narrow_area_has_no_inner_box() {
        assert_eq!(inner_box(Bbox::new([13.2, 50.3], [13.200_01, 50.6])), None);
    }
}
