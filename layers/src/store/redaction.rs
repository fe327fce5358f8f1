//! Erasure: a personal value is taken out of everything that a store holds, and a mark with its hash stands there instead.

mod ledger;
mod redactor;
mod version;

use chrono::{DateTime, Utc};

use crate::{FeatureId, Layer, LayerId, StoreError};

pub(super) use self::ledger::{clean_conflict, clean_operation};
pub use self::redactor::{Needle, Redactor};
pub(super) use self::version::{clean_version, names_of, whole};

/// What is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedactionTarget {
    /// What the redactor looks for, wherever it stands.
    Value,
    /// Everything that one field of one feature holds or ever held.
    Field {
        /// The layer.
        layer: LayerId,
        /// The feature.
        id: FeatureId,
        /// The field, by any of its names.
        field: String,
    },
}

/// An erasure.
pub struct Redaction<'a> {
    /// What is to be erased.
    pub target: &'a RedactionTarget,
    /// Finds values and makes the marks that stand for them.
    pub redactor: &'a Redactor,
    /// Who answers for it; stands in the history.
    pub author: &'a str,
    /// Why; stands in the history.
    pub reason: &'a str,
    /// When, by the clock of the caller.
    pub at: DateTime<Utc>,
    /// Whether it is only to say what would be erased.
    pub dry_run: bool,
}

impl Redaction<'_> {
    /// Whether something of a layer is to be erased.
    pub(super) fn concerns(&self, of: &Layer) -> bool {
        match self.target {
            RedactionTarget::Value => true,
            RedactionTarget::Field { layer, .. } => *layer == of.id,
        }
    }
}

/// Where something to erase was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RedactionPlace {
    /// In features that stand in a layer.
    Layer(String),
    /// In past versions of features.
    History,
    /// In the author or reason of change sets.
    Revisions,
    /// In the office's records.
    Records,
    /// In operations that were sent, and in what became of them.
    Operations,
    /// In conflicts.
    Conflicts,
    /// In what is noted of who was shown what.
    Served,
    /// In another table of the store.
    Table(String),
}

/// What was found in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many rows in which place.
    pub rows: Vec<(RedactionPlace, u64)>,
    /// The texts that a field held, to be looked for in files.
    pub texts: Vec<String>,
}

impl Erased {
    /// Adds what was found in a place, if anything was.
    pub(super) fn add(&mut self, place: RedactionPlace, rows: usize) {
        if rows > 0 {
            self.rows.push((place, rows as u64));
        }
    }

    /// Keeps a text that a field held.
    pub(super) fn keep(&mut self, text: &str) {
        if !self.texts.iter().any(|kept| kept == text) {
            self.texts.push(text.to_owned());
        }
    }
}

/// A store out of which personal values can be taken.
pub trait RedactionStore: Send + Sync {
    /// Erases, whole or not at all, and says where it was. Features that stand get a new version.
    ///
    /// The audit log, which holds no values of the data, stays as it is.
    fn redact(&self, redaction: &Redaction<'_>) -> Result<Erased, StoreError>;

    /// Writes anew what was erased in, so that no page of the store's files holds it any more.
    ///
    /// Returns what the store cannot do itself and its administrator has to.
    fn scrub(&self, erased: &Erased) -> Result<Vec<String>, StoreError>;
}
