//! The trait that every store of features keeps, and the stores.

#[cfg(test)]
mod contract;
mod evolution;
mod filter;
mod geopackage;
mod ledger;
mod postgis;
mod redaction;
mod renames;
mod retention;
mod shown;
mod sieve;
mod sort;
mod sql;
mod standing;
mod versions;
pub(crate) mod wkb;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::audit::AuditStore;
use crate::merge::{LedgerStore, Recall};
use crate::{
    Applied, ChangeSet, Feature, FeatureQuery, Freshness, LayerId, LayerSet, LoggedChange,
    OfficeStore, Revision, RevisionInfo, StoreError, Transfer,
};

pub use self::evolution::{LayerPlan, Step};
pub use self::geopackage::{GeoPackageStore, GeoPackageWriter, export_geopackage, file_holds};
pub use self::postgis::{DatabaseRoleError, PostgisStore};
pub use self::redaction::{
    Erased, Needle, Redaction, RedactionPlace, RedactionStore, RedactionTarget, Redactor,
};
pub use self::retention::{HistoryStart, RetentionStore};
pub use self::shown::{
    FeatureHash, LayerHash, ShownChange, ShownChanges, ShownVersion, read_layer_hash,
    shown_changes, shown_versions,
};
pub use self::standing::Standing;
pub use self::versions::{FeatureVersion, RevisionQuery, RevisionSummary, VersionQuery};

/// Features of one revision, in the order of the query, one at a time.
pub type FeatureStream<'a> = Box<dyn Iterator<Item = Result<Feature, StoreError>> + Send + 'a>;

/// How the connections of a store are used at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// On which something is asked or written.
    pub in_use: usize,
    /// Which are open and wait for their next use.
    pub idle: usize,
    /// How many callers wait for one, because all are used.
    pub waited_for: usize,
}

/// How often a store is asked for its newest revision that cannot tell by itself.
const POLL: Duration = Duration::from_millis(100);

/// Where features are kept, with their whole history.
///
/// Invariants, held by the contract suite on every store: a change set is committed whole or not at all; revisions are
/// gap-free and in commit order; a stream shows one revision even while others commit; a bad change set returns *all*
/// its rejections and writes nothing. Calls block; call them from a thread that may.
pub trait FeatureStore: Send + Sync {
    /// Returns the layers in force.
    fn layers(&self) -> &Arc<LayerSet>;

    /// Reads features for one audience at one revision.
    fn read(&self, query: &FeatureQuery) -> Result<FeatureStream<'_>, StoreError>;

    /// Commits a change set and returns what it touched.
    fn apply(&self, set: ChangeSet<'_>) -> Result<Applied, StoreError>;

    /// Commits a change set of any length, as `apply` does, if `wanted` says so after its last change.
    ///
    /// Returns the revision, or none when nothing was written: the set is empty, or not wanted any more.
    fn load(
        &self,
        set: ChangeSet<'_>,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Option<Revision>, StoreError>;

    /// Returns the newest revision, also when another program committed it; cheap enough for every request.
    fn head(&self) -> Result<Revision, StoreError>;

    /// Returns the newest revision that is known without asking over a network: no older than what was committed through
    /// this store, or heard of by [`FeatureStore::wait_for_revision`]; none as long as nothing is known.
    fn head_heard(&self) -> Option<Revision> {
        self.head().ok()
    }

    /// Returns the change log after a revision, in commit order.
    fn changes(&self, since: Revision) -> Result<Vec<LoggedChange>, StoreError>;

    /// Returns who committed a revision, when and why; none when there is no such revision.
    fn revision(&self, revision: Revision) -> Result<Option<RevisionInfo>, StoreError>;

    /// Returns the last revision that was made at or before an instant, by the clocks of the writers; 0 if none was.
    ///
    /// Where the clocks contradict the order of commits, the order counts: a revision is no later than any after it.
    fn revision_at(&self, at: DateTime<Utc>) -> Result<Revision, StoreError>;

    /// Returns revisions and what they touched, the newest first.
    fn revisions(&self, query: &RevisionQuery) -> Result<Vec<RevisionSummary>, StoreError>;

    /// Returns the versions of a feature, the newest first, each as the view shows it.
    ///
    /// Also those that the view does not show, without their content: a feature was hidden by them, or came in sight.
    fn versions(&self, query: &VersionQuery) -> Result<Vec<FeatureVersion>, StoreError>;

    /// Returns from where on the history of a layer is kept; none when all of it is.
    ///
    /// What reads an older state is refused with [`StoreError::BeforeHistory`].
    fn history_start(&self, layer: &LayerId) -> Result<Option<HistoryStart>, StoreError> {
        let _ = layer;
        Ok(None)
    }

    /// Looks for changes of an attached table and says as of when its state is known; none when it never was looked at,
    /// or is a layer of our own.
    ///
    /// A server calls this again and again for each such layer, as often as its definition says; what is found is told
    /// by the change log. One server of a database looks at a table, the others learn from it.
    fn look(&self, layer: &LayerId) -> Result<Option<Freshness>, StoreError> {
        let _ = layer;
        Ok(None)
    }

    /// Counts the features that [`FeatureStore::read`] would return.
    fn count(&self, query: &FeatureQuery) -> Result<u64, StoreError> {
        self.read(query)?
            .try_fold(0, |sum, feature| feature.map(|_| sum + 1))
    }

    /// Waits for a revision after one, at most for some time, and returns the newest; another program may commit it.
    ///
    /// One thread of a server calls this again and again. Where the store lies behind a network, it is the one who
    /// notices that the store is gone, and that it is back.
    fn wait_for_revision(
        &self,
        after: Revision,
        at_most: Duration,
    ) -> Result<Revision, StoreError> {
        let mut left = at_most;
        loop {
            let head = self.head()?;
            if head > after || left.is_zero() {
                return Ok(head);
            }
            thread::sleep(POLL);
            left = left.saturating_sub(POLL);
        }
    }

    /// Returns how its connections are used; none when it has no server to connect to.
    fn connections(&self) -> Option<Connections> {
        None
    }

    /// Says how near what is read is to the newest state; asks nobody.
    fn standing(&self) -> Standing {
        Standing::UpToDate
    }
}

/// One database that keeps features, what became of operations, what the office keeps beside them, and who did what.
pub trait Store:
    FeatureStore
    + LedgerStore
    + Recall
    + OfficeStore
    + AuditStore
    + RedactionStore
    + RetentionStore
    + Transfer
{
}

impl<S> Store for S where
    S: FeatureStore
        + LedgerStore
        + Recall
        + OfficeStore
        + AuditStore
        + RedactionStore
        + RetentionStore
        + Transfer
{
}
