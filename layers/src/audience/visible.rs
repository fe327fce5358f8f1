//! The last revision that an audience sees: what it may not see moves no number that is shown to it.

use crate::store::{RevisionQuery, shown_changes};
use crate::{FeatureStore, LayerView, Revision, StoreError};

/// How many revisions are looked at together.
const PAGE: u64 = 50;

/// Returns the last revision, no later than `until`, that changed something which these views show; 0 if none did.
///
/// Where nothing did since the history of a layer is kept, that is where it begins: whatever was before, they see that.
pub fn last_visible_revision(
    store: &dyn FeatureStore,
    views: &[LayerView],
    until: Revision,
) -> Result<Revision, StoreError> {
    let mut last = Revision(0);
    // An attached table has no state of a revision, so that none shows it.
    for view in views.iter().filter(|view| view.layer().source.is_none()) {
        last = last_of(store, view, last, until)?;
    }
    Ok(last)
}

/// Returns the last revision that a view shows, if it is later than `after`, else that one.
fn last_of(
    store: &dyn FeatureStore,
    view: &LayerView,
    after: Revision,
    until: Revision,
) -> Result<Revision, StoreError> {
    let mut query = RevisionQuery {
        layer: Some(view.layer().id.clone()),
        before: Some(Revision(until.0.saturating_add(1))),
        limit: Some(PAGE),
        ..RevisionQuery::default()
    };
    loop {
        let page = store.revisions(&query)?;
        for summary in &page {
            let revision = summary.info.revision;
            if revision <= after {
                return Ok(after);
            }
            let before = Revision(revision.0 - 1);
            let mut shown = shown_changes(store, view, before, revision, None)?;
            if shown.next().transpose()?.is_some() {
                return Ok(revision);
            }
        }
        let Some(last) = page.last() else {
            let start = store.history_start(&view.layer().id)?;
            let start = start.filter(|start| start.revision <= until);
            return Ok(start.map_or(after, |start| start.revision.max(after)));
        };
        query.before = Some(last.info.revision);
    }
}
