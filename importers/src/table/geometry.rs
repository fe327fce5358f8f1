//! The geometry of a foreign row as our layer keeps it: in EPSG:5514, one part where the layer has one.

use geo::{CoordsIter, MapCoords};
use geo_types::{Coord, Geometry, Point};
use layers::GeometryType;

use super::cell::Cell;
use super::convert::number;
use super::foreign::{ForeignGeometry, ForeignRow};
use super::position::Reading;
use super::reason::Reason;

/// Two positions nearer than this, in metres, are one: a way to WGS 84 and back may cost 1.6 mm.
const SAME_PLACE: f64 = 0.002;

/// Makes the row's geometry from two columns when the file has no other.
pub(super) fn place_by_columns(row: &mut ForeignRow<'_>, columns: [usize; 2]) {
    if row.geometry == ForeignGeometry::None {
        let [x, y] = columns.map(|column| number(&row.cells[column].typed()));
        if let (Some(x), Some(y)) = (x, y) {
            row.geometry = ForeignGeometry::Sound(Point::new(x, y).into());
        }
    }
}

/// Says what is wrong with the cells of a position: something stands there and is no number.
pub(super) fn coordinate_reasons(
    cells: &[Cell<'_>],
    columns: &[String],
    coordinates: [usize; 2],
) -> Vec<Reason> {
    let bad = |column: &usize| {
        let text = cells[*column].typed();
        !text.is_empty() && number(&text).is_none()
    };
    let reason = |column: usize| {
        let text = cells[column].typed();
        Reason::of_row(
            "wrong-position",
            format!("{}: „{text}“ není číslo", columns[column]),
        )
    };
    coordinates.into_iter().filter(bad).map(reason).collect()
}

/// Returns a foreign geometry as the layer keeps it, or everything that is wrong with it.
pub(super) fn fitted(
    foreign: &ForeignGeometry,
    kind: GeometryType,
    reading: Reading,
) -> Result<Option<Geometry<f64>>, Vec<Reason>> {
    let Some(shape) = foreign.shape() else {
        return match foreign {
            ForeignGeometry::Unreadable => Err(vec![Reason::of_row(
                "unreadable-geometry",
                "geometrie tohoto druhu se nedá přečíst (oblouk nebo těleso?)",
            )]),
            _ => Ok(None),
        };
    };
    let mut reasons = faults(foreign, shape, reading);
    match single_part(kind, shape.clone()) {
        Ok(part) if reasons.is_empty() => Ok(Some(kind.normalise(in_s_jtsk(&part, reading)))),
        Ok(_) => Err(reasons),
        Err(parts) => {
            let text = format!("geometrie má {parts} částí, vrstva bere jednu");
            reasons.push(Reason::of_row("several-parts", text));
            Err(reasons)
        }
    }
}

/// Returns what is wrong with a geometry whatever the layer.
fn faults(foreign: &ForeignGeometry, shape: &Geometry<f64>, reading: Reading) -> Vec<Reason> {
    let invalid = match foreign {
        ForeignGeometry::Invalid(_, said) => Some(Reason::of_invalid_geometry(said)),
        _ => None,
    };
    let stray = shape
        .coords_iter()
        .find(|c| reading.to_s_jtsk([c.x, c.y]).is_none());
    let far_off = stray.map(|Coord { x, y }| {
        Reason::of_row("far-off", format!("poloha {x} {y} je mimo území Česka"))
    });
    invalid.into_iter().chain(far_off).collect()
}

fn in_s_jtsk(geometry: &Geometry<f64>, reading: Reading) -> Geometry<f64> {
    geometry.map_coords(|Coord { x, y }| {
        let [x, y] = reading.to_s_jtsk([x, y]).unwrap_or([x, y]);
        Coord { x, y }
    })
}

/// Takes the one part out of a collection where the layer has single ones, or returns how many there are.
fn single_part(kind: GeometryType, geometry: Geometry<f64>) -> Result<Geometry<f64>, usize> {
    fn only<T: Into<Geometry<f64>>>(mut parts: Vec<T>) -> Result<Geometry<f64>, usize> {
        match parts.pop() {
            Some(part) if parts.is_empty() => Ok(part.into()),
            part => Err(parts.len() + usize::from(part.is_some())),
        }
    }
    match (kind, geometry) {
        (GeometryType::Point, Geometry::MultiPoint(points)) => only(points.0),
        (GeometryType::LineString, Geometry::MultiLineString(lines)) => only(lines.0),
        (GeometryType::Polygon, Geometry::MultiPolygon(polygons)) => only(polygons.0),
        (_, geometry) => Ok(geometry),
    }
}

/// Whether two geometries differ by less than can be told.
pub(super) fn is_same(a: &Geometry<f64>, b: &Geometry<f64>) -> bool {
    let near =
        |(p, q): (Coord, Coord)| (p.x - q.x).abs() < SAME_PLACE && (p.y - q.y).abs() < SAME_PLACE;
    std::mem::discriminant(a) == std::mem::discriminant(b)
        && a.coords_count() == b.coords_count()
        && a.coords_iter().zip(b.coords_iter()).all(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::{MultiPolygon, polygon};

    const HERE: [f64; 2] = [-773_555.0, -999_234.0];

    fn square() -> geo_types::Polygon<f64> {
        let [x, y] = HERE;
        polygon![(x: x, y: y), (x: x + 9.0, y: y), (x: x + 9.0, y: y + 9.0)]
    }

    fn check(foreign: &ForeignGeometry, kind: GeometryType, kinds: &[&str]) {
        let found = match fitted(foreign, kind, Reading::SJtsk) {
            Ok(_) => Vec::new(),
            Err(reasons) => reasons.iter().map(|reason| reason.kind).collect(),
        };
        assert_eq!(found, kinds);
    }

    #[test]
    fn a_collection_of_one_is_taken_where_the_layer_has_single_parts() {
        let one = MultiPolygon::new(vec![square()]);
        let found = fitted(
            &ForeignGeometry::Sound(one.clone().into()),
            GeometryType::Polygon,
            Reading::SJtsk,
        );
        assert_eq!(found, Ok(Some(square().into())));
        let two = MultiPolygon::new(vec![square(), square()]);
        check(
            &ForeignGeometry::Sound(two.clone().into()),
            GeometryType::Polygon,
            &["several-parts"],
        );
        check(
            &ForeignGeometry::Sound(two.into()),
            GeometryType::MultiPolygon,
            &[],
        );
    }

    #[test]
    fn every_fault_of_a_geometry_is_told() {
        let far = MultiPolygon::new(vec![
            square(),
            polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)],
        ]);
        let said = "Self-intersection at or near point 1 2".to_owned();
        let foreign = ForeignGeometry::Invalid(far.into(), said);
        check(
            &foreign,
            GeometryType::Polygon,
            &["invalid-geometry", "far-off", "several-parts"],
        );
        check(
            &ForeignGeometry::Unreadable,
            GeometryType::Polygon,
            &["unreadable-geometry"],
        );
    }

    #[test]
    fn a_millimetre_is_no_difference_and_a_centimetre_is() {
        let [x, y] = HERE;
        let here = Geometry::from(Point::new(x, y));
        assert!(is_same(&here, &Point::new(x + 0.001, y).into()));
        assert!(!is_same(&here, &Point::new(x + 0.01, y).into()));
    }
}
