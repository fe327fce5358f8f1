//! The plan of an import: what is new, changed, the same and rejected. It writes nothing; a dry run ends here.

use std::collections::HashMap;

use geo_types::Geometry;
use layers::{Change, Feature, FeatureId, Finding, Layer, StoreError, Value};

use super::foreign::{ForeignLayer, ForeignRow};
use super::geometry::is_same;
use super::mapping::Mapping;
use super::position::{Reading, Unrecognised};
use super::reason::Reason;

mod candidate;

pub(super) use self::candidate::Candidate;

/// What is to be imported, and where.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// The layer that takes the rows.
    pub layer: &'a Layer,
    /// The RÚIAN code of the municipality whose data these are; needed by a municipal layer.
    pub municipality: Option<i64>,
    /// What the file says of the rows.
    pub source: &'a ForeignLayer,
    /// Which column is which field.
    pub mapping: &'a Mapping,
}

/// What an import does, or would.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How positions are read; none when the file has none.
    pub reading: Option<Reading>,
    /// How many rows there are.
    pub rows: usize,
    /// How many of them become new features.
    pub new: usize,
    /// How many change a feature.
    pub changed: usize,
    /// How many say what the store already knows.
    pub same: usize,
    /// Rows that cannot be taken, in the file's order, each with all its reasons.
    pub rejected: Vec<RejectedRow>,
    /// How many stored features the file does not mention; they stay as they are.
    pub left_alone: usize,
    /// What a person should know, in Czech.
    pub notes: Vec<String>,
}

/// What is to be committed, and what it comes to.
#[derive(Clone, Debug, Default)]
pub struct ImportPlan {
    /// New features.
    pub new: Vec<Change>,
    /// Changes of features.
    pub changed: Vec<Change>,
    /// What it comes to.
    pub outcome: Outcome,
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
        rows: Vec<ForeignRow<'_>>,
        stored: impl Iterator<Item = Result<Feature, StoreError>>,
        mut new_id: impl FnMut() -> FeatureId,
    ) -> Result<ImportPlan, PlanError> {
        self.check_owner()?;
        let (mut plan, mut candidates) = self.candidates(rows)?;
        let rows = self.reject_duplicates(&mut candidates);
        let mut known = HashMap::new();
        for feature in stored {
            let feature = feature?;
            let identity = self.identity_of(&feature);
            match identity.filter(|identity| rows.contains_key(identity)) {
                Some(identity) => {
                    known.insert(identity, feature);
                }
                None => plan.outcome.left_alone += 1,
            }
        }
        if plan.outcome.left_alone == 0 && known.is_empty() {
            plan.outcome.notes.extend(self.nothing_yet());
        }
        for candidate in candidates {
            let identity = self.identity_of_row(&candidate);
            let feature = identity.and_then(|identity| known.get(&identity));
            self.place(candidate, feature, &mut plan, &mut new_id);
        }
        let missing = self.missing_columns(&plan.outcome);
        plan.outcome.notes.extend(missing);
        let retired = self.mapping.retired_columns(self.layer);
        plan.outcome.notes.extend(retired);
        Ok(plan)
    }

    /// Fails when nobody said whose the features of a municipal layer are.
    pub(super) fn check_owner(&self) -> Result<(), PlanError> {
        if self.layer.municipal && self.municipality.is_none() {
            return Err(PlanError::WhoseData);
        }
        Ok(())
    }

    /// Asks whether a municipality of which nothing is stored is the right one.
    pub(super) fn nothing_yet(&self) -> Option<String> {
        self.municipality
            .map(|code| format!("Obec {code} zatím v této vrstvě nic nemá; je její kód správně?"))
    }

    /// Names the mandatory fields that rows were rejected for and that no column is.
    pub(super) fn missing_columns(&self, outcome: &Outcome) -> Option<String> {
        let reasons: Vec<_> = outcome
            .rejected
            .iter()
            .flat_map(|row| &row.reasons)
            .collect();
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
        let outcome = &mut plan.outcome;
        let placed = match stored {
            Some(feature) => self.update(candidate, feature),
            None => self.insert(candidate, new_id).map(Some),
        };
        match placed {
            Ok(Some(change @ Change::Insert { .. })) => {
                outcome.new += 1;
                plan.new.push(change);
            }
            Ok(Some(change)) => {
                outcome.changed += 1;
                plan.changed.push(change);
            }
            Ok(None) => outcome.same += 1,
            Err(rejected) => outcome.rejected.push(rejected),
        }
    }

    /// Returns the new feature that a row is.
    pub(super) fn insert(
        &self,
        candidate: Candidate,
        mut new_id: impl FnMut() -> FeatureId,
    ) -> Result<Change, RejectedRow> {
        let said = candidate.said.into_iter();
        let values: Vec<_> = said.map(Option::unwrap_or_default).collect();
        let geometry = candidate.geometry;
        let reasons = self.reasons(candidate.reasons, geometry.as_ref(), &values);
        if !reasons.is_empty() {
            let row = candidate.number;
            return Err(RejectedRow { row, reasons });
        }
        Ok(Change::Insert {
            layer: self.layer.id.clone(),
            id: new_id(),
            geometry,
            values,
        })
    }

    /// Returns what changes a stored feature to what the row says, if anything does.
    fn update(
        &self,
        candidate: Candidate,
        feature: &Feature,
    ) -> Result<Option<Change>, RejectedRow> {
        let stored = feature.values.iter().cloned();
        let merged = candidate.said.iter().cloned().zip(stored);
        let merged: Vec<_> = merged
            .map(|(said, stored)| said.unwrap_or(stored))
            .collect();
        let before = feature.geometry.as_ref();
        let after = candidate.geometry.as_ref().or(before);
        let reasons = self.reasons(candidate.reasons, after, &merged);
        if !reasons.is_empty() {
            let row = candidate.number;
            return Err(RejectedRow { row, reasons });
        }
        let values = merged.into_iter().zip(&feature.values).enumerate();
        let set: Vec<_> = values
            .filter(|(_, (value, stored))| value != *stored)
            .map(|(place, (value, _))| (self.layer.fields[place].name.clone(), value))
            .collect();
        let geometry = candidate
            .geometry
            .filter(|new| before.is_none_or(|before| !is_same(before, new)));
        let differs = !set.is_empty() || geometry.is_some();
        let change = Change::Update {
            layer: self.layer.id.clone(),
            id: feature.id,
            expected_rev: Some(feature.rev),
            geometry,
            set,
        };
        Ok(differs.then_some(change))
    }

    /// Adds what the layer's schema has against a row to its own faults.
    fn reasons(
        &self,
        mut told: Vec<Reason>,
        geometry: Option<&Geometry<f64>>,
        values: &[Value],
    ) -> Vec<Reason> {
        let findings = self.layer.check(geometry, values);
        let is_told = |finding: &Finding| match &finding.field {
            Some(name) => told
                .iter()
                .any(|reason| reason.field.as_ref() == Some(name)),
            None => told.iter().any(Reason::is_about_geometry),
        };
        let new = findings.iter().filter(|finding| !is_told(finding));
        let new = new.map(|finding| Reason::of_finding(self.layer, finding));
        let new: Vec<_> = new.collect();
        told.extend(new);
        told
    }
}

#[cfg(test)]
mod tests;
