//! What a tile holds of a layer, as TileJSON 3 and the metadata of `PMTiles` tell it (`vector_layers`).

use layers::{FieldType, Language, LayerView};
use serde_json::{Map, Value as Json, json};

/// Returns the entry of one layer.
pub(crate) fn vector_layer(view: &LayerView, language: Language) -> Json {
    let layer = view.layer();
    let fields = layer.tile_fields.iter().filter_map(|name| {
        let (_, field) = view.field(name)?;
        let kind = match field.field_type {
            FieldType::Integer | FieldType::Real => "Number",
            FieldType::Boolean => "Boolean",
            _ => "String",
        };
        Some((name.clone(), json!(kind)))
    });
    json!({
        "id": layer.id.as_str(),
        "description": layer.title.in_language(language),
        "minzoom": layer.zooms.min,
        "maxzoom": layer.zooms.max,
        "fields": fields.collect::<Map<_, _>>(),
    })
}
