//! The lines of `obzor-gdal read`, understood as the rows of a table.

use geo_types::Geometry;
use geozero::ToGeo;
use geozero::wkb::Wkb;
use serde::Deserialize;

use super::cell::Cell;

/// What a foreign file says of one of its layers before the rows come.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct ForeignLayer {
    /// The format, in GDAL's words.
    pub driver: String,
    /// The layer's name in the file.
    pub layer: String,
    /// How many rows the file promises, if it does.
    #[serde(rename = "features")]
    pub expected_rows: Option<u64>,
    /// The encoding in which the texts are read.
    pub encoding: String,
    /// The coordinate system that the file declares, which need not be the true one.
    #[serde(rename = "crs")]
    pub declared_crs: Option<DeclaredCrs>,
    /// The names of the columns.
    #[serde(rename = "fields")]
    pub columns: Vec<String>,
}

/// The coordinate system that a file declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct DeclaredCrs {
    /// Authority and code, such as `EPSG:5514`.
    pub authority: Option<String>,
    /// The name in its definition.
    pub name: Option<String>,
}

/// One row of a foreign table.
#[derive(Clone, Debug, PartialEq)]
pub struct ForeignRow<'a> {
    /// Its number, as the person sees it in a spreadsheet or attribute table.
    pub number: u64,
    /// One for each column.
    pub cells: Vec<Cell<'a>>,
    /// Its geometry in the file's coordinates.
    pub geometry: ForeignGeometry,
}

impl ForeignRow<'_> {
    /// Makes it live longer than the line that it was read from.
    pub fn into_owned(self) -> ForeignRow<'static> {
        ForeignRow {
            number: self.number,
            cells: self.cells.into_iter().map(Cell::into_owned).collect(),
            geometry: self.geometry,
        }
    }
}

/// The geometry of a foreign row.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ForeignGeometry {
    /// There is none, or it is empty.
    #[default]
    None,
    /// A good one.
    Sound(Geometry<f64>),
    /// One that breaks the rules of OGC Simple Features, with what GEOS says of it.
    Invalid(Geometry<f64>, String),
    /// One of a kind that is not known here.
    Unreadable,
}

impl ForeignGeometry {
    /// Returns the geometry, if one could be read.
    pub(super) fn shape(&self) -> Option<&Geometry<f64>> {
        match self {
            Self::Sound(geometry) | Self::Invalid(geometry, _) => Some(geometry),
            Self::None | Self::Unreadable => None,
        }
    }
}

/// Why the lines do not make a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A line is not one of those that the reader of files prints.
    #[error(
        "the reader of foreign files printed something else than features (line {line}): {detail}"
    )]
    NotUnderstood {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        detail: String,
    },
    /// The last line is missing: the reader ended too early.
    #[error("the reader of foreign files ended after {rows} rows, before the end of the file")]
    BrokenOff {
        /// How many rows came.
        rows: usize,
    },
}

/// Takes lines one at a time, so that the caller decides how long to wait for each.
#[derive(Debug, Default)]
pub struct RowReader {
    layer: Option<ForeignLayer>,
    lines: usize,
    rows: usize,
    complete: bool,
}

/// The first line or the last.
#[derive(Deserialize)]
#[serde(untagged)]
enum Frame {
    Header(ForeignLayer),
    End { rows: usize },
}

#[derive(Deserialize)]
struct RowLine<'a> {
    row: u64,
    #[serde(borrow)]
    values: Vec<Cell<'a>>,
    geometry: Option<&'a str>,
    invalid: Option<String>,
}

impl<'a> RowLine<'a> {
    fn row(self, columns: usize) -> Result<ForeignRow<'a>, String> {
        if self.values.len() != columns {
            return Err(format!(
                "{} values for {columns} columns",
                self.values.len()
            ));
        }
        let wkb = match self.geometry {
            Some(text) => Some(bytes(text).ok_or("the geometry is not hexadecimal")?),
            None => None,
        };
        Ok(ForeignRow {
            number: self.row,
            cells: self.values,
            geometry: wkb.map_or(ForeignGeometry::None, |wkb| {
                foreign_geometry(&wkb, self.invalid)
            }),
        })
    }
}

impl RowReader {
    /// Takes the next line, and returns the row if it is one.
    pub fn line<'a>(&mut self, text: &'a str) -> Result<Option<ForeignRow<'a>>, TableError> {
        self.lines += 1;
        self.understand(text)
            .map_err(|detail| TableError::NotUnderstood {
                line: self.lines,
                detail,
            })
    }

    fn understand<'a>(&mut self, text: &'a str) -> Result<Option<ForeignRow<'a>>, String> {
        // Nearly all lines are rows; to try each as every kind would read it twice.
        let not_a_row = match serde_json::from_str::<RowLine>(text) {
            Ok(line) => {
                let layer = self.layer.as_ref().ok_or("a row before the header")?;
                self.rows += 1;
                return line.row(layer.columns.len()).map(Some);
            }
            Err(error) => error,
        };
        match serde_json::from_str(text).or(Err(not_a_row.to_string()))? {
            Frame::Header(layer) => self.layer = Some(layer),
            Frame::End { rows } => self.complete = rows == self.rows,
        }
        Ok(None)
    }

    /// Returns what the file says of the layer, once it has.
    pub fn layer(&self) -> Option<&ForeignLayer> {
        self.layer.as_ref()
    }

    /// Fails unless the last line came.
    pub fn finish(&self) -> Result<(), TableError> {
        if self.complete {
            Ok(())
        } else {
            Err(TableError::BrokenOff { rows: self.rows })
        }
    }
}

fn foreign_geometry(wkb: &[u8], invalid: Option<String>) -> ForeignGeometry {
    match (Wkb(wkb).to_geo(), invalid) {
        (Ok(geometry), _) if is_empty(&geometry) => ForeignGeometry::None,
        (Ok(geometry), None) => ForeignGeometry::Sound(geometry),
        (Ok(geometry), Some(why)) => ForeignGeometry::Invalid(geometry, why),
        (Err(_), _) => ForeignGeometry::Unreadable,
    }
}

/// Whether there is no position in it; an empty point comes as one that is not a number.
fn is_empty(geometry: &Geometry<f64>) -> bool {
    use geo::CoordsIter;
    geometry.coords_iter().all(|c| c.x.is_nan() && c.y.is_nan())
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = hexadecimal.as_bytes().as_chunks();
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    pairs
        .iter()
        .map(byte)
        .collect::<Option<_>>()
        .filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::Point;

    const HEADER: &str = r#"{"driver":"GPKG","layer":"l","features":1,"encoding":"UTF-8","crs":{"authority":"EPSG:5514","name":"x"},"fields":["a"]}"#;
    const ROW: &str =
        r#"{"row":1,"values":["ž"],"geometry":"0101000000000000000000f03f0000000000000040"}"#;

    fn check<'a>(lines: &[&'a str]) -> Result<(ForeignLayer, Vec<ForeignRow<'a>>), TableError> {
        let mut reader = RowReader::default();
        let rows: Result<Vec<_>, _> = lines.iter().map(|line| reader.line(line)).collect();
        reader.finish()?;
        let layer = reader.layer().cloned().expect("a header");
        Ok((layer, rows?.into_iter().flatten().collect()))
    }

    #[test]
    fn header_rows_and_end_make_a_table() {
        let (layer, rows) = check(&[HEADER, ROW, r#"{"rows":1}"#]).expect("sound");
        assert_eq!(layer.columns, ["a"]);
        assert_eq!(
            rows[0].geometry,
            ForeignGeometry::Sound(Point::new(1.0, 2.0).into())
        );
        let crs = layer.declared_crs.expect("declared");
        assert_eq!(crs.authority.as_deref(), Some("EPSG:5514"));
    }

    #[test]
    fn a_table_without_its_end_is_broken_off() {
        let broken = Err(TableError::BrokenOff { rows: 1 });
        assert_eq!(check(&[HEADER, ROW]), broken);
        assert_eq!(check(&[HEADER, ROW, r#"{"rows":2}"#]), broken);
    }

    #[test]
    fn what_is_no_line_of_the_reader_is_an_error() {
        for bad in ["Segmentation fault", r#"{"row":1,"values":[]}"#, "[]"] {
            let mut reader = RowReader::default();
            assert_eq!(reader.line(HEADER), Ok(None));
            let read = reader.line(bad);
            assert!(
                matches!(read, Err(TableError::NotUnderstood { line: 2, .. })),
                "{bad}: {read:?}"
            );
        }
    }
}
