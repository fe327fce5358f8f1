//! What the office itself keeps beside features: datasets, releases, users with their tokens and sessions; jobs later.
//!
//! Records are JSON documents with a kind, a key and a version, so that both stores, copy and backup treat every
//! kind alike; what a document means is known by the crate that owns the kind.

use crate::StoreError;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// A dataset of the catalogue.
    Dataset,
    /// One publication of a dataset.
    Release,
    /// A person or program that may do more than the public.
    User,
    /// A secret by which a user is known, kept as a hash.
    Token,
    /// Somebody who is logged in, under the hash of the secret in their browser.
    Session,
    /// A link by which a person sets a password once, under the hash of its secret.
    OneTimeLink,
    /// A role of the database that edits the features of municipalities; the policies of the tables read it.
    DatabaseRole,
    /// A file that hangs on a feature, under `LAYER/FEATURE/SHA-256`; its bytes lie elsewhere.
    Attachment,
}

impl RecordKind {
    /// All kinds, for copy, backup and the contract suite.
    pub const ALL: [Self; 8] = [
        Self::Dataset,
        Self::Release,
        Self::User,
        Self::Token,
        Self::Session,
        Self::OneTimeLink,
        Self::DatabaseRole,
        Self::Attachment,
    ];

    /// Returns the name that stores write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Release => "release",
            Self::User => "user",
            Self::Token => "token",
            Self::Session => "session",
            Self::OneTimeLink => "one-time-link",
            Self::DatabaseRole => "database-role",
            Self::Attachment => "attachment",
        }
    }

    /// Returns the kind of which a store wrote the name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One document.
#[derive(Clone, Debug, PartialEq)]
pub struct OfficeRecord {
    /// What it is about.
    pub kind: RecordKind,
    /// Its name among its kind.
    pub key: String,
    /// 1 for a new record, +1 for each change.
    pub version: i64,
    /// The document.
    pub body: serde_json::Value,
}

/// One change of one record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordChange {
    /// Writes a record; `expected` is the version the author saw, 0 for a new one.
    Put {
        /// What it is about.
        kind: RecordKind,
        /// Its name among its kind.
        key: String,
        /// The version to replace; the whole batch is refused when another stands there.
        expected: i64,
        /// The document.
        body: serde_json::Value,
    },
    /// Removes a record.
    Remove {
        /// What it is about.
        kind: RecordKind,
        /// Its name among its kind.
        key: String,
        /// As in `Put`.
        expected: i64,
    },
}

/// The store of what the office keeps; it is the same database as the features'.
pub trait OfficeStore: Send + Sync {
    /// Returns the record, if there is one.
    fn record(&self, kind: RecordKind, key: &str) -> Result<Option<OfficeRecord>, StoreError>;

    /// Returns all records of a kind, ordered by key.
    fn records(&self, kind: RecordKind) -> Result<Vec<OfficeRecord>, StoreError>;

    /// Returns the records of a kind whose keys begin so, ordered by key; costs what they are, not what all are.
    fn records_under(
        &self,
        kind: RecordKind,
        beginning: &str,
    ) -> Result<Vec<OfficeRecord>, StoreError>;

    /// Commits all changes or none; every stale version is reported.
    fn write(&self, changes: &[RecordChange]) -> Result<(), StoreError>;
}
