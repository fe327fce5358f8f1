//! What a map needs to know of this city: title, layer tree, fields and code lists for the card of a feature.

use layers::{Audience, Field, FieldType, Freshness, Language, LayerId, LayerSet, LayerView};
use serde_json::{Value as Json, json};

use crate::config::Config;
use crate::freshness;

/// Returns the configuration of a map of these layers; `style` is the address of its style, and `freshness` knows how
/// old what attached tables show may be.
pub(crate) fn describe(
    config: &Config,
    layers: &LayerSet,
    audience: &Audience,
    language: Language,
    style: &str,
    freshness: impl Fn(&LayerId) -> Option<Freshness>,
) -> Json {
    let groups: Vec<Json> = layers
        .groups()
        .iter()
        .map(|group| {
            let views = layers
                .iter()
                .filter(|layer| layer.group == group.id)
                .filter_map(|layer| audience.view(layer));
            let described = views.map(|view| {
                let mut described = layer(&view, language);
                freshness::add_to(&mut described, freshness(&view.layer().id));
                described
            });
            let layers: Vec<Json> = described.collect();
            json!({ "id": group.id, "title": group.title.in_language(language), "layers": layers })
        })
        .filter(|group| {
            group["layers"]
                .as_array()
                .is_some_and(|layers| !layers.is_empty())
        })
        .collect();
    json!({
        "title": config.title.in_language(language),
        "sample": config.sample,
        "language": language.code(),
        "start": config.start.map(|start| json!({ "center": start.center, "zoom": start.zoom })),
        "attribution": config.attribution,
        "style": style,
        "groups": groups,
    })
}

fn layer(view: &LayerView, language: Language) -> Json {
    let layer = view.layer();
    json!({
        "id": layer.id.as_str(),
        "title": layer.title.in_language(language),
        "label": layer.label.to_string(),
        "description": layer.description.in_language(language),
        "geometry": layer.geometry.map(|kind| format!("{kind:?}")),
        "min_zoom": layer.zooms.min,
        "fields": fields(view.fields(), language),
    })
}

fn fields<'a>(all: impl Iterator<Item = &'a Field>, language: Language) -> Vec<Json> {
    all.map(|field| {
        let mut json = json!({
            "name": field.name,
            "title": field.title.in_language(language),
            "unit": field.unit,
            "type": type_name(&field.field_type),
        });
        if let Some(list) = &field.codes {
            let code = |code: &layers::Code| {
                json!({
                    "value": layers::to_json(&field.field_type, &code.value),
                    "title": code.title.in_language(language),
                })
            };
            json["codes"] = list.codes.iter().map(code).collect();
        }
        if let FieldType::List(items) = &field.field_type {
            json["items"] = fields(items.iter(), language).into();
        }
        json
    })
    .collect()
}

fn type_name(field_type: &FieldType) -> &'static str {
    match field_type {
        FieldType::Text => "text",
        FieldType::Integer => "integer",
        FieldType::Real => "real",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::Timestamp => "timestamp",
        FieldType::List(_) => "list",
        FieldType::Reference(_) => "reference",
    }
}
