//! Change sets as those see them who change the same features: who, when, why, and what was touched; knows no HTTP.

use std::collections::BTreeSet;

use layers::store::{RevisionQuery, RevisionSummary, ShownChange, shown_changes};
use layers::{LayerView, Municipalities, Revision, RevisionInfo, Store, StoreError};

use crate::city::City;
use crate::history::theirs;
use crate::rights::User;

/// Up to how many features of a layer are counted in one change set; of more it is said that there are more.
pub(crate) const COUNTED: u64 = 1000;
/// How many change sets are looked at together.
const PAGE: u64 = 50;
/// How many change sets are looked at for one answer, however few of them somebody may see.
const LOOKED_AT: u64 = 1000;

/// Which change sets are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct RevisionsRequest {
    pub(crate) query: RevisionQuery,
    /// Only those that touched features of this municipality.
    pub(crate) municipality: Option<i64>,
    /// How many at most.
    pub(crate) limit: u64,
}

/// A layer and in whose features of it somebody sees what others changed.
pub(crate) struct Field {
    pub(crate) view: LayerView,
    whose: Municipalities,
}

/// A change set and how many features it touched, by the layers as somebody sees them.
pub(crate) struct Listed<'a> {
    pub(crate) info: RevisionInfo,
    pub(crate) touched: Vec<(&'a Field, u64)>,
}

/// Returns the layers of which somebody changes features, in the order of the layer tree.
pub(crate) fn fields(city: &City, user: &User, municipality: Option<i64>) -> Vec<Field> {
    let audience = user.audience();
    let views = city.views(&audience);
    let kept = views.filter(|view| view.layer().source.is_none());
    let fields = kept.map(|view| {
        let all = theirs(Some(user), view.layer());
        let whose = match municipality {
            Some(code) if all.include(view.layer(), Some(code)) => {
                Municipalities::Listed(BTreeSet::from([code]))
            }
            Some(_) => Municipalities::NONE,
            None => all,
        };
        Field { view, whose }
    });
    fields
        .filter(|field| field.whose != Municipalities::NONE)
        .collect()
}

/// Returns change sets that touched something of these layers, the newest first, and before which one there is more.
pub(crate) fn list<'a>(
    store: &dyn Store,
    fields: &'a [Field],
    asked: &RevisionsRequest,
) -> Result<(Vec<Listed<'a>>, Option<Revision>), StoreError> {
    let mut query = asked.query.clone();
    query.limit = Some(PAGE);
    let mut found = Vec::new();
    for _ in 0..LOOKED_AT / PAGE {
        let page = store.revisions(&query)?;
        for summary in &page {
            if found.len() as u64 == asked.limit {
                return Ok((found, query.before));
            }
            found.extend(listed(store, fields, asked, summary)?);
            query.before = Some(summary.info.revision);
        }
        if (page.len() as u64) < PAGE {
            return Ok((found, None));
        }
    }
    Ok((found, query.before))
}

/// Returns a change set if it touched something of these layers.
pub(crate) fn one<'a>(
    store: &dyn Store,
    fields: &'a [Field],
    revision: Revision,
) -> Result<Option<Listed<'a>>, StoreError> {
    let asked = RevisionsRequest {
        query: RevisionQuery {
            before: Some(Revision(revision.0.saturating_add(1))),
            limit: Some(1),
            ..RevisionQuery::default()
        },
        ..RevisionsRequest::default()
    };
    let found = store.revisions(&asked.query)?.into_iter().next();
    match found.filter(|summary| summary.info.revision == revision) {
        Some(summary) => listed(store, fields, &asked, &summary),
        None => Ok(None),
    }
}

fn listed<'a>(
    store: &dyn Store,
    fields: &'a [Field],
    asked: &RevisionsRequest,
    summary: &RevisionSummary,
) -> Result<Option<Listed<'a>>, StoreError> {
    let mut touched = Vec::new();
    for field in fields {
        let layer = &field.view.layer().id;
        let is_asked_for = asked
            .query
            .layer
            .as_ref()
            .is_none_or(|asked| asked == layer);
        if !is_asked_for || !summary.versions.contains_key(layer) {
            continue;
        }
        let mut count = 0;
        for change in field.changes(store, summary.info.revision, None)? {
            change?;
            count += 1;
            if count > COUNTED {
                break;
            }
        }
        if count > 0 {
            touched.push((field, count));
        }
    }
    let info = summary.info.clone();
    Ok((!touched.is_empty()).then_some(Listed { info, touched }))
}

impl Field {
    /// Returns what a revision changed of the layer's features that are theirs, before or after.
    pub(crate) fn changes<'a>(
        &'a self,
        store: &'a dyn Store,
        revision: Revision,
        after_fid: Option<i64>,
    ) -> Result<impl Iterator<Item = Result<ShownChange, StoreError>> + 'a, StoreError> {
        let before = Revision(revision.0 - 1);
        let all = shown_changes(store, &self.view, before, revision, after_fid)?;
        Ok(all.filter(|change| {
            change
                .as_ref()
                .map_or(true, |change| self.is_theirs(change))
        }))
    }

    fn is_theirs(&self, change: &ShownChange) -> bool {
        let states = [&change.before, &change.after];
        let mut owners = states
            .into_iter()
            .flatten()
            .map(|state| self.view.municipality_of(state));
        owners.any(|owner| self.whose.include(self.view.layer(), owner))
    }
}
