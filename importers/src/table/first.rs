//! The first import of a municipality into a layer: nothing is stored to compare with, so rows pass through one at a
//! time, however many there are.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use layers::{Change, FeatureId};

use super::foreign::ForeignRow;
use super::plan::{Import, Outcome};

/// For how many rows room is made because a file promises them.
const MOST_PROMISED: u64 = 4_000_000;

/// A first import while its rows pass.
pub struct FirstImport<'a> {
    import: Import<'a>,
    outcome: Outcome,
    /// What makes each row so far a thing of its own, hashed; compared at the end, as a set of a million costs more than
    /// to sort them.
    identities: Vec<u64>,
    hashes: RandomState,
}

/// Only all rows together tell what becomes of them: two are the same thing, or lie where the first ones do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeedsAll;

impl<'a> FirstImport<'a> {
    /// Begins with the first rows of the file, by which positions are recognised.
    pub fn new(import: Import<'a>, first: &mut [ForeignRow<'_>]) -> Result<Self, NeedsAll> {
        import.check_owner().or(Err(NeedsAll))?;
        import.place_rows(first);
        let mut outcome = import.recognise(first).or(Err(NeedsAll))?;
        if import.layer.geometry.is_some() && outcome.reading.is_none() {
            return Err(NeedsAll);
        }
        outcome.notes.extend(import.nothing_yet());
        let promised = import.source.expected_rows.unwrap_or(0);
        Ok(Self {
            import,
            outcome,
            identities: Vec::with_capacity(promised.min(MOST_PROMISED) as usize),
            hashes: RandomState::new(),
        })
    }

    /// Takes the next row, also each of the first ones, and returns the new feature that it is, or keeps why it is none.
    pub fn take(
        &mut self,
        mut row: ForeignRow<'_>,
        new_id: impl FnMut() -> FeatureId,
    ) -> Result<Option<Change>, NeedsAll> {
        self.import.place_rows(std::slice::from_mut(&mut row));
        let candidate = self.import.candidate(&row, self.outcome.reading);
        if candidate.reasons.iter().any(|r| r.kind == "far-off") {
            return Err(NeedsAll);
        }
        let identity = self.import.identity_of_row(&candidate);
        let identity = identity.map(|it| self.hashes.hash_one(it));
        self.identities.extend(identity);
        self.outcome.rows += 1;
        match self.import.insert(candidate, new_id) {
            Ok(change) => {
                self.outcome.new += 1;
                Ok(Some(change))
            }
            Err(rejected) => {
                self.outcome.rejected.push(rejected);
                Ok(None)
            }
        }
    }

    /// Returns what it came to, unless two rows were the same thing.
    pub fn finish(mut self) -> Result<Outcome, NeedsAll> {
        self.identities.sort_unstable();
        if self.identities.array_windows().any(|[a, b]| a == b) {
            return Err(NeedsAll);
        }
        let missing = self.import.missing_columns(&self.outcome);
        self.outcome.notes.extend(missing);
        let retired = self.import.mapping.retired_columns(self.import.layer);
        self.outcome.notes.extend(retired);
        Ok(self.outcome)
    }
}
