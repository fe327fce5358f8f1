//! The catalogue as everybody may see it: datasets with their releases, and where on the map they are.

use catalog::{CatalogError, Dataset, Entry};
use layers::crs::{Crs, transform_bbox};
use layers::{Bbox, FeatureQuery, LayerView, StoreError, Value};

use crate::city::City;
use crate::config::Start;

/// The field that says whose a feature is.
const OWNER: &str = "municipality_code";
/// A window that most screens can show, in pixels.
const WINDOW: [f64; 2] = [900.0, 700.0];
/// The width and height of the whole world at zoom level 0, in pixels.
const WORLD: f64 = 512.0;
const ZOOMS: (f64, f64) = (9.0, 17.0);

impl City {
    /// Returns all entries that everybody may know of, ordered by id.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, CatalogError> {
        let mut entries = Entry::all(&*self.reading)?;
        entries.retain(|entry| self.may_be_known(entry));
        Ok(entries)
    }

    /// Returns the entry of a dataset, unless everybody must not know of it.
    pub(crate) fn entry(&self, id: &str) -> Result<Option<Entry>, CatalogError> {
        let entry = Entry::of(&*self.reading, id)?;
        Ok(entry.filter(|entry| self.may_be_known(entry)))
    }

    /// Returns what everybody may see of the layers of a dataset.
    pub(crate) fn layers_of(&self, dataset: &Dataset) -> impl Iterator<Item = LayerView> {
        let views = dataset
            .layers
            .iter()
            .map(|id| self.public_layer(id.as_str()));
        views.flatten()
    }

    /// Returns where the map shows all of a dataset, large enough that its layers are drawn; none without positions.
    pub(crate) fn place_of(&self, dataset: &Dataset) -> Result<Option<Start>, StoreError> {
        let mut bounds: Option<Bbox> = None;
        let mut least_zoom = ZOOMS.0;
        for view in self
            .layers_of(dataset)
            .filter(|view| view.layer().geometry.is_some())
        {
            least_zoom = least_zoom.max(f64::from(view.layer().zooms.min));
            let own = self.bounds_of(view, dataset.municipality_code)?;
            bounds = own
                .map(|own| bounds.map_or(own, |so_far| so_far.union(&own)))
                .or(bounds);
        }
        Ok(bounds.map(|bounds| {
            let degrees = transform_bbox(Crs::SJtsk, Crs::Wgs84, bounds);
            fitted(degrees, least_zoom)
        }))
    }

    fn bounds_of(&self, view: LayerView, municipality: i64) -> Result<Option<Bbox>, StoreError> {
        let query = FeatureQuery {
            equal: vec![(OWNER.to_owned(), Value::Integer(municipality))],
            ..FeatureQuery::new(view.with_fields(&[OWNER.to_owned()]))
        };
        let mut bounds: Option<Bbox> = None;
        for feature in self.reading.read(&query)? {
            let own = feature?.geometry.as_ref().and_then(Bbox::of);
            bounds = own
                .map(|own| bounds.map_or(own, |so_far| so_far.union(&own)))
                .or(bounds);
        }
        Ok(bounds)
    }

    /// What was released is public; of what was not, only that may be known whose layers all are public.
    fn may_be_known(&self, entry: &Entry) -> bool {
        let layers = &entry.dataset.layers;
        entry.release.is_some() || self.layers_of(&entry.dataset).count() == layers.len()
    }
}

/// Returns the middle of a box of degrees and the zoom level at which a window shows the box, with some air around it.
fn fitted(Bbox { min, max }: Bbox, least_zoom: f64) -> Start {
    const AIR: f64 = 0.85;
    let center = [0, 1].map(|axis| f64::midpoint(min[axis], max[axis]));
    // In Mercator's projection a degree of latitude is longer than one of longitude by this much.
    let stretch = 1.0 / center[1].to_radians().cos();
    let sizes = [max[0] - min[0], (max[1] - min[1]) * stretch];
    let fits = |axis: usize| (WINDOW[axis] * AIR * 360.0 / (WORLD * sizes[axis].max(1e-6))).log2();
    Start {
        center,
        zoom: fits(0)
            .min(fits(1))
            .clamp(least_zoom, ZOOMS.1.max(least_zoom)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bbox: Bbox, least_zoom: f64, zoom: f64) {
        let start = fitted(bbox, least_zoom);
        assert!((start.zoom - zoom).abs() < 0.1, "{start:?}");
    }

    #[test]
    fn a_box_is_shown_whole_unless_its_layers_would_not_be_drawn() {
        let village = Bbox::new([13.90, 50.46], [13.94, 50.48]);
        check(village, 9.0, 13.8);
        check(village, 14.0, 14.0);
        let lamp = Bbox::new([13.9, 50.4], [13.9, 50.4]);
        check(lamp, 9.0, 17.0);
    }
}
