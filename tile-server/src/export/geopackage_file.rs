//! GeoPackage: the plain file that releases and packages have too, in EPSG:5514.

use std::path::Path;

use chrono::{DateTime, Utc};
use layers::store::GeoPackageWriter;
use layers::{Feature, LayerView};

use super::{ExportError, FeatureFile};

/// A GeoPackage that is being written.
pub(super) struct GeoPackageFile(GeoPackageWriter);

impl GeoPackageFile {
    pub(super) fn create(
        path: &Path,
        view: &LayerView,
        made_at: DateTime<Utc>,
    ) -> Result<Self, ExportError> {
        let mut file = GeoPackageWriter::create(path, made_at)?;
        file.begin_layer(view)?;
        Ok(Self(file))
    }
}

impl FeatureFile for GeoPackageFile {
    fn write(&mut self, feature: &Feature) -> Result<(), ExportError> {
        Ok(self.0.write(feature)?)
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.0.finish()?)
    }
}
