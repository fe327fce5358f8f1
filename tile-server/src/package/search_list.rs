//! The search of a package: everything that can be found in its area, for a reader that searches as the server does.

use layers::{Feature, FeatureQuery, Language, LayerView, Municipality, StoreError};
use serde_json::{Value as Json, json};

use super::area::rounded;
use super::{AUDIENCE, Area, Order, PackageError};
use crate::city::written;
use crate::search::{Place, fold, keys, natural_order, searchable};

/// Returns the layers, the municipalities and the entries, those first that come first among equally good hits.
pub(super) fn list(order: &Order<'_>, area: &Area) -> Result<Json, PackageError> {
    let views = searchable(order.store.layers(), &AUDIENCE);
    let towns = layers::municipalities(&*order.store, Some(order.revision))
        .map_err(PackageError::ReadFeatures)?;
    let mut entries = Vec::new();
    for (number, view) in views.iter().enumerate() {
        let found = in_layer(order, area, (number, view), &towns);
        entries.extend(found.map_err(PackageError::ReadFeatures)?);
    }
    let layers = views.iter().map(|view| {
        let layer = view.layer();
        json!({ "id": layer.id.as_str(), "title": layer.title })
    });
    let towns = towns.iter().map(|town| fold(&town.name));
    Ok(json!({
        "layers": layers.collect::<Vec<_>>(),
        "municipality_names": towns.collect::<Vec<_>>(),
        "entries": entries,
    }))
}

/// Returns the entries of a layer in the order of their labels.
fn in_layer(
    order: &Order<'_>,
    area: &Area,
    (number, view): (usize, &LayerView),
    towns: &[Municipality],
) -> Result<Vec<Json>, StoreError> {
    let query = FeatureQuery {
        at: view.layer().state_at(Some(order.revision)),
        bbox: Some(area.s_jtsk),
        ..FeatureQuery::new(view.clone())
    };
    let mut found = Vec::new();
    for feature in order.store.read(&query)? {
        let feature = feature?;
        let keys = keys(view, &feature);
        let place = feature.geometry.as_ref().and_then(Place::of);
        let (Some(label), Some(place)) = (keys.first(), place) else {
            continue;
        };
        let sorted_by = (label.clone(), feature.id);
        let mut entry = entry(view, &feature, &place, towns);
        entry["layer"] = json!(number);
        entry["keys"] = json!(keys);
        found.push((sorted_by, entry));
    }
    found.sort_by(|((a, a_id), _), ((b, b_id), _)| natural_order(a, b).then(a_id.cmp(b_id)));
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}

fn entry(view: &LayerView, feature: &Feature, place: &Place, towns: &[Municipality]) -> Json {
    let search = view.layer().search.as_ref();
    let title = |language| search.map(|search| written(&search.label, view, feature, language));
    let code = view.municipality_of(feature);
    let town = towns.iter().position(|town| Some(town.code) == code);
    let [west, south] = place.bbox.min;
    let [east, north] = place.bbox.max;
    let bbox = [west, south, east, north].map(rounded);
    json!({
        "id": feature.id.to_string(),
        "fid": feature.fid,
        "title": { "cs": title(Language::Czech), "en": title(Language::English) },
        "municipality": town,
        "center": place.center.map(rounded),
        "bbox": bbox,
    })
}
