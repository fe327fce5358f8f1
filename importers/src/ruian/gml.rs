//! Geometry in GML 3.2.1 as RÚIAN writes it: straight rings, two dimensions, EPSG:5514 with negative numbers.

use geo_types::{Coord, LineString, MultiPolygon, Point, Polygon};
use layers::crs;

use super::element::Element;

/// Reads the point at or below an element; a `MultiPoint` gives its first one.
pub(super) fn point(element: &Element) -> Result<Point<f64>, String> {
    let pos = first(element, "pos").ok_or("a point has no position")?;
    match positions(&pos.text)?.as_slice() {
        [position] => Ok(Point::from(*position)),
        _ => Err("a point must have two numbers".to_owned()),
    }
}

/// Reads the only polygon at or below an element.
pub(super) fn polygon(element: &Element) -> Result<Polygon<f64>, String> {
    let mut polygons = multi_polygon(element)?.0;
    match (polygons.pop(), polygons.is_empty()) {
        (Some(polygon), true) => Ok(polygon),
        _ => Err("there must be one polygon".to_owned()),
    }
}

/// Reads all polygons at or below an element.
pub(super) fn multi_polygon(element: &Element) -> Result<MultiPolygon<f64>, String> {
    let mut polygons = Vec::new();
    collect_polygons(element, &mut polygons)?;
    if polygons.is_empty() {
        return Err("there is no polygon".to_owned());
    }
    Ok(MultiPolygon::new(polygons))
}

fn collect_polygons(element: &Element, polygons: &mut Vec<Polygon<f64>>) -> Result<(), String> {
    if element.name == "Polygon" {
        let exterior = element
            .find(&["exterior"])
            .ok_or("a polygon has no exterior")?;
        let holes = element.all("interior").map(ring);
        polygons.push(Polygon::new(
            ring(exterior)?,
            holes.collect::<Result<_, _>>()?,
        ));
        return Ok(());
    }
    element
        .children
        .iter()
        .try_for_each(|child| collect_polygons(child, polygons))
}

fn ring(element: &Element) -> Result<LineString<f64>, String> {
    let list = element
        .find(&["LinearRing", "posList"])
        .ok_or("a ring is not made of straight lines")?;
    let coords = positions(&list.text)?;
    if coords.len() < 4 || coords.first() != coords.last() {
        return Err(format!(
            "a ring of {} positions is not closed",
            coords.len()
        ));
    }
    Ok(LineString::new(coords))
}

fn positions(text: &str) -> Result<Vec<Coord<f64>>, String> {
    let numbers = text
        .split_ascii_whitespace()
        .map(|word| {
            word.parse::<f64>()
                .map_err(|error| format!("`{word}`: {error}"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if numbers.len() % 2 != 0 {
        return Err("a position lacks its second number".to_owned());
    }
    let position = |pair: &[f64]| {
        if crs::in_krovak_area([pair[0], pair[1]]) {
            Ok(Coord::from((pair[0], pair[1])))
        } else {
            Err(format!("{} {} lies outside EPSG:5514", pair[0], pair[1]))
        }
    };
    numbers.chunks_exact(2).map(position).collect()
}

fn first<'a>(element: &'a Element, name: &str) -> Option<&'a Element> {
    if element.name == name {
        return Some(element);
    }
    element.children.iter().find_map(|child| first(child, name))
}
