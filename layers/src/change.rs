//! Change sets: the one way in which features change.

use chrono::{DateTime, Utc};
use geo_types::Geometry;

use crate::{FeatureId, LayerId, Municipalities, StoreError, Value};

/// One change of one feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Adds a feature.
    Insert {
        /// Where to.
        layer: LayerId,
        /// Its identity, made by whoever makes the feature.
        id: FeatureId,
        /// Its geometry in EPSG:5514.
        geometry: Option<Geometry<f64>>,
        /// One value for each field of the layer's schema, in its order.
        values: Vec<Value>,
    },
    /// Changes some values, the geometry, or both.
    Update {
        /// Where.
        layer: LayerId,
        /// Which.
        id: FeatureId,
        /// The `rev` the author last saw; the change is rejected when the feature has moved on. None skips the check.
        expected_rev: Option<i64>,
        /// The new geometry in EPSG:5514; none leaves it as it is.
        geometry: Option<Geometry<f64>>,
        /// The new values by field name; the others stay.
        set: Vec<(String, Value)>,
    },
    /// Removes a feature; its history stays.
    Delete {
        /// Where from.
        layer: LayerId,
        /// Which.
        id: FeatureId,
        /// As in an update.
        expected_rev: Option<i64>,
    },
}

impl Change {
    /// Returns the layer it changes.
    pub fn layer(&self) -> &LayerId {
        match self {
            Self::Insert { layer, .. }
            | Self::Update { layer, .. }
            | Self::Delete { layer, .. } => layer,
        }
    }

    /// Returns the feature it changes.
    pub fn id(&self) -> FeatureId {
        match self {
            Self::Insert { id, .. } | Self::Update { id, .. } | Self::Delete { id, .. } => *id,
        }
    }
}

/// Who, when, why, and a stream of changes; committed whole or not at all.
pub struct ChangeSet<'a> {
    /// Who answers for it.
    pub author: String,
    /// Why, in a few words.
    pub reason: String,
    /// When, by the clock of the caller.
    pub at: DateTime<Utc>,
    /// Whose features it may change, before and after; the store rejects any other change.
    pub municipalities: Municipalities,
    /// The changes, in the order in which they apply.
    pub changes: Box<dyn Iterator<Item = Change> + 'a>,
}

impl ChangeSet<'_> {
    /// Refuses an author or a reason that a store cannot write.
    pub(crate) fn check_texts(&self) -> Result<(), StoreError> {
        let texts = [&self.author, &self.reason];
        if texts.iter().any(|text| text.contains('\0')) {
            return Err(StoreError::NulCharacter);
        }
        Ok(())
    }
}
