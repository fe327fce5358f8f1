//! CSV (RFC 4180) in UTF-8: a row for each feature, with its geometry as WKT in EPSG:5514 and a position in degrees.
//!
//! The columns of geometry are those of the open formal norm on spatial data (2019-08-22): `WKT_Geometry` and `CRS`.

use std::fmt::Write;
use std::fs::File;
use std::io;
use std::path::Path;

use csv::{Terminator, Writer, WriterBuilder};
use geo::InteriorPoint;
use geo_types::{Geometry, Point};
use layers::crs::{Crs, transform};
use layers::{Feature, Field, LayerView, Value, to_json};
use wkt::ToWkt;

use crate::PublicView;

/// How the norm names the coordinate system of `WKT_Geometry`.
const CRS_ADDRESS: &str = "http://www.opengis.net/def/crs/EPSG/0/";

/// A CSV file that is being written.
pub(super) struct CsvFile {
    out: Writer<File>,
    /// The names of the fields of all layers, each once.
    fields: Vec<String>,
    /// Whether a row begins with the name of the layer.
    named: bool,
    /// Whether any layer has a geometry.
    placed: bool,
}

impl CsvFile {
    pub(super) fn create(path: &Path, view: &PublicView) -> io::Result<Self> {
        let mut fields: Vec<String> = Vec::new();
        for field in view.views().flat_map(LayerView::fields) {
            if !fields.contains(&field.name) {
                fields.push(field.name.clone());
            }
        }
        let mut builder = WriterBuilder::new();
        let out = builder
            .terminator(Terminator::CRLF)
            .from_writer(File::create_new(path)?);
        let mut file = Self {
            out,
            fields,
            named: view.views().len() > 1,
            placed: view.views().any(|view| view.layer().geometry.is_some()),
        };
        file.write_head()?;
        Ok(file)
    }

    fn write_head(&mut self) -> io::Result<()> {
        let mut head = Vec::new();
        head.extend(self.named.then_some("layer"));
        head.push("id");
        head.extend(self.fields.iter().map(String::as_str));
        if self.placed {
            head.extend(["longitude", "latitude", "WKT_Geometry", "CRS"]);
        }
        Ok(self.out.write_record(head)?)
    }

    /// Writes a feature read through the view.
    pub(super) fn write(&mut self, view: &LayerView, feature: &Feature) -> io::Result<()> {
        let mut row = Vec::with_capacity(self.fields.len() + 6);
        row.extend(self.named.then(|| view.layer().id.to_string()));
        row.push(feature.id.to_string());
        for name in &self.fields {
            let cell = view
                .field(name)
                .map(|(place, field)| cell(field, &feature.values[place]));
            row.push(cell.unwrap_or_default());
        }
        if self.placed {
            row.extend(geometry_cells(feature.geometry.as_ref()));
        }
        Ok(self.out.write_record(row)?)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn cell(field: &Field, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::Real(number) => number.to_string(),
        value => match to_json(&field.field_type, value) {
            serde_json::Value::String(text) => text,
            json => json.to_string(),
        },
    }
}

/// Returns longitude and latitude of a point on the geometry, the geometry as WKT, and its coordinate system.
fn geometry_cells(geometry: Option<&Geometry<f64>>) -> [String; 4] {
    let Some(geometry) = geometry else {
        return Default::default();
    };
    let degrees = |point: Point<f64>| {
        let [longitude, latitude] = transform(Crs::SJtsk, Crs::Wgs84, [point.x(), point.y()]);
        [longitude, latitude].map(|degrees| format!("{degrees:.7}"))
    };
    let [longitude, latitude] = geometry.interior_point().map(degrees).unwrap_or_default();
    let mut wkt = String::new();
    let _ = write!(wkt, "{}", geometry.to_wkt());
    [
        longitude,
        latitude,
        wkt,
        format!("{CRS_ADDRESS}{}", Crs::SJtsk.epsg()),
    ]
}
