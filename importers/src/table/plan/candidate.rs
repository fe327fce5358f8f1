//! The rows of a table as our layer would have them, and which of them are the same thing.

use std::collections::{BTreeMap, HashMap};

use geo::CoordsIter;
use geo_types::Geometry;
use layers::{Feature, MUNICIPALITY_FIELD, Value};

use super::super::foreign::{ForeignGeometry, ForeignRow};
use super::super::geometry::{coordinate_reasons, fitted, raw};
use super::super::position::{Reading, Unrecognised, recognise};
use super::super::reason::Reason;
use super::{Import, ImportPlan, PlanError};

/// How many other rows are named beside one that is in the file more than once.
const NAMESAKES_SHOWN: usize = 3;

/// A row as our layer would have it.
pub(super) struct Candidate {
    pub(super) number: u64,
    /// What it says, by the field's place; fields it does not mention keep what is stored.
    pub(super) said: BTreeMap<usize, Value>,
    pub(super) geometry: Option<Geometry<f64>>,
    pub(super) reasons: Vec<Reason>,
}

/// What makes two rows, or a row and a stored feature, one thing.
pub(super) type Identity = String;

impl Import<'_> {
    /// Reads the rows, and says what a person should know of all of them.
    pub(super) fn candidates(&self) -> Result<(ImportPlan, Vec<Candidate>), PlanError> {
        let mut plan = ImportPlan::default();
        let columns = self.mapping.coordinates();
        let shapes: Vec<_> = self
            .table
            .rows
            .iter()
            .map(|row| raw(row, columns))
            .collect();
        if self.layer.geometry.is_some() {
            let positions = shapes.iter().filter_map(ForeignGeometry::shape);
            let positions = positions.flat_map(|shape| shape.coords_iter().map(|c| [c.x, c.y]));
            match recognise(positions, self.table.declared_crs.as_ref()) {
                Ok((reading, warning)) => {
                    plan.reading = Some(reading);
                    plan.notes.extend(warning);
                }
                Err(Unrecognised::NoPosition) => {
                    plan.notes.push(Unrecognised::NoPosition.to_string());
                }
                Err(refused) => return Err(refused.into()),
            }
        }
        let rows = self.table.rows.iter().zip(&shapes);
        let candidates = rows.map(|(row, shape)| self.candidate(row, shape, plan.reading));
        let candidates = candidates.collect();
        Ok((plan, candidates))
    }

    fn candidate(
        &self,
        row: &ForeignRow,
        shape: &ForeignGeometry,
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
            match fitted(shape, kind, reading) {
                Ok(fitted) => candidate.geometry = fitted,
                Err(found) => candidate.reasons.extend(found),
            }
            if let Some(columns) = self.mapping.coordinates() {
                let found = coordinate_reasons(&row.cells, &self.table.columns, columns);
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
        match row.said.get(&place) {
            Some(Value::Integer(other)) if *other != code => row.reasons.push(Reason::of_row(
                "wrong-municipality",
                format!("řádek patří obci {other}, dovážejí se data obce {code}"),
            )),
            _ => {
                row.said.insert(place, Value::Integer(code));
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
        let complete = key
            .iter()
            .all(|part| part.is_some_and(|value| !value.is_null()));
        complete.then(|| format!("{key:?}"))
    }

    /// Returns what makes a stored feature the same thing as a row.
    pub(super) fn identity_of(&self, feature: &Feature) -> Option<Identity> {
        self.identity(|place| feature.values.get(place), feature.geometry.as_ref())
    }

    /// Returns what makes a row the same thing as another, or as a stored feature.
    pub(super) fn identity_of_row(&self, row: &Candidate) -> Option<Identity> {
        self.identity(|place| row.said.get(&place), row.geometry.as_ref())
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
