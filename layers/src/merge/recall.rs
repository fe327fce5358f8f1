//! What judging asks a store, of many features at once.

use std::sync::Arc;

use super::{Content, OperationId, Receipt};
use crate::{Feature, FeatureId, Layer, LayerId, Revision, RevisionInfo, StoreError};

/// The questions of judging: what stands, what stood, and what was judged before.
///
/// Features come with all fields of their layer, retired ones too. Attached tables have no past: they are asked otherwise.
pub trait Recall: Send + Sync {
    /// Returns those of these features that stand.
    fn newest(&self, layer: &Arc<Layer>, ids: &[FeatureId]) -> Result<Vec<Feature>, StoreError>;

    /// Returns what features held, each at a revision; none where there was no such feature, or history begins later.
    fn held(
        &self,
        layer: &Arc<Layer>,
        wanted: &[(FeatureId, Revision)],
    ) -> Result<Vec<Option<Content>>, StoreError>;

    /// Returns who changed or removed a feature last.
    fn last_change(
        &self,
        layer: &LayerId,
        id: FeatureId,
    ) -> Result<Option<RevisionInfo>, StoreError>;

    /// Returns those of these operations that were judged before.
    fn known(&self, ids: &[OperationId]) -> Result<Vec<Receipt>, StoreError>;
}
