//! What judging answers: what became of each operation, and the conflicts that wait for a person.

use std::fmt;

use chrono::{DateTime, Utc};
use geo_types::Geometry;

use super::{Batch, Content, Operation, OperationId};
use crate::{Change, ChangeSet, FeatureId, Finding, Layer, LayerId, Revision, Value};

/// One thing of a feature about which two people can differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The value of a field, by its name.
    Field(String),
    /// The geometry.
    Geometry,
    /// Whether the feature is there at all.
    Feature,
}

const GEOMETRY: &str = "@geometry";
const FEATURE: &str = "@feature";

impl Part {
    /// Returns the word that stores and addresses write.
    pub fn key(&self) -> &str {
        match self {
            Self::Field(name) => name,
            Self::Geometry => GEOMETRY,
            Self::Feature => FEATURE,
        }
    }

    /// Reads that word.
    pub fn of_key(key: &str) -> Self {
        match key {
            GEOMETRY => Self::Geometry,
            FEATURE => Self::Feature,
            name => Self::Field(name.to_owned()),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Geometry => f.write_str("the geometry"),
            Self::Feature => f.write_str("the feature"),
        }
    }
}

/// What became of an operation: every one that is judged is in exactly one of these states.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All of it stands, and nobody else had touched what its author saw.
    Applied {
        /// The feature's `rev` after it; none when the feature is gone.
        rev: Option<i64>,
    },
    /// All of it stands beside, or combined with, what others did meanwhile.
    Merged {
        /// As above.
        rev: Option<i64>,
    },
    /// Of these parts the committed state stands, and each is kept as a conflict; the other parts stand as sent.
    Conflict {
        /// As above.
        rev: Option<i64>,
        /// What is open.
        parts: Vec<Part>,
    },
    /// It was judged before, and this is what became of it.
    Duplicate(Box<Outcome>),
    /// Nothing of it stands, because of these.
    Rejected(Vec<Finding>),
    /// Nothing of it stands, because its author may not do that.
    Unpermitted,
}

impl Outcome {
    /// Returns the word for the state, for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::Merged { .. } => "merged",
            Self::Conflict { .. } => "conflict",
            Self::Duplicate(_) => "duplicate",
            Self::Rejected(_) => "rejected",
            Self::Unpermitted => "unpermitted",
        }
    }

    /// Whether anything of the operation was taken over.
    pub(crate) fn is_taken(&self) -> bool {
        !matches!(self, Self::Rejected(_) | Self::Unpermitted)
    }

    /// Whether what the operation said of a part was taken over.
    pub fn stands(&self, part: &Part) -> bool {
        match self {
            Self::Applied { .. } | Self::Merged { .. } => true,
            Self::Conflict { parts, .. } => {
                !parts.contains(part) && !parts.contains(&Part::Feature)
            }
            Self::Duplicate(first) => first.stands(part),
            Self::Rejected(_) | Self::Unpermitted => false,
        }
    }
}

/// What a part held.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// The value of a field.
    Value(Value),
    /// A geometry in EPSG:5514, or none.
    Geometry(Option<Geometry<f64>>),
    /// The whole feature; none when it was not there.
    Feature(Option<Content>),
}

/// Who made what stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who.
    pub author: String,
    /// When, by the clock of the server.
    pub at: DateTime<Utc>,
    /// In which revision; none in the one that is about to be committed.
    pub revision: Option<Revision>,
}

/// Two people, one part of a feature: what each made of it, kept until a person decides.
///
/// Its identity is the operation and the part ([`ConflictId`](super::ConflictId)). What the author of the operation may see of it, a view says.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The operation that met what others did.
    pub operation: OperationId,
    /// The layer.
    pub layer: LayerId,
    /// The feature.
    pub feature: FeatureId,
    /// The municipality that the feature named when they met; none when it is nobody's.
    pub municipality: Option<i64>,
    /// What it is about.
    pub part: Part,
    /// What the author of the operation began with.
    pub base: Held,
    /// What was committed meanwhile, and stands.
    pub theirs: Held,
    /// What the operation wanted.
    pub mine: Held,
    /// Who made what stands, if that is known.
    pub theirs_by: Option<Signature>,
    /// Who did the operation.
    pub author: String,
    /// On which device.
    pub device: String,
    /// When, by the clock of that device.
    pub at: DateTime<Utc>,
}

/// An operation that came before the one on which it stands: it is not taken, and its device sends both again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Early {
    /// The operation.
    pub operation: OperationId,
    /// The one that nobody has seen yet.
    pub awaits: OperationId,
}

/// What is to be done with a batch: all of it in one transaction, or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// What is to be committed, in order; each change expects the `rev` that was read.
    pub changes: Vec<Change>,
    /// What became of each operation that was judged, in the order of the batch.
    pub outcomes: Vec<(OperationId, Outcome)>,
    /// What waits for a person.
    pub conflicts: Vec<Conflict>,
    /// The operations that were not judged, because they came too early.
    pub early: Vec<Early>,
}

impl Judgement {
    /// Returns the change set to commit.
    pub fn change_set(&self, batch: &Batch) -> ChangeSet<'static> {
        batch.change_set(self.changes.clone())
    }
}

/// What a caller is asked: may this be done?
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// Its layer.
    pub layer: &'a Layer,
    /// What stands, or what stood when the feature is gone; none when there never was such a feature.
    pub before: Option<&'a Content>,
    /// What would stand; none when the feature would not be there.
    pub after: Option<&'a Content>,
}
