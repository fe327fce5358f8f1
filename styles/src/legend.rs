//! Legends, made from a style: what a person sees on the map, explained by the titles of layers and codes.

use layers::{Audience, Language, Layer, LayerSet, Value};
use serde::Serialize;
use serde_json::Value as Json;

use crate::expression::{Scope, Unreadable};
use crate::style::drawable_layers;
use crate::style_layer::{LegendWish, StyleLayer, public_field};
use crate::{Style, StyleError};

const LEGEND_ZOOM: f64 = 17.0;

/// The explanation of a whole style.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Legend {
    /// One part per layer that is explained, in the order of the layer tree.
    pub layers: Vec<LegendLayer>,
}

/// The explanation of one layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LegendLayer {
    /// The layer's id.
    pub layer: String,
    /// The layer's title.
    pub title: String,
    /// The looks it can have.
    pub entries: Vec<LegendEntry>,
}

/// One look and what it means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LegendEntry {
    /// What it means, in the language asked for.
    pub label: String,
    /// The look.
    #[serde(flatten)]
    pub swatch: Swatch,
}

/// What kind of mark a swatch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SwatchKind {
    /// An area.
    Fill,
    /// A line.
    Line,
    /// A dot.
    Circle,
    /// An icon of the sprite.
    #[default]
    Icon,
    /// Writing.
    Text,
}

/// A look, in MapLibre's units: CSS colours, pixels, dashes in line widths.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Swatch {
    /// What kind of mark it is.
    pub kind: SwatchKind,
    /// The colour of the area, line, dot or writing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// How much of what lies below is covered, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opacity: Option<f64>,
    /// The width of the line, or the diameter of the dot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Dashes and gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dash: Option<Vec<f64>>,
    /// The colour of the outline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline: Option<String>,
    /// The width of the outline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline_width: Option<f64>,
    /// Dashes and gaps of the outline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline_dash: Option<Vec<f64>>,
    /// The icon's name in the sprite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
}

impl Style {
    /// Makes the legend of the layers that the audience may know of.
    pub fn legend(
        &self,
        layers: &LayerSet,
        audience: &Audience,
        language: Language,
    ) -> Result<Legend, StyleError> {
        let mut parts = Vec::new();
        for layer in drawable_layers(layers, audience) {
            let entries = self.legend_entries(layer, language)?;
            if !entries.is_empty() {
                parts.push(LegendLayer {
                    layer: layer.id.to_string(),
                    title: layer.title.in_language(language).to_owned(),
                    entries,
                });
            }
        }
        Ok(Legend { layers: parts })
    }

    /// Returns the looks of one layer; looks that are equal are one entry.
    pub(crate) fn legend_entries(
        &self,
        layer: &Layer,
        language: Language,
    ) -> Result<Vec<LegendEntry>, StyleError> {
        let mut entries: Vec<LegendEntry> = Vec::new();
        let drawing = |drawn: &StyleLayer<'_>| drawn.source_layer() == Some(layer.id.as_str());
        for drawn in self.layers().filter(drawing) {
            let refused = |problem: String| StyleError::MakeLegend {
                style_layer: drawn.id().to_owned(),
                problem,
            };
            let Some(wish) = drawn
                .legend_wish()
                .map_err(|error| refused(error.to_string()))?
            else {
                continue;
            };
            let swatch = |properties: &[(String, Json)]| {
                let zoom = wish.zoom.unwrap_or(LEGEND_ZOOM);
                self.swatch(drawn, &wish, &Scope { zoom, properties })
                    .map_err(|Unreadable(part)| refused(format!("cannot read {part}")))
            };
            for look in looks(&wish, layer, language) {
                if let Some(swatch) = swatch(&look.properties)? {
                    add_entry(&mut entries, look.label, swatch);
                }
            }
            // What looks as if nothing were known stands last, however low its code.
            if let Some(unknown) = swatch(&[])? {
                entries.sort_by_key(|entry| entry.swatch == unknown);
            }
        }
        Ok(entries)
    }

    fn swatch(
        &self,
        drawn: StyleLayer<'_>,
        wish: &LegendWish,
        scope: &Scope<'_>,
    ) -> Result<Option<Swatch>, Unreadable> {
        if !drawn.draws(scope)? {
            return Ok(None);
        }
        let mut swatch = own_swatch(drawn, scope)?;
        let border = |other: &StyleLayer<'_>| wish.border.as_deref() == Some(other.id());
        if let Some(border) = self.layers().find(border) {
            add_border(&mut swatch, border, scope)?;
        }
        Ok(Some(swatch))
    }
}

/// The properties that lead to a look, and what the look means.
struct Look {
    label: String,
    properties: Vec<(String, Json)>,
}

fn looks(wish: &LegendWish, layer: &Layer, language: Language) -> Vec<Look> {
    let by = wish
        .by
        .as_deref()
        .and_then(|name| public_field(layer, name));
    if let Some((field, codes)) = by.and_then(|field| Some((field, field.codes.as_ref()?))) {
        let look = |code: &layers::Code| Look {
            label: code.title.in_language(language).to_owned(),
            properties: vec![(field.name.clone(), code_json(&code.value))],
        };
        return codes.codes.iter().map(look).collect();
    }
    if wish.cases.is_empty() {
        return vec![Look {
            label: layer.title.in_language(language).to_owned(),
            properties: Vec::new(),
        }];
    }
    let cases = wish.cases.iter().map(|case| Look {
        label: case.title.in_language(language).to_owned(),
        properties: case.properties.clone().into_iter().collect(),
    });
    cases.collect()
}

fn code_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        _ => Json::Null,
    }
}

fn add_entry(entries: &mut Vec<LegendEntry>, label: String, swatch: Swatch) {
    match entries.iter_mut().find(|entry| entry.swatch == swatch) {
        Some(entry) => {
            entry.label.push_str(", ");
            entry.label.push_str(&label);
        }
        None => entries.push(LegendEntry { label, swatch }),
    }
}

fn own_swatch(drawn: StyleLayer<'_>, scope: &Scope<'_>) -> Result<Swatch, Unreadable> {
    let text = |name: &str| Ok(drawn.value(name, scope)?.as_str().map(str::to_owned));
    let number = |name: &str| Ok(drawn.value(name, scope)?.as_f64());
    let dash = |name: &str| Ok(numbers(&drawn.value(name, scope)?));
    let mut swatch = Swatch::default();
    match drawn.kind() {
        "fill" => {
            swatch.kind = SwatchKind::Fill;
            swatch.colour = text("fill-color")?;
            swatch.opacity = number("fill-opacity")?;
            swatch.outline = text("fill-outline-color")?;
            swatch.icon = text("fill-pattern")?;
        }
        "line" => {
            swatch.kind = SwatchKind::Line;
            swatch.colour = text("line-color")?;
            swatch.opacity = number("line-opacity")?;
            swatch.width = number("line-width")?;
            swatch.dash = dash("line-dasharray")?;
        }
        "circle" => {
            swatch.kind = SwatchKind::Circle;
            swatch.colour = text("circle-color")?;
            swatch.opacity = number("circle-opacity")?;
            swatch.width = number("circle-radius")?.map(|radius| radius * 2.0);
            swatch.outline = text("circle-stroke-color")?;
            swatch.outline_width = number("circle-stroke-width")?;
        }
        _ => {
            swatch.icon = text("icon-image")?;
            if swatch.icon.is_none() {
                swatch.kind = SwatchKind::Text;
                swatch.colour = text("text-color")?;
                swatch.outline = text("text-halo-color")?;
            }
        }
    }
    Ok(swatch)
}

/// Adds the look of the line layer that draws the outline: an edge on an area, or a casing under a line.
fn add_border(
    swatch: &mut Swatch,
    border: StyleLayer<'_>,
    scope: &Scope<'_>,
) -> Result<(), Unreadable> {
    let width = border.value("line-width", scope)?.as_f64();
    let inside = swatch.width.filter(|_| swatch.kind == SwatchKind::Line);
    swatch.outline = border
        .value("line-color", scope)?
        .as_str()
        .map(str::to_owned);
    swatch.outline_width = width.map(|width| inside.map_or(width, |inside| (width - inside) / 2.0));
    swatch.outline_dash = numbers(&border.value("line-dasharray", scope)?);
    Ok(())
}

fn numbers(value: &Json) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Json::as_f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legend_of(name: &str, language: Language) -> Vec<LegendEntry> {
        let layers = LayerSet::shipped().expect("shipped definitions are good");
        let style = Style::shipped("city")
            .expect("is shipped")
            .expect("is good");
        let layer = layers.named(name).expect("a shipped layer");
        style
            .legend_entries(layer, language)
            .expect("a readable style")
    }

    fn labels(name: &str, language: Language) -> Vec<String> {
        let entries = legend_of(name, language).into_iter();
        entries.map(|entry| entry.label).collect()
    }

    #[test]
    fn codes_that_look_the_same_share_a_line() {
        let expected = ["in operation", "out of operation", "not public, unknown"];
        assert_eq!(labels("street-lights", Language::English), expected);
    }

    #[test]
    fn a_casing_is_the_outline_of_a_line() {
        let roads = legend_of("road-sections", Language::Czech);
        let local = roads
            .iter()
            .find(|entry| entry.label.contains("komunikace III. třídy"))
            .expect("a local road");
        assert_eq!(local.swatch.kind, SwatchKind::Line);
        assert!(local.swatch.outline.is_some());
        assert!(local.swatch.outline_width.is_some_and(|width| width > 0.0));
    }

    #[test]
    fn a_layer_of_one_look_is_explained_by_its_title() {
        assert_eq!(labels("switchboards", Language::Czech).len(), 1);
        assert_eq!(
            legend_of("streets", Language::Czech)[0].swatch.kind,
            SwatchKind::Text
        );
    }
}
