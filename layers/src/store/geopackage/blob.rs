//! Geometry as GeoPackage keeps it: a short header with the box, then well-known binary.
//!
//! Read by hand because blobs come from other programs too: whatever they hold, reading ends in an answer and never
//! asks for more memory than the blob is long.

use geo_types::{
    Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

use super::SRS_ID;
use crate::Bbox;

const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_LINE_STRING: u32 = 5;
const MULTI_POLYGON: u32 = 6;

/// A blob that is no `GeoPackage` geometry of a type that layers have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Writes a geometry (EPSG:5514), with its box in the header unless it is a point.
pub(super) fn encode(geometry: &Geometry<f64>) -> Vec<u8> {
    let mut out = b"GP\0".to_vec();
    let bbox = match geometry {
        Geometry::Point(_) => None,
        _ => Bbox::of(geometry),
    };
    out.push(if bbox.is_some() { 0b0011 } else { 0b0001 });
    out.extend(SRS_ID.to_le_bytes());
    if let Some(Bbox { min, max }) = bbox {
        for number in [min[0], max[0], min[1], max[1]] {
            out.extend(number.to_le_bytes());
        }
    }
    write_geometry(&mut out, geometry);
    out
}

fn write_geometry(out: &mut Vec<u8>, geometry: &Geometry<f64>) {
    match geometry {
        Geometry::Point(point) => {
            write_head(out, POINT);
            write_position(out, point.0);
        }
        Geometry::LineString(line) => write_line(out, line),
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
        other => unreachable!("no layer accepts {other:?}"),
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

/// Reads a geometry; none when the blob says that it is empty.
pub(super) fn decode(blob: &[u8]) -> Result<Option<Geometry<f64>>, Malformed> {
    let header = Header::read(blob)?;
    if header.empty {
        return Ok(None);
    }
    Cursor { rest: header.body }.geometry().map(Some)
}

/// Returns the box of a geometry, from the header when it is there; none for an empty or malformed blob.
pub(super) fn bbox(blob: &[u8]) -> Option<Bbox> {
    let header = Header::read(blob).ok()?;
    match header.bbox {
        Some(bbox) => Some(bbox),
        None => Bbox::of(&decode(blob).ok()??),
    }
}

struct Header<'a> {
    empty: bool,
    bbox: Option<Bbox>,
    body: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(blob: &'a [u8]) -> Result<Self, Malformed> {
        let [b'G', b'P', _, flags, _, _, _, _, rest @ ..] = blob else {
            return Err(Malformed);
        };
        let little = flags & 1 == 1;
        let numbers = match (flags >> 1) & 0b111 {
            0 => 0,
            1 => 4,
            2 | 3 => 6,
            4 => 8,
            _ => return Err(Malformed),
        };
        let mut cursor = Cursor { rest };
        let mut envelope = [0.0; 8];
        for number in envelope.iter_mut().take(numbers) {
            *number = cursor.number(little)?;
        }
        let [min_x, max_x, min_y, max_y, ..] = envelope;
        let sound = numbers > 0 && min_x <= max_x && min_y <= max_y;
        Ok(Self {
            empty: flags & 0b1_0000 != 0,
            bbox: sound.then(|| Bbox::new([min_x, min_y], [max_x, max_y])),
            body: cursor.rest,
        })
    }
}

/// What is left of a blob.
struct Cursor<'a> {
    rest: &'a [u8],
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

    fn number(&mut self, little: bool) -> Result<f64, Malformed> {
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

#[cfg(test)]
mod tests {
    use geo_types::{line_string, point, polygon};
    use geozero::{CoordDimensions, ToGeo, ToWkb};
    use proptest::prelude::*;

    use super::*;

    fn check(geometry: impl Into<Geometry<f64>>) {
        let geometry = geometry.into();
        let ours = encode(&geometry);
        assert_eq!(decode(&ours), Ok(Some(geometry.clone())));
        assert_eq!(bbox(&ours), Bbox::of(&geometry));
        let second = geozero::wkb::GpkgWkb(&ours).to_geo().expect("sound");
        assert_eq!(second, geometry);
        let theirs = geometry
            .to_gpkg_wkb(CoordDimensions::xy(), Some(SRS_ID), Vec::new())
            .expect("sound");
        assert_eq!(decode(&theirs), Ok(Some(geometry.clone())));
        assert_eq!(bbox(&theirs), Bbox::of(&geometry));
    }

    #[test]
    fn a_geometry_reads_back_and_a_second_reader_agrees() {
        let area = polygon!(exterior: [(x: -9.5, y: 0.), (x: 4., y: 0.), (x: 4., y: 4.)], interiors: [[(x: 1., y: 1.), (x: 2., y: 1.), (x: 2., y: 2.)]]);
        let line = line_string![(x: 1.25, y: -1.), (x: 2., y: 3.)];
        check(point!(x: -819_000.25, y: -993_000.5));
        check(area.clone());
        check(line.clone());
        check(MultiPolygon(vec![area.clone(), area]));
        check(MultiLineString(vec![line.clone(), line]));
    }

    #[test]
    fn a_position_with_height_loses_only_its_height() {
        let mut blob = b"GP\0\x01\0\0\0\0\x01".to_vec();
        blob.extend(1001_u32.to_le_bytes());
        for number in [1.0_f64, 2.0, 3.0] {
            blob.extend(number.to_le_bytes());
        }
        assert_eq!(decode(&blob), Ok(Some(point!(x: 1.0, y: 2.0).into())));
    }

    #[test]
    fn a_false_count_neither_panics_nor_asks_for_memory() {
        let mut blob = b"GP\0\x01\0\0\0\0\x01".to_vec();
        blob.extend(LINE_STRING.to_le_bytes());
        blob.extend(u32::MAX.to_le_bytes());
        assert_eq!(decode(&blob), Err(Malformed));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(tail in proptest::collection::vec(any::<u8>(), 0..200), flags in 0_u8..32) {
            let mut blob = vec![b'G', b'P', 0, flags];
            blob.extend(tail);
            let _ = (decode(&blob), bbox(&blob));
        }
    }
}
