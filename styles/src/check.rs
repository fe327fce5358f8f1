//! Checks a style against the layers: every name it uses, and whether everything public is drawn and explained.

use std::sync::Arc;

use layers::{Audience, Language, Layer, LayerSet, Value};
use serde_json::Value as Json;

use crate::expression::{properties_read, values_expected};
use crate::style::drawable_layers;
use crate::style_layer::{StyleLayer, public_field};
use crate::{Style, StyleError};

/// Something that a style gets wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A style layer draws a layer that is not there, is not public or has no geometry.
    #[error("{style_layer} draws `{layer}`, which is not a public layer with geometry")]
    UnknownLayer {
        /// The layer of the style.
        style_layer: String,
        /// The name that is not there.
        layer: String,
    },
    /// A style layer reads a field that is not in public tiles.
    #[error(
        "{style_layer} reads `{field}`, which is not a public field among the tile fields of its layer"
    )]
    UnknownField {
        /// The layer of the style.
        style_layer: String,
        /// The field that tiles do not carry.
        field: String,
    },
    /// A style layer compares a field with a value that its code list does not have.
    #[error("{style_layer} expects {field} = {value}, which is not in the code list")]
    UnknownCode {
        /// The layer of the style.
        style_layer: String,
        /// The field.
        field: String,
        /// The value, as JSON.
        value: String,
    },
    /// A style layer writes with a font that the style does not declare.
    #[error("{style_layer} writes with `{font}`, which the style does not declare")]
    UnknownFont {
        /// The layer of the style.
        style_layer: String,
        /// The font's name.
        font: String,
    },
    /// A style layer uses an icon that the sprite does not have.
    #[error("{style_layer} uses the icon `{icon}`, which is not in the sprite")]
    UnknownIcon {
        /// The layer of the style.
        style_layer: String,
        /// The icon's name.
        icon: String,
    },
    /// The legend names a style layer or field that is not there, or an expression is beyond us.
    #[error("{style_layer} cannot be explained: {problem}")]
    UnreadableLegend {
        /// The layer of the style.
        style_layer: String,
        /// What is wrong.
        problem: String,
    },
    /// A public layer with geometry is not drawn.
    #[error("`{0}` is not drawn")]
    NotDrawn(String),
    /// A drawn layer is not in the legend.
    #[error("`{0}` is not in the legend")]
    NotExplained(String),
}

impl Style {
    /// Returns everything the style gets wrong about what the public may see of the layers.
    pub fn check(&self, layers: &LayerSet) -> Vec<Problem> {
        let public = drawable_layers(layers, &Audience::PUBLIC);
        let mut problems = Vec::new();
        for drawn in self.layers() {
            self.check_style_layer(drawn, &public, &mut problems);
        }
        for layer in &public {
            self.check_presence(layer, &mut problems);
        }
        problems
    }

    fn check_style_layer(
        &self,
        drawn: StyleLayer<'_>,
        public: &[&Arc<Layer>],
        problems: &mut Vec<Problem>,
    ) {
        let style_layer = || drawn.id().to_owned();
        for font in drawn.fonts().filter(|font| !self.declares_font(font)) {
            problems.push(Problem::UnknownFont {
                style_layer: style_layer(),
                font: font.to_owned(),
            });
        }
        if let Some(icon) = drawn.icon().filter(|icon| !sprite_has(icon)) {
            problems.push(Problem::UnknownIcon {
                style_layer: style_layer(),
                icon: icon.to_owned(),
            });
        }
        let Some(name) = drawn.source_layer() else {
            return;
        };
        match public.iter().find(|layer| layer.id.as_str() == name) {
            Some(layer) => {
                check_fields(drawn, layer, problems);
                self.check_legend_wish(drawn, layer, problems);
            }
            None => problems.push(Problem::UnknownLayer {
                style_layer: style_layer(),
                layer: name.to_owned(),
            }),
        }
    }

    fn declares_font(&self, name: &str) -> bool {
        self.fonts().is_some_and(|fonts| fonts.contains_key(name))
    }

    fn check_legend_wish(&self, drawn: StyleLayer<'_>, layer: &Layer, problems: &mut Vec<Problem>) {
        let mut refuse = |problem: String| {
            problems.push(Problem::UnreadableLegend {
                style_layer: drawn.id().to_owned(),
                problem,
            });
        };
        let wish = match drawn.legend_wish() {
            Ok(Some(wish)) => wish,
            Ok(None) => return,
            Err(error) => return refuse(error.to_string()),
        };
        if let Some(border) = wish
            .border
            .filter(|id| self.layers().all(|other| other.id() != id))
        {
            refuse(format!("there is no style layer `{border}`"));
        }
        let has_codes =
            |name: &String| public_field(layer, name).is_some_and(|f| f.codes.is_some());
        if let Some(field) = wish.by.filter(|name| !has_codes(name)) {
            refuse(format!("`{field}` is not a public field with a code list"));
        }
    }

    fn check_presence(&self, layer: &Layer, problems: &mut Vec<Problem>) {
        let name = layer.id.as_str();
        if !self
            .layers()
            .any(|drawn| drawn.source_layer() == Some(name))
        {
            problems.push(Problem::NotDrawn(name.to_owned()));
            return;
        }
        match self.legend_entries(layer, Language::Czech) {
            Ok(entries) if entries.is_empty() => {
                problems.push(Problem::NotExplained(name.to_owned()));
            }
            Ok(_) => {}
            Err(StyleError::MakeLegend {
                style_layer,
                problem,
            }) => {
                problems.push(Problem::UnreadableLegend {
                    style_layer,
                    problem,
                });
            }
            Err(error @ StyleError::Read { .. }) => problems.push(Problem::UnreadableLegend {
                style_layer: name.to_owned(),
                problem: error.to_string(),
            }),
        }
    }
}

fn check_fields(drawn: StyleLayer<'_>, layer: &Layer, problems: &mut Vec<Problem>) {
    let in_tiles = |name: &str| {
        let field = public_field(layer, name)?;
        layer.tile_fields.contains(&field.name).then_some(field)
    };
    for expression in drawn.expressions() {
        for name in properties_read(expression) {
            if in_tiles(name).is_none() {
                problems.push(Problem::UnknownField {
                    style_layer: drawn.id().to_owned(),
                    field: name.to_owned(),
                });
            }
        }
        for (name, value) in values_expected(expression) {
            let codes = in_tiles(name).and_then(|field| field.codes.as_ref());
            if codes.is_some_and(|codes| !value.is_null() && codes.title(&code(value)).is_none()) {
                problems.push(Problem::UnknownCode {
                    style_layer: drawn.id().to_owned(),
                    field: name.to_owned(),
                    value: value.to_string(),
                });
            }
        }
    }
}

fn code(value: &Json) -> Value {
    match value {
        Json::String(text) => Value::Text(text.clone()),
        number => number.as_i64().map_or(Value::Null, Value::Integer),
    }
}

fn sprite_has(icon: &str) -> bool {
    let index = crate::sprite("city.json").and_then(|file| serde_json::from_slice(&file).ok());
    index.is_some_and(|index: Json| index.get(icon).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_styles_get_nothing_wrong() {
        let layers = LayerSet::shipped().expect("shipped definitions are good");
        for id in Style::shipped_ids() {
            let style = Style::shipped(&id).expect("is shipped").expect("is good");
            assert_eq!(style.check(&layers), Vec::new(), "{id}");
        }
    }

    #[test]
    fn every_mistake_is_reported() {
        let style = r#"{"version": 8, "metadata": {"obzor:title": {"cs": "a", "en": "a"}}, "layers": [
            {"id": "unknown", "type": "line", "source-layer": "rivers"},
            {"id": "secret", "type": "line", "source-layer": "leases"},
            {"id": "lamps", "type": "symbol", "source-layer": "street-lights",
             "metadata": {"obzor:legend": {"by": "height", "border": "nowhere"}},
             "layout": {"text-font": ["Comic"], "icon-image": "lamp"},
             "filter": ["all", ["==", ["get", "status"], 77], ["has", "note"]]}
        ]}"#;
        let layers = LayerSet::shipped().expect("shipped definitions are good");
        let problems = Style::parse("bad", style)
            .expect("is a style")
            .check(&layers);
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        for expected in [
            "unknown draws `rivers`, which is not a public layer with geometry",
            "secret draws `leases`, which is not a public layer with geometry",
            "lamps writes with `Comic`, which the style does not declare",
            "lamps uses the icon `lamp`, which is not in the sprite",
            "lamps reads `note`, which is not a public field among the tile fields of its layer",
            "lamps expects status = 77, which is not in the code list",
            "lamps cannot be explained: there is no style layer `nowhere`",
            "lamps cannot be explained: `height` is not a public field with a code list",
            "`street-lights` is not in the legend",
            "`trees` is not drawn",
        ] {
            assert!(
                told.iter().any(|problem| problem == expected),
                "{expected}\nis not among\n{told:#?}"
            );
        }
    }
}
