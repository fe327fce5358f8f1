//! What is asked of history: the versions of one feature, and revisions.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{ChangeKind, Feature, FeatureId, LayerId, LayerView, Revision, RevisionInfo};

/// Which versions of a feature to read; they come the newest first.
#[derive(Clone, Debug)]
pub struct VersionQuery {
    /// The layer and what the audience sees of it.
    pub view: LayerView,
    /// The feature.
    pub id: FeatureId,
    /// Only those that were committed before this revision.
    pub before: Option<Revision>,
    /// How many to read at most.
    pub limit: Option<u64>,
}

impl VersionQuery {
    /// Asks for all versions of a feature.
    pub fn new(view: LayerView, id: FeatureId) -> Self {
        Self {
            view,
            id,
            before: None,
            limit: None,
        }
    }
}

/// One version of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureVersion {
    /// The revision that made it.
    pub revision: RevisionInfo,
    /// What was done.
    pub kind: ChangeKind,
    /// How many times the feature had been committed then, this time included.
    pub rev: i64,
    /// The feature as the view shows it; none when it was removed, or is one that the view does not show.
    pub feature: Option<Feature>,
}

/// Which revisions to read; they come the newest first, and every part that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevisionQuery {
    /// Those that touched features of a layer.
    pub layer: Option<LayerId>,
    /// Those that somebody committed.
    pub author: Option<String>,
    /// Those that were made at or after an instant, by the clock of the writer.
    pub from: Option<DateTime<Utc>>,
    /// Those that were made at or before an instant, likewise.
    pub until: Option<DateTime<Utc>>,
    /// Those before this one.
    pub before: Option<Revision>,
    /// How many to read at most.
    pub limit: Option<u64>,
}

/// A revision and how many versions of features it made in each layer.
#[derive(Clone, Debug, PartialEq)]
pub struct RevisionSummary {
    /// Who committed it, when and why.
    pub info: RevisionInfo,
    /// The number of versions by layer, of those layers whose history reaches back so far.
    pub versions: BTreeMap<LayerId, u64>,
}
