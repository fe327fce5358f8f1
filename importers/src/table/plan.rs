//! The plan of an import: what is new, changed, the same and rejected. It writes nothing; a dry run ends here.

use std::collections::HashMap;

use layers::{Change, Feature, FeatureId, Finding, Layer, StoreError, Value};

use super::foreign::ForeignTable;
use super::geometry::is_same;
use super::mapping::Mapping;
use super::position::{Reading, Unrecognised};
use super::reason::Reason;

mod candidate;

use self::candidate::Candidate;

/// What is to be imported, and where.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// The layer that takes the rows.
    pub layer: &'a Layer,
    /// The RÚIAN code of the municipality whose data these are; needed by a municipal layer.
    pub municipality: Option<i64>,
    /// The rows.
    pub table: &'a ForeignTable,
    /// Which column is which field.
    pub mapping: &'a Mapping,
}

/// What an import would do.
#[derive(Clone, Debug, Default)]
pub struct ImportPlan {
    /// How positions are read; none when the file has none.
    pub reading: Option<Reading>,
    /// Rows that become new features.
    pub new: Vec<PlannedChange>,
    /// Rows that change a feature.
    pub changed: Vec<PlannedChange>,
    /// How many rows say what the store already knows.
    pub same: usize,
    /// Rows that cannot be taken, in the file's order, each with all its reasons.
    pub rejected: Vec<RejectedRow>,
    /// How many stored features the file does not mention; they stay as they are.
    pub left_alone: usize,
    /// What a person should know, in Czech.
    pub notes: Vec<String>,
}

impl ImportPlan {
    /// Returns the changes to commit, new features first.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        let planned = self.new.iter().chain(&self.changed);
        planned.map(|planned| planned.change.clone())
    }
}

/// One row that becomes a change.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedChange {
    /// The row's number in the file.
    pub row: u64,
    /// What it does.
    pub change: Change,
}

/// One row that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// The row's number in the file.
    pub row: u64,
    /// Everything that is wrong with it.
    pub reasons: Vec<Reason>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The positions are in no system that is taken.
    #[error(transparent)]
    Positions(#[from] Unrecognised),
    /// The stored features cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The layer is kept by municipalities and none is named.
    #[error("vrstva patří obcím: řekněte, které obce data jsou (--municipality KÓD)")]
    WhoseData,
}

impl Import<'_> {
    /// Compares the rows with the stored features of the municipality, which carry every field of the layer.
    pub fn plan(
        &self,
        stored: impl Iterator<Item = Result<Feature, StoreError>>,
        mut new_id: impl FnMut() -> FeatureId,
    ) -> Result<ImportPlan, PlanError> {
        if self.layer.municipal && self.municipality.is_none() {
            return Err(PlanError::WhoseData);
        }
        let (mut plan, mut candidates) = self.candidates()?;
        let rows = self.reject_duplicates(&mut candidates);
        let mut known = HashMap::new();
        for feature in stored {
            let feature = feature?;
            let identity = self.identity_of(&feature);
            match identity.filter(|identity| rows.contains_key(identity)) {
                Some(identity) => {
                    known.insert(identity, feature);
                }
                None => plan.left_alone += 1,
            }
        }
        if plan.left_alone == 0 && known.is_empty() {
            plan.notes.extend(self.municipality.map(|code| {
                format!("Obec {code} zatím v této vrstvě nic nemá; je její kód správně?")
            }));
        }
        for candidate in candidates {
            let identity = self.identity_of_row(&candidate);
            let feature = identity.and_then(|identity| known.get(&identity));
            self.place(candidate, feature, &mut plan, &mut new_id);
        }
        plan.notes.extend(self.missing_columns(&plan));
        plan.notes.extend(self.mapping.retired_columns(self.layer));
        Ok(plan)
    }

    /// Names the mandatory fields that rows were rejected for and that no column is.
    fn missing_columns(&self, plan: &ImportPlan) -> Option<String> {
        let reasons: Vec<_> = plan.rejected.iter().flat_map(|row| &row.reasons).collect();
        let is_missed = |name: &String| {
            reasons
                .iter()
                .any(|reason| reason.kind == "missing" && reason.field.as_ref() == Some(name))
        };
        let fields = self.layer.fields.iter().enumerate();
        let missed: Vec<_> = fields
            .filter(|(place, field)| !self.mapping.says(*place) && is_missed(&field.name))
            .map(|(_, field)| format!("{} ({})", field.title.cs, field.alias))
            .collect();
        (!missed.is_empty()).then(|| {
            format!(
                "V souboru chybějí sloupce povinných údajů: {}. Doplňte je, nebo určete společnou hodnotu v části \
                 [defaults] souboru --mapping.",
                missed.join(", ")
            )
        })
    }

    /// Puts a row where it belongs in the plan.
    fn place(
        &self,
        candidate: Candidate,
        stored: Option<&Feature>,
        plan: &mut ImportPlan,
        new_id: &mut impl FnMut() -> FeatureId,
    ) {
        let row = candidate.number;
        let reasons = self.reasons(&candidate, stored);
        if !reasons.is_empty() {
            plan.rejected.push(RejectedRow { row, reasons });
        } else if let Some(feature) = stored {
            match self.update(candidate, feature) {
                Some(change) => plan.changed.push(PlannedChange { row, change }),
                None => plan.same += 1,
            }
        } else {
            let change = Change::Insert {
                layer: self.layer.id.clone(),
                id: new_id(),
                values: self.merged(&candidate, None),
                geometry: candidate.geometry,
            };
            plan.new.push(PlannedChange { row, change });
        }
    }

    /// Returns the values that the feature would have: what the row says, and else what is stored.
    fn merged(&self, candidate: &Candidate, stored: Option<&Feature>) -> Vec<Value> {
        let mut values = match stored {
            Some(feature) => feature.values.clone(),
            None => vec![Value::Null; self.layer.fields.len()],
        };
        for (place, value) in &candidate.said {
            values[*place] = value.clone();
        }
        values
    }

    /// Returns what changes a stored feature to what the row says, if anything does.
    fn update(&self, candidate: Candidate, feature: &Feature) -> Option<Change> {
        let set: Vec<_> = candidate
            .said
            .into_iter()
            .filter(|(place, value)| feature.values[*place] != *value)
            .map(|(place, value)| (self.layer.fields[place].name.clone(), value))
            .collect();
        let before = feature.geometry.as_ref();
        let geometry = candidate
            .geometry
            .filter(|new| before.is_none_or(|before| !is_same(before, new)));
        (!set.is_empty() || geometry.is_some()).then(|| Change::Update {
            layer: self.layer.id.clone(),
            id: feature.id,
            expected_rev: Some(feature.rev),
            geometry,
            set,
        })
    }

    /// Returns everything that is wrong with a row: its own faults, and what the layer's schema has against it.
    fn reasons(&self, candidate: &Candidate, stored: Option<&Feature>) -> Vec<Reason> {
        let shape = stored.and_then(|feature| feature.geometry.as_ref());
        let shape = candidate.geometry.as_ref().or(shape);
        let findings = self.layer.check(shape, &self.merged(candidate, stored));
        let told = &candidate.reasons;
        let is_told = |finding: &Finding| match &finding.field {
            Some(name) => told
                .iter()
                .any(|reason| reason.field.as_ref() == Some(name)),
            None => told.iter().any(Reason::is_about_geometry),
        };
        let new = findings.iter().filter(|finding| !is_told(finding));
        let new = new.map(|finding| Reason::of_finding(self.layer, finding));
        told.iter().cloned().chain(new).collect()
    }
}

#[cfg(test)]
mod tests;
