//! Geometry as `GeoPackage` keeps it: a short header with the box, then well-known binary.

use geo_types::Geometry;

use super::SRS_ID;
use crate::Bbox;
use crate::store::wkb::{self, Cursor, Malformed};

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
    wkb::write(&mut out, geometry);
    out
}

/// Reads a geometry; none when the blob says that it is empty.
pub(super) fn decode(blob: &[u8]) -> Result<Option<Geometry<f64>>, Malformed> {
    let header = Header::read(blob)?;
    if header.empty {
        return Ok(None);
    }
    wkb::read(header.body).map(Some)
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

#[cfg(test)]
mod tests {
    use geo_types::{MultiLineString, MultiPolygon, line_string, point, polygon};
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
        blob.extend(2_u32.to_le_bytes());
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
