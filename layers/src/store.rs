//! The trait that every store of features keeps, and the stores.

#[cfg(test)]
mod contract;
mod geopackage;
mod postgis;
mod sql;
mod wkb;

use std::sync::Arc;

use crate::{
    Applied, ChangeSet, Feature, FeatureQuery, LayerSet, LoggedChange, OfficeStore, Revision,
    RevisionInfo, StoreError,
};

pub use self::geopackage::{GeoPackageStore, GeoPackageWriter, export_geopackage};
pub use self::postgis::PostgisStore;

/// Features of one revision, ordered by `fid`, one at a time.
pub type FeatureStream<'a> = Box<dyn Iterator<Item = Result<Feature, StoreError>> + Send + 'a>;

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

    /// Returns the newest revision, also when another program committed it; cheap enough for every request.
    fn head(&self) -> Result<Revision, StoreError>;

    /// Returns the change log after a revision, in commit order.
    fn changes(&self, since: Revision) -> Result<Vec<LoggedChange>, StoreError>;

    /// Returns who committed a revision, when and why; none when there is no such revision.
    fn revision(&self, revision: Revision) -> Result<Option<RevisionInfo>, StoreError>;

    /// Counts the features that [`FeatureStore::read`] would return.
    fn count(&self, query: &FeatureQuery) -> Result<u64, StoreError> {
        self.read(query)?
            .try_fold(0, |sum, feature| feature.map(|_| sum + 1))
    }
}

/// One database that keeps both: features, and what the office keeps beside them.
pub trait Store: FeatureStore + OfficeStore {}

impl<S: FeatureStore + OfficeStore> Store for S {}
