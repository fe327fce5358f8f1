//! The audit log: who did what with data that are not public; rows are only added, and each is chained to the one before.

mod chain;
mod event;
mod verify;

use crate::StoreError;

pub(crate) use self::chain::{GENESIS, link};
pub use self::event::{ALL_LAYERS, AuditAct, AuditEvent, ChainEnd};
pub use self::verify::{AuditFault, AuditVerdict, verify_audit};

/// One row of the log, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The chain: the name of the writer, one for each replica.
    pub chain: String,
    /// The place in the chain, from 1.
    pub seq: i64,
    /// The event in its canonical form, a JSON document.
    pub text: String,
    /// The SHA-256, in hexadecimal digits, of the row and of the hash before it.
    pub hash: String,
}

impl AuditRow {
    /// Reads the event; none when the text is not one.
    pub fn event(&self) -> Option<AuditEvent> {
        AuditEvent::of_text(&self.text)
    }

    /// Refuses a row that does not follow a place with a hash.
    pub(crate) fn refuse_strange(&self, seq: i64, hash: &str) -> Result<(), StoreError> {
        if self.seq == seq + 1 && link(&self.chain, self.seq, hash, &self.text) == self.hash {
            return Ok(());
        }
        Err(StoreError::Unusable(format!(
            "row {} of the audit log {} does not follow the end of that log here, row {seq}",
            self.seq, self.chain
        )))
    }
}

/// Which events to look for; every part that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Who.
    pub actor: Option<String>,
    /// What was done.
    pub act: Option<AuditAct>,
    /// With which layer; events that concern all layers fit too.
    pub layer: Option<String>,
    /// With which dataset.
    pub dataset: Option<String>,
    /// With whose data: the code of the municipality.
    pub municipality: Option<i64>,
    /// Not before this instant, as events write it (RFC 3339, UTC, milliseconds).
    pub from: Option<String>,
    /// Before this instant, likewise.
    pub until: Option<String>,
    /// How many to return at most, the newest first.
    pub limit: Option<u64>,
}

/// The store of the audit log; it is the same database as the features'.
pub trait AuditStore: Send + Sync {
    /// Adds events to the end of a chain, all or none, in this order.
    ///
    /// The name of a chain is one line of text. Programs that write to the same chain wait for each other.
    fn append_audit(&self, chain: &str, events: &[AuditEvent]) -> Result<(), StoreError>;

    /// Returns the rows that a query looks for, the newest first.
    fn search_audit(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError>;

    /// Returns at most so many rows after a place, ordered by chain and place.
    fn audit_rows(
        &self,
        after: Option<(&str, i64)>,
        at_most: u64,
    ) -> Result<Vec<AuditRow>, StoreError>;

    /// Returns the last place and hash of every chain, as they were noted when it was written.
    fn audit_ends(&self) -> Result<Vec<ChainEnd>, StoreError>;

    /// Adds rows of another store as they are; rows that are there already are passed over.
    ///
    /// A row that does not follow the end of its chain here is refused, and nothing is written.
    fn take_over_audit(&self, rows: &[AuditRow]) -> Result<(), StoreError>;
}
