//! How many features are asked for: counted once for all pages, and in an area by what tiles keep in memory.

mod kept;
#[cfg(test)]
mod tests;

use layers::{FeatureQuery, Revision, Store, StoreError};

use crate::page::PageRequest;
use crate::selection::Selection;
use crate::tiles::TileService;

pub(crate) use self::kept::KeptCounts;
use self::kept::Question;

/// How many features are looked at at once.
const AT_ONCE: usize = 1000;

/// Counts where somebody reads.
#[derive(Clone, Copy)]
pub(crate) struct Counter<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) tiles: &'a TileService,
    pub(crate) kept: &'a KeptCounts,
}

impl Counter<'_> {
    /// Counts the features of all pages.
    pub(crate) fn count(&self, request: &PageRequest) -> Result<u64, StoreError> {
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
        let count = match self.count_in_memory(selection, head)? {
            Some(count) => count,
            None => selection.count(self.store)?,
        };
        if self.store.head()? == head {
            self.kept.keep(question, head, count);
        }
        Ok(count)
    }

    /// Counts what lies in an area and is asked nothing else, reading no more than what lies on its edge; none when that
    /// is not what is asked, or memory does not have that state.
    fn count_in_memory(
        &self,
        selection: &Selection,
        head: Revision,
    ) -> Result<Option<u64>, StoreError> {
        let Some(area) = &selection.area else {
            return Ok(None);
        };
        let is_only_area = selection.equal.is_empty() && selection.filter.is_none();
        let query = selection.query();
        if !is_only_area || query.at.is_some_and(|at| at != head) {
            return Ok(None);
        }
        let lying = self.tiles.lying(&selection.view, &|here| area.lies(here));
        let Some(lying) = lying.filter(|lying| lying.revision == head) else {
            return Ok(None);
        };
        let query = FeatureQuery {
            view: selection.view_for_counting(),
            bbox: None,
            sort: Vec::new(),
            ..query
        };
        let mut count = lying.within;
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
        Ok(Some(count))
    }
}
