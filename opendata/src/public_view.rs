//! What everybody may read of a dataset, at one revision.

use catalog::Dataset;
use layers::{
    Audience, FeatureQuery, FeatureStore, LayerSet, LayerView, MUNICIPALITY_FIELD, Revision,
    StoreError, Value,
};

/// The public features of a dataset: of its layers, in their order, those of its municipality.
///
/// Nothing else of a dataset is ever checked or written to a file.
#[derive(Clone, Debug)]
pub struct PublicView {
    queries: Vec<FeatureQuery>,
}

impl PublicView {
    /// Names the features of a dataset at a revision; layers that are not public or not municipal give nothing.
    pub fn new(dataset: &Dataset, layers: &LayerSet, at: Revision) -> Self {
        let known = dataset.layers.iter().filter_map(|id| layers.get(id));
        let views = known.filter_map(|layer| Audience::PUBLIC.view(layer));
        let municipal = views.filter(|view| view.field(MUNICIPALITY_FIELD).is_some());
        let owner = Value::Integer(dataset.municipality_code);
        let query = |view| FeatureQuery {
            at: Some(at),
            equal: vec![(MUNICIPALITY_FIELD.to_owned(), owner.clone())],
            ..FeatureQuery::new(view)
        };
        Self {
            queries: municipal.map(query).collect(),
        }
    }

    /// Returns one query for each layer.
    pub(crate) fn queries(&self) -> &[FeatureQuery] {
        &self.queries
    }

    /// Returns what everybody sees of each layer.
    pub(crate) fn views(&self) -> impl ExactSizeIterator<Item = &LayerView> {
        self.queries.iter().map(|query| &query.view)
    }

    /// Counts the features.
    pub fn count(&self, store: &dyn FeatureStore) -> Result<u64, StoreError> {
        let counts = self.queries.iter().map(|query| store.count(query));
        counts.sum()
    }
}
