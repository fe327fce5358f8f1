//! The rows of the ledger as both stores keep them, and how they are read.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::Value as Json;

use super::renames::PastLayers;
use crate::merge::json::{
    ConflictPlace, Unreadable, part_now, read_conflict, read_decision, read_outcome,
    write_conflict, write_outcome,
};
use crate::merge::{
    Conflict, ConflictId, ConflictRow, KeptConflict, OpenConflicts, Operation, OperationRow, Part,
    Receipt, Recorded,
};
use crate::{LayerId, LayerSet, Revision, StoreError};

impl OperationRow {
    /// Reads it, by what fields are called now.
    pub(super) fn read(self, layers: &PastLayers) -> Result<Receipt, StoreError> {
        let read = || -> Result<Receipt, Unreadable> {
            let operation: Operation = serde_json::from_value(self.operation)?;
            let schema = layers.schema(operation.layer.as_str());
            let outcome = read_outcome(schema, &self.outcome)?;
            Ok(Receipt {
                recorded: Recorded { operation, outcome },
                sender: self.sender,
                is_blind: self.is_blind,
                at: self.at,
                revision: self.revision,
            })
        };
        read().map_err(|why| unreadable("an operation", &why))
    }
}

impl ConflictRow {
    /// Reads it, by what fields are called now; `revision` is the one that was committed with its operation.
    pub(super) fn read(
        self,
        layers: &PastLayers,
        revision: Option<Revision>,
    ) -> Result<KeptConflict, StoreError> {
        let schema = layers.schema(&self.layer);
        let place = ConflictPlace {
            operation: &self.operation,
            part: &self.part,
            layer: &self.layer,
            feature: &self.feature,
            municipality: self.municipality,
            revision,
        };
        let unreadable = |why| unreadable("a conflict", &why);
        Ok(KeptConflict {
            seq: self.seq,
            conflict: read_conflict(schema, &place, self.conflict).map_err(unreadable)?,
            opened: self.opened,
            decision: self
                .decision
                .map(read_decision)
                .transpose()
                .map_err(unreadable)?,
        })
    }
}

fn unreadable(what: &str, why: &Unreadable) -> StoreError {
    StoreError::Unusable(format!("{what} that it keeps cannot be read: {why}"))
}

/// Returns an instant as stores keep it: to the millisecond.
pub(super) fn kept_instant(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
}

/// Whether an operation came with the revision of its batch: of what was refused nothing did.
pub(super) fn is_committed(receipt: &Receipt) -> bool {
    receipt.recorded.outcome.is_taken()
}

/// Returns the documents of a receipt: the operation and what became of it.
pub(super) fn receipt_documents(receipt: &Receipt) -> Result<[Json; 2], StoreError> {
    let Recorded { operation, outcome } = &receipt.recorded;
    let operation = serde_json::to_value(operation);
    let operation = operation.map_err(|error| unreadable("an operation", &error.into()))?;
    Ok([operation, write_outcome(outcome)])
}

/// Returns the document of a conflict.
pub(super) fn conflict_document(layers: &LayerSet, conflict: &Conflict) -> Json {
    let layer = layers.get(&conflict.layer);
    write_conflict(layer.map(AsRef::as_ref), conflict)
}

/// Returns a text as a column holds it by which is searched: without what no column may hold.
pub(super) fn searched(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Returns the device of a kept operation, likewise.
pub(super) fn searched_device(operation: &Json) -> String {
    searched(operation["device"].as_str().unwrap_or_default())
}

/// Returns which of the kept parts of an operation a conflict is about, whatever its field was called.
pub(super) fn kept_part<'a>(
    layers: &PastLayers,
    id: &ConflictId,
    kept: &'a [(String, String)],
) -> Option<&'a str> {
    let is_it = |(layer, part): &&(String, String)| {
        let schema = layers.schema(layer);
        let wanted = part_now(schema, id.part.key());
        part_now(schema, part) == wanted
    };
    kept.iter().find(is_it).map(|(_, part)| part.as_str())
}

/// Whether a kept conflict is the one that is looked for, whatever its field was called.
pub(super) fn is_part(layers: &PastLayers, kept: &KeptConflict, part: &Part) -> bool {
    let schema = layers.schema(kept.conflict.layer.as_str());
    kept.conflict.part == part_now(schema, part.key())
}

/// Adds up counts of open conflicts, each of a layer, a municipality and a part, by what fields are called now.
pub(super) fn open_conflicts(
    layers: &PastLayers,
    counts: impl Iterator<Item = (String, Option<i64>, String, i64)>,
) -> OpenConflicts {
    let mut open = OpenConflicts::new();
    for (layer, municipality, part, count) in counts {
        let part = part_now(layers.schema(&layer), &part);
        if let Some(layer) = LayerId::new(&layer) {
            *open.entry((layer, municipality, part)).or_default() += count as u64;
        }
    }
    open
}
