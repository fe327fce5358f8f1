//! What a feature holds, apart from its identity and its number of commits.

use geo_types::Geometry;

use super::unmoved::same_place;
use crate::{Feature, Layer, MUNICIPALITY_FIELD, Value};

/// What a feature holds: its geometry and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The geometry in EPSG:5514, none in a table.
    pub geometry: Option<Geometry<f64>>,
    /// One value for each field of the layer, retired ones too, in the order of its schema.
    pub values: Vec<Value>,
}

impl Content {
    /// Returns the content of a feature of which nothing is known yet.
    pub(super) fn empty(layer: &Layer) -> Self {
        Self {
            geometry: None,
            values: vec![Value::Null; layer.fields.len()],
        }
    }

    /// Returns the municipality that it names, if the layer knows.
    pub(super) fn municipality(&self, layer: &Layer) -> Option<i64> {
        let (place, _) = layer.field(MUNICIPALITY_FIELD)?;
        self.values[place].as_integer()
    }

    /// Whether both hold the same, geometries on a grid of millimetres.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.values == other.values && are_same(self.geometry.as_ref(), other.geometry.as_ref())
    }
}

impl From<Feature> for Content {
    fn from(feature: Feature) -> Self {
        Self {
            geometry: feature.geometry,
            values: feature.values,
        }
    }
}

/// Whether both geometries are the same on a grid of millimetres, or there is none in either place.
pub(super) fn are_same(one: Option<&Geometry<f64>>, other: Option<&Geometry<f64>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => same_place(one, other),
        _ => false,
    }
}
