//! Styles as they ship, and as a client gets them: with addresses and sources.

use std::sync::Arc;

use layers::{Audience, Language, Layer, LayerSet, Text};
use rust_embed::RustEmbed;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::StyleError;
use crate::style_layer::StyleLayer;

#[derive(RustEmbed)]
#[folder = "styles/"]
struct Shipped;

/// The name of the one vector source of a packed style.
const PACKED_SOURCE: &str = "obzor";

/// A MapLibre style (version 8) whose layers name only the layers they draw.
#[derive(Clone, Debug)]
pub struct Style {
    id: String,
    title: Text,
    document: Json,
}

impl Style {
    /// Returns the names of the styles that ship with Obzor.
    pub fn shipped_ids() -> impl Iterator<Item = String> {
        Shipped::iter().filter_map(|file| Some(file.strip_suffix(".json")?.to_owned()))
    }

    /// Reads the shipped style of that name; nothing if there is none.
    pub fn shipped(id: &str) -> Option<Result<Self, StyleError>> {
        let file = Shipped::get(&format!("{id}.json"))?;
        Some(Self::parse(id, &String::from_utf8_lossy(&file.data)))
    }

    /// Reads a style from its template.
    pub fn parse(id: &str, text: &str) -> Result<Self, StyleError> {
        let unreadable = |problem: String| StyleError::Read {
            id: id.to_owned(),
            problem,
        };
        let document: Json =
            serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        if document["version"] != 8 || !document["layers"].is_array() {
            return Err(unreadable(
                "expected a MapLibre style of version 8 with layers".to_owned(),
            ));
        }
        let title = Text::deserialize(&document["metadata"]["obzor:title"]).map_err(|error| {
            unreadable(format!(
                "metadata needs `obzor:title` in cs and en: {error}"
            ))
        })?;
        Ok(Self {
            id: id.to_owned(),
            title,
            document,
        })
    }

    /// Returns the name in URLs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns what people read.
    pub fn title(&self) -> &Text {
        &self.title
    }

    /// Returns the style as a MapLibre client needs it: absolute addresses under `base_url` (without a slash at its end),
    /// one vector source per group of layers, nothing of layers that the audience may not know of.
    pub fn resolve(
        &self,
        base_url: &str,
        layers: &LayerSet,
        audience: &Audience,
        language: Language,
    ) -> Json {
        let visible = drawable_layers(layers, audience);
        let sources = sources(base_url, layers, &visible);
        self.filled_in(base_url, &visible, language, sources, |layer, zoom| {
            zoom.map_or_else(
                || (layer.group.clone(), None),
                |zoom| coarse_source(base_url, layer, zoom),
            )
        })
    }

    /// Returns the style for a package that a client opens without a network: one vector source, the archive of tiles,
    /// and every other address `package://PATH`, nothing of layers that the audience may not know of.
    pub fn resolve_packed(
        &self,
        archive: &str,
        layers: &LayerSet,
        audience: &Audience,
        language: Language,
    ) -> Json {
        let visible = drawable_layers(layers, audience);
        let url = format!("pmtiles://{archive}");
        let whole = json!({ "type": "vector", "url": url });
        let sources = Map::from_iter([(PACKED_SOURCE.to_owned(), whole)]);
        // Every path in a style begins with a slash, the second one of the address.
        self.filled_in("package:/", &visible, language, sources, |_, zoom| {
            let Some(zoom) = zoom else {
                return (PACKED_SOURCE.to_owned(), None);
            };
            let coarse = json!({ "type": "vector", "url": url, "maxzoom": zoom });
            (format!("{PACKED_SOURCE}-to-{zoom}"), Some(coarse))
        })
    }

    /// Returns the style with addresses, sources and titles; `source_of` tells the source of a layer that is drawn from
    /// tiles down to a zoom level, and what that source is unless it is among `sources` already.
    fn filled_in(
        &self,
        base_url: &str,
        visible: &[&Arc<Layer>],
        language: Language,
        mut sources: Map<String, Json>,
        source_of: impl Fn(&Layer, Option<u64>) -> (String, Option<Json>),
    ) -> Json {
        let mut style = self.document.clone();
        style["name"] = json!(self.title.in_language(language));
        for part in ["sprite", "font-faces"] {
            if let Some(addresses) = style.get_mut(part) {
                make_absolute(addresses, base_url);
            }
        }
        if let Some(style_layers) = style["layers"].as_array_mut() {
            style_layers.retain_mut(|style_layer| {
                let Some(id) = style_layer["source-layer"].as_str() else {
                    return true;
                };
                let Some(layer) = visible.iter().find(|layer| layer.id.as_str() == id) else {
                    return false;
                };
                let deepest_zoom = style_layer["metadata"]["obzor:deepest-zoom"].as_u64();
                let (name, source) = source_of(layer, deepest_zoom);
                style_layer["source"] = json!(name);
                sources.extend(source.map(|source| (name, source)));
                true
            });
        }
        style["sources"] = Json::Object(sources);
        style
    }

    /// Returns the layers of the style, in drawing order.
    pub(crate) fn layers(&self) -> impl Iterator<Item = StyleLayer<'_>> {
        let layers = self.document["layers"].as_array();
        layers.into_iter().flatten().map(StyleLayer::new)
    }

    /// Returns the layers of the style, to change them.
    pub(crate) fn layers_mut(&mut self) -> &mut Vec<Json> {
        let layers = self.document["layers"].as_array_mut();
        layers.expect("a style is parsed only with layers")
    }

    /// Returns the fonts that the style declares, by name.
    pub(crate) fn fonts(&self) -> Option<&Map<String, Json>> {
        self.document["font-faces"].as_object()
    }
}

/// Returns the layers with geometry that the audience may know of, in the order of the layer tree.
pub(crate) fn drawable_layers<'a>(
    layers: &'a LayerSet,
    audience: &Audience,
) -> Vec<&'a Arc<Layer>> {
    layers
        .iter()
        .filter(|layer| layer.geometry.is_some() && audience.view(layer).is_some())
        .collect()
}

fn sources(base_url: &str, layers: &LayerSet, visible: &[&Arc<Layer>]) -> Map<String, Json> {
    let mut sources = Map::new();
    for group in layers.groups() {
        let ids: Vec<&str> = visible
            .iter()
            .filter(|layer| layer.group == group.id)
            .map(|layer| layer.id.as_str())
            .collect();
        if !ids.is_empty() {
            let url = format!("{base_url}/tiles/{}", ids.join(","));
            sources.insert(group.id.clone(), json!({ "type": "vector", "url": url }));
        }
    }
    sources
}

/// Returns the source of a style layer that wants tiles only down to a zoom level (`obzor:deepest-zoom`).
///
/// A renderer writes the name of an area once in each tile: with large tiles that is once.
fn coarse_source(base_url: &str, layer: &Layer, zoom: u64) -> (String, Option<Json>) {
    let tiles = format!("{base_url}/tiles/{}/{{z}}/{{x}}/{{y}}", layer.id);
    let source = json!({ "type": "vector", "tiles": [tiles], "maxzoom": zoom });
    (format!("{}-to-{zoom}", layer.id), Some(source))
}

/// Puts the base URL before every path in a part of a style.
fn make_absolute(addresses: &mut Json, base_url: &str) {
    match addresses {
        Json::String(path) if path.starts_with('/') => path.insert_str(0, base_url),
        Json::Array(members) => members
            .iter_mut()
            .for_each(|member| make_absolute(member, base_url)),
        Json::Object(members) => members
            .values_mut()
            .for_each(|member| make_absolute(member, base_url)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city() -> Json {
        let layers = LayerSet::shipped().expect("shipped definitions are good");
        let style = Style::shipped("city")
            .expect("is shipped")
            .expect("is good");
        style.resolve(
            "https://mapy.example",
            &layers,
            &Audience::PUBLIC,
            Language::English,
        )
    }

    #[test]
    fn every_drawn_layer_has_the_source_of_its_group() {
        let style = city();
        for layer in style["layers"].as_array().expect("layers") {
            if layer["source-layer"].is_string() {
                let source = layer["source"].as_str().expect("a source");
                let source = &style["sources"][source];
                let Some(url) = source["url"].as_str() else {
                    assert!(source["maxzoom"].is_u64(), "{source}");
                    continue;
                };
                let drawn = layer["source-layer"].as_str().expect("a layer");
                assert!(
                    url.rsplit('/')
                        .next()
                        .is_some_and(|ids| ids.split(',').any(|id| id == drawn)),
                    "{url} {drawn}"
                );
            }
        }
    }

    #[test]
    fn every_address_is_absolute_and_leads_to_a_file_we_have() {
        let style = city();
        let faces = style["font-faces"].as_object().expect("fonts");
        for face in faces
            .values()
            .flat_map(|faces| faces.as_array().expect("a list"))
        {
            let url = face["url"].as_str().expect("a url");
            let name = url
                .strip_prefix("https://mapy.example/fonts/")
                .expect("our font");
            assert!(
                crate::font(name).is_some_and(|file| file.starts_with(b"wOF2")),
                "{name}"
            );
        }
    }

    #[test]
    fn a_packed_style_has_no_address_outside_its_package() {
        let layers = LayerSet::shipped().expect("shipped definitions are good");
        let style = Style::shipped("city")
            .expect("is shipped")
            .expect("is good");
        let packed = style.resolve_packed("a.pmtiles", &layers, &Audience::PUBLIC, Language::Czech);
        assert_eq!(packed["sprite"], "package://sprites/city");
        let text = packed.to_string();
        assert!(text.matches("://").count() > 4, "{text}");
        for (before, _) in text.match_indices("://") {
            let scheme = &text[..before];
            assert!(
                scheme.ends_with("\"package") || scheme.ends_with("\"pmtiles"),
                "{scheme}"
            );
        }
        for drawn in packed["layers"].as_array().expect("layers") {
            if let Some(source) = drawn["source"].as_str() {
                assert_eq!(packed["sources"][source]["url"], "pmtiles://a.pmtiles");
            }
        }
    }

    #[test]
    fn a_file_that_is_no_style_is_refused() {
        for bad in ["", "{}", r#"{"version": 8, "layers": []}"#] {
            assert!(Style::parse("bad", bad).is_err(), "{bad}");
        }
    }
}
