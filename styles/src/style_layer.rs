//! One layer of a style: what it draws, from which of our layers, and how it is explained.

use layers::{Field, Layer, Text};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::expression::{Scope, Unreadable, evaluate};

/// A look at one entry of a style's `layers`.
#[derive(Clone, Copy)]
pub(crate) struct StyleLayer<'a> {
    json: &'a Json,
}

/// How a style layer wants to be explained (`metadata`, `obzor:legend`).
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LegendWish {
    /// The field whose codes are explained one by one.
    pub(crate) by: Option<String>,
    /// Looks that no code list describes.
    #[serde(default)]
    pub(crate) cases: Vec<LegendCase>,
    /// The style layer that draws the outline.
    pub(crate) border: Option<String>,
    /// The zoom level whose look is shown.
    pub(crate) zoom: Option<f64>,
}

/// One look, by the properties that lead to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LegendCase {
    pub(crate) properties: Map<String, Json>,
    pub(crate) title: Text,
}

impl<'a> StyleLayer<'a> {
    pub(crate) fn new(json: &'a Json) -> Self {
        Self { json }
    }

    pub(crate) fn id(self) -> &'a str {
        self.json["id"].as_str().unwrap_or_default()
    }

    /// Returns the MapLibre type: `fill`, `line`, `circle`, `symbol` …
    pub(crate) fn kind(self) -> &'a str {
        self.json["type"].as_str().unwrap_or_default()
    }

    /// Returns the id of our layer that it draws, if it draws one.
    pub(crate) fn source_layer(self) -> Option<&'a str> {
        self.json["source-layer"].as_str()
    }

    /// Returns its wish for the legend, if it has one; the error says what is wrong with it.
    pub(crate) fn legend_wish(self) -> Result<Option<LegendWish>, serde_json::Error> {
        let wish = &self.json["metadata"]["obzor:legend"];
        if wish.is_null() {
            return Ok(None);
        }
        LegendWish::deserialize(wish).map(Some)
    }

    /// Returns the filter and all layout and paint values: everything in which expressions may stand.
    pub(crate) fn expressions(self) -> impl Iterator<Item = &'a Json> {
        let values = |part: &str| {
            self.json[part]
                .as_object()
                .into_iter()
                .flat_map(Map::values)
        };
        let mut all: Vec<&Json> = values("layout").chain(values("paint")).collect();
        all.extend(self.json.get("filter"));
        all.into_iter()
    }

    /// Returns the names of the fonts it writes with.
    pub(crate) fn fonts(self) -> impl Iterator<Item = &'a str> {
        let names = self.json["layout"]["text-font"].as_array();
        names.into_iter().flatten().filter_map(Json::as_str)
    }

    /// Returns the name of the icon it draws, if that does not depend on the feature.
    pub(crate) fn icon(self) -> Option<&'a str> {
        self.json["layout"]["icon-image"].as_str()
    }

    /// Whether a feature with these properties is drawn at all.
    pub(crate) fn draws(self, scope: &Scope<'_>) -> Result<bool, Unreadable> {
        match self.json.get("filter") {
            Some(filter) => Ok(evaluate(filter, scope)? == Json::Bool(true)),
            None => Ok(true),
        }
    }

    /// Returns the value of a layout or paint property for a feature with these properties.
    pub(crate) fn value(self, name: &str, scope: &Scope<'_>) -> Result<Json, Unreadable> {
        let part = |part: &str| self.json[part].get(name);
        match part("paint").or_else(|| part("layout")) {
            Some(expression) => evaluate(expression, scope),
            None => Ok(Json::Null),
        }
    }
}

/// Returns the field of a layer if everybody may know it.
pub(crate) fn public_field<'a>(layer: &'a Layer, name: &str) -> Option<&'a Field> {
    let (_, field) = layer.field(name)?;
    (field.privacy == layers::PrivacyClass::Public).then_some(field)
}
