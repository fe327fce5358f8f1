//! One feature as tiles see it: where it is in world units, and what it says, already encoded.

use geo_types::{Geometry, LineString, Polygon};
use layers::{Feature, GeometryType, LayerView};

use super::grid::UnitBox;
use super::hilbert::place_on_curve;
use super::mvt::value_entry;
use super::path::{Path, Shape, world_paths};

/// A feature projected and encoded once; two are equal when no tile can tell them apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FeatureRow {
    pub(super) fid: i64,
    pub(super) paths: Vec<Path>,
    pub(super) around: UnitBox,
    /// The finished `values` entry of each column; empty bytes where tiles carry none.
    pub(super) values: Box<[Box<[u8]>]>,
}

/// Where a feature stands among the others of its layer, in every table and every tile.
pub(super) type Order = (u64, i64);

impl FeatureRow {
    /// Makes the row of a feature read through a view with this shape; none when it has no geometry to show.
    pub(super) fn of(feature: &Feature, shape: Shape) -> Option<Self> {
        let mut paths = world_paths(feature.geometry.as_ref()?);
        paths.retain(|path| path.len() >= shape.fewest());
        let entry = |value| value_entry(value).unwrap_or_default().into_boxed_slice();
        let row = Self {
            fid: feature.fid,
            around: UnitBox::around(paths.iter().flatten()),
            values: feature.values.iter().map(entry).collect(),
            paths,
        };
        (!row.paths.is_empty()).then_some(row)
    }

    /// Returns where it stands: along the Hilbert curve, then by `fid`.
    pub(super) fn order(&self) -> Order {
        (place_on_curve(self.around.centre()), self.fid)
    }
}

/// Whether tiles show every part of a geometry in a layer of this shape, as they do unless another program wrote it.
pub(super) fn is_shown(geometry: &Geometry<f64>, shape: Shape) -> bool {
    let fewest = shape.fewest();
    let is_line = |line: &LineString<f64>| line.0.len() >= fewest;
    let is_area = |area: &Polygon<f64>| {
        let mut rings = area.interiors().iter().chain([area.exterior()]);
        rings.all(|ring| ring.0.len() > fewest)
    };
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => shape == Shape::Point,
        Geometry::LineString(line) => is_line(line),
        Geometry::MultiLineString(lines) => lines.iter().all(is_line),
        Geometry::Polygon(area) => is_area(area),
        Geometry::MultiPolygon(areas) => areas.iter().all(is_area),
        _ => false,
    }
}

/// Returns the shape of a layer's features; none for a table.
pub(super) fn shape_of(view: &LayerView) -> Option<Shape> {
    Some(match view.layer().geometry? {
        GeometryType::Point => Shape::Point,
        GeometryType::LineString | GeometryType::MultiLineString => Shape::Line,
        GeometryType::Polygon | GeometryType::MultiPolygon => Shape::Area,
    })
}

#[cfg(test)]
mod tests {
    use geo_types::{GeometryCollection, MultiPolygon, line_string, point, polygon};

    use super::*;

    #[test]
    fn what_tiles_leave_out_is_known() {
        let area = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)];
        let flat = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0)];
        let line = line_string![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0)];
        let point = Geometry::from(point!(x: 0.0, y: 0.0));
        let both = MultiPolygon::new(vec![area.clone(), flat]);
        let collection = GeometryCollection::from(vec![point.clone()]);
        for (geometry, shape, expected) in [
            (point.clone(), Shape::Point, true),
            (line.clone().into(), Shape::Line, true),
            (area.into(), Shape::Area, true),
            (point, Shape::Line, false),
            (line.into(), Shape::Area, false),
            (both.into(), Shape::Area, false),
            (
                Geometry::GeometryCollection(collection),
                Shape::Point,
                false,
            ),
        ] {
            let row = FeatureRow::of(
                &Feature {
                    id: layers::FeatureId::new_v7(1, &[0; 10]),
                    fid: 1,
                    rev: 1,
                    geometry: Some(geometry.clone()),
                    values: Vec::new(),
                },
                shape,
            );
            assert_eq!(is_shown(&geometry, shape), expected, "{geometry:?}");
            assert!(row.is_some() || !expected);
        }
    }
}
