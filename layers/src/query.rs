//! Queries: the one way in which features are read.

use crate::cql2::Filter;
use crate::{Bbox, FeatureId, LayerView, Revision, Value};

/// By what features are sorted before their `fid`.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// The name of a visible field that is no list.
    pub field: String,
    /// Whether the largest values come first; what is unknown comes last in any case.
    pub is_descending: bool,
    /// What the feature has there after which a page begins; counts only with [`FeatureQuery::after_fid`].
    pub after: Value,
}

/// Which features to read; they come ordered by `sort`, then by `fid`.
#[derive(Clone, Debug)]
pub struct FeatureQuery {
    /// The layer and what the audience sees of it.
    pub view: LayerView,
    /// The state to read; none is the newest.
    pub at: Option<Revision>,
    /// Only features that a revision after the first and up to the second touched; an attached table knows no such.
    pub touched: Option<(Revision, Revision)>,
    /// Only features whose box meets this one (EPSG:5514).
    pub bbox: Option<Bbox>,
    /// Only the feature with this identity.
    pub id: Option<FeatureId>,
    /// Only features with exactly these values in visible fields. A field the view lacks is an error of the caller.
    pub equal: Vec<(String, Value)>,
    /// Only features that it accepts. A field that the view lacks is an error of the caller.
    pub filter: Option<Filter>,
    /// By what they are sorted, texts by their characters. A field that the view lacks is an error of the caller.
    pub sort: Vec<SortKey>,
    /// Only features after the one with this `fid` (keyset paging), which has the values of `sort`.
    pub after_fid: Option<i64>,
    /// Only the features with these `fid`s.
    pub fids: Option<Vec<i64>>,
    /// How many of the found to pass over.
    pub offset: u64,
    /// How many to read at most.
    pub limit: Option<u64>,
}

impl FeatureQuery {
    /// Asks for all features that the view allows, at the newest revision.
    pub fn new(view: LayerView) -> Self {
        Self {
            view,
            at: None,
            touched: None,
            bbox: None,
            id: None,
            equal: Vec::new(),
            filter: None,
            sort: Vec::new(),
            after_fid: None,
            fids: None,
            offset: 0,
            limit: None,
        }
    }

    /// Returns the boxes of which a feature must meet each (EPSG:5514): the one asked for, and those of the filter.
    pub(crate) fn boxes(&self) -> Vec<Bbox> {
        let of_filter = self.filter.iter().flat_map(Filter::boxes);
        self.bbox.into_iter().chain(of_filter).collect()
    }
}
