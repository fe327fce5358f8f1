//! Geometries of a filter, made of the positions that its text or JSON gave.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};

use super::{Fault, Place};

/// Positions in lists of lists, as deep as the type of geometry wants.
#[derive(Debug)]
pub(super) enum Nest {
    Position(Coord<f64>, Place),
    List(Vec<Nest>, Place),
}

/// The types of geometry, with their names in JSON; the text has the same in capitals.
const KINDS: [(&str, Kind); 7] = [
    ("Point", Kind::Point),
    ("LineString", Kind::LineString),
    ("Polygon", Kind::Polygon),
    ("MultiPoint", Kind::MultiPoint),
    ("MultiLineString", Kind::MultiLineString),
    ("MultiPolygon", Kind::MultiPolygon),
    ("GeometryCollection", Kind::Collection),
];

/// A type of geometry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Point,
    LineString,
    Polygon,
    MultiPoint,
    MultiLineString,
    MultiPolygon,
    Collection,
}

impl Kind {
    /// Returns the type of a name, in whatever letters.
    pub(super) fn named(name: &str) -> Option<Self> {
        let known = KINDS.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        known.map(|(_, kind)| *kind)
    }

    /// Returns the name of a geometry's type in JSON.
    pub(super) fn name_of(geometry: &Geometry<f64>) -> &'static str {
        let kind = match geometry {
            Geometry::Point(_) => Self::Point,
            Geometry::LineString(_) => Self::LineString,
            Geometry::MultiPoint(_) => Self::MultiPoint,
            Geometry::MultiLineString(_) => Self::MultiLineString,
            Geometry::MultiPolygon(_) => Self::MultiPolygon,
            Geometry::GeometryCollection(_) => Self::Collection,
            _ => Self::Polygon,
        };
        let known = KINDS.iter().find(|(_, own)| *own == kind);
        known.map_or("", |(name, _)| *name)
    }
}

/// Makes a geometry, not a collection, of its positions.
pub(super) fn shape(kind: Kind, nest: Nest) -> Result<Geometry<f64>, Fault> {
    Ok(match kind {
        Kind::Point => Point(position(nest)?).into(),
        Kind::LineString => line(nest)?.into(),
        Kind::Polygon => polygon(nest)?.into(),
        Kind::MultiPoint => MultiPoint(list(nest, |one| position(one).map(Point))?).into(),
        Kind::MultiLineString => MultiLineString(list(nest, line)?).into(),
        Kind::MultiPolygon => MultiPolygon(list(nest, polygon)?).into(),
        Kind::Collection => Geometry::GeometryCollection(GeometryCollection::default()),
    })
}

fn position(nest: Nest) -> Result<Coord<f64>, Fault> {
    match nest {
        Nest::Position(at, _) => Ok(at),
        Nest::List(_, place) => Err(Fault::new(
            &place,
            "zde má být pozice: dvě čísla",
            "a position is expected here: two numbers",
        )),
    }
}

fn list<T>(nest: Nest, make: impl Fn(Nest) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    match nest {
        Nest::List(items, place) if items.is_empty() => Err(Fault::new(
            &place,
            "geometrie bez pozic tu být nemůže",
            "a geometry without positions cannot stand here",
        )),
        Nest::List(items, _) => items.into_iter().map(make).collect(),
        Nest::Position(_, place) => Err(Fault::new(
            &place,
            "zde má být seznam pozic",
            "a list of positions is expected here",
        )),
    }
}

fn line(nest: Nest) -> Result<LineString<f64>, Fault> {
    let place = nest.place().clone();
    let positions = list(nest, position)?;
    if positions.len() < 2 {
        return Err(Fault::new(
            &place,
            "linie potřebuje aspoň dvě pozice",
            "a line needs at least two positions",
        ));
    }
    Ok(LineString::new(positions))
}

fn polygon(nest: Nest) -> Result<Polygon<f64>, Fault> {
    let mut rings = list(nest, ring)?.into_iter();
    let shell = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
    Ok(Polygon::new(shell, rings.collect()))
}

fn ring(nest: Nest) -> Result<LineString<f64>, Fault> {
    let place = nest.place().clone();
    let positions = list(nest, position)?;
    if positions.len() < 4 {
        return Err(Fault::new(
            &place,
            "hranice plochy potřebuje aspoň čtyři pozice",
            "a ring needs at least four positions",
        ));
    }
    if positions.first() != positions.last() {
        return Err(Fault::new(
            &place,
            "hranice není uzavřená: první a poslední pozice se liší",
            "the ring is not closed: its first and last positions differ",
        ));
    }
    Ok(LineString::new(positions))
}

impl Nest {
    fn place(&self) -> &Place {
        match self {
            Self::Position(_, place) | Self::List(_, place) => place,
        }
    }
}

/// Makes a box of four numbers, or of six with heights, which are left out.
pub(super) fn bbox(numbers: &[f64], place: &Place) -> Result<[f64; 4], Fault> {
    match *numbers {
        [west, south, east, north] | [west, south, _, east, north, _] => {
            Ok([west, south, east, north])
        }
        _ => Err(Fault::new(
            place,
            "BBOX má mít čtyři čísla: nejmenší hodnoty a pak největší (nebo šest s výškami)",
            "BBOX takes four numbers: the least values, then the greatest (or six with heights)",
        )),
    }
}
