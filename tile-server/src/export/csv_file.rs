//! CSV (RFC 4180) in UTF-8: a row for each feature, with a position in degrees and the geometry as WKT.
//!
//! The columns of geometry are those of the open formal norm on spatial data (2019-08-22), as in releases.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;

use csv::{Terminator, Writer, WriterBuilder};
use geo::InteriorPoint;
use geo_types::{Geometry, Point};
use layers::crs::{Crs, NamedCrs, transform};
use layers::{Feature, FieldType, LayerView, Value, to_json};
use wkt::ToWkt;

use super::{ExportError, FeatureFile};

/// How much is written to disk at once, in bytes.
const BUFFER: usize = 1 << 16;

/// A CSV file that is being written.
pub(super) struct CsvFile {
    out: Writer<File>,
    view: LayerView,
    crs: NamedCrs,
    crs_uri: String,
}

impl CsvFile {
    pub(super) fn create(
        path: &Path,
        view: &LayerView,
        crs: NamedCrs,
    ) -> Result<Self, ExportError> {
        let mut out = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .buffer_capacity(BUFFER)
            .from_writer(File::create_new(path)?);
        let mut head = vec!["id"];
        head.extend(view.fields().map(|field| field.name.as_str()));
        if view.layer().geometry.is_some() {
            head.extend(["longitude", "latitude", "WKT_Geometry", "CRS"]);
        }
        out.write_record(head).map_err(io::Error::from)?;
        Ok(Self {
            out,
            view: view.clone(),
            crs,
            crs_uri: crs.uri(),
        })
    }

    fn write_row(&mut self, feature: &Feature) -> csv::Result<()> {
        let out = &mut self.out;
        out.write_field(feature.id.to_string())?;
        for (field, value) in self.view.fields().zip(&feature.values) {
            out.write_field(&*cell(&field.field_type, value))?;
        }
        if self.view.layer().geometry.is_some() {
            match &feature.geometry {
                Some(geometry) => {
                    for degrees in position(geometry) {
                        out.write_field(degrees)?;
                    }
                    out.write_field(self.crs.of_stored(geometry).to_wkt().to_string())?;
                    out.write_field(&self.crs_uri)?;
                }
                None => {
                    for empty in [""; 4] {
                        out.write_field(empty)?;
                    }
                }
            }
        }
        out.write_record(None::<&[u8]>)
    }
}

impl FeatureFile for CsvFile {
    fn write(&mut self, feature: &Feature) -> Result<(), ExportError> {
        Ok(self.write_row(feature).map_err(io::Error::from)?)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.out.flush()?)
    }
}

/// Returns longitude and latitude of a point on the geometry.
fn position(geometry: &Geometry<f64>) -> [String; 2] {
    let degrees = |point: Point<f64>| {
        let position = transform(Crs::SJtsk, Crs::Wgs84, [point.x(), point.y()]);
        position.map(|degrees| format!("{degrees:.7}"))
    };
    geometry.interior_point().map(degrees).unwrap_or_default()
}

fn cell<'a>(field_type: &FieldType, value: &'a Value) -> Cow<'a, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Text(text) => harmless(text),
        Value::Real(number) => Cow::Owned(number.to_string()),
        value => match to_json(field_type, value) {
            serde_json::Value::String(text) => Cow::Owned(text),
            json => Cow::Owned(json.to_string()),
        },
    }
}

/// Puts an apostrophe before a text that a spreadsheet would run as a formula.
///
/// It is put too where only apostrophes stand before such a beginning, so that taking one away gives the text back.
fn harmless(text: &str) -> Cow<'_, str> {
    let begins = text.trim_start_matches('\'');
    if begins.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(harmless(text), expected);
    }

    #[test]
    fn no_text_is_a_formula_and_each_can_be_had_back() {
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("-2+3", "'-2+3");
        check("+420 474 637 111", "'+420 474 637 111");
        check("\t=1", "'\t=1");
        check("'=1", "''=1");
        check("'t Zand", "'t Zand");
        check("lampa = sloup", "lampa = sloup");
        check("", "");
    }
}
