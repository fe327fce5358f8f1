//! The rows of the ledger on their way to another store: documents go as they are.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::{Revision, StoreError};

/// What is kept of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationRow {
    /// Its place among all operations of the store.
    pub seq: i64,
    /// Who sent it.
    pub sender: String,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// Whether its author did not say what they had seen.
    pub is_blind: bool,
    /// The revision that it was committed with.
    pub revision: Option<Revision>,
    /// The operation as it was sent.
    pub operation: Json,
    /// What became of it.
    pub outcome: Json,
}

/// What is kept of a conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictRow {
    /// Its place among all conflicts of the store.
    pub seq: i64,
    /// The operation.
    pub operation: String,
    /// The part, under the name that it had.
    pub part: String,
    /// The layer.
    pub layer: String,
    /// The feature.
    pub feature: String,
    /// The municipality that the feature named.
    pub municipality: Option<i64>,
    /// When it was opened.
    pub opened: DateTime<Utc>,
    /// What met.
    pub conflict: Json,
    /// What was decided.
    pub decision: Option<Json>,
}

/// What was shown to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedRow {
    /// To whom.
    pub reader: String,
    /// The layer.
    pub layer: String,
    /// As it stood then.
    pub revision: Revision,
    /// When for the last time.
    pub at: DateTime<Utc>,
}

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub enum LedgerRow {
    /// An operation.
    Operation(OperationRow),
    /// A conflict.
    Conflict(ConflictRow),
    /// What was shown to somebody.
    Served(ServedRow),
}

/// The ledger of a store: operations and conflicts in their order, then what was shown to whom.
pub type LedgerStream<'a> = Box<dyn Iterator<Item = Result<LedgerRow, StoreError>> + 'a>;
