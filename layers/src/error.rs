//! What can go wrong with definitions and stores, said so that a person knows what to do.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::merge::{OPERATIONS_AT_MOST, OperationId};
use crate::{FeatureId, Finding, LayerId, Revision};

/// A definition file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct DefinitionError {
    /// The file's name.
    pub file: String,
    /// What is wrong and what is expected.
    pub problem: String,
}

/// One change that was not accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// The place of the change in its set, from 0.
    pub index: usize,
    /// The layer it names.
    pub layer: LayerId,
    /// The feature it names.
    pub id: FeatureId,
    /// Everything wrong with it.
    pub findings: Vec<Finding>,
}

/// All changes of a set that were not accepted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rejections {
    /// Those told in full, in the order of the set.
    pub listed: Vec<Rejection>,
    /// How many more there are.
    pub more: usize,
}

impl Rejections {
    /// How many are told in full, so that a bad import of a million rows does not fill the memory.
    pub const LISTED_AT_MOST: usize = 10_000;

    /// Adds one, or counts it when enough are listed.
    pub fn add(&mut self, rejection: Rejection) {
        if self.listed.len() < Self::LISTED_AT_MOST {
            self.listed.push(rejection);
        } else {
            self.more += 1;
        }
    }

    /// Returns how many there are.
    pub fn total(&self) -> usize {
        self.listed.len() + self.more
    }
}

impl fmt::Display for Rejections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let changes = if total == 1 { "change" } else { "changes" };
        write!(f, "{total} {changes} rejected")?;
        let Some(first) = self.listed.first() else {
            return Ok(());
        };
        let findings: Vec<_> = first.findings.iter().map(ToString::to_string).collect();
        write!(
            f,
            "; the first is number {} of the set, feature {} of layer {}: {}",
            first.index + 1,
            first.id,
            first.layer,
            findings.join(", ")
        )
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Changes that break a rule; nothing was written.
    #[error("nothing was written: {0}")]
    Rejected(Rejections),
    /// The author or the reason of a change set holds a character that no text may hold; nothing was written.
    #[error("the author and the reason of a change set must be without the character NUL")]
    NulCharacter,
    /// Records that have moved on since their author read them; nothing was written.
    #[error("records changed meanwhile: {}; read them again", .0.join(", "))]
    StaleRecords(Vec<String>),
    /// Operations that were judged before, so that nothing was written.
    #[error("{} operations were judged before", .0.len())]
    KnownOperations(Vec<OperationId>),
    /// A batch of so many operations, which is more than may come at once; nothing was written.
    #[error("{0} operations came at once, {OPERATIONS_AT_MOST} may at most")]
    TooManyOperations(usize),
    /// The store has no layer of that name.
    #[error("the store has no layer {0}")]
    UnknownLayer(LayerId),
    /// An attached table has no state but the newest.
    #[error(
        "layer {0} shows a table that is kept elsewhere, of which only the newest state is known"
    )]
    NoPast(LayerId),
    /// A state that is older than the history which is kept of the layer.
    #[error("the history of layer {layer} begins at revision {}, older states are not kept", starts.0)]
    BeforeHistory {
        /// The layer.
        layer: LayerId,
        /// The oldest state that can be read.
        starts: Revision,
        /// When that was made.
        at: DateTime<Utc>,
    },
    /// A query names a field that its audience does not see.
    #[error("layer {layer} has no field {field}")]
    UnknownField {
        /// The layer.
        layer: LayerId,
        /// The name that is not there.
        field: String,
    },
    /// The file or database is not what it should be.
    #[error("the store cannot be used: {0}")]
    Unusable(String),
    /// Another program holds the store for writing longer than we wait.
    #[error("another program is writing to the store; try again in a moment")]
    Busy,
    /// A table lacks a column of its layer, and the store does not remember that it got another name.
    #[error("a table lacks a column that its layer's definition names; `obzor check` says which")]
    MissingColumn,
    /// The connection was lost while a change set was committed, and nobody could be asked what became of it.
    #[error(
        "the database was lost at the end of writing, so whether it was written is not known: {0}"
    )]
    OutcomeUnknown(String),
    /// The database takes no changes: it is a standby.
    #[error("the database is a standby and takes no changes; write to its primary")]
    ReadOnly,
    /// The database does not answer; nothing was written; the detail is for the log, not for a client.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The engine below failed; the detail is for the log, not for a client.
    #[error("the store failed while it was to {act}: {detail}")]
    Engine {
        /// What was being done.
        act: &'static str,
        /// What the engine said.
        detail: String,
    },
}
