//! The ledger: what a store keeps of operations beside the changes that came of them, and the conflicts that are open.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::{Conflict, OperationId, Part, Recorded};
use crate::{Applied, ChangeSet, FeatureId, LayerId, Municipalities, Revision, StoreError};

/// What is kept of an operation that was judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The operation as it was sent, and what became of it.
    pub recorded: Recorded,
    /// Who sent it and answers for what was committed of it; its author is who is said to have done it.
    pub sender: String,
    /// Whether its author did not say what they had seen, so that the server had to find it out.
    pub is_blind: bool,
    /// When it was received, by the clock of the server.
    pub at: DateTime<Utc>,
    /// The revision that it was committed with; none when nothing was.
    pub revision: Option<Revision>,
}

/// The identity of a conflict: the operation that met what others did, and the part of the feature.
///
/// As a text, `OPERATION.PART`: the name of a field, `@geometry` or `@feature`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConflictId {
    /// The operation.
    pub operation: OperationId,
    /// The part.
    pub part: Part,
}

impl fmt::Display for ConflictId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.operation, self.part.key())
    }
}

/// A text that names no conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a conflict is named by its operation, a dot, and a field, `@geometry` or `@feature`")]
pub struct NoConflictId;

impl FromStr for ConflictId {
    type Err = NoConflictId;

    fn from_str(text: &str) -> Result<Self, NoConflictId> {
        let (operation, part) = text.split_once('.').ok_or(NoConflictId)?;
        Ok(Self {
            operation: operation.parse().map_err(|_not_a_uuid| NoConflictId)?,
            part: Part::of_key(part),
        })
    }
}

/// Which value a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// What the operation wanted.
    Mine,
    /// What was committed.
    Theirs,
    /// Something else.
    Typed,
}

/// What a person decided about a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which value they chose.
    pub choice: Choice,
    /// The operation that carried it out.
    pub operation: OperationId,
    /// Who.
    pub by: String,
    /// When, by the clock of the server.
    pub at: DateTime<Utc>,
}

/// A conflict as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptConflict {
    /// Its place among all conflicts of the store, in the order in which they were opened.
    pub seq: i64,
    /// What met.
    pub conflict: Conflict,
    /// When it was opened, by the clock of the server.
    pub opened: DateTime<Utc>,
    /// What was decided; none while it is open.
    pub decision: Option<Decision>,
}

/// What a judged batch leaves beside its changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// The operations that were judged for the first time; whatever revision they name is not looked at.
    pub receipts: Vec<Receipt>,
    /// The conflicts that they left.
    pub conflicts: Vec<Conflict>,
    /// Conflicts that are decided herewith or, with none, open again.
    pub decisions: Vec<(ConflictId, Option<Decision>)>,
}

/// Which operations to look for; every part that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptQuery {
    /// The one with this identity.
    pub id: Option<OperationId>,
    /// Those that a device sent.
    pub device: Option<String>,
    /// Those on a feature.
    pub feature: Option<(LayerId, FeatureId)>,
    /// Those that were committed with a revision.
    pub revision: Option<Revision>,
    /// How many to return at most, the last received first.
    pub limit: Option<u64>,
}

/// Which conflicts to look for; every part that is given must fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictQuery {
    /// The one with this identity.
    pub id: Option<ConflictId>,
    /// In the features of these municipalities.
    pub municipalities: Municipalities,
    /// In a layer.
    pub layer: Option<LayerId>,
    /// Of a feature.
    pub feature: Option<FeatureId>,
    /// Those that are open, or those that are decided.
    pub is_open: Option<bool>,
    /// Those opened before the one at this place.
    pub before: Option<i64>,
    /// How many to return at most, the last opened first.
    pub limit: Option<u64>,
}

impl Default for ConflictQuery {
    fn default() -> Self {
        Self {
            id: None,
            municipalities: Municipalities::All,
            layer: None,
            feature: None,
            is_open: None,
            before: None,
            limit: None,
        }
    }
}

/// How many conflicts are open, by layer, municipality of the feature (none are nobody's) and part.
pub type OpenConflicts = BTreeMap<(LayerId, Option<i64>, Part), u64>;

/// The store of the ledger; it is the same database as the features'.
pub trait LedgerStore: Send + Sync {
    /// Commits a change set, as `apply` does, and the ledger with it in one transaction: all of both, or nothing.
    ///
    /// A set without changes makes no revision; the ledger is written all the same, and the newest revision returned.
    /// Operations that are known already are [`StoreError::KnownOperations`], and conflicts that are not as a decision
    /// expects (open, or decided where it opens them again) [`StoreError::StaleRecords`].
    fn apply_judged(&self, set: ChangeSet<'_>, ledger: &Ledger) -> Result<Applied, StoreError>;

    /// Returns the operations that a query looks for, the last received first.
    fn receipts(&self, query: &ReceiptQuery) -> Result<Vec<Receipt>, StoreError>;

    /// Returns the conflicts that a query looks for, the last opened first.
    fn conflicts(&self, query: &ConflictQuery) -> Result<Vec<KeptConflict>, StoreError>;

    /// Counts the open conflicts, also by the part, because not everybody may know of every part.
    fn count_conflicts(&self) -> Result<OpenConflicts, StoreError>;

    /// Notes that a reader was shown features of a layer as they stood at a revision.
    fn note_served(
        &self,
        reader: &str,
        layer: &LayerId,
        revision: Revision,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Returns the first revision at or after one at which a reader was shown features of a layer.
    fn first_served(
        &self,
        reader: &str,
        layer: &LayerId,
        since: Revision,
    ) -> Result<Option<Revision>, StoreError>;

    /// Forgets what was shown before an instant.
    fn forget_served(&self, before: DateTime<Utc>) -> Result<(), StoreError>;
}
