//! One side of a conflict as a view shows it.

use geo_types::Geometry;
use layers::merge::{Content, Held};
use layers::{Feature, FeatureId, LayerView, Value};

/// What somebody made of a part, as far as its reader may see it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Side {
    /// The value of a field.
    Value(Value),
    /// The geometry in EPSG:5514, or none.
    Geometry(Option<Geometry<f64>>),
    /// The whole feature; none when it was removed.
    Feature(Option<Feature>),
}

pub(super) fn side(view: &LayerView, id: FeatureId, held: &Held) -> Side {
    match held {
        Held::Value(value) => Side::Value(value.clone()),
        Held::Geometry(geometry) => Side::Geometry(geometry.clone()),
        Held::Feature(content) => {
            let content = content.as_ref();
            Side::Feature(content.and_then(|content| through(view, id, content)))
        }
    }
}

/// Returns what a view shows of the content of a feature; none when it does not show the row.
pub(super) fn through(view: &LayerView, id: FeatureId, content: &Content) -> Option<Feature> {
    let values = view.values_of(content)?;
    Some(Feature {
        id,
        fid: 0,
        rev: 0,
        geometry: content.geometry.clone(),
        values,
    })
}
