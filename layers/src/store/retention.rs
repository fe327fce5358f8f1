//! For how long history is kept: what only states before a revision need can be removed, layer by layer.

use chrono::{DateTime, Utc};

use crate::{LayerId, Revision, StoreError};

/// From where on the history of a layer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryStart {
    /// The oldest state that can be read; what came of it is known, not by whom or how.
    pub revision: Revision,
    /// When that revision was made, by the clock of its writer.
    pub at: DateTime<Utc>,
}

impl HistoryStart {
    /// Refuses an older state.
    pub(crate) fn require(self, layer: &LayerId, revision: Revision) -> Result<(), StoreError> {
        if revision >= self.revision {
            return Ok(());
        }
        Err(StoreError::BeforeHistory {
            layer: layer.clone(),
            starts: self.revision,
            at: self.at,
        })
    }
}

/// A store whose history can be made shorter.
///
/// Of each feature the newest version up to the start stays, a removal too: the state at the start is whole, what changed
/// since is known, and no key is given twice. Revisions, with who made them and why, stay all.
pub trait RetentionStore: Send + Sync {
    /// Counts the versions that [`RetentionStore::prune`] would remove.
    fn prunable(&self, layer: &LayerId, start: Revision) -> Result<u64, StoreError>;

    /// Lets the history of a layer begin at a revision and removes for good what only older states need; returns how many
    /// versions that were.
    ///
    /// Readers and writers go on; who asks for an older state is refused from the first moment. Broken off, it is
    /// finished by the next call. Where history begins later already, it stays so.
    fn prune(&self, layer: &LayerId, start: Revision) -> Result<u64, StoreError>;
}

/// How many rows of history are looked at in one transaction, so that writers wait for a moment only.
pub(super) const ROWS_AT_ONCE: i64 = 10_000;

/// Refuses a start that has not been yet.
pub(super) fn refuse_future(start: Revision, head: Revision) -> Result<(), StoreError> {
    if start <= head {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "history cannot begin at revision {}, the newest is {}",
        start.0, head.0
    )))
}
