//! Operations of devices: what their sender may do, and what became of each as the sender may see it; knows no HTTP.

use chrono::{DateTime, Utc};
use layers::merge::{
    Asked, Batch, ConflictId, ConflictQuery, Content, KeptConflict, Operation, OperationId,
    Outcome, Part, Receipt, ReceiptQuery, Received, receive,
};
use layers::policy::{Duty, Operation as Act};
use layers::{
    Feature, FeatureQuery, LayerView, Municipalities, Revision, Store, StoreError,
    last_visible_revision,
};

use crate::edit::Which;
use crate::rights::{User, audience};

/// Who sends operations to which store.
pub(crate) struct Sender<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) user: &'a User,
}

/// What became of one operation, as its sender may see it.
pub(crate) struct Told {
    pub(crate) id: OperationId,
    /// The names of the fields that it sets.
    pub(crate) named: Vec<String>,
    pub(crate) outcome: Outcome,
    /// The revision that it was committed with.
    pub(crate) revision: Option<Revision>,
    /// What the sender sees of its layer; none when they may not know of it.
    pub(crate) view: Option<LayerView>,
    /// How the feature stands; none when it is not there, or not for the sender.
    pub(crate) feature: Option<Feature>,
    /// The conflicts that it left, decided ones too.
    pub(crate) conflicts: Vec<KeptConflict>,
}

impl Sender<'_> {
    /// Has operations judged and committed; the change set is the sender's, whoever is said to have done them.
    pub(crate) fn send(
        &self,
        operations: Vec<Operation>,
        reason: &str,
        at: DateTime<Utc>,
        is_blind: bool,
    ) -> Result<(Batch, Received), StoreError> {
        let batch = Batch {
            author: self.user.name.clone(),
            reason: reason.to_owned(),
            at,
            municipalities: self.municipalities(&operations),
            operations,
        };
        let received = receive(self.store, &batch, is_blind, &|asked| self.permits(asked))?;
        Ok((batch, received))
    }

    /// Returns with whose features the sender may do any of that; with which it is, is asked of each operation.
    fn municipalities(&self, operations: &[Operation]) -> Municipalities {
        let layers = self.store.layers();
        let mut all = Municipalities::NONE;
        for operation in operations {
            if let Some(layer) = layers.get(&operation.layer) {
                // Who adds what is there already changes it.
                let acts = [operation.act, Act::Update];
                let theirs = acts.map(|act| self.user.may(act, layer));
                all = theirs.iter().fold(all, |all, theirs| all.and(theirs));
            }
        }
        all
    }

    /// Whether the sender may do that. What they may not know of they may not do, whether it is there or not: neither
    /// with a layer, nor with a field, nor with a feature.
    fn permits(&self, asked: &Asked<'_>) -> bool {
        let Asked {
            operation,
            before,
            after,
            ..
        } = *asked;
        let Some(layer) = self.store.layers().get(&operation.layer) else {
            return false;
        };
        let Some(view) = audience(Some(self.user)).view_with_retired(layer) else {
            return false;
        };
        let theirs = |act| self.user.may(act, layer);
        let is_within = |theirs: &Municipalities, content: &Content| {
            theirs.check(layer, &content.values).is_none()
        };
        let of_before = theirs(match operation.act {
            Act::Create => Act::Update,
            act => act,
        });
        let is_known = before.is_some() || operation.act == Act::Create;
        is_known
            && operation.set.keys().all(|name| view.field(name).is_some())
            && before.is_none_or(|content| {
                view.values_of(content).is_some() && is_within(&of_before, content)
            })
            && after.is_none_or(|content| is_within(&theirs(operation.act), content))
    }

    /// Tells what became of the operations of a batch that were judged, with the features as they stand at a revision.
    pub(crate) fn tell(&self, batch: &Batch, received: &Received) -> Result<Vec<Told>, StoreError> {
        let mut told = Vec::with_capacity(received.judgement.outcomes.len());
        let mut operations = batch.operations.iter();
        for (id, outcome) in &received.judgement.outcomes {
            // Those that came too early are left out, the others are in the order of the batch.
            let Some(operation) = operations.find(|operation| operation.id == *id) else {
                break;
            };
            let revision = match outcome {
                Outcome::Duplicate(_) => self.receipt(*id)?.and_then(|receipt| receipt.revision),
                Outcome::Rejected(_) | Outcome::Unpermitted => None,
                // The revision of the batch, if it made one, as it is kept and told when the operation comes again.
                _ => (!received.touched.is_empty()).then_some(received.revision),
            };
            told.push(self.tell_one(operation, outcome, revision, received.revision)?);
        }
        Ok(told)
    }

    /// Tells what became of an operation that was judged before; none when there is no such, or somebody else sent it.
    pub(crate) fn tell_again(
        &self,
        id: OperationId,
    ) -> Result<Option<(Receipt, Told)>, StoreError> {
        let is_theirs =
            |receipt: &Receipt| receipt.sender == self.user.name || self.user.has(Duty::Administer);
        let Some(receipt) = self.receipt(id)?.filter(is_theirs) else {
            return Ok(None);
        };
        let recorded = &receipt.recorded;
        let (operation, outcome) = (&recorded.operation, &recorded.outcome);
        let told = self.tell_one(operation, outcome, receipt.revision, self.store.head()?)?;
        Ok(Some((receipt, told)))
    }

    fn receipt(&self, id: OperationId) -> Result<Option<Receipt>, StoreError> {
        let query = ReceiptQuery {
            id: Some(id),
            ..ReceiptQuery::default()
        };
        Ok(self.store.receipts(&query)?.into_iter().next())
    }

    fn tell_one(
        &self,
        operation: &Operation,
        outcome: &Outcome,
        revision: Option<Revision>,
        at: Revision,
    ) -> Result<Told, StoreError> {
        let layer = self.store.layers().get(&operation.layer);
        let view = layer.and_then(|layer| audience(Some(self.user)).view(layer));
        let kept = view.as_ref().filter(|view| view.layer().source.is_none());
        let feature = kept.map(|view| {
            let query = FeatureQuery {
                at: Some(at),
                ..Which::Id(operation.feature).query(view.clone())
            };
            self.store.read(&query)?.next().transpose()
        });
        let mut conflicts = Vec::new();
        for part in open_parts(outcome) {
            let query = ConflictQuery {
                id: Some(ConflictId {
                    operation: operation.id,
                    part: part.clone(),
                }),
                ..ConflictQuery::default()
            };
            conflicts.extend(self.store.conflicts(&query)?);
        }
        Ok(Told {
            id: operation.id,
            named: operation.set.keys().cloned().collect(),
            outcome: outcome.clone(),
            revision,
            feature: feature.transpose()?.flatten(),
            view,
            conflicts,
        })
    }

    /// Returns the revision of the state that is told, as the sender may know it: the newest that they can see.
    pub(crate) fn told_revision(&self, received: &Received) -> Result<Revision, StoreError> {
        if !received.touched.is_empty() {
            return Ok(received.revision);
        }
        let seen = audience(Some(self.user));
        let layers = self.store.layers().iter();
        let views: Vec<_> = layers.filter_map(|layer| seen.view(layer)).collect();
        last_visible_revision(self.store, &views, received.revision)
    }
}

/// Returns the parts that an operation left to a person, now or when it came first.
fn open_parts(outcome: &Outcome) -> &[Part] {
    match outcome {
        Outcome::Conflict { parts, .. } => parts,
        Outcome::Duplicate(first) => open_parts(first),
        _ => &[],
    }
}
