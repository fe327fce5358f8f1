//! Well-known binary (OGC 06-103r4), as `GeoPackage` blobs and PostGIS carry geometry.
//!
//! Read by hand because it comes from other programs too: whatever is there, reading ends in an answer and never asks
//! for more memory than the bytes are long.

use geo_types::{
    Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_LINE_STRING: u32 = 5;
const MULTI_POLYGON: u32 = 6;

/// Bytes that are no geometry of a type that layers have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Reads a geometry.
pub(crate) fn read(bytes: &[u8]) -> Result<Geometry<f64>, Malformed> {
    Cursor { rest: bytes }.geometry()
}

/// Appends a geometry, little end first.
pub(crate) fn write(out: &mut Vec<u8>, geometry: &Geometry<f64>) {
    match geometry {
        Geometry::Point(point) => {
            write_head(out, POINT);
            write_position(out, point.0);
        }
        Geometry::LineString(line) => write_line(out, line),
        Geometry::MultiPoint(points) => {
            write_head(out, MULTI_POINT);
            write_count(out, points.0.len());
            for point in points {
                write_head(out, POINT);
                write_position(out, point.0);
            }
        }
        Geometry::Polygon(polygon) => write_polygon(out, polygon),
        Geometry::MultiLineString(lines) => {
            write_head(out, MULTI_LINE_STRING);
            write_count(out, lines.0.len());
            lines.0.iter().for_each(|line| write_line(out, line));
        }
        Geometry::MultiPolygon(polygons) => {
            write_head(out, MULTI_POLYGON);
            write_count(out, polygons.0.len());
            polygons.0.iter().for_each(|part| write_polygon(out, part));
        }
        other => unreachable!("never read, and no layer accepts {other:?}"),
    }
}

fn write_head(out: &mut Vec<u8>, kind: u32) {
    out.push(1);
    out.extend(kind.to_le_bytes());
}

fn write_count(out: &mut Vec<u8>, count: usize) {
    out.extend((count as u32).to_le_bytes());
}

fn write_position(out: &mut Vec<u8>, position: Coord<f64>) {
    out.extend(position.x.to_le_bytes());
    out.extend(position.y.to_le_bytes());
}

fn write_positions(out: &mut Vec<u8>, line: &LineString<f64>) {
    write_count(out, line.0.len());
    line.0.iter().for_each(|at| write_position(out, *at));
}

fn write_line(out: &mut Vec<u8>, line: &LineString<f64>) {
    write_head(out, LINE_STRING);
    write_positions(out, line);
}

fn write_polygon(out: &mut Vec<u8>, polygon: &Polygon<f64>) {
    write_head(out, POLYGON);
    write_count(out, 1 + polygon.interiors().len());
    write_positions(out, polygon.exterior());
    polygon
        .interiors()
        .iter()
        .for_each(|hole| write_positions(out, hole));
}

/// What is left of the bytes.
pub(crate) struct Cursor<'a> {
    pub(crate) rest: &'a [u8],
}

/// How the geometry at hand is written: its byte order, type, and how many numbers a position has.
struct Head {
    little: bool,
    kind: u32,
    dimensions: usize,
}

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// Takes one number.
    pub(crate) fn number(&mut self, little: bool) -> Result<f64, Malformed> {
        let bytes = self.take()?;
        Ok(if little {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }

    fn integer(&mut self, little: bool) -> Result<u32, Malformed> {
        let bytes = self.take()?;
        Ok(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn head(&mut self) -> Result<Head, Malformed> {
        let little = match self.take()? {
            [0] => false,
            [1] => true,
            _ => return Err(Malformed),
        };
        let code = self.integer(little)?;
        let dimensions = match code / 1000 {
            0 => 2,
            1 | 2 => 3,
            3 => 4,
            _ => return Err(Malformed),
        };
        let kind = code % 1000;
        Ok(Head {
            little,
            kind,
            dimensions,
        })
    }

    fn geometry(&mut self) -> Result<Geometry<f64>, Malformed> {
        let head = self.head()?;
        Ok(match head.kind {
            POINT => Point(self.position(&head)?).into(),
            LINE_STRING => self.line(&head)?.into(),
            POLYGON => self.polygon(&head)?.into(),
            MULTI_POINT => MultiPoint(self.parts(&head, POINT, |cursor, head| {
                cursor.position(head).map(Point)
            })?)
            .into(),
            MULTI_LINE_STRING => {
                MultiLineString(self.parts(&head, LINE_STRING, Self::line)?).into()
            }
            MULTI_POLYGON => MultiPolygon(self.parts(&head, POLYGON, Self::polygon)?).into(),
            _ => return Err(Malformed),
        })
    }

    fn parts<T>(
        &mut self,
        head: &Head,
        kind: u32,
        read: impl Fn(&mut Self, &Head) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        self.several(head, |cursor| {
            let part = cursor.head()?;
            if part.kind != kind {
                return Err(Malformed);
            }
            read(cursor, &part)
        })
    }

    /// Reads a count and as many items; a false count ends where the blob ends.
    fn several<T>(
        &mut self,
        head: &Head,
        read: impl Fn(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = self.integer(head.little)?;
        let mut items = Vec::with_capacity((count as usize).min(self.rest.len() / 16));
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    fn position(&mut self, head: &Head) -> Result<Coord<f64>, Malformed> {
        let x = self.number(head.little)?;
        let y = self.number(head.little)?;
        for _ in 2..head.dimensions {
            self.number(head.little)?;
        }
        Ok(Coord { x, y })
    }

    fn line(&mut self, head: &Head) -> Result<LineString<f64>, Malformed> {
        self.several(head, |cursor| cursor.position(head))
            .map(LineString)
    }

    fn polygon(&mut self, head: &Head) -> Result<Polygon<f64>, Malformed> {
        let mut rings = self.several(head, |cursor| cursor.line(head))?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }
}
