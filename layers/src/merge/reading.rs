//! Reading an operation by the schema of its layer: what its author wants of which field, and everything that is wrong.

use geo_types::Geometry;
use serde_json::Value as Json;

use super::content::Content;
use super::unmoved::moved_geometry;
use super::{Operation, SentGeometry};
use crate::crs::{Crs, transform_geometry};
use crate::geojson::read_geometry;
use crate::policy::Operation as Act;
use crate::{Finding, Layer, Problem, Text, Value, find_flaws, read_value};

/// What an author wants of one field.
pub(super) struct Wish {
    /// The place of the field in the schema.
    pub(super) place: usize,
    /// What they saw, if they say so.
    pub(super) old: Option<Value>,
    /// What they typed.
    pub(super) new: Value,
}

/// What an author drew, in the coordinates in which it was sent.
struct Drawn {
    crs: Crs,
    old: Option<Geometry<f64>>,
    new: Geometry<f64>,
}

/// An operation as far as it can be read.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) wishes: Vec<Wish>,
    drawn: Option<Drawn>,
    /// Everything that keeps it from being taken, whatever the feature holds.
    pub(super) findings: Vec<Finding>,
}

impl Reading {
    /// Reads an operation.
    pub(super) fn new(operation: &Operation, layer: &Layer) -> Self {
        let mut reading = Self::default();
        if layer.source.is_some() {
            reading.find(Problem::Attached(layer.steward.clone()));
        }
        let says_something = !operation.set.is_empty() || operation.geometry.is_some();
        if operation.act == Act::Delete && says_something {
            reading.malformed(
                "odebrání nemá hodnoty ani geometrii",
                "a removal has neither values nor a geometry",
            );
        }
        for name in operation.set.keys() {
            reading.wish(operation, layer, name);
        }
        if let Some(sent) = &operation.geometry {
            reading.shape(layer, sent);
        }
        reading
    }

    fn find(&mut self, problem: Problem) {
        self.findings.push(Finding::of_feature(problem));
    }

    fn malformed(&mut self, cs: &str, en: &str) {
        self.find(malformed(cs, en));
    }

    fn wish(&mut self, operation: &Operation, layer: &Layer, name: &str) {
        let edit = &operation.set[name];
        let Some((place, field)) = layer.field(name) else {
            let finding = Finding::of_field(name, Problem::UnknownField);
            return self.findings.push(finding);
        };
        // Who sends both knows the field by its name and repeats the former one.
        if field.name != name && operation.set.contains_key(&field.name) {
            return;
        }
        let old = edit.old.as_ref().map(|old| read_value(field, old));
        match (read_value(field, &edit.new), old.transpose()) {
            (Ok(new), Ok(old)) => {
                let problem = field.check(&new).filter(|_| !field.retired);
                self.findings
                    .extend(problem.map(|problem| Finding::of_field(&field.name, problem)));
                let (new, old) = (kept(new), old.map(kept));
                self.wishes.push(Wish { place, old, new });
            }
            (new, old) => {
                let faults = [new.err(), old.err()];
                self.findings.extend(faults.into_iter().flatten().flatten());
            }
        }
    }

    fn shape(&mut self, layer: &Layer, sent: &SentGeometry) {
        let Some(crs) = Crs::of_epsg(sent.crs) else {
            let known = Crs::known_epsg();
            return self.malformed(
                &format!("souřadnice mají být v jednom ze systémů EPSG {known}"),
                &format!("the coordinates must be in one of the systems EPSG {known}"),
            );
        };
        let old = sent.old.as_ref().map(|old| read_shape(layer, old));
        match (read_shape(layer, &sent.new), old.transpose()) {
            (Ok(new), Ok(old)) => {
                self.findings.extend(flaws(layer, crs, &new));
                self.drawn = Some(Drawn { crs, old, new });
            }
            (new, old) => {
                let faults = [new.err(), old.err()].into_iter().flatten().flatten();
                self.findings.extend(faults.map(Finding::of_feature));
            }
        }
    }

    /// Whether a geometry came with it, moved or not.
    pub(super) fn has_geometry(&self) -> bool {
        self.drawn.is_some()
    }

    /// Returns the geometry that its author says to have seen, in EPSG:5514, if it is not the recorded one.
    pub(super) fn old_geometry(&self, recorded: Option<&Geometry<f64>>) -> Option<Geometry<f64>> {
        let drawn = self.drawn.as_ref()?;
        settled(recorded, drawn.old.as_ref()?, drawn.crs)
    }

    /// Returns the geometry in EPSG:5514; none when nothing was drawn, or nothing moved from what its author saw.
    pub(super) fn geometry(&self, seen: Option<&Geometry<f64>>) -> Option<Geometry<f64>> {
        let drawn = self.drawn.as_ref()?;
        settled(seen, &drawn.new, drawn.crs)
    }

    /// Returns the content of a new feature as its maker wants it.
    pub(super) fn content(&self, layer: &Layer) -> Content {
        let mut content = Content::empty(layer);
        for wish in &self.wishes {
            content.values[wish.place] = wish.new.clone();
        }
        content.geometry = self.geometry(None);
        content
    }
}

/// Reads a geometry in the form in which the layer keeps it.
fn read_shape(layer: &Layer, json: &Json) -> Result<Geometry<f64>, Vec<Problem>> {
    let Some(read) = read_geometry(json)? else {
        return Err(vec![malformed(
            "geometrie se dá změnit, ale ne odebrat",
            "a geometry can be changed but not taken away",
        )]);
    };
    Ok(match layer.geometry {
        Some(kind) => kind.normalise(read),
        None => read,
    })
}

/// Returns everything that is wrong with a geometry by itself.
fn flaws(layer: &Layer, crs: Crs, drawn: &Geometry<f64>) -> Vec<Finding> {
    let stored = transform_geometry(crs, Crs::SJtsk, drawn);
    let findings = layer.check_geometry(Some(&stored));
    if !findings.is_empty() {
        return findings;
    }
    let flaws = find_flaws(&stored).into_iter();
    flaws
        .map(|flaw| Finding::of_feature(Problem::InvalidGeometry(flaw)))
        .collect()
}

/// Returns a geometry in EPSG:5514; none when nothing of it moved from another one.
fn settled(from: Option<&Geometry<f64>>, drawn: &Geometry<f64>, crs: Crs) -> Option<Geometry<f64>> {
    match from {
        Some(from) => moved_geometry(from, drawn, crs),
        None => Some(transform_geometry(crs, Crs::SJtsk, drawn)),
    }
}

/// Makes the finding of something that is not of the form that it should have.
pub(super) fn malformed(cs: &str, en: &str) -> Problem {
    Problem::Malformed(Text {
        cs: cs.to_owned(),
        en: en.to_owned(),
    })
}

/// Returns a value as a store keeps it: instants to the millisecond.
fn kept(value: Value) -> Value {
    match value {
        Value::Timestamp(at) => {
            let cut = chrono::DateTime::from_timestamp_millis(at.timestamp_millis());
            Value::Timestamp(cut.unwrap_or(at))
        }
        Value::List(rows) => {
            let rows = rows
                .into_iter()
                .map(|row| row.into_iter().map(kept).collect());
            Value::List(rows.collect())
        }
        other => other,
    }
}
