//! Opens a foreign file: local, read only, and by an allowed driver.

use std::path::Path;

use gdal::{Dataset, DatasetOptions, GdalOpenFlags, config};

use crate::drivers::ALLOWED;
use crate::error::WorkerError;

/// Opens the file for reading.
///
/// GDAL takes many strings for more than paths (`/vsicurl/…`, `PG:…`, inline GeoJSON). Only what the file system knows
/// gets through, made absolute, so that nothing is left for GDAL to interpret.
pub(crate) fn open(path: &Path) -> Result<Dataset, WorkerError> {
    let file = path
        .canonicalize()
        .map_err(|source| WorkerError::NotLocal {
            path: path.to_owned(),
            source,
        })?;
    let no_driver = |detail: String| WorkerError::NoDriver {
        path: path.to_owned(),
        formats: ALLOWED.join(", "),
        detail,
    };
    // The VFK driver keeps a database beside the file unless told to keep it in memory.
    config::set_config_option("OGR_VFK_DB_NAME", ":memory:")
        .map_err(|error| no_driver(error.to_string()))?;
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&ALLOWED),
        ..DatasetOptions::default()
    };
    Dataset::open_ex(file, options).map_err(|error| no_driver(error.to_string()))
}
