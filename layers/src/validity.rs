//! Whether a geometry is valid by OGC 06-103r4 (Simple Features), and everything that is wrong with it, with the place.

mod contacts;
mod nesting;
mod ring;
#[cfg(test)]
mod tests;

use std::fmt;

use geo::CoordsIter;
use geo_types::{Coord, Geometry, LineString, Polygon};

use self::ring::Ring;
use crate::Text;

/// How many flaws of one geometry are told, so that a scribble does not fill the memory.
const TOLD_AT_MOST: usize = 100;

/// What makes a geometry invalid; `Display` says it to people in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlawKind {
    /// A coordinate is not a finite number.
    NotFinite,
    /// A line has fewer than two different points, a ring fewer than three, or there is no point at all.
    TooFewPoints,
    /// A ring crosses, touches or retraces itself (a bow-tie, a loop, a spike).
    SelfIntersection,
    /// Two rings cross.
    CrossingRings,
    /// Two rings share a piece of line; they may share single points.
    SharedEdge,
    /// A hole lies outside the outer ring of its polygon.
    HoleOutside,
    /// A hole lies in another hole.
    NestedHoles,
    /// A polygon lies in another polygon of the same geometry.
    NestedPolygons,
    /// Rings touch so that they cut the inside of a polygon in two.
    DisconnectedInterior,
}

/// One thing that makes a geometry invalid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flaw {
    /// What is wrong.
    pub kind: FlawKind,
    /// Where, in the coordinates of the geometry; none when there is no usable coordinate.
    pub at: Option<[f64; 2]>,
}

impl Flaw {
    fn new(kind: FlawKind, at: Coord<f64>) -> Self {
        Self {
            kind,
            at: Some([at.x, at.y]),
        }
    }

    fn nowhere(kind: FlawKind) -> Self {
        Self { kind, at: None }
    }
}

impl fmt::Display for FlawKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

impl FlawKind {
    /// Returns the name of the case, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFinite => "not-finite",
            Self::TooFewPoints => "too-few-points",
            Self::SelfIntersection => "self-intersection",
            Self::CrossingRings => "crossing-rings",
            Self::SharedEdge => "shared-edge",
            Self::HoleOutside => "hole-outside",
            Self::NestedHoles => "nested-holes",
            Self::NestedPolygons => "nested-polygons",
            Self::DisconnectedInterior => "disconnected-interior",
        }
    }

    /// Says to people what is wrong.
    pub fn text(self) -> Text {
        let (cs, en) = match self {
            Self::NotFinite => (
                "souřadnice není konečné číslo",
                "a coordinate is not a finite number",
            ),
            Self::TooFewPoints => (
                "linie potřebuje dva různé body, hranice plochy tři",
                "a line needs two different points, a ring three",
            ),
            Self::SelfIntersection => (
                "hranice kříží sama sebe nebo se sebe dotýká",
                "a ring crosses or touches itself",
            ),
            Self::CrossingRings => ("hranice se kříží", "two rings cross"),
            Self::SharedEdge => (
                "dvě hranice mají společný kus čáry",
                "two rings share a piece of line",
            ),
            Self::HoleOutside => ("otvor leží mimo plochu", "a hole lies outside its polygon"),
            Self::NestedHoles => ("otvor leží v jiném otvoru", "a hole lies in another hole"),
            Self::NestedPolygons => (
                "jedna část plochy leží v druhé",
                "a polygon lies in another of the same feature",
            ),
            Self::DisconnectedInterior => (
                "hranice rozdělují vnitřek plochy na dva kusy",
                "rings cut the inside of the polygon in two",
            ),
        };
        Text {
            cs: cs.to_owned(),
            en: en.to_owned(),
        }
    }
}

/// Returns everything that makes a geometry invalid by OGC 06-103r4, with its place; up to a hundred flaws.
///
/// Exact on the coordinates as they are, in a plane: ask it in EPSG:5514. Repeated points and lines that cross
/// themselves are valid, as in GEOS. What lies in what is not said of rings that cross something.
pub fn find_flaws(geometry: &Geometry<f64>) -> Vec<Flaw> {
    if geometry
        .coords_iter()
        .any(|c| !c.x.is_finite() || !c.y.is_finite())
    {
        return vec![Flaw::nowhere(FlawKind::NotFinite)];
    }
    if geometry.coords_iter().next().is_none() {
        return vec![Flaw::nowhere(FlawKind::TooFewPoints)];
    }
    let mut flaws = match geometry {
        Geometry::LineString(line) => of_lines(std::slice::from_ref(line)),
        Geometry::MultiLineString(lines) => of_lines(&lines.0),
        Geometry::Polygon(polygon) => of_polygons(std::slice::from_ref(polygon)),
        Geometry::MultiPolygon(polygons) => of_polygons(&polygons.0),
        _ => Vec::new(),
    };
    flaws.truncate(TOLD_AT_MOST);
    flaws
}

fn of_lines(lines: &[LineString<f64>]) -> Vec<Flaw> {
    lines
        .iter()
        .filter(|line| line.0.iter().all(|c| *c == line.0[0]))
        .map(too_few_points)
        .collect()
}

fn of_polygons(polygons: &[Polygon<f64>]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut rings = Vec::new();
    for (polygon, parts) in polygons.iter().enumerate() {
        let all = std::iter::once(parts.exterior()).chain(parts.interiors());
        for (place, line) in all.enumerate() {
            match Ring::new(polygon, place > 0, line) {
                Some(ring) => rings.push(ring),
                None => flaws.push(too_few_points(line)),
            }
        }
    }
    let contacts = contacts::find(&rings);
    flaws.extend(contacts.flaws.iter().copied());
    flaws.extend(nesting::flaws(&rings, &contacts));
    flaws
}

fn too_few_points(line: &LineString<f64>) -> Flaw {
    match line.0.first() {
        Some(first) => Flaw::new(FlawKind::TooFewPoints, *first),
        None => Flaw::nowhere(FlawKind::TooFewPoints),
    }
}
