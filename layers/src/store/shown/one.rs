//! The versions of one feature as somebody sees them.

use super::between::is_same;
use crate::store::{FeatureVersion, VersionQuery};
use crate::{Feature, FeatureId, FeatureStore, LayerView, Revision, RevisionInfo, StoreError};

/// How many versions are read at once, at least.
const PAGE: u64 = 100;

/// What a revision made of a feature, as a view shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownVersion {
    /// The revision.
    pub revision: RevisionInfo,
    /// As the feature was shown before; none when it was not.
    pub before: Option<Feature>,
    /// As it was shown from then on; none when it is not.
    pub after: Option<Feature>,
}

/// Returns by which revisions a view shows a feature otherwise, the newest first: so many at most, before a revision.
///
/// Empty when the view never showed the feature otherwise since its history is kept, or no such feature was ever there.
pub fn shown_versions(
    store: &dyn FeatureStore,
    view: &LayerView,
    id: FeatureId,
    before: Option<Revision>,
    limit: u64,
) -> Result<Vec<ShownVersion>, StoreError> {
    let mut query = VersionQuery {
        before,
        // What was before the last one asked for tells what it changed.
        limit: Some(limit.saturating_add(1).max(PAGE)),
        ..VersionQuery::new(view.clone(), id)
    };
    let mut shown: Vec<ShownVersion> = Vec::new();
    // What came of the last revision, of which it is not known yet what was before.
    let mut waiting: Option<(RevisionInfo, Option<Feature>)> = None;
    loop {
        let page = store.versions(&query)?;
        let is_last = (page.len() as u64) < query.limit.unwrap_or(u64::MAX);
        // A revision may have made several versions; only whole ones are taken from a page.
        let cut = page.last().filter(|_| !is_last);
        let cut = cut.map(|version| version.revision.revision);
        let whole: Vec<_> = page
            .into_iter()
            .filter(|version| Some(version.revision.revision) != cut)
            .collect();
        if whole.is_empty() && !is_last {
            // One revision fills the page.
            query.limit = query.limit.map(|limit| limit.saturating_mul(2));
            continue;
        }
        query.before = whole.last().map(|version| version.revision.revision);
        for FeatureVersion {
            revision, feature, ..
        } in newest_of_each(whole)
        {
            if let Some((info, after)) = waiting.take()
                && !is_same(feature.as_ref(), after.as_ref())
            {
                shown.push(ShownVersion {
                    revision: info,
                    before: feature.clone(),
                    after,
                });
            }
            waiting = Some((revision, feature));
        }
        if shown.len() as u64 >= limit || is_last {
            break;
        }
    }
    // The first version of all was made of nothing.
    if let Some((revision, after @ Some(_))) = waiting
        && (shown.len() as u64) < limit
    {
        shown.push(ShownVersion {
            revision,
            before: None,
            after,
        });
    }
    // The version that stood when history began tells what the next one changed, and no more. Read last, so that what is
    // removed meanwhile is not taken for what never was.
    if let Some(start) = store.history_start(&view.layer().id)? {
        shown.retain(|version| version.revision.revision > start.revision);
    }
    shown.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(shown)
}

/// Keeps of each revision the version that it left.
fn newest_of_each(mut versions: Vec<FeatureVersion>) -> Vec<FeatureVersion> {
    versions.dedup_by_key(|version| version.revision.revision);
    versions
}
