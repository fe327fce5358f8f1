//! One page of a layer's features: which ones are asked for, how many match, and where the next page begins.

use geo::{Intersects, Rect};
use geo_types::Geometry;
use layers::crs::{Crs, transform_bbox, transform_geometry};
use layers::{Bbox, Feature, FeatureQuery, FeatureStore, LayerView, StoreError, Value};

/// Which features are asked for.
#[derive(Clone, Debug)]
pub(crate) struct PageRequest {
    /// The layer and what may be seen of it.
    pub(crate) view: LayerView,
    /// Only features that meet this box, in degrees (WGS 84).
    pub(crate) bbox: Option<Bbox>,
    /// Only features with these values.
    pub(crate) equal: Vec<(String, Value)>,
    /// Only features after the one with this `fid`.
    pub(crate) after_fid: Option<i64>,
    /// How many of those to pass over.
    pub(crate) offset: u64,
    /// How many to return at most.
    pub(crate) limit: u64,
}

/// What a page holds, apart from its features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageSummary {
    /// How many features match on all pages together.
    pub(crate) matched: u64,
    /// How many are on this page.
    pub(crate) returned: u64,
    /// The `fid` after which the next page begins, if there is one.
    pub(crate) next_after: Option<i64>,
}

/// Takes the features of a page one by one, with the geometry in WGS 84.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(&Feature, Option<&Geometry<f64>>);

impl PageRequest {
    /// Reads the page and hands each feature to the sink.
    pub(crate) fn read(
        &self,
        store: &dyn FeatureStore,
        sink: Sink<'_>,
    ) -> Result<PageSummary, StoreError> {
        match self.bbox {
            Some(bbox) if self.view.layer().geometry.is_some() => {
                self.read_within(store, bbox, sink)
            }
            _ => self.read_all(store, sink),
        }
    }

    fn query(&self) -> FeatureQuery {
        FeatureQuery {
            equal: self.equal.clone(),
            ..FeatureQuery::new(self.view.clone())
        }
    }

    fn read_all(
        &self,
        store: &dyn FeatureStore,
        sink: Sink<'_>,
    ) -> Result<PageSummary, StoreError> {
        let mut page = PageSummary {
            matched: store.count(&self.query())?,
            ..PageSummary::default()
        };
        let query = FeatureQuery {
            after_fid: self.after_fid,
            offset: self.offset,
            // One more than asked for tells whether there is a next page.
            limit: Some(self.limit + 1),
            ..self.query()
        };
        let mut last = None;
        for feature in store.read(&query)? {
            if page.returned == self.limit {
                page.next_after = last;
                break;
            }
            let feature = feature?;
            let geometry = feature.geometry.as_ref().map(to_wgs84);
            sink(&feature, geometry.as_ref());
            last = Some(feature.fid);
            page.returned += 1;
        }
        Ok(page)
    }

    /// Reads the page with each geometry tested against the box itself.
    ///
    /// The store finds those that meet the upright box around it in EPSG:5514, which is larger because the two systems
    /// are turned against each other.
    fn read_within(
        &self,
        store: &dyn FeatureStore,
        bbox: Bbox,
        sink: Sink<'_>,
    ) -> Result<PageSummary, StoreError> {
        let area = Rect::new(bbox.min, bbox.max);
        let query = FeatureQuery {
            bbox: Some(transform_bbox(Crs::Wgs84, Crs::SJtsk, bbox)),
            ..self.query()
        };
        let mut page = PageSummary::default();
        let mut to_skip = self.offset;
        let mut last = None;
        for feature in store.read(&query)? {
            let feature = feature?;
            let Some(geometry) = feature
                .geometry
                .as_ref()
                .map(to_wgs84)
                .filter(|g| g.intersects(&area))
            else {
                continue;
            };
            page.matched += 1;
            if self.after_fid.is_some_and(|after| feature.fid <= after) {
                continue;
            }
            if to_skip > 0 {
                to_skip -= 1;
            } else if page.returned < self.limit {
                sink(&feature, Some(&geometry));
                page.returned += 1;
                last = Some(feature.fid);
            } else {
                page.next_after = last;
            }
        }
        Ok(page)
    }
}

fn to_wgs84(geometry: &Geometry<f64>) -> Geometry<f64> {
    transform_geometry(Crs::SJtsk, Crs::Wgs84, geometry)
}
