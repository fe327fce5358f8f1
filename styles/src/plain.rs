//! How a layer looks that no style draws: those that an instance adds itself.

use layers::{Audience, GeometryType, Layer, LayerSet};
use serde_json::{Value as Json, json};

use crate::Style;
use crate::style::drawable_layers;

/// Colours that differ from each other and from the ground of the map.
const COLOURS: [&str; 6] = [
    "#0b7285", "#a61e4d", "#5f3dc4", "#2b8a3e", "#c2410c", "#364fc7",
];

impl Style {
    /// Returns the style with every layer drawn that the audience may know of: those that it does not know plainly, below
    /// its writing.
    #[must_use]
    pub fn with_all(mut self, layers: &LayerSet, audience: &Audience) -> Self {
        let drawn: Vec<String> = self
            .layers()
            .filter_map(|drawn| drawn.source_layer().map(str::to_owned))
            .collect();
        let unknown = drawable_layers(layers, audience)
            .into_iter()
            .filter(|layer| !drawn.iter().any(|id| id == layer.id.as_str()));
        let plain: Vec<Json> = unknown
            .enumerate()
            .flat_map(|(number, layer)| plain(layer, COLOURS[number % COLOURS.len()]))
            .collect();
        let all = self.layers_mut();
        let writing = all.iter().position(|layer| layer["type"] == "symbol");
        let place = writing.unwrap_or(all.len());
        all.splice(place..place, plain);
        self
    }
}

fn plain(layer: &Layer, colour: &str) -> Vec<Json> {
    let id = layer.id.as_str();
    match layer.geometry {
        None => Vec::new(),
        Some(GeometryType::Point) => vec![json!({
            "id": id, "type": "circle", "source-layer": id, "metadata": { "obzor:legend": { "zoom": 18 } },
            "paint": {
                "circle-color": colour, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1,
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 1.6, 16, 3.6, 19, 6],
            },
        })],
        Some(GeometryType::LineString | GeometryType::MultiLineString) => vec![json!({
            "id": id, "type": "line", "source-layer": id, "metadata": { "obzor:legend": { "zoom": 18 } },
            "paint": {
                "line-color": colour,
                "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.8, 16, 1.8, 19, 3],
            },
        })],
        Some(GeometryType::Polygon | GeometryType::MultiPolygon) => vec![
            json!({
                "id": id, "type": "fill", "source-layer": id,
                "metadata": { "obzor:legend": { "border": format!("{id}-edge") } },
                "paint": { "fill-color": colour, "fill-opacity": 0.25 },
            }),
            json!({
                "id": format!("{id}-edge"), "type": "line", "source-layer": id,
                "paint": { "line-color": colour, "line-width": 1.2 },
            }),
        ],
    }
}

#[cfg(test)]
mod tests {
    use layers::read_definitions;

    use super::*;

    #[test]
    fn a_layer_that_no_style_knows_is_drawn_and_explained() {
        let definition = |geometry: &str, id: &str| {
            let text = format!(
                "id = \"{id}\"\nalias = \"x\"\ntitle = {{ cs = \"Nové\", en = \"New\" }}\n\
                 description = {{ cs = \"Nové.\", en = \"New.\" }}\ngroup = \"greenery\"\nclass = \"passport\"\ngeometry = \"{geometry}\"\n\
                 audience = \"public\"\nmunicipal = false\nlabel = \"Nové\"\nsteward = \"x\"\n\
                 update_frequency = \"P1Y\"\nfields = []\n"
            );
            (format!("{id}.toml"), text)
        };
        let layers = read_definitions(&[
            definition("Point", "new-points"),
            definition("LineString", "new-lines"),
            definition("MultiPolygon", "new-areas"),
        ])
        .expect("sound definitions");
        for id in Style::shipped_ids() {
            let style = Style::shipped(&id).expect("is shipped").expect("is good");
            let before = style.check(&layers).len();
            let problems = style.with_all(&layers, &Audience::PUBLIC).check(&layers);
            assert_eq!((before, problems.len()), (3, 0), "{problems:?}");
        }
    }
}
