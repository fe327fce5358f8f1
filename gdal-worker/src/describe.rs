//! What a foreign file holds, in plain data.

use gdal::Dataset;
use gdal::vector::{
    Field, Layer, LayerAccess, OGRwkbGeometryType, field_type_to_name, geometry_type_to_name,
};

use crate::error::WorkerError;

/// A file as its driver sees it.
pub(crate) struct FileDescription {
    /// GDAL's short name of the driver.
    pub(crate) driver: String,
    /// Its layers, in the file's order.
    pub(crate) layers: Vec<LayerDescription>,
}

/// One layer of a foreign file.
pub(crate) struct LayerDescription {
    /// As the file writes it.
    pub(crate) name: String,
    /// The declared geometry type in GDAL's words; none for a table.
    pub(crate) geometry: Option<String>,
    /// How many features were counted.
    pub(crate) features: u64,
    /// The declared coordinate system, if there is one.
    pub(crate) crs: Option<DeclaredCrs>,
    /// Its fields, in the file's order.
    pub(crate) fields: Vec<FieldDescription>,
}

/// The coordinate system a layer says it has, which need not be the true one.
pub(crate) struct DeclaredCrs {
    /// Such as `EPSG:5514`; none when the file does not say.
    pub(crate) authority: Option<String>,
    /// The name in its definition.
    pub(crate) name: Option<String>,
}

/// One field of a foreign layer.
pub(crate) struct FieldDescription {
    /// As the file writes it.
    pub(crate) name: String,
    /// In GDAL's words, such as `Integer64`.
    pub(crate) field_type: String,
}

/// Describes every layer of an open file.
pub(crate) fn describe(file: &Dataset) -> Result<FileDescription, WorkerError> {
    let layers = (0..file.layer_count()).map(|place| {
        file.layer(place)
            .map(|layer| describe_layer(&layer))
            .map_err(|error| WorkerError::ReadLayer {
                layer: place.to_string(),
                detail: error.to_string(),
            })
    });
    Ok(FileDescription {
        driver: file.driver().short_name(),
        layers: layers.collect::<Result<_, _>>()?,
    })
}

fn describe_layer(layer: &Layer<'_>) -> LayerDescription {
    let geometry = layer.defn().geometry_type();
    LayerDescription {
        name: layer.name(),
        geometry: (geometry != OGRwkbGeometryType::wkbNone)
            .then(|| geometry_type_to_name(geometry)),
        features: layer.feature_count(),
        crs: layer.spatial_ref().map(|crs| DeclaredCrs {
            authority: crs.authority().ok(),
            name: crs.name(),
        }),
        fields: layer.defn().fields().map(|f| describe_field(&f)).collect(),
    }
}

fn describe_field(field: &Field<'_>) -> FieldDescription {
    FieldDescription {
        name: field.name(),
        field_type: field_type_to_name(field.field_type()),
    }
}
