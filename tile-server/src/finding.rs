//! Where the features of an area are, by what tiles keep in memory, and how many match, counted once for all pages.

mod kept;
#[cfg(test)]
mod tests;

use layers::{FeatureQuery, Store, StoreError};

use crate::page::PageRequest;
use crate::selection::Selection;
use crate::tiles::{Lying, TileService};

pub(crate) use self::kept::KeptCounts;
use self::kept::Question;

/// How many features are looked at at once.
const AT_ONCE: usize = 1000;

/// Finds features where somebody reads.
#[derive(Clone, Copy)]
pub(crate) struct Finder<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) tiles: &'a TileService,
    pub(crate) kept: &'a KeptCounts,
}

impl Finder<'_> {
    /// Tells which features lie in the area that is asked for; none when more is asked, or memory does not have the state
    /// that is asked for.
    pub(crate) fn lying(&self, selection: &Selection) -> Result<Option<Lying>, StoreError> {
        let is_only_area = selection.equal.is_empty() && selection.filter.is_none();
        let Some(area) = selection.area.as_ref().filter(|_| is_only_area) else {
            return Ok(None);
        };
        let head = self.store.head()?;
        if selection.query().at.is_some_and(|at| at != head) {
            return Ok(None);
        }
        let lying = self.tiles.lying(&selection.view, area);
        Ok(lying.filter(|lying| lying.revision == head))
    }

    /// Counts the features of all pages; `lying` says what is known of them.
    pub(crate) fn count(
        &self,
        request: &PageRequest,
        lying: Option<&Lying>,
    ) -> Result<u64, StoreError> {
        let selection = &request.selection;
        if selection.view.layer().source.is_some() {
            // Nobody knows of which state a table of other software is.
            return selection.count(self.store);
        }
        let question = Question::of(request);
        let head = self.store.head()?;
        if let Some(count) = self.kept.find(&question, head) {
            return Ok(count);
        }
        let count = match lying.filter(|lying| lying.revision == head) {
            Some(lying) => self.count_lying(selection, lying)?,
            None => selection.count(self.store)?,
        };
        if self.store.head()? == head {
            self.kept.keep(question, head, count);
        }
        Ok(count)
    }

    /// Counts what lies in an area, reading no more than what is doubtful.
    fn count_lying(&self, selection: &Selection, lying: &Lying) -> Result<u64, StoreError> {
        let query = FeatureQuery {
            view: selection.view_for_counting(),
            bbox: None,
            sort: Vec::new(),
            ..selection.query()
        };
        let mut count = lying.within.len() as u64;
        for fids in lying.doubtful.chunks(AT_ONCE) {
            let query = FeatureQuery {
                fids: Some(fids.to_vec()),
                ..query.clone()
            };
            for feature in selection.read_by(self.store, &query)? {
                feature?;
                count += 1;
            }
        }
        Ok(count)
    }
}
