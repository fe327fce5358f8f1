//! FlatGeobuf: features in the order of a Hilbert curve behind a packed R-tree, easting or longitude first.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flatgeobuf::{
    ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType as FgbType, GeozeroGeometry,
};
use geozero::error::{GeozeroError, Result as GeozeroResult};
use geozero::{ColumnValue, GeomProcessor, PropertyProcessor};
use layers::crs::NamedCrs;
use layers::{Feature, FieldType, GeometryType, LayerView, Value, to_json};

use super::{ExportError, FeatureFile};

/// The columns before those of the fields.
const FIRST: [(&str, ColumnType); 2] = [("fid", ColumnType::Long), ("id", ColumnType::String)];

/// A FlatGeobuf file that is being written; the features wait in a nameless file until their order is known.
pub(super) struct FlatGeobufFile {
    path: PathBuf,
    out: FgbWriter<'static>,
    view: LayerView,
    kind: FgbType,
    crs: NamedCrs,
}

/// A geometry that is not there: one of the right kind without a position.
struct Nothing(FgbType);

impl FlatGeobufFile {
    pub(super) fn create(
        path: &Path,
        view: &LayerView,
        crs: NamedCrs,
    ) -> Result<Self, ExportError> {
        let kind = view.layer().geometry.map_or(FgbType::Unknown, kind);
        let code = crs
            .uri()
            .rsplit('/')
            .next()
            .and_then(|code| code.parse().ok());
        let options = FgbWriterOptions {
            crs: FgbCrs {
                org: Some("EPSG"),
                // What the authority knows by no number is WGS 84, longitude first.
                code: code.unwrap_or_else(|| crs.crs().epsg()),
                ..FgbCrs::default()
            },
            detect_type: false,
            ..FgbWriterOptions::default()
        };
        let name = view.layer().id.as_str();
        let mut out = FgbWriter::create_with_options(name, kind, options).map_err(failed)?;
        for (name, kind) in FIRST {
            out.add_column(name, kind, |_, _| {});
        }
        for field in view.fields() {
            out.add_column(&field.name, column_type(&field.field_type), |_, _| {});
        }
        Ok(Self {
            path: path.to_owned(),
            out,
            view: view.clone(),
            kind,
            crs,
        })
    }
}

impl FeatureFile for FlatGeobufFile {
    fn write(&mut self, feature: &Feature) -> Result<(), ExportError> {
        let view = &self.view;
        let mut written = Ok(());
        let write_values =
            |to: &mut dyn PropertyProcessor| written = write_values(to, view, feature);
        let done = match &feature.geometry {
            Some(stored) => {
                let geometry = self.crs.of_stored(stored).into_owned();
                let geometry = self.crs.easting_first(geometry);
                add(&mut self.out, geometry, write_values)
            }
            None => add(&mut self.out, Nothing(self.kind), write_values),
        };
        Ok(done.and(written).map_err(io::Error::other)?)
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        let mut file = BufWriter::new(File::create_new(&self.path)?);
        self.out.write(&mut file).map_err(failed)?;
        Ok(file.flush()?)
    }
}

fn add(
    out: &mut FgbWriter<'_>,
    geometry: impl GeozeroGeometry,
    write_values: impl FnOnce(&mut dyn PropertyProcessor),
) -> GeozeroResult<()> {
    out.add_feature_geom(geometry, |feature| write_values(feature))
}

fn write_values(
    to: &mut dyn PropertyProcessor,
    view: &LayerView,
    feature: &Feature,
) -> Result<(), GeozeroError> {
    let [(fid, _), (id, _)] = FIRST;
    to.property(0, fid, &ColumnValue::Long(feature.fid))?;
    to.property(1, id, &ColumnValue::String(&feature.id.to_string()))?;
    for (place, (field, value)) in view.fields().zip(&feature.values).enumerate() {
        let (place, name) = (place + FIRST.len(), &field.name);
        let text;
        let value = match value {
            Value::Null => continue,
            Value::Text(text) => ColumnValue::String(text),
            Value::Integer(number) => ColumnValue::Long(*number),
            Value::Real(number) => ColumnValue::Double(*number),
            Value::Boolean(flag) => ColumnValue::Bool(*flag),
            Value::Date(day) => {
                text = day.to_string();
                ColumnValue::DateTime(&text)
            }
            Value::Timestamp(at) => {
                text = at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
                ColumnValue::DateTime(&text)
            }
            list @ Value::List(_) => {
                text = to_json(&field.field_type, list).to_string();
                ColumnValue::Json(&text)
            }
        };
        to.property(place, name, &value)?;
    }
    Ok(())
}

fn kind(geometry: GeometryType) -> FgbType {
    match geometry {
        GeometryType::Point => FgbType::Point,
        GeometryType::LineString => FgbType::LineString,
        GeometryType::Polygon => FgbType::Polygon,
        GeometryType::MultiLineString => FgbType::MultiLineString,
        GeometryType::MultiPolygon => FgbType::MultiPolygon,
    }
}

fn column_type(field_type: &FieldType) -> ColumnType {
    match field_type {
        FieldType::Text | FieldType::Reference(_) => ColumnType::String,
        FieldType::Integer => ColumnType::Long,
        FieldType::Real => ColumnType::Double,
        FieldType::Boolean => ColumnType::Bool,
        FieldType::Date | FieldType::Timestamp => ColumnType::DateTime,
        FieldType::List(_) => ColumnType::Json,
    }
}

fn failed(error: flatgeobuf::Error) -> ExportError {
    io::Error::other(error).into()
}

impl GeozeroGeometry for Nothing {
    fn process_geom<P: GeomProcessor>(&self, to: &mut P) -> GeozeroResult<()> {
        match self.0 {
            FgbType::LineString => {
                to.linestring_begin(true, 0, 0)?;
                to.linestring_end(true, 0)
            }
            FgbType::Polygon => {
                to.polygon_begin(true, 0, 0)?;
                to.polygon_end(true, 0)
            }
            FgbType::MultiLineString => {
                to.multilinestring_begin(0, 0)?;
                to.multilinestring_end(0)
            }
            FgbType::MultiPolygon => {
                to.multipolygon_begin(0, 0)?;
                to.multipolygon_end(0)
            }
            _ => {
                to.point_begin(0)?;
                to.point_end(0)
            }
        }
    }
}
