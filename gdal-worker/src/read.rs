//! `obzor-gdal read`: streams the features of one layer of a foreign file, texts in UTF-8, geometry as it stands there.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use gdal::vector::{Feature, FieldValue, Geometry, Layer, LayerAccess, OGRwkbGeometryType};
use gdal::{Dataset, config};

use crate::csv_file;
use crate::encoding::{Evidence, TextEncoding};
use crate::error::WorkerError;
use crate::lines::{Cell, Header, Shape, write_end, write_header, write_row};
use crate::open;

const SHAPEFILE: &str = "ESRI Shapefile";
/// Where a DBF file says its encoding, and what it says there for Windows-1250.
const LANGUAGE_BYTE: usize = 29;
const LANGUAGE_WINDOWS_1250: u8 = 0xC8;

/// Prints the features of the layer, or of the only one there is.
pub(crate) fn read(
    file: &Path,
    layer_name: Option<&str>,
    out: &mut impl Write,
) -> Result<(), WorkerError> {
    if csv_file::is_csv(file) {
        return csv_file::read(file, out);
    }
    let complaint = keep_complaints();
    // Each byte of a shapefile's texts becomes the character of that number, and so comes back unharmed.
    let _ = config::set_config_option("SHAPE_ENCODING", "ISO-8859-1");
    let dataset = open::open(file)?;
    let mut layer = chosen_layer(&dataset, layer_name)?;
    let driver = dataset.driver().short_name();
    let texts = (driver == SHAPEFILE).then(|| text_encoding(file, &mut layer));
    write_header(out, &header(driver, &layer, texts))?;
    let (mut rows, mut values) = (0, Vec::new());
    for feature in layer.features() {
        rows += 1;
        values.clear();
        values.extend((0..feature.field_count()).map(|place| cell(&feature, place, texts)));
        // Not `geometry()`: what that returns for a feature without one crashes when it is looked at.
        let geometry = feature.geometry_by_index(0).ok();
        let shape = geometry.map(|geometry| shape(geometry, &complaint));
        write_row(out, rows, &values, shape.transpose()?)?;
    }
    write_end(out, rows)
}

fn chosen_layer<'a>(
    dataset: &'a Dataset,
    layer_name: Option<&str>,
) -> Result<Layer<'a>, WorkerError> {
    let mut layers: Vec<_> = dataset.layers().collect();
    let names: Vec<_> = layers.iter().map(Layer::name).collect();
    let place = match layer_name {
        Some(wanted) => names.iter().position(|name| name == wanted),
        None => (names.len() == 1).then_some(0),
    };
    match place {
        Some(place) => Ok(layers.swap_remove(place)),
        None => Err(WorkerError::ChooseLayer(names)),
    }
}

fn header(driver: String, layer: &Layer<'_>, texts: Option<TextEncoding>) -> Header {
    let names = layer.defn().fields().map(|field| field.name());
    Header {
        driver,
        layer: layer.name(),
        features: layer.try_feature_count(),
        encoding: texts.unwrap_or(TextEncoding::Utf8).name(),
        crs: layer
            .spatial_ref()
            .map(|crs| (crs.authority().ok(), crs.name())),
        fields: names.map(|name| decoded(name, texts)).collect(),
    }
}

/// Reads a shapefile's texts once to learn in which encoding they are.
fn text_encoding(file: &Path, layer: &mut Layer<'_>) -> TextEncoding {
    let mut evidence = Evidence::default();
    for field in layer.defn().fields() {
        evidence.add(&raw_bytes(&field.name()));
    }
    for feature in layer.features() {
        for (_, value) in feature.fields() {
            if let Some(FieldValue::StringValue(text)) = value {
                evidence.add(&raw_bytes(&text));
            }
        }
    }
    evidence.decide(declared_encoding(file))
}

fn declared_encoding(file: &Path) -> Option<TextEncoding> {
    let beside = |endings: [&str; 2]| {
        let found = endings.map(|ending| fs::read(file.with_extension(ending)));
        found.into_iter().find_map(Result::ok)
    };
    let named = beside(["cpg", "CPG"])
        .and_then(|bytes| TextEncoding::named(&String::from_utf8_lossy(&bytes)));
    named.or_else(|| {
        let language = *beside(["dbf", "DBF"])?.get(LANGUAGE_BYTE)?;
        (language == LANGUAGE_WINDOWS_1250).then_some(TextEncoding::Windows1250)
    })
}

fn cell(feature: &Feature<'_>, place: usize, texts: Option<TextEncoding>) -> Cell {
    match feature.field(place) {
        Ok(Some(FieldValue::IntegerValue(number))) if number != 0 => Cell::Integer(number.into()),
        Ok(Some(FieldValue::Integer64Value(number))) if number != 0 => Cell::Integer(number),
        Ok(Some(FieldValue::RealValue(number))) if number != 0.0 => Cell::Real(number),
        Ok(Some(FieldValue::DateValue(day))) => Cell::Text(day.to_string()),
        Ok(Some(FieldValue::StringValue(text))) if !text.is_empty() => {
            Cell::Text(decoded(text, texts))
        }
        Ok(None) => Cell::Empty,
        other => unusual(feature, place, texts, other.ok().flatten().as_ref()),
    }
}

/// Reads what is zero, an instant, of another type, or was never set, which only the empty text tells from zero.
fn unusual(
    feature: &Feature<'_>,
    place: usize,
    texts: Option<TextEncoding>,
    value: Option<&FieldValue>,
) -> Cell {
    let text = feature.field_as_string(place).ok().flatten();
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Cell::Empty;
    };
    match value {
        Some(FieldValue::IntegerValue(number)) => Cell::Integer(i64::from(*number)),
        Some(FieldValue::Integer64Value(number)) => Cell::Integer(*number),
        Some(FieldValue::RealValue(number)) => Cell::Real(*number),
        // The debug form of an instant is RFC 3339.
        Some(FieldValue::DateTimeValue(at)) => Cell::Text(format!("{at:?}")),
        _ => Cell::Text(decoded(text, texts)),
    }
}

fn decoded(text: String, texts: Option<TextEncoding>) -> String {
    match texts {
        Some(encoding) => encoding.decode(&raw_bytes(&text)),
        None => text,
    }
}

fn raw_bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u32::from(c) as u8).collect()
}

fn shape(geometry: &Geometry, complaint: &Mutex<String>) -> Result<Shape, WorkerError> {
    if let Some(wkb) = sound_point(geometry) {
        return Ok(Shape { wkb, invalid: None });
    }
    let mut flat = geometry.clone();
    flat.flatten_to_2d();
    let wkb = flat.wkb().map_err(|error| WorkerError::ReadLayer {
        layer: geometry.geometry_name(),
        detail: error.to_string(),
    })?;
    let invalid = (!flat.is_empty() && !flat.is_valid()).then(|| {
        let mut said = complaint.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *said)
    });
    Ok(Shape { wkb, invalid })
}

/// Returns the bytes of a point with a position, which needs no look by GEOS and no copy.
fn sound_point(geometry: &Geometry) -> Option<Vec<u8>> {
    const LITTLE_ENDIAN_POINT: [u8; 5] = [1, 1, 0, 0, 0];
    let is_point = matches!(
        geometry.geometry_type(),
        OGRwkbGeometryType::wkbPoint | OGRwkbGeometryType::wkbPoint25D
    );
    let (x, y, _) = geometry.get_point(0);
    let is_sound = is_point && !geometry.is_empty() && x.is_finite() && y.is_finite();
    is_sound.then(|| [&LITTLE_ENDIAN_POINT[..], &x.to_le_bytes(), &y.to_le_bytes()].concat())
}

/// Keeps the last thing that GDAL or GEOS complained of, instead of printing it.
fn keep_complaints() -> Arc<Mutex<String>> {
    let last = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&last);
    config::set_error_handler(move |_, _, text| {
        text.clone_into(&mut kept.lock().unwrap_or_else(PoisonError::into_inner));
    });
    last
}
