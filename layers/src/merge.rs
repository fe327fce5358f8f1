//! Merging: what several people did to the same features, brought together so that nothing anybody typed is lost.
//!
//! [`judge`] is pure: it takes operations as they came and says, by what a [`Past`] tells, which changes to commit, what
//! became of each operation and which conflicts are to be kept. [`receive`] does that to a store.

mod chain;
mod column;
mod content;
mod difference;
mod edits;
mod effect;
pub(crate) mod json;
mod judge;
mod keys;
mod ledger;
mod operation;
mod order;
mod outcome;
mod past;
mod reading;
mod recall;
mod receive;
mod rings;
mod rows;
mod unmoved;
mod vertices;

pub use self::column::MergePolicy;
pub use self::content::Content;
pub use self::edits::{edits, geometry_edit};
pub use self::judge::judge;
pub use self::ledger::{
    Choice, ConflictId, ConflictQuery, Decision, KeptConflict, Ledger, LedgerStore, NoConflictId,
    OpenConflicts, Receipt, ReceiptQuery,
};
pub use self::operation::{Batch, Edit, Operation, OperationId, SentGeometry};
pub use self::outcome::{Asked, Conflict, Early, Held, Judgement, Outcome, Part, Signature};
pub use self::past::{Past, Recorded};
pub use self::recall::Recall;
pub use self::receive::{Decisions, OPERATIONS_AT_MOST, Received, receive, receive_deciding};
pub(crate) use self::receive::{Memory, has_moved_on};
pub use self::rows::{ConflictRow, LedgerRow, LedgerStream, OperationRow, ServedRow};
pub use self::unmoved::moved_geometry;
