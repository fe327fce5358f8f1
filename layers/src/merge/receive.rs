//! Receiving a batch: it is judged by what a store holds and committed there, and judged again when that moved on.

mod memory;

use std::collections::{HashMap, HashSet};

pub(crate) use self::memory::Memory;
use super::{
    Asked, Batch, ConflictId, Content, Decision, Judgement, Ledger, Operation, Receipt, Recorded,
    judge,
};
use crate::{Problem, Rejections, Revision, Store, StoreError, Touched};

/// How many operations a batch may have.
pub const OPERATIONS_AT_MOST: usize = 1000;
/// How often a batch is judged when others commit meanwhile.
const ROUNDS: usize = 5;

/// What became of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The revision that it made, or the newest one when nothing was to be changed.
    pub revision: Revision,
    /// The features that it touched.
    pub touched: Vec<Touched>,
    /// What became of each operation, and the conflicts.
    pub judgement: Judgement,
}

/// Conflicts that are decided by what was judged or, with none, open again.
pub type Decisions = Vec<(ConflictId, Option<Decision>)>;

/// Judges a batch and commits it in one transaction: changes, what became of every operation, and conflicts.
///
/// `permits` is asked of every operation, and nothing is permitted outside the municipalities of the batch. A batch of
/// more than [`OPERATIONS_AT_MOST`] is refused; [`StoreError::Busy`] says that others kept changing the same features.
/// Whatever the error, the batch may be sent again.
pub fn receive(
    store: &dyn Store,
    batch: &Batch,
    is_blind: bool,
    permits: &dyn Fn(&Asked<'_>) -> bool,
) -> Result<Received, StoreError> {
    receive_deciding(store, batch, is_blind, permits, &|_| Some(Decisions::new()))
}

/// Receives a batch that decides conflicts, or opens them again: which ones, `decide` says by what was judged; without an
/// answer nothing is written.
///
/// A conflict that is not open any more, or not decided yet, is [`StoreError::StaleRecords`], and nothing is written.
pub fn receive_deciding(
    store: &dyn Store,
    batch: &Batch,
    is_blind: bool,
    permits: &dyn Fn(&Asked<'_>) -> bool,
    decide: &dyn Fn(&Judgement) -> Option<Decisions>,
) -> Result<Received, StoreError> {
    if batch.operations.len() > OPERATIONS_AT_MOST {
        return Err(StoreError::TooManyOperations(batch.operations.len()));
    }
    let permits = |asked: &Asked<'_>| is_theirs(batch, asked) && permits(asked);
    for _ in 0..ROUNDS {
        let memory = Memory::of(store, batch)?;
        let judgement = judge(batch, store.layers(), &memory, &permits)?;
        let decisions = decide(&judgement);
        let is_wanted = decisions.is_some();
        let ledger = Ledger {
            receipts: receipts(batch, &judgement, is_blind, &memory),
            conflicts: judgement.conflicts.clone(),
            decisions: decisions.unwrap_or_default(),
        };
        if !is_wanted || ledger == Ledger::default() {
            return Ok(Received {
                revision: memory.head(),
                touched: Vec::new(),
                judgement,
            });
        }
        match store.apply_judged(judgement.change_set(batch), &ledger) {
            Ok(applied) => {
                return Ok(Received {
                    revision: applied.revision,
                    touched: applied.touched,
                    judgement,
                });
            }
            Err(StoreError::KnownOperations(_) | StoreError::Busy) => {}
            Err(StoreError::Rejected(rejections)) if has_moved_on(&rejections) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Busy)
}

/// Whether an operation stays within the municipalities of its batch.
fn is_theirs(batch: &Batch, asked: &Asked<'_>) -> bool {
    let mut contents = [asked.before, asked.after].into_iter().flatten();
    contents.all(|content: &Content| {
        let finding = batch.municipalities.check(asked.layer, &content.values);
        finding.is_none()
    })
}

/// Returns what is to be kept of the operations that were judged for the first time, each once.
fn receipts(
    batch: &Batch,
    judgement: &Judgement,
    is_blind: bool,
    memory: &Memory<'_>,
) -> Vec<Receipt> {
    let early = judgement.early.iter();
    let early: HashSet<_> = early.map(|early| (early.operation, early.awaits)).collect();
    let is_early = |operation: &Operation| {
        let mut after = operation.after.iter();
        after.any(|after| early.contains(&(operation.id, *after)))
    };
    let mut judged = HashMap::new();
    for operation in batch
        .operations
        .iter()
        .filter(|operation| !is_early(operation))
    {
        judged.entry(operation.id).or_insert(operation);
    }
    let first_outcomes = judgement.outcomes.iter().filter_map(|(id, outcome)| {
        let operation = judged.remove(id).filter(|_| !memory.knew(*id))?;
        let recorded = Recorded {
            operation: operation.clone(),
            outcome: outcome.clone(),
        };
        Some(Receipt {
            recorded,
            sender: batch.author.clone(),
            is_blind,
            at: batch.at,
            revision: None,
        })
    });
    first_outcomes.collect()
}

/// Whether the changes are rejected because others changed the same features, or took a key, since these were read.
pub(crate) fn has_moved_on(rejections: &Rejections) -> bool {
    let mut findings = rejections.listed.iter().flat_map(|one| &one.findings);
    findings.all(|finding| {
        matches!(
            finding.problem,
            Problem::Stale(_)
                | Problem::NoSuchFeature
                | Problem::DuplicateId
                | Problem::DuplicateKey(_)
        )
    })
}
