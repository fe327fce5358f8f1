//! The file as a store of operations and conflicts, for who merges.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::connection::lock;
use super::{GeoPackageStore, ledger, recall};
use crate::merge::{
    ConflictQuery, Content, KeptConflict, Ledger, LedgerStore, OpenConflicts, OperationId, Recall,
    Receipt, ReceiptQuery,
};
use crate::{
    Applied, ChangeSet, Feature, FeatureId, Layer, LayerId, Revision, RevisionInfo, StoreError,
};

impl LedgerStore for GeoPackageStore {
    fn apply_judged(&self, set: ChangeSet<'_>, ledger: &Ledger) -> Result<Applied, StoreError> {
        ledger::apply_judged(&mut lock(&self.writer), &self.layers, set, ledger)
    }

    fn receipts(&self, query: &ReceiptQuery) -> Result<Vec<Receipt>, StoreError> {
        ledger::receipts(&*self.readers.take()?, &self.layers, query)
    }

    fn conflicts(&self, query: &ConflictQuery) -> Result<Vec<KeptConflict>, StoreError> {
        ledger::conflicts(&*self.readers.take()?, &self.layers, query)
    }

    fn count_conflicts(&self) -> Result<OpenConflicts, StoreError> {
        ledger::count(&*self.readers.take()?, &self.layers)
    }

    fn note_served(
        &self,
        reader: &str,
        layer: &LayerId,
        revision: Revision,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        ledger::note_served(&lock(&self.writer), reader, layer, revision, at)
    }

    fn first_served(
        &self,
        reader: &str,
        layer: &LayerId,
        since: Revision,
    ) -> Result<Option<Revision>, StoreError> {
        ledger::first_served(&*self.readers.take()?, reader, layer, since)
    }

    fn forget_served(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        ledger::forget_served(&lock(&self.writer), before)
    }
}

impl Recall for GeoPackageStore {
    fn newest(&self, layer: &Arc<Layer>, ids: &[FeatureId]) -> Result<Vec<Feature>, StoreError> {
        recall::newest(&self.readers.take()?, layer, ids)
    }

    fn held(
        &self,
        layer: &Arc<Layer>,
        wanted: &[(FeatureId, Revision)],
    ) -> Result<Vec<Option<Content>>, StoreError> {
        recall::held(&self.readers.take()?, layer, wanted)
    }

    fn last_change(
        &self,
        layer: &LayerId,
        id: FeatureId,
    ) -> Result<Option<RevisionInfo>, StoreError> {
        recall::last_change(&*self.readers.take()?, layer, id)
    }

    fn known(&self, ids: &[OperationId]) -> Result<Vec<Receipt>, StoreError> {
        ledger::known(&*self.readers.take()?, &self.layers, ids)
    }
}
