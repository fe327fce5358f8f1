//! Lists of conflicts, page by page, the last opened first.

use layers::merge::ConflictQuery;
use layers::{LayerId, Municipalities, StoreError};

use super::{Case, Desk};

/// How many are read at once; some of them may be hidden.
const BATCH: u64 = 100;

/// Which conflicts to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) layer: Option<LayerId>,
    pub(crate) municipality: Option<i64>,
    /// Open ones or decided ones; none are both.
    pub(crate) is_open: Option<bool>,
    /// Those opened before the one at this place.
    pub(crate) before: Option<i64>,
    pub(crate) limit: usize,
}

/// A page of conflicts.
pub(crate) struct Listing {
    pub(crate) cases: Vec<Case>,
    /// Before which place the next page begins, if there is one.
    pub(crate) next: Option<i64>,
}

impl Desk<'_> {
    /// Returns one page of the conflicts that this person decides.
    pub(crate) fn list(&self, filter: &Filter) -> Result<Listing, StoreError> {
        let whose = match filter.municipality {
            Some(code) => Municipalities::Listed([code].into()),
            None => self.whose(),
        };
        let mut query = ConflictQuery {
            municipalities: whose,
            layer: filter.layer.clone(),
            is_open: filter.is_open,
            before: filter.before,
            limit: Some(BATCH),
            ..ConflictQuery::default()
        };
        let mut cases: Vec<Case> = Vec::new();
        loop {
            let read = self.store.conflicts(&query)?;
            let is_last = (read.len() as u64) < BATCH;
            for kept in read {
                query.before = Some(kept.seq);
                let Some(case) = self.look(kept)? else {
                    continue;
                };
                if cases.len() == filter.limit {
                    let next = cases.last().map(|last| last.kept.seq);
                    return Ok(Listing { cases, next });
                }
                cases.push(case);
            }
            if is_last {
                return Ok(Listing { cases, next: None });
            }
        }
    }
}
