//! One page of the features that are asked for: which part of them it is, how many match, and where the next begins.

use layers::{Feature, FeatureQuery, FeatureStore, StoreError};

use crate::selection::Selection;

/// Which page of which features is asked for.
#[derive(Clone, Debug)]
pub(crate) struct PageRequest {
    /// The features of all pages together.
    pub(crate) selection: Selection,
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

/// Takes the features of a page one by one, as they are stored.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(&Feature);

impl PageRequest {
    /// Reads the page and hands each feature to the sink.
    pub(crate) fn read(
        &self,
        store: &dyn FeatureStore,
        sink: Sink<'_>,
    ) -> Result<PageSummary, StoreError> {
        let mut page = PageSummary {
            matched: self.selection.count(store)?,
            ..PageSummary::default()
        };
        let (query, mut to_skip) = self.query();
        let mut last = None;
        for feature in self.selection.read_by(store, &query)? {
            let feature = feature?;
            if to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            if page.returned == self.limit {
                page.next_after = last;
                break;
            }
            sink(&feature);
            last = Some(feature.fid);
            page.returned += 1;
        }
        Ok(page)
    }

    /// Returns the query for the page, and how many of what it finds are to be passed over.
    ///
    /// Where there is an area, the store finds some around it too, so that only who looks at each can count.
    fn query(&self) -> (FeatureQuery, u64) {
        let query = FeatureQuery {
            after_fid: self.after_fid,
            ..self.selection.query()
        };
        if self.selection.area.is_some() {
            return (query, self.offset);
        }
        let query = FeatureQuery {
            offset: self.offset,
            // One more than asked for tells whether there is a next page.
            limit: Some(self.limit.saturating_add(1)),
            ..query
        };
        (query, 0)
    }
}
