//! Undoing a revision: what nobody touched since is put back to the last bit, the rest is merged with what others did.

mod way;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use self::way::Way;
use crate::merge::{
    Asked, Batch, Conflict, Judgement, Ledger, Memory, Operation, OperationId, Outcome, Receipt,
    Recorded, has_moved_on, judge,
};
use crate::policy::Operation as Act;
use crate::{
    Change, ChangeSet, FeatureId, FeatureStore, LayerId, Municipalities, Revision, Scope, Store,
    StoreError,
};

/// The device of the operations by which a revision is undone.
pub const UNDO_DEVICE: &str = "undo";
/// How often it is tried again when others commit meanwhile.
const ROUNDS: usize = 20;

/// Why a revision was not undone; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// There is no such revision.
    #[error("there is no revision {}", .0.0)]
    NoSuchRevision(Revision),
    /// These features cannot be put back: they had no geometry before, or were changed since and cannot or shall not be
    /// merged.
    #[error("{} features cannot be put back", .0.len())]
    InTheWay(Vec<Obstacle>),
    /// Some of it its author may not do.
    #[error("{refused} of {all} features may not be put back by this author")]
    Unpermitted {
        /// Of how many features.
        refused: usize,
        /// Of how many that the revision touched.
        all: usize,
    },
    /// The store did not answer, or did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A feature that keeps a revision from being undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Its layer.
    pub layer: LayerId,
    /// Its identity.
    pub id: FeatureId,
    /// The newest revision that changed it since; none when what it was before cannot be written again.
    pub changed_by: Option<Revision>,
}

/// Which revision is undone, by whom and why.
#[derive(Clone, Debug)]
pub struct Undo {
    /// The revision.
    pub revision: Revision,
    /// Who answers for it.
    pub author: String,
    /// Why, in a few words.
    pub reason: String,
    /// When, by the clock of the caller.
    pub at: DateTime<Utc>,
    /// Whose features may be changed by it.
    pub municipalities: Municipalities,
    /// Whether it is refused when a feature was changed since, in place of merging.
    pub strict: bool,
}

/// What undoing a revision would do.
#[derive(Clone, Debug, Default)]
pub struct UndoPlan {
    /// The changes that put back, to the last bit, what nobody touched since.
    pub exact: Vec<Change>,
    /// What becomes of the features that others touched since.
    pub merged: Judgement,
    receipts: Vec<Receipt>,
}

impl UndoPlan {
    /// Whether there is nothing to put back.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.receipts.is_empty()
    }

    /// Returns the changes to commit, in an order in which what goes makes room for the keys of what comes back.
    fn changes(&self) -> Vec<Change> {
        let all = self.exact.iter().chain(&self.merged.changes);
        let mut changes: Vec<_> = all.cloned().collect();
        changes.sort_by_key(|change| !matches!(change, Change::Delete { .. }));
        changes
    }
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Undone {
    /// The revision that put back what could be; the newest one when nothing was to be changed.
    pub revision: Revision,
    /// How many features are exactly as they were before.
    pub exact: usize,
    /// What became of each operation on a feature that others had touched since.
    pub merged: Vec<(OperationId, Outcome)>,
    /// Where somebody had gone on, for a person to decide.
    pub conflicts: Vec<Conflict>,
}

impl Undone {
    /// Whether there was nothing to undo.
    pub fn is_nothing(&self) -> bool {
        self.features() == 0
    }

    /// Returns of how many features something was taken back, or was to be.
    pub fn features(&self) -> usize {
        self.exact + self.merged.len()
    }
}

/// Undoes a revision by a new one, and keeps what others did beside it.
///
/// What nobody touched since comes back to the last bit, a removed feature under its `id`. Of a feature that was changed
/// since, an operation (base: the revision; old: what it made; new: what stood before) is judged by the merge engine:
/// what others did beside it stays, and where somebody went on a conflict is opened. `permits` is asked for each feature;
/// it is all or nothing. `new_id` makes the identities of the operations.
pub fn undo_revision(
    store: &dyn Store,
    undo: &Undo,
    permits: &dyn Fn(&Asked<'_>) -> bool,
    new_id: &dyn Fn() -> OperationId,
) -> Result<Undone, UndoError> {
    for _ in 0..ROUNDS {
        let plan = plan_undo(store, undo, permits, new_id)?;
        if plan.is_empty() {
            return Ok(Undone {
                revision: store.head()?,
                exact: 0,
                merged: Vec::new(),
                conflicts: Vec::new(),
            });
        }
        let ledger = Ledger {
            receipts: plan.receipts.clone(),
            conflicts: plan.merged.conflicts.clone(),
            decisions: Vec::new(),
        };
        match store.apply_judged(undo.change_set(plan.changes()), &ledger) {
            Ok(applied) => {
                return Ok(Undone {
                    revision: applied.revision,
                    exact: plan.exact.len(),
                    merged: plan.merged.outcomes,
                    conflicts: plan.merged.conflicts,
                });
            }
            // Somebody was faster between plan and commit.
            Err(StoreError::Rejected(rejections)) if has_moved_on(&rejections) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Busy.into())
}

/// Returns the operation that takes back what a revision did to one feature; none when it did nothing to it.
pub fn way_back(
    store: &dyn FeatureStore,
    feature: (&LayerId, FeatureId),
    undo: &Undo,
    new_id: &dyn Fn() -> OperationId,
) -> Result<Option<Operation>, StoreError> {
    let (layer, id) = feature;
    let way = Way::read(store, layer, id, undo.revision)?;
    let operation = way.operation(undo, new_id);
    Ok(operation.filter(|operation| !says_nothing(operation)))
}

/// Whether an operation would change nothing, whatever stands.
fn says_nothing(operation: &Operation) -> bool {
    operation.act == Act::Update && operation.set.is_empty() && operation.geometry.is_none()
}

/// Says what undoing a revision would do; writes nothing.
pub fn plan_undo(
    store: &dyn Store,
    undo: &Undo,
    permits: &dyn Fn(&Asked<'_>) -> bool,
    new_id: &dyn Fn() -> OperationId,
) -> Result<UndoPlan, UndoError> {
    let touched = touched(store, undo.revision)?;
    let (all, mut refused) = (touched.len(), 0);
    let (mut exact, mut obstacles, mut operations) = (Vec::new(), Vec::new(), Vec::new());
    for ((layer, id), changed_by) in touched {
        let way = Way::read(store, &layer, id, undo.revision)?;
        let Some(operation) = way.operation(undo, new_id) else {
            continue;
        };
        if way.is_untouched() {
            if permits(&way.asked(&operation)) {
                match way.change() {
                    Ok(change) => exact.extend(change),
                    Err(way::Irreversible) => obstacles.push(Obstacle {
                        layer,
                        id,
                        changed_by: None,
                    }),
                }
            } else {
                refused += 1;
            }
        } else if undo.strict || says_nothing(&operation) {
            obstacles.push(Obstacle {
                layer,
                id,
                changed_by,
            });
        } else {
            operations.push(operation);
        }
    }
    let batch = undo.batch(operations);
    let memory = Memory::of(store, &batch)?;
    let merged = judge(&batch, store.layers(), &memory, permits)?;
    let is_refused = |(_, outcome): &&(_, Outcome)| *outcome == Outcome::Unpermitted;
    refused += merged.outcomes.iter().filter(is_refused).count();
    if refused > 0 {
        return Err(UndoError::Unpermitted { refused, all });
    }
    if !obstacles.is_empty() {
        return Err(UndoError::InTheWay(obstacles));
    }
    Ok(UndoPlan {
        exact,
        receipts: receipts(batch, &merged),
        merged,
    })
}

impl Undo {
    fn change_set(&self, changes: Vec<Change>) -> ChangeSet<'static> {
        ChangeSet {
            author: self.author.clone(),
            reason: self.reason.clone(),
            at: self.at,
            municipalities: self.municipalities.clone(),
            changes: Box::new(changes.into_iter()),
        }
    }

    fn batch(&self, operations: Vec<Operation>) -> Batch {
        Batch {
            author: self.author.clone(),
            reason: self.reason.clone(),
            at: self.at,
            municipalities: self.municipalities.clone(),
            operations,
        }
    }
}

/// Returns what is kept of the operations.
fn receipts(batch: Batch, judgement: &Judgement) -> Vec<Receipt> {
    // Each has an identity of its own and stands on no other, so that each was judged, in the order of the batch.
    let outcomes = judgement.outcomes.iter();
    let judged = batch.operations.into_iter().zip(outcomes);
    let receipt = |(operation, (_, outcome)): (_, &(_, Outcome))| Receipt {
        recorded: Recorded {
            operation,
            outcome: outcome.clone(),
        },
        sender: batch.author.clone(),
        is_blind: false,
        at: batch.at,
        revision: None,
    };
    judged.map(receipt).collect()
}

type Place = (LayerId, FeatureId);

/// Returns the features that a revision touched, each with the newest revision that touched it since.
fn touched(
    store: &dyn FeatureStore,
    revision: Revision,
) -> Result<BTreeMap<Place, Option<Revision>>, UndoError> {
    if store.revision(revision)?.is_none() {
        return Err(UndoError::NoSuchRevision(revision));
    }
    let before = Revision(revision.0 - 1);
    for layer in store.layers().kept() {
        // What it did there may be forgotten.
        if let Some(start) = store.history_start(&layer.id)? {
            start.require(&layer.id, before)?;
        }
    }
    let mut touched = BTreeSet::new();
    let mut changed_since = BTreeMap::new();
    for change in store.changes(before)? {
        // What an attached table holds is put back where it is kept.
        let Scope::Feature(touched_feature) = change.scope else {
            continue;
        };
        let layer = store.layers().get(&touched_feature.layer);
        if layer.is_some_and(|layer| layer.source.is_some()) {
            continue;
        }
        let feature = (touched_feature.layer, touched_feature.id);
        if change.revision == revision {
            touched.insert(feature);
        } else {
            changed_since.insert(feature, change.revision);
        }
    }
    let with_since = touched.into_iter().map(|feature| {
        let since = changed_since.get(&feature).copied();
        (feature, since)
    });
    Ok(with_since.collect())
}
