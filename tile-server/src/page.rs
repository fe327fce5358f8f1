//! One page of the features that are asked for: which part of them it is, how many match, and where the next begins.

use std::slice::from_ref;
use std::{iter, mem};

use layers::{
    Feature, FeatureQuery, FeatureStore, FeatureStream, Revision, SortKey, StoreError, Value,
    last_visible_revision,
};

use crate::finding::Finder;
use crate::selection::Selection;
use crate::tiles::Lying;

/// Which page of which features is asked for.
#[derive(Clone, Debug)]
pub(crate) struct PageRequest {
    /// The features of all pages together.
    pub(crate) selection: Selection,
    /// The query without what says which page, in which order and how it is shown.
    pub(crate) question: String,
    /// After which feature it begins; none is the first page.
    pub(crate) after: Option<Position>,
    /// How many of those to pass over.
    pub(crate) offset: u64,
    /// How many to return at most.
    pub(crate) limit: u64,
}

/// Where in the order of features one stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Position {
    pub(crate) fid: i64,
    /// Its values in the fields by which is sorted.
    pub(crate) values: Vec<Value>,
    /// Of which state all pages are; none is the newest of each page.
    pub(crate) revision: Option<Revision>,
}

impl Position {
    /// Makes the position of a feature where nothing is sorted.
    pub(crate) fn unsorted(fid: i64) -> Self {
        Self {
            fid,
            values: Vec::new(),
            revision: None,
        }
    }
}

/// What a page holds, apart from its features.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PageSummary {
    /// How many features match on all pages together.
    pub(crate) matched: u64,
    /// How many are on this page.
    pub(crate) returned: u64,
    /// The position after which the next page begins, if there is one.
    pub(crate) next_after: Option<Position>,
}

/// Takes the features of a page one by one, as they are stored.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(&Feature);

impl PageRequest {
    /// Makes all pages of a sorted answer show one state: an edit may move a feature from a page to come to one that was
    /// read. Without an order none can, because a `fid` never changes. Returns whether the state is a past one.
    pub(crate) fn fix_state(&mut self, store: &dyn FeatureStore) -> Result<bool, StoreError> {
        let selection = &mut self.selection;
        if selection.as_of.is_some() {
            return Ok(true);
        }
        if selection.sort.is_empty() || selection.view.layer().source.is_some() {
            return Ok(false);
        }
        let head = store.head()?;
        let asked = self.after.as_ref().and_then(|after| after.revision);
        // While nothing that is seen changed since, the newest state is the same, and it is read faster.
        let is_past = match asked {
            Some(asked) => asked < last_visible_revision(store, from_ref(&selection.view), head)?,
            None => false,
        };
        selection.revision = if is_past { asked } else { Some(head) };
        Ok(is_past)
    }

    /// Reads the page and hands each feature to the sink.
    pub(crate) fn read(
        &self,
        finder: Finder<'_>,
        sink: Sink<'_>,
    ) -> Result<PageSummary, StoreError> {
        let store = finder.store;
        let lying = finder.lying(&self.selection)?;
        let (features, to_skip) = match &lying {
            Some(lying) if self.selection.sort.is_empty() => {
                (self.listed(store, lying), self.offset)
            }
            _ => {
                let (query, to_skip) = self.query();
                (self.selection.read_by(store, &query)?, to_skip)
            }
        };
        let mut page = PageSummary::default();
        if let Some(last) = self.hand_over(features, to_skip, sink, &mut page.returned)? {
            page.next_after = Some(self.position(&last, store)?);
        }
        let is_all = self.after.is_none() && self.offset == 0 && page.next_after.is_none();
        page.matched = if is_all {
            page.returned
        } else {
            finder.count(self, lying.as_ref())?
        };
        Ok(page)
    }

    /// Hands the features of the page to the sink; returns the last one if others come after it.
    fn hand_over(
        &self,
        features: FeatureStream<'_>,
        mut to_skip: u64,
        sink: Sink<'_>,
        returned: &mut u64,
    ) -> Result<Option<Feature>, StoreError> {
        let mut last = None;
        for feature in features {
            let feature = feature?;
            if to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            if *returned == self.limit {
                return Ok(last);
            }
            sink(&feature);
            last = Some(feature);
            *returned += 1;
        }
        Ok(None)
    }

    /// Reads the features from where the page begins by the list of those that lie in the area, in the order of the list.
    fn listed<'a>(&'a self, store: &'a dyn FeatureStore, lying: &Lying) -> FeatureStream<'a> {
        let query = FeatureQuery {
            bbox: None,
            ..self.query_to_the_end()
        };
        let after = query.after_fid.unwrap_or(i64::MIN);
        // So many hold the whole page, and whether there is another, unless some of them are gone meanwhile.
        let wanted = self.offset.saturating_add(self.limit) as usize;
        let most = wanted.saturating_add(lying.doubtful.len() + 1);
        let all = lying.within.iter().chain(&lying.doubtful).copied();
        let mut rest: Vec<i64> = all.filter(|fid| *fid > after).collect();
        let least = iter::from_fn(move || {
            if rest.len() > most {
                rest.select_nth_unstable(most);
            }
            let later = rest.split_off(most.min(rest.len()));
            let first = mem::replace(&mut rest, later);
            (!first.is_empty()).then_some(first)
        });
        Box::new(least.flat_map(move |fids| {
            let fids = Some(fids);
            let query = FeatureQuery {
                fids,
                ..query.clone()
            };
            let read = self.selection.read_by(store, &query);
            read.unwrap_or_else(|error| Box::new(iter::once(Err(error))))
        }))
    }

    /// Returns where a feature stands.
    fn position(
        &self,
        feature: &Feature,
        store: &dyn FeatureStore,
    ) -> Result<Position, StoreError> {
        let Selection {
            view,
            sort,
            revision: state,
            ..
        } = &self.selection;
        let value = |key: &SortKey| {
            let place = view.field(&key.field).map(|(place, _)| place);
            place.map_or(Value::Null, |place| feature.values[place].clone())
        };
        let asked = self.after.as_ref().and_then(|after| after.revision);
        let revision = match (asked, state) {
            (None, Some(head)) => Some(last_visible_revision(store, from_ref(view), *head)?),
            (asked, _) => asked,
        };
        Ok(Position {
            fid: feature.fid,
            values: sort.iter().map(value).collect(),
            revision,
        })
    }

    /// Returns the query for all features from where the page begins, those to be passed over among them.
    pub(crate) fn query_to_the_end(&self) -> FeatureQuery {
        let mut query = self.selection.query();
        if let Some(after) = &self.after {
            query.after_fid = Some(after.fid);
            for (key, value) in query.sort.iter_mut().zip(&after.values) {
                key.after = value.clone();
            }
        }
        query
    }

    /// Returns the query for the page, and how many of what it finds are to be passed over.
    ///
    /// Where there is an area, the store finds some around it too, so that only who looks at each can count.
    fn query(&self) -> (FeatureQuery, u64) {
        let query = self.query_to_the_end();
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
