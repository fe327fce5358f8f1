//! A whole store on its way to another one: every revision with every version of every feature, and all records.

mod copy;
mod fingerprint;

use geo_types::Geometry;

use crate::merge::LedgerStream;
use crate::{
    Feature, LayerId, OfficeRecord, RecordKind, Revision, RevisionInfo, StoreError, Touched, Value,
};

pub use self::copy::{CopyError, copied_so_far};
pub use self::fingerprint::{Fingerprint, LayerFingerprint, StoreFingerprint, fingerprint};

/// One version of one feature, as history keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Which feature, what was done to it, and its boxes before and after.
    pub touched: Touched,
    /// The feature's `rev` after it.
    pub rev: i64,
    /// The geometry in EPSG:5514; none in a table, and none of a feature that is gone.
    pub geometry: Option<Geometry<f64>>,
    /// One value for each field of the layer, retired ones too; none of a feature that is gone.
    pub values: Vec<Value>,
}

/// One entry of the history of a store; the versions after a revision belong to it, in the order of its changes.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryEntry {
    /// A revision begins.
    Revision(RevisionInfo),
    /// It made this version.
    Version(Version),
}

/// The history of a store, in commit order, one entry at a time.
pub type HistoryStream<'a> = Box<dyn Iterator<Item = Result<HistoryEntry, StoreError>> + 'a>;
/// All that stands in a layer, ordered by `fid`, one feature at a time.
pub type StandingStream<'a> = Box<dyn Iterator<Item = Result<Feature, StoreError>> + 'a>;

/// A store that can be moved as a whole into another one.
///
/// What is moved is what the program reads: a value that another program wrote against the schema is empty.
pub trait Transfer: Send + Sync {
    /// Begins to read the store as it stands now, whatever others commit meanwhile.
    ///
    /// It is refused when the store holds history of layers that no definition names.
    fn snapshot(&self) -> Result<Box<dyn Snapshot + Send + '_>, StoreError>;

    /// Adds the revisions of another store to this one as they are, and brings the tables of the layers to their end.
    ///
    /// Commits many revisions at once, so a copy that is broken off ends after one of them. A revision that does not
    /// follow the newest is refused.
    fn take_over(&self, history: HistoryStream<'_>) -> Result<(), StoreError>;

    /// Makes the records of another store the only ones, versions included.
    fn take_over_records(&self, records: &[OfficeRecord]) -> Result<(), StoreError>;

    /// Makes the ledger of another store the only one, after the history up to which it tells was taken over.
    fn take_over_ledger(&self, ledger: LedgerStream<'_>) -> Result<(), StoreError>;
}

/// One state of a whole store.
pub trait Snapshot {
    /// Returns its newest revision.
    fn head(&self) -> Revision;

    /// Returns where the history of each layer begins of which not all is kept.
    fn history_starts(&mut self) -> Result<Vec<(LayerId, Revision)>, StoreError>;

    /// Counts the versions that were made after a revision.
    fn count_versions(&mut self, since: Revision) -> Result<u64, StoreError>;

    /// Reads the history after a revision.
    fn history(&mut self, since: Revision) -> Result<HistoryStream<'_>, StoreError>;

    /// Reads the features that stand in a layer, with the values of all its fields, retired ones too.
    fn standing(&mut self, layer: &LayerId) -> Result<StandingStream<'_>, StoreError>;

    /// Reads all records, by kind and key.
    fn records(&mut self) -> Result<Vec<OfficeRecord>, StoreError>;

    /// Reads what is kept of operations and conflicts, and of who was shown what.
    fn ledger(&mut self) -> Result<LedgerStream<'_>, StoreError>;
}

/// Refuses records of kinds that this program does not know: it would leave them behind.
pub(crate) fn refuse_unknown_kinds(kinds: &[String]) -> Result<(), StoreError> {
    let unknown = kinds
        .iter()
        .filter(|name| RecordKind::of_name(name).is_none());
    let unknown: Vec<_> = unknown.map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "it holds records of the kind {}; use a newer program",
        unknown.join(", ")
    )))
}

/// Refuses history of layers that no definition names: it could be neither read nor moved.
pub(crate) fn refuse_unknown_layers(unknown: &[String]) -> Result<(), StoreError> {
    if unknown.is_empty() {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "it holds the history of {}, which no definition names; put the definition back, as nothing would be left of it",
        unknown.join(", ")
    )))
}

/// Refuses a revision that does not follow the one before.
pub(crate) fn refuse_gap(newest: Revision, next: Revision) -> Result<(), StoreError> {
    if next.0 == newest.0 + 1 {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "revision {} cannot follow revision {}: another program writes to the store",
        next.0, newest.0
    )))
}
