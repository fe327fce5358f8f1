//! The lines that `obzor-gdal read` prints, one JSON object each. `importers::foreign` reads them.

use std::io::Write;

use serde::{Serialize, Serializer};
use serde_json::json;

use crate::error::WorkerError;

/// What the first line says of the layer that follows.
pub(crate) struct Header {
    /// GDAL's short name of the format.
    pub(crate) driver: String,
    /// The layer, as the file writes it.
    pub(crate) layer: String,
    /// How many features to expect, if that is known.
    pub(crate) features: Option<u64>,
    /// The encoding that the texts were read in.
    pub(crate) encoding: &'static str,
    /// The declared coordinate system: authority and code, and name.
    pub(crate) crs: Option<(Option<String>, Option<String>)>,
    /// The columns' names.
    pub(crate) fields: Vec<String>,
}

/// The geometry of one feature.
pub(crate) struct Shape {
    /// Two-dimensional well-known binary, in the file's coordinates.
    pub(crate) wkb: Vec<u8>,
    /// Why it is not valid in the sense of OGC Simple Features, in the words of GEOS.
    pub(crate) invalid: Option<String>,
}

/// Writes the first line.
pub(crate) fn write_header(out: &mut impl Write, header: &Header) -> Result<(), WorkerError> {
    let crs = header.crs.as_ref();
    write_line(
        out,
        &json!({
            "driver": header.driver,
            "layer": header.layer,
            "features": header.features,
            "encoding": header.encoding,
            "crs": crs.map(|(authority, name)| json!({ "authority": authority, "name": name })),
            "fields": header.fields,
        }),
    )
}

/// One value of a feature.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Integer(i64),
    Real(f64),
    Text(String),
    Empty,
}

/// The line of one feature, written as it stands: a tree of values for each of a million rows costs more than GDAL.
#[derive(Serialize)]
struct RowLine<'a> {
    row: u64,
    values: &'a [Cell],
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<Hexadecimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid: Option<String>,
}

/// Writes the line of one feature; `row` is its number as people see it in their program.
pub(crate) fn write_row(
    out: &mut impl Write,
    row: u64,
    values: &[Cell],
    shape: Option<Shape>,
) -> Result<(), WorkerError> {
    let (geometry, invalid) = match shape {
        Some(Shape { wkb, invalid }) => (Some(Hexadecimal(wkb)), invalid),
        None => (None, None),
    };
    let line = RowLine {
        row,
        values,
        geometry,
        invalid,
    };
    write_line(out, &line)
}

/// Writes the last line, by which a reader knows that nothing is missing.
pub(crate) fn write_end(out: &mut impl Write, rows: u64) -> Result<(), WorkerError> {
    write_line(out, &json!({ "rows": rows }))?;
    out.flush().map_err(WorkerError::Print)
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> Result<(), WorkerError> {
    serde_json::to_writer(&mut *out, line).map_err(|error| WorkerError::Print(error.into()))?;
    out.write_all(b"\n").map_err(WorkerError::Print)
}

/// Bytes that are written as two digits each.
struct Hexadecimal(Vec<u8>);

impl Serialize for Hexadecimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
        let mut text = String::with_capacity(2 * self.0.len());
        for byte in &self.0 {
            text.extend([digit(byte >> 4), digit(byte & 15)]);
        }
        serializer.serialize_str(&text)
    }
}
