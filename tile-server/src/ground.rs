//! What small pictures show below their subject: borders, parcels and buildings near it, as everybody may see them.

use geo_types::Geometry;
use layers::{Bbox, FeatureQuery, GeometryType, LayerView, StoreError};

use crate::city::City;

/// How many features of a layer are drawn; of a layer that has more there, none is.
const MOST: usize = 400;

impl City {
    /// Returns the areas and lines that meet a box (EPSG:5514), of the public layers that stand with the borders of the
    /// municipalities in the layer tree. What cannot be read is missing: no page is refused for the ground of its picture.
    pub(crate) fn ground(&self, bbox: Bbox) -> Vec<Geometry<f64>> {
        let mut ground = Vec::new();
        let group = self.layers().borders().map(|borders| &borders.group);
        for view in self.public_layers() {
            let layer = view.layer();
            let is_drawn = layer
                .geometry
                .is_some_and(|kind| kind != GeometryType::Point);
            if is_drawn && Some(&layer.group) == group {
                match self.near(view, bbox) {
                    Ok(near) => ground.extend(near),
                    Err(error) => tracing::info!("the ground of a picture is not whole: {error}"),
                }
            }
        }
        ground
    }

    /// Returns the geometries of a layer that meet a box; none when they are many.
    fn near(&self, view: LayerView, bbox: Bbox) -> Result<Vec<Geometry<f64>>, StoreError> {
        let query = FeatureQuery {
            bbox: Some(bbox),
            limit: Some(MOST as u64 + 1),
            ..FeatureQuery::new(view.with_fields(&[]))
        };
        let read = self.reading.read(&query)?;
        let read = read.map(|feature| feature.map(|feature| feature.geometry));
        let found: Vec<Option<Geometry<f64>>> = read.collect::<Result<_, _>>()?;
        if found.len() > MOST {
            return Ok(Vec::new());
        }
        Ok(found.into_iter().flatten().collect())
    }
}
