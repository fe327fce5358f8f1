//! Geometries: the feature's own, and those that the filter draws.

use std::sync::Arc;

use geo_types::{Geometry, MultiPolygon, Polygon, Rect};

use super::{Binder, GEOMETRY};
use crate::cql2::filter::Shape;
use crate::cql2::{Expression, Node, Operator};
use crate::crs::Crs;
use crate::{Bbox, find_flaws};

impl Binder<'_> {
    /// Binds a geometry.
    pub(super) fn shape(&mut self, found: &Expression) -> Option<Shape> {
        match &found.node {
            Node::Property(name) if self.is_geometry(name) => Some(Shape::OfFeature),
            Node::Property(name) => {
                let name = self.field(found, name)?.field.name.clone();
                self.refuse(
                    found,
                    format!("údaj `{name}` není geometrie; ta se jmenuje `{GEOMETRY}`"),
                    format!("the property `{name}` is no geometry; that is called `{GEOMETRY}`"),
                )
            }
            Node::Geometry(geometry) => self.drawn(found, geometry.clone()),
            Node::Bbox(edges) => {
                let geometry = self.boxed(found, *edges)?;
                self.drawn(found, geometry)
            }
            Node::Call(Operator::Function(name), _) => self.unknown_function(found, name),
            _ => self.refuse(found, "zde má být geometrie", "a geometry is expected here"),
        }
    }

    fn drawn(&mut self, found: &Expression, geometry: Geometry<f64>) -> Option<Shape> {
        let flaws = match &geometry {
            Geometry::GeometryCollection(parts) => parts.iter().flat_map(find_flaws).collect(),
            one => find_flaws(one),
        };
        if let Some(flaw) = flaws.first() {
            let text = flaw.kind.text();
            let at = flaw
                .at
                .map_or_else(String::new, |[x, y]| format!(" ({x} {y})"));
            return self.refuse(
                found,
                format!("geometrie filtru není platná: {}{at}", text.cs),
                format!("the geometry of the filter is not valid: {}{at}", text.en),
            );
        }
        let bbox = Bbox::of(&geometry)?;
        if self.crs == Crs::Wgs84 && !is_on_earth(bbox) {
            return self.refuse(
                found,
                "souřadnice mají být stupně: délka od -180 do 180, šířka od -90 do 90",
                "the coordinates must be degrees: longitude from -180 to 180, latitude from -90 to 90",
            );
        }
        Some(Shape::Drawn(Arc::new(geometry), bbox))
    }

    /// Makes the area of a box; in degrees it may reach across the antimeridian.
    fn boxed(&mut self, found: &Expression, edges: [f64; 4]) -> Option<Geometry<f64>> {
        let [west, south, east, north] = edges;
        if south > north {
            return self.refuse(
                found,
                "jih BBOX má být nejvýš na severu",
                "the south of a BBOX must not be above its north",
            );
        }
        let area = |west, east| area(west, south, east, north);
        if west <= east {
            return Some(area(west, east));
        }
        if self.crs != Crs::Wgs84 {
            return self.refuse(
                found,
                "západ BBOX má být nejvýš východ",
                "the west of a BBOX must not be greater than its east",
            );
        }
        let halves = [area(west, 180.0), area(-180.0, east)].into_iter();
        let halves = halves.filter_map(|half| Polygon::try_from(half).ok());
        Some(MultiPolygon(halves.collect()).into())
    }
}

/// Returns a box as a polygon, or as what is left of it when it has no width or no height.
fn area(west: f64, south: f64, east: f64, north: f64) -> Geometry<f64> {
    match (west < east, south < north) {
        (true, true) => Rect::new((west, south), (east, north)).to_polygon().into(),
        (false, false) => geo_types::Point::new(west, south).into(),
        _ => geo_types::LineString::from(vec![(west, south), (east, north)]).into(),
    }
}

fn is_on_earth(Bbox { min, max }: Bbox) -> bool {
    min[0] >= -180.0 && max[0] <= 180.0 && min[1] >= -90.0 && max[1] <= 90.0
}
