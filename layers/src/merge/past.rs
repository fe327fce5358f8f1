//! What judging asks of a store: features as they stand and as they stood, and what became of earlier operations.

use super::outcome::Outcome;
use super::{Content, Operation, OperationId};
use crate::{Feature, FeatureId, Layer, Revision, RevisionInfo, StoreError, Value};

/// An operation that was judged before.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The operation, as it was sent.
    pub operation: Operation,
    /// What became of it; never a duplicate.
    pub outcome: Outcome,
}

/// What a store knows, read in the transaction that will commit the judgement, or before it.
///
/// Features are read with all fields of their layer, retired ones too. When the store has moved on before the changes
/// are committed, they are rejected as stale, and the batch is judged again.
pub trait Past {
    /// Returns a feature as it stands.
    fn current(&self, layer: &Layer, id: FeatureId) -> Result<Option<Feature>, StoreError>;

    /// Returns what a feature held at a revision; nothing is known of revisions that are not there.
    ///
    /// Where that is forgotten, it is [`StoreError::BeforeHistory`].
    fn at(
        &self,
        layer: &Layer,
        id: FeatureId,
        revision: Revision,
    ) -> Result<Option<Content>, StoreError>;

    /// Returns who changed or removed a feature last.
    fn last_change(&self, layer: &Layer, id: FeatureId)
    -> Result<Option<RevisionInfo>, StoreError>;

    /// Returns the feature that has a natural key: one value for each field of the layer's key, in its order.
    fn holder(&self, layer: &Layer, key: &[Value]) -> Result<Option<FeatureId>, StoreError>;

    /// Returns what became of an operation, if it was judged before.
    fn earlier(&self, id: OperationId) -> Result<Option<Recorded>, StoreError>;
}
