//! The lines of `obzor-gdal read`, put together to a table.

use geo_types::Geometry;
use geozero::ToGeo;
use geozero::wkb::Wkb;
use serde::Deserialize;
use serde_json::Value as Json;

/// One layer of a foreign file, as it stands there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForeignTable {
    /// The format, in GDAL's words.
    pub driver: String,
    /// The layer's name in the file.
    pub layer: String,
    /// How many rows the file promised, if it did.
    pub expected_rows: Option<u64>,
    /// The encoding in which the texts were read.
    pub encoding: String,
    /// The coordinate system that the file declares, which need not be the true one.
    pub declared_crs: Option<DeclaredCrs>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, in the file's order.
    pub rows: Vec<ForeignRow>,
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
pub struct ForeignRow {
    /// Its number, as the person sees it in a spreadsheet or attribute table.
    pub number: u64,
    /// One value per column.
    pub cells: Vec<Json>,
    /// Its geometry in the file's coordinates.
    pub geometry: ForeignGeometry,
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
pub struct TableReader {
    table: ForeignTable,
    lines: usize,
    complete: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Row(RowLine),
    Header(HeaderLine),
    End { rows: usize },
}

#[derive(Deserialize)]
struct HeaderLine {
    driver: String,
    layer: String,
    features: Option<u64>,
    encoding: String,
    crs: Option<DeclaredCrs>,
    fields: Vec<String>,
}

#[derive(Deserialize)]
struct RowLine {
    row: u64,
    values: Vec<Json>,
    geometry: Option<String>,
    invalid: Option<String>,
}

impl RowLine {
    fn row(self, columns: usize) -> Result<ForeignRow, String> {
        if self.values.len() != columns {
            return Err(format!(
                "{} values for {columns} columns",
                self.values.len()
            ));
        }
        let wkb = match &self.geometry {
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

impl TableReader {
    /// Takes the next line.
    pub fn line(&mut self, text: &str) -> Result<(), TableError> {
        self.lines += 1;
        self.understand(text)
            .map_err(|detail| TableError::NotUnderstood {
                line: self.lines,
                detail,
            })
    }

    fn understand(&mut self, text: &str) -> Result<(), String> {
        match serde_json::from_str(text).map_err(|error| error.to_string())? {
            Line::Row(line) => self.table.rows.push(line.row(self.table.columns.len())?),
            Line::Header(line) => {
                self.table = ForeignTable {
                    driver: line.driver,
                    layer: line.layer,
                    expected_rows: line.features,
                    encoding: line.encoding,
                    declared_crs: line.crs,
                    columns: line.fields,
                    rows: Vec::new(),
                };
            }
            Line::End { rows } => self.complete = rows == self.table.rows.len(),
        }
        Ok(())
    }

    /// Returns what is read so far, for showing progress.
    pub fn table(&self) -> &ForeignTable {
        &self.table
    }

    /// Returns the table when its last line came.
    pub fn finish(self) -> Result<ForeignTable, TableError> {
        if self.complete {
            Ok(self.table)
        } else {
            Err(TableError::BrokenOff {
                rows: self.table.rows.len(),
            })
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
    let digits: Option<Vec<u32>> = hexadecimal.chars().map(|c| c.to_digit(16)).collect();
    let pairs = digits?;
    (pairs.len() % 2 == 0).then(|| {
        let byte = |pair: &[u32]| (pair[0] * 16 + pair[1]) as u8;
        pairs.chunks_exact(2).map(byte).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::Point;

    const HEADER: &str = r#"{"driver":"GPKG","layer":"l","features":1,"encoding":"UTF-8","crs":{"authority":"EPSG:5514","name":"x"},"fields":["a"]}"#;
    const ROW: &str =
        r#"{"row":1,"values":["ž"],"geometry":"0101000000000000000000f03f0000000000000040"}"#;

    fn check(lines: &[&str]) -> Result<ForeignTable, TableError> {
        let mut reader = TableReader::default();
        for line in lines {
            reader.line(line)?;
        }
        reader.finish()
    }

    #[test]
    fn header_rows_and_end_make_a_table() {
        let table = check(&[HEADER, ROW, r#"{"rows":1}"#]).expect("sound");
        assert_eq!(table.columns, ["a"]);
        assert_eq!(
            table.rows[0].geometry,
            ForeignGeometry::Sound(Point::new(1.0, 2.0).into())
        );
        let crs = table.declared_crs.expect("declared");
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
            let read = check(&[HEADER, bad]);
            assert!(
                matches!(read, Err(TableError::NotUnderstood { line: 2, .. })),
                "{bad}: {read:?}"
            );
        }
    }
}
