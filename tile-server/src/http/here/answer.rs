//! What was found at a place, as JSON.

use geo_types::Geometry;
use layers::{FeatureId, Language, LayerView};
use serde_json::{Value as Json, json};

use crate::here::{FeatureHere, LayerHere, Lies, Spot};
use crate::search::Place;

/// What somebody asked about.
pub(crate) struct Subject {
    pub(crate) spot: Spot,
    /// The heading of the feature, if one was named.
    pub(crate) title: Option<String>,
    /// The feature and how it was read, if one was named.
    pub(crate) feature: Option<(LayerView, FeatureId)>,
}

/// What somebody asked about, and what lies there.
pub(crate) struct Found {
    pub(crate) subject: Subject,
    pub(crate) layers: Vec<LayerHere>,
}

impl Found {
    /// Writes it for programs: metres and square metres to the hundredth.
    pub(super) fn to_json(&self, language: Language, base: &str) -> Json {
        let layers = self.layers.iter().map(|here| layer(here, language, base));
        json!({
            "place": self.subject.to_json(base),
            "layers": layers.collect::<Vec<_>>(),
        })
    }
}

impl Subject {
    fn to_json(&self, base: &str) -> Json {
        let geometry = self.spot.geometry();
        let mut place = json!({ "kind": kind(&geometry) });
        if let Some(radius) = self.spot.reach() {
            place["radius"] = json!(radius);
        }
        add(&mut place, self.spot.extent());
        if let Some(at) = Place::of(&geometry) {
            place["center"] = json!(at.center);
        }
        if let (Some(title), Some((view, id))) = (&self.title, &self.feature) {
            let layer = &view.layer().id;
            place["layer"] = json!(layer.as_str());
            place["id"] = json!(id.to_string());
            place["title"] = json!(title);
            place["href"] = json!(format!("{base}/collections/{layer}/items/{id}"));
        }
        place
    }
}

fn kind(geometry: &Geometry<f64>) -> &'static str {
    match geometry {
        Geometry::Point(_) => "point",
        Geometry::MultiLineString(_) => "line",
        _ => "area",
    }
}

fn layer(here: &LayerHere, language: Language, base: &str) -> Json {
    let layer = here.view.layer();
    let features = here.features.iter();
    let features = features.map(|one| feature(one, layer.id.as_str(), base));
    let mut answer = json!({
        "layer": layer.id.as_str(),
        "title": layer.title.in_language(language),
        "count": here.count,
        "features": features.collect::<Vec<_>>(),
    });
    if here.length > 0.0 {
        answer["length"] = hundredths(here.length);
    }
    if here.area > 0.0 {
        answer["area"] = hundredths(here.area);
    }
    if here.is_away {
        answer["unavailable"] = json!(true);
    }
    answer
}

fn feature(one: &FeatureHere, layer: &str, base: &str) -> Json {
    let mut answer = json!({
        "id": one.id.to_string(),
        "fid": one.fid,
        "title": one.title,
        "href": format!("{base}/collections/{layer}/items/{}", one.id),
    });
    add(&mut answer, Some(one.lies));
    answer
}

fn add(answer: &mut Json, lies: Option<Lies>) {
    match lies {
        Some(Lies::Near(metres)) => answer["distance"] = hundredths(metres),
        Some(Lies::Along(metres)) => answer["length"] = hundredths(metres),
        Some(Lies::Over(square_metres)) => answer["area"] = hundredths(square_metres),
        Some(Lies::Inside) | None => {}
    }
}

fn hundredths(number: f64) -> Json {
    json!((number * 100.0).round() / 100.0)
}
