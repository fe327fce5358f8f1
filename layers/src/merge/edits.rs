//! What an operation has to say so that a feature holds something else.

use std::collections::BTreeMap;

use geo_types::Geometry;

use super::{Content, Edit, SentGeometry};
use crate::geojson::geometry_to_json;
use crate::{Layer, Value, to_json};

/// The EPSG code of the coordinates in which features are kept.
const STORED: i32 = 5514;

/// Returns old and new of every value that differs, and of the geometry if it does, to the last bit.
///
/// Without an old content, as for a feature that is to be added, it is what the new one knows. What no operation can do is
/// left out: writing into a retired field, and taking a geometry away.
pub fn edits(
    layer: &Layer,
    old: Option<&Content>,
    new: &Content,
) -> (BTreeMap<String, Edit>, Option<SentGeometry>) {
    let was = |place: usize| old.map_or(&Value::Null, |old| &old.values[place]);
    let fields = layer.fields.iter().zip(&new.values).enumerate();
    let differing = fields.filter(|(place, (field, new))| !field.retired && was(*place) != *new);
    let set = differing.map(|(place, (field, new))| {
        let edit = Edit {
            old: old.map(|_| to_json(&field.field_type, was(place))),
            new: to_json(&field.field_type, new),
        };
        (field.name.clone(), edit)
    });
    let old_geometry = old.and_then(|old| old.geometry.as_ref());
    let new_geometry = new.geometry.as_ref();
    let geometry = new_geometry.filter(|new| old_geometry != Some(*new));
    let geometry = geometry.map(|new| geometry_edit(old_geometry, new));
    (set.collect(), geometry)
}

/// Returns a geometry as an operation says it, in the coordinates in which features are kept.
pub fn geometry_edit(old: Option<&Geometry<f64>>, new: &Geometry<f64>) -> SentGeometry {
    SentGeometry {
        crs: STORED,
        old: old.map(geometry_to_json),
        new: geometry_to_json(new),
    }
}
