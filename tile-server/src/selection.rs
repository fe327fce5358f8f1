//! Which features of a layer somebody asks for, as a page, a file or a count shows them.

mod area;

use chrono::{DateTime, Utc};
use layers::cql2::Filter;
use layers::crs::NamedCrs;
use layers::{
    Bbox, Feature, FeatureQuery, FeatureStore, FeatureStream, LayerView, MUNICIPALITY_FIELD,
    Revision, SortKey, StoreError, Value,
};

pub(crate) use self::area::Area;

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
pub(crate) struct Selection {
    /// The layer and what may be seen of it.
    pub(crate) view: LayerView,
    /// The state that is asked for; none is the newest.
    pub(crate) as_of: Option<AsOf>,
    /// Only features with a geometry that meets it.
    pub(crate) area: Option<Area>,
    /// Only features with these values.
    pub(crate) equal: Vec<(String, Value)>,
    /// Only features that it accepts.
    pub(crate) filter: Option<Filter>,
    /// In which system their geometries are shown.
    pub(crate) crs: NamedCrs,
    /// By what they are sorted before their `fid`.
    pub(crate) sort: Vec<SortKey>,
    /// Of which revision they are shown, though the newest is asked for; none is that of each read.
    pub(crate) revision: Option<Revision>,
    /// Which values are shown, by the places of their fields in the view; none are all.
    pub(crate) properties: Option<Vec<usize>>,
}

impl Selection {
    /// Cuts the area to where the layer's features are, in degrees; drops it when it holds them all.
    pub(crate) fn cut_to(&mut self, extent: Bbox) {
        self.area = self.area.take().and_then(|area| area.cut_to(extent));
    }

    /// Counts its features.
    pub(crate) fn count(&self, store: &dyn FeatureStore) -> Result<u64, StoreError> {
        let query = FeatureQuery {
            sort: Vec::new(),
            ..self.query()
        };
        if self.area.is_none() {
            return store.count(&query);
        }
        let query = FeatureQuery {
            view: self.view_for_counting(),
            ..query
        };
        let mut features = self.read_by(store, &query)?;
        features.try_fold(0, |sum, feature| feature.map(|_| sum + 1))
    }

    /// Returns the query for its features, and some around its area.
    pub(crate) fn query(&self) -> FeatureQuery {
        FeatureQuery {
            at: self.as_of.map(|state| state.revision).or(self.revision),
            bbox: self.area.as_ref().map(Area::outer),
            equal: self.equal.clone(),
            filter: self.filter.clone(),
            sort: self.sort.clone(),
            ..FeatureQuery::new(self.view.clone())
        }
    }

    /// Reads those features of a query for it that have a point in its area.
    pub(crate) fn read_by<'a>(
        &self,
        store: &'a dyn FeatureStore,
        query: &FeatureQuery,
    ) -> Result<FeatureStream<'a>, StoreError> {
        let features = store.read(query)?;
        let Some(area) = self.area.clone() else {
            return Ok(features);
        };
        let lies_there =
            move |feature: &Feature| feature.geometry.as_ref().is_some_and(|it| area.meets(it));
        Ok(Box::new(features.filter(move |feature| {
            feature.as_ref().map_or(true, &lies_there)
        })))
    }

    /// Returns the view with no more values than are asked about.
    pub(crate) fn view_for_counting(&self) -> LayerView {
        let equal = self.equal.iter().map(|(name, _)| name.as_str());
        let filter = self.filter.iter().flat_map(Filter::fields);
        // Some values show in the features of some municipalities only.
        let names = equal.chain(filter).chain([MUNICIPALITY_FIELD]);
        let names: Vec<_> = names.map(str::to_owned).collect();
        self.view.clone().with_fields(&names)
    }
}
