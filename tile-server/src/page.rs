//! One page of a layer's features: which ones are asked for, how many match, and where the next page begins.

use chrono::{DateTime, Utc};
use geo::{Intersects, Rect};
use geo_types::Geometry;
use layers::cql2::Filter;
use layers::crs::{Crs, in_krovak_area, transform, transform_bbox, transform_geometry};
use layers::{
    Bbox, Feature, FeatureQuery, FeatureStore, LayerView, MUNICIPALITY_FIELD, Revision, StoreError,
    Value,
};

/// A past state that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AsOf {
    /// The instant that was asked for.
    pub(crate) instant: DateTime<Utc>,
    /// The newest revision of that time.
    pub(crate) revision: Revision,
}

/// Which features are asked for.
#[derive(Clone, Debug)]
pub(crate) struct PageRequest {
    /// The layer and what may be seen of it.
    pub(crate) view: LayerView,
    /// The state that is asked for; none is the newest.
    pub(crate) as_of: Option<AsOf>,
    /// Only features that meet this box, in degrees (WGS 84).
    pub(crate) bbox: Option<Bbox>,
    /// Only features with these values.
    pub(crate) equal: Vec<(String, Value)>,
    /// Only features that it accepts.
    pub(crate) filter: Option<Filter>,
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

    /// Asks for a past state; none is the newest.
    #[must_use]
    pub(crate) fn in_state(self, as_of: Option<AsOf>) -> Self {
        Self { as_of, ..self }
    }

    /// Cuts the box to where the layer's features are, in degrees; drops it when it holds them all.
    #[must_use]
    pub(crate) fn cut_to(mut self, extent: Bbox) -> Self {
        if let Some(bbox) = self.bbox.filter(|bbox| bbox.intersects(&extent)) {
            let cut = Bbox::new(
                [
                    bbox.min[0].max(extent.min[0]),
                    bbox.min[1].max(extent.min[1]),
                ],
                [
                    bbox.max[0].min(extent.max[0]),
                    bbox.max[1].min(extent.max[1]),
                ],
            );
            self.bbox = (cut != extent).then_some(cut);
        }
        self
    }

    fn query(&self) -> FeatureQuery {
        FeatureQuery {
            at: self.as_of.map(|state| state.revision),
            equal: self.equal.clone(),
            filter: self.filter.clone(),
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
    /// are turned against each other. Those beyond the page are only counted, and without their values.
    fn read_within(
        &self,
        store: &dyn FeatureStore,
        bbox: Bbox,
        sink: Sink<'_>,
    ) -> Result<PageSummary, StoreError> {
        let area = Area::new(bbox);
        let mut page = PageSummary {
            matched: self.count_within(store, &area)?,
            ..PageSummary::default()
        };
        let query = FeatureQuery {
            after_fid: self.after_fid,
            ..self.query_around(&area, self.view.clone())
        };
        let mut to_skip = self.offset;
        let mut last = None;
        for feature in store.read(&query)? {
            let feature = feature?;
            let Some(stored) = feature
                .geometry
                .as_ref()
                .filter(|geometry| area.meets(geometry))
            else {
                continue;
            };
            if to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            if page.returned == self.limit {
                page.next_after = last;
                break;
            }
            sink(&feature, Some(&to_wgs84(stored)));
            page.returned += 1;
            last = Some(feature.fid);
        }
        Ok(page)
    }

    fn count_within(&self, store: &dyn FeatureStore, area: &Area) -> Result<u64, StoreError> {
        let mut named: Vec<String> = self.equal.iter().map(|(name, _)| name.clone()).collect();
        let filter = self.filter.iter().flat_map(Filter::fields);
        named.extend(filter.map(str::to_owned));
        // Some values show in the features of some municipalities only.
        named.push(MUNICIPALITY_FIELD.to_owned());
        let mut count = 0;
        for feature in
            store.read(&self.query_around(area, self.view.clone().with_fields(&named)))?
        {
            count += u64::from(
                feature?
                    .geometry
                    .is_some_and(|geometry| area.meets(&geometry)),
            );
        }
        Ok(count)
    }

    fn query_around(&self, area: &Area, view: LayerView) -> FeatureQuery {
        FeatureQuery {
            at: self.as_of.map(|state| state.revision),
            bbox: Some(area.outer),
            equal: self.equal.clone(),
            filter: self.filter.clone(),
            ..FeatureQuery::new(view)
        }
    }
}

/// A box of longitudes and latitudes, with two upright boxes of EPSG:5514 that decide most cases cheaply.
struct Area {
    degrees: Rect<f64>,
    /// Holds the whole area.
    outer: Bbox,
    /// Lies wholly within the area; none when the area is too narrow.
    inner: Option<Bbox>,
}

impl Area {
    fn new(bbox: Bbox) -> Self {
        Self {
            degrees: Rect::new(bbox.min, bbox.max),
            outer: transform_bbox(Crs::Wgs84, Crs::SJtsk, bbox),
            inner: inner_box(bbox),
        }
    }

    /// Whether a stored geometry has a point in the area, edges included.
    fn meets(&self, geometry: &Geometry<f64>) -> bool {
        let is_inside = |inner: &Bbox| {
            Bbox::of(geometry).is_some_and(|own| {
                (0..2).all(|axis| {
                    inner.min[axis] <= own.min[axis] && own.max[axis] <= inner.max[axis]
                })
            })
        };
        self.inner.as_ref().is_some_and(is_inside) || to_wgs84(geometry).intersects(&self.degrees)
    }
}

/// Returns an upright box of EPSG:5514 within the box of degrees: right of all its western edge, below all its northern
/// edge and so on, a metre apart because edges bend between the positions looked at.
fn inner_box(bbox: Bbox) -> Option<Bbox> {
    const PIECES: u32 = 32;
    const MARGIN: f64 = 1.0;
    let at = |lon: f64, lat: f64| transform(Crs::Wgs84, Crs::SJtsk, [lon, lat]);
    let steps = || (0..=PIECES).map(|step| f64::from(step) / f64::from(PIECES));
    let [west, south] = bbox.min;
    let [east, north] = bbox.max;
    let lons = || steps().map(|t| west + t * (east - west));
    let lats = || steps().map(|t| south + t * (north - south));
    let min = [
        lats().map(|lat| at(west, lat)[0]).fold(f64::MIN, f64::max) + MARGIN,
        lons().map(|lon| at(lon, south)[1]).fold(f64::MIN, f64::max) + MARGIN,
    ];
    let max = [
        lats().map(|lat| at(east, lat)[0]).fold(f64::MAX, f64::min) - MARGIN,
        lons().map(|lon| at(lon, north)[1]).fold(f64::MAX, f64::min) - MARGIN,
    ];
    let is_sound = min[0] < max[0] && min[1] < max[1] && in_krovak_area(min) && in_krovak_area(max);
    is_sound.then(|| Bbox::new(min, max))
}

fn to_wgs84(geometry: &Geometry<f64>) -> Geometry<f64> {
    transform_geometry(Crs::SJtsk, Crs::Wgs84, geometry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_box_lies_within_the_area_and_fills_most_of_it() {
        let degrees = Bbox::new([13.2, 50.3], [13.6, 50.6]);
        let inner = inner_box(degrees).expect("a box");
        for x in [inner.min[0], inner.max[0]] {
            for y in [inner.min[1], inner.max[1]] {
                let [lon, lat] = transform(Crs::SJtsk, Crs::Wgs84, [x, y]);
                assert!(
                    (13.2..=13.6).contains(&lon) && (50.3..=50.6).contains(&lat),
                    "{lon} {lat}"
                );
            }
        }
        let outer = transform_bbox(Crs::Wgs84, Crs::SJtsk, degrees);
        let width = |bbox: &Bbox| bbox.max[0] - bbox.min[0];
        assert!(width(&inner) > 0.6 * width(&outer));
    }

    #[test]
    fn a_narrow_area_has_no_inner_box() {
        assert_eq!(inner_box(Bbox::new([13.2, 50.3], [13.200_01, 50.6])), None);
    }
}
