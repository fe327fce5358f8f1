//! Revisions: what was committed, when, by whom and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Bbox, FeatureId, LayerId};

/// The number of a committed change set: gap-free, in commit order, one row of numbers for the whole store.
///
/// Zero is the empty store.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(pub i64);

/// Who committed a revision, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionInfo {
    /// The number.
    pub revision: Revision,
    /// When, by the clock of the writer.
    pub at: DateTime<Utc>,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: String,
}

/// What was done to a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Insert,
    /// It has other values or another geometry.
    Update,
    /// It is gone.
    Delete,
}

impl ChangeKind {
    /// Returns the word that stores write.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Returns the kind of which a store wrote the word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Insert, Self::Update, Self::Delete]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// One feature that a change set touched, with where it was and where it is, in EPSG:5514.
#[derive(Clone, Debug, PartialEq)]
pub struct Touched {
    /// Its layer.
    pub layer: LayerId,
    /// Its identity.
    pub id: FeatureId,
    /// Its key in the store.
    pub fid: i64,
    /// What was done.
    pub kind: ChangeKind,
    /// Its box before; none when it was not there or has no geometry.
    pub before: Option<Bbox>,
    /// Its box after, likewise.
    pub after: Option<Bbox>,
}

/// A committed change set: its revision and what it touched, in the order of its changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The new revision.
    pub revision: Revision,
    /// Every feature touched.
    pub touched: Vec<Touched>,
}

/// One entry of the change log.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedChange {
    /// The revision that made it.
    pub revision: Revision,
    /// What was touched.
    pub scope: Scope,
}

/// What an entry of the change log tells of.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// One feature.
    Feature(Touched),
    /// Any features of a layer that shows an attached table: too many to name, or nobody knows which.
    WholeLayer(LayerId),
}

impl LoggedChange {
    /// Returns the feature that was touched, if the entry names one.
    pub fn feature(&self) -> Option<&Touched> {
        match &self.scope {
            Scope::Feature(touched) => Some(touched),
            Scope::WholeLayer(_) => None,
        }
    }
}
