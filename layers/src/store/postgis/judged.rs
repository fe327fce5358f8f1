//! The database as a store of operations and conflicts, for who merges.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{PostgisStore, ledger, recall};
use crate::merge::{
    ConflictQuery, Content, KeptConflict, Ledger, LedgerStore, OpenConflicts, OperationId, Recall,
    Receipt, ReceiptQuery,
};
use crate::{
    Applied, ChangeSet, Feature, FeatureId, Layer, LayerId, Revision, RevisionInfo, StoreError,
};

impl LedgerStore for PostgisStore {
    fn apply_judged(&self, set: ChangeSet<'_>, ledger: &Ledger) -> Result<Applied, StoreError> {
        let committed = ledger::apply_judged(&mut *self.pool.take()?, &self.layers, set, ledger)?;
        committed.ascertained(&self.pool)
    }

    fn receipts(&self, query: &ReceiptQuery) -> Result<Vec<Receipt>, StoreError> {
        ledger::receipts(&mut *self.pool.take()?, &self.layers, query)
    }

    fn conflicts(&self, query: &ConflictQuery) -> Result<Vec<KeptConflict>, StoreError> {
        ledger::conflicts(&mut *self.pool.take()?, &self.layers, query)
    }

    fn count_conflicts(&self) -> Result<OpenConflicts, StoreError> {
        ledger::count(&mut *self.pool.take()?, &self.layers)
    }

    fn note_served(
        &self,
        reader: &str,
        layer: &LayerId,
        revision: Revision,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        ledger::note_served(&mut *self.pool.take()?, reader, layer, revision, at)
    }

    fn first_served(
        &self,
        reader: &str,
        layer: &LayerId,
        since: Revision,
    ) -> Result<Option<Revision>, StoreError> {
        ledger::first_served(&mut *self.pool.take()?, reader, layer, since)
    }

    fn forget_served(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        ledger::forget_served(&mut *self.pool.take()?, before)
    }
}

impl Recall for PostgisStore {
    fn newest(&self, layer: &Arc<Layer>, ids: &[FeatureId]) -> Result<Vec<Feature>, StoreError> {
        self.naming_columns(|renames| recall::newest(&mut *self.pool.take()?, layer, ids, renames))
    }

    fn held(
        &self,
        layer: &Arc<Layer>,
        wanted: &[(FeatureId, Revision)],
    ) -> Result<Vec<Option<Content>>, StoreError> {
        self.naming_columns(|_| recall::held(&mut *self.pool.take()?, layer, wanted))
    }

    fn last_change(
        &self,
        layer: &LayerId,
        id: FeatureId,
    ) -> Result<Option<RevisionInfo>, StoreError> {
        let found = self.layers.get(layer);
        let layer = found.ok_or_else(|| StoreError::UnknownLayer(layer.clone()))?;
        recall::last_change(&mut *self.pool.take()?, layer, id)
    }

    fn known(&self, ids: &[OperationId]) -> Result<Vec<Receipt>, StoreError> {
        ledger::known(&mut *self.pool.take()?, &self.layers, ids)
    }
}
