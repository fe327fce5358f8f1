//! The area of a package: the box around a municipality with a margin, and the tiles that meet it.

use std::ops::RangeInclusive;

use geo_types::Geometry;
use layers::crs::{Crs, HALF_WORLD, transform_bbox};
use layers::{Bbox, LayerView, Municipality};

use crate::config::{Config, Start};
use crate::tiles::{DEEPEST_ZOOM, TileId};

/// How many metres beyond the border a package still shows the map.
const MARGIN: f64 = 300.0;
/// How many pixels of a small screen the municipality fills when the map opens.
const SCREEN: f64 = 600.0;
/// The width of the world in pixels of MapLibre at zoom level 0.
const WORLD_PIXELS: f64 = 512.0;

/// An area in the three systems that need it.
pub(super) struct Area {
    /// EPSG:5514, metres.
    pub(super) s_jtsk: Bbox,
    degrees: Bbox,
    mercator: Bbox,
    pub(super) zooms: RangeInclusive<u8>,
}

impl Area {
    /// Returns the area around a municipality, with every zoom level at which one of the layers has tiles.
    pub(super) fn of(municipality: &Municipality, views: &[LayerView]) -> Self {
        let border = Geometry::MultiPolygon(municipality.border.clone());
        let around = Bbox::of(&border).expect("a stored border has points");
        let s_jtsk = Bbox::new(
            around.min.map(|edge| edge - MARGIN),
            around.max.map(|edge| edge + MARGIN),
        );
        let zooms = views
            .iter()
            .map(LayerView::layer)
            .filter(|layer| layer.geometry.is_some());
        let zooms: Vec<_> = zooms.map(|layer| layer.zooms).collect();
        let first = zooms.iter().map(|zooms| zooms.min).min().unwrap_or(0);
        let last = zooms.iter().map(|zooms| zooms.max).max().unwrap_or(0);
        Self {
            s_jtsk,
            degrees: transform_bbox(Crs::SJtsk, Crs::Wgs84, s_jtsk),
            mercator: transform_bbox(Crs::SJtsk, Crs::WebMercator, s_jtsk),
            zooms: first..=last.min(DEEPEST_ZOOM),
        }
    }

    /// Returns west, south, east and north in degrees, rounded to centimetres.
    pub(super) fn corners(&self) -> [f64; 4] {
        let [west, south] = self.degrees.min;
        let [east, north] = self.degrees.max;
        [west, south, east, north].map(rounded)
    }

    /// Returns longitude and latitude of the middle.
    pub(super) fn center(&self) -> [f64; 2] {
        [0, 1].map(|axis| rounded(self.degrees.min[axis].midpoint(self.degrees.max[axis])))
    }

    /// Returns where the map opens: where that of the whole city does, if it is here, else on the whole municipality.
    pub(super) fn start(&self, config: &Config) -> Start {
        let is_here = |start: &Start| {
            self.degrees
                .intersects(&Bbox::new(start.center, start.center))
        };
        config.start.filter(is_here).unwrap_or_else(|| Start {
            center: self.center(),
            zoom: self.fitting_zoom(),
        })
    }

    /// Returns the zoom level at which the municipality fills a small screen.
    pub(super) fn fitting_zoom(&self) -> f64 {
        let side = |axis: usize| self.mercator.max[axis] - self.mercator.min[axis];
        let largest = side(0).max(side(1));
        let zoom = (2.0 * HALF_WORLD * SCREEN / (WORLD_PIXELS * largest)).log2();
        (zoom * 10.0).floor() / 10.0
    }

    /// Returns the tiles of a zoom level that meet the area.
    pub(super) fn tiles(&self, zoom: u8) -> impl Iterator<Item = TileId> {
        let along = |metres: f64| {
            let share = (metres + HALF_WORLD) / (2.0 * HALF_WORLD);
            (share * 2_f64.powi(i32::from(zoom))) as u32
        };
        let columns = along(self.mercator.min[0])..=along(self.mercator.max[0]);
        let rows = along(-self.mercator.max[1])..=along(-self.mercator.min[1]);
        columns.flat_map(move |x| {
            rows.clone()
                .filter_map(move |y| TileId::new(zoom, x, y).ok())
        })
    }
}

/// Rounds degrees to seven places: a centimetre.
pub(super) fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}
