//! The rows of a table as our layer would have them, and which of them are the same thing.

use std::collections::HashMap;
use std::fmt::Write;

use geo::CoordsIter;
use geo_types::Geometry;
use layers::{Feature, MUNICIPALITY_FIELD, Value};

use super::super::foreign::ForeignRow;
use super::super::geometry::{coordinate_reasons, fitted, place_by_columns};
use super::super::position::{Reading, Unrecognised, recognise};
use super::super::reason::Reason;
use super::{Import, ImportPlan, Outcome, PlanError};

/// How many other rows are named beside one that is in the file more than once.
const NAMESAKES_SHOWN: usize = 3;

/// A row as our layer would have it.
pub(in super::super) struct Candidate {
    pub(super) number: u64,
    /// What it says of each field; a field it does not mention keeps what is stored.
    pub(super) said: Vec<Option<Value>>,
    pub(super) geometry: Option<Geometry<f64>>,
    pub(in super::super) reasons: Vec<Reason>,
}

/// What makes two rows, or a row and a stored feature, one thing.
pub(in super::super) type Identity = String;

impl Import<'_> {
    /// Reads the rows, and says what a person should know of all of them.
    pub(super) fn candidates(
        &self,
        mut rows: Vec<ForeignRow<'_>>,
    ) -> Result<(ImportPlan, Vec<Candidate>), PlanError> {
        self.place_rows(&mut rows);
        let outcome = Outcome {
            rows: rows.len(),
            ..self.recognise(&rows)?
        };
        let candidates = rows
            .into_iter()
            .map(|row| self.candidate(&row, outcome.reading))
            .collect();
        let plan = ImportPlan {
            outcome,
            ..ImportPlan::default()
        };
        Ok((plan, candidates))
    }

    /// Gives rows the positions that stand in their cells.
    pub(in super::super) fn place_rows(&self, rows: &mut [ForeignRow<'_>]) {
        if let Some(columns) = self.mapping.coordinates() {
            for row in rows {
                place_by_columns(row, columns);
            }
        }
    }

    /// Recognises how positions are to be read.
    pub(in super::super) fn recognise(
        &self,
        rows: &[ForeignRow<'_>],
    ) -> Result<Outcome, PlanError> {
        let mut outcome = Outcome::default();
        if self.layer.geometry.is_none() {
            return Ok(outcome);
        }
        let shapes = rows.iter().filter_map(|row| row.geometry.shape());
        let positions = shapes.flat_map(|shape| shape.coords_iter().map(|c| [c.x, c.y]));
        match recognise(positions, self.source.declared_crs.as_ref()) {
            Ok((reading, warning)) => {
                outcome.reading = Some(reading);
                outcome.notes.extend(warning);
            }
            Err(Unrecognised::NoPosition) => {
                outcome.notes.push(Unrecognised::NoPosition.to_string());
            }
            Err(refused) => return Err(refused.into()),
        }
        Ok(outcome)
    }

    /// Reads a row that has its position.
    pub(in super::super) fn candidate(
        &self,
        row: &ForeignRow<'_>,
        reading: Option<Reading>,
    ) -> Candidate {
        let (said, reasons) = self.mapping.values_of(self.layer, &row.cells);
        let mut candidate = Candidate {
            number: row.number,
            said,
            geometry: None,
            reasons,
        };
        self.claim(&mut candidate);
        if let (Some(kind), Some(reading)) = (self.layer.geometry, reading) {
            match fitted(&row.geometry, kind, reading) {
                Ok(fitted) => candidate.geometry = fitted,
                Err(found) => candidate.reasons.extend(found),
            }
            if let Some(columns) = self.mapping.coordinates() {
                let found = coordinate_reasons(&row.cells, &self.source.columns, columns);
                candidate.reasons.extend(found);
            }
        }
        candidate
    }

    /// Says whose the row is, unless it says itself that it is another's.
    fn claim(&self, row: &mut Candidate) {
        let (Some(code), Some((place, _))) =
            (self.municipality, self.layer.field(MUNICIPALITY_FIELD))
        else {
            return;
        };
        match &row.said[place] {
            Some(Value::Integer(other)) if *other != code => row.reasons.push(Reason::of_row(
                "wrong-municipality",
                format!("řádek patří obci {other}, dovážejí se data obce {code}"),
            )),
            _ => {
                row.said[place] = Some(Value::Integer(code));
            }
        }
    }

    /// Returns the natural key; in a layer without one, everything that the file can say.
    fn identity<'v>(
        &self,
        value: impl Fn(usize) -> Option<&'v Value>,
        geometry: Option<&Geometry<f64>>,
    ) -> Option<Identity> {
        let key = self
            .layer
            .key
            .iter()
            .filter_map(|name| self.layer.field(name));
        let key: Vec<_> = key.map(|(place, _)| value(place)).collect();
        if key.is_empty() {
            let mapped = self.mapping.fields().iter().flatten();
            let values: Vec<_> = mapped.map(|&place| value(place)).collect();
            let places = geometry.iter().flat_map(|geometry| geometry.coords_iter());
            let millimetres: Vec<_> = places
                .map(|c| [c.x, c.y].map(|n| (n * 1000.0).round() as i64))
                .collect();
            return Some(format!("{values:?} {millimetres:?}"));
        }
        let mut identity = Identity::new();
        for value in key {
            // Nearly all keys are texts and whole numbers; a text ends where no text can.
            match value? {
                Value::Null => return None,
                Value::Text(text) => identity.extend([text, "\0"]),
                other => write!(identity, "{other:?}\0").expect("a string takes every character"),
            }
        }
        Some(identity)
    }

    /// Returns what makes a stored feature the same thing as a row.
    pub(super) fn identity_of(&self, feature: &Feature) -> Option<Identity> {
        self.identity(|place| feature.values.get(place), feature.geometry.as_ref())
    }

    /// Returns what makes a row the same thing as another, or as a stored feature.
    pub(in super::super) fn identity_of_row(&self, row: &Candidate) -> Option<Identity> {
        self.identity(|place| row.said[place].as_ref(), row.geometry.as_ref())
    }

    /// Rejects rows that are the same thing, all of them: none is better than the others.
    pub(super) fn reject_duplicates(
        &self,
        candidates: &mut [Candidate],
    ) -> HashMap<Identity, Vec<u64>> {
        let mut rows: HashMap<Identity, Vec<u64>> = HashMap::new();
        for candidate in candidates.iter() {
            if let Some(identity) = self.identity_of_row(candidate) {
                rows.entry(identity).or_default().push(candidate.number);
            }
        }
        for candidate in candidates {
            let namesakes = self
                .identity_of_row(candidate)
                .and_then(|identity| rows.get(&identity));
            let others: Vec<_> = namesakes
                .into_iter()
                .flatten()
                .filter(|row| **row != candidate.number)
                .take(NAMESAKES_SHOWN)
                .map(u64::to_string)
                .collect();
            if !others.is_empty() {
                candidate.reasons.push(Reason::of_row(
                    "duplicate",
                    format!(
                        "týž prvek je v souboru víckrát: také řádek {}",
                        others.join(", ")
                    ),
                ));
            }
        }
        rows
    }
}
