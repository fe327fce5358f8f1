//! The ledger as documents: what stores keep of outcomes, conflicts and decisions, to the last bit.
//!
//! Values stand under the names and in the types that fields had at the time; they are read by what these are called now.

mod findings;
mod held;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use self::findings::{read_findings, write_findings};
use self::held::{read_held, write_held};
use super::operation::instant;
use super::{Choice, Conflict, Decision, OperationId, Outcome, Part, Signature};
use crate::{FieldType, Layer, LayerId, Revision};

/// Something in a document that this program does not understand.
#[derive(Debug, thiserror::Error)]
#[error("it is not as this program writes it: {0}")]
pub(crate) struct Unreadable(String);

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

fn unreadable(what: &str) -> Unreadable {
    Unreadable(what.to_owned())
}

/// A layer with the names that each of its fields has and had.
#[derive(Clone, Copy)]
pub(crate) struct Schema<'a> {
    pub(crate) layer: &'a Layer,
    pub(crate) names: &'a [Vec<String>],
}

impl<'a> Schema<'a> {
    /// Returns the place of the field that has that name, or had it.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        let is_it = |names: &Vec<String>| names.iter().any(|own| own == name);
        self.names.iter().position(is_it)
    }

    /// Returns a part by the name that it has now.
    pub(crate) fn part(&self, key: &str) -> Part {
        match Part::of_key(key) {
            Part::Field(name) => {
                let place = self.place(&name);
                Part::Field(place.map_or(name, |place| self.layer.fields[place].name.clone()))
            }
            part => part,
        }
    }

    fn type_of(&self, name: &str) -> Option<&'a FieldType> {
        Some(&self.layer.fields[self.place(name)?].field_type)
    }
}

/// Returns a part by the name that it has now, as far as its layer is known.
pub(crate) fn part_now(schema: Option<Schema<'_>>, key: &str) -> Part {
    schema.map_or_else(|| Part::of_key(key), |schema| schema.part(key))
}

/// Writes what became of an operation.
pub(crate) fn write_outcome(outcome: &Outcome) -> Json {
    let mut document = json!({ "state": outcome.word() });
    match outcome {
        Outcome::Applied { rev } | Outcome::Merged { rev } => document["rev"] = json!(rev),
        Outcome::Conflict { rev, parts } => {
            document["rev"] = json!(rev);
            document["parts"] = parts.iter().map(Part::key).collect();
        }
        Outcome::Duplicate(first) => return write_outcome(first),
        Outcome::Rejected(findings) => document["findings"] = write_findings(findings),
        Outcome::Unpermitted => {}
    }
    document
}

/// Reads what became of an operation.
pub(crate) fn read_outcome(
    schema: Option<Schema<'_>>,
    document: &Json,
) -> Result<Outcome, Unreadable> {
    let rev = document["rev"].as_i64();
    Ok(match document["state"].as_str() {
        Some("applied") => Outcome::Applied { rev },
        Some("merged") => Outcome::Merged { rev },
        Some("conflict") => {
            let parts = document["parts"].as_array().into_iter().flatten();
            let parts = parts.filter_map(Json::as_str);
            Outcome::Conflict {
                rev,
                parts: parts.map(|key| part_now(schema, key)).collect(),
            }
        }
        Some("rejected") => Outcome::Rejected(read_findings(&document["findings"])),
        Some("unpermitted") => Outcome::Unpermitted,
        _ => return Err(unreadable("it names no state")),
    })
}

#[derive(Serialize, Deserialize)]
struct SignatureRecord {
    author: String,
    #[serde(with = "instant")]
    at: DateTime<Utc>,
    revision: Option<Revision>,
}

/// What a document of a conflict says besides what its columns do.
#[derive(Serialize, Deserialize)]
struct ConflictRecord {
    base: Json,
    theirs: Json,
    mine: Json,
    theirs_by: Option<SignatureRecord>,
    author: String,
    device: String,
    #[serde(with = "instant")]
    at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct DecisionRecord {
    choice: String,
    operation: OperationId,
    by: String,
    #[serde(with = "instant")]
    at: DateTime<Utc>,
}

/// Writes a conflict but for what stores keep beside it.
pub(crate) fn write_conflict(layer: Option<&Layer>, conflict: &Conflict) -> Json {
    let field_type = match &conflict.part {
        Part::Field(name) => layer.and_then(|layer| layer.field(name)),
        Part::Geometry | Part::Feature => None,
    };
    let field_type = field_type.map(|(_, field)| &field.field_type);
    let held = |held| write_held(layer, field_type, held);
    let record = ConflictRecord {
        base: held(&conflict.base),
        theirs: held(&conflict.theirs),
        mine: held(&conflict.mine),
        theirs_by: conflict.theirs_by.as_ref().map(|by| SignatureRecord {
            author: by.author.clone(),
            at: by.at,
            revision: by.revision,
        }),
        author: conflict.author.clone(),
        device: conflict.device.clone(),
        at: conflict.at,
    };
    json!(record)
}

/// Where a conflict is, as the columns beside its document say.
pub(crate) struct ConflictPlace<'a> {
    pub(crate) operation: &'a str,
    pub(crate) part: &'a str,
    pub(crate) layer: &'a str,
    pub(crate) feature: &'a str,
    pub(crate) municipality: Option<i64>,
    /// The revision that was committed with it.
    pub(crate) revision: Option<Revision>,
}

/// Reads a conflict.
pub(crate) fn read_conflict(
    schema: Option<Schema<'_>>,
    place: &ConflictPlace<'_>,
    document: Json,
) -> Result<Conflict, Unreadable> {
    let record: ConflictRecord = serde_json::from_value(document)?;
    let field_type = schema.and_then(|schema| schema.type_of(place.part));
    let held = |held| read_held(schema, field_type, held);
    let no_uuid = |_| unreadable("it is not named by UUIDs");
    Ok(Conflict {
        operation: place.operation.parse().map_err(no_uuid)?,
        layer: LayerId::new(place.layer).ok_or_else(|| unreadable("its layer"))?,
        feature: place.feature.parse().map_err(no_uuid)?,
        municipality: place.municipality,
        part: part_now(schema, place.part),
        base: held(&record.base)?,
        theirs: held(&record.theirs)?,
        mine: held(&record.mine)?,
        theirs_by: record.theirs_by.map(|by| Signature {
            author: by.author,
            at: by.at,
            revision: by.revision.or(place.revision),
        }),
        author: record.author,
        device: record.device,
        at: record.at,
    })
}

const CHOICES: [(Choice, &str); 3] = [
    (Choice::Mine, "mine"),
    (Choice::Theirs, "theirs"),
    (Choice::Typed, "typed"),
];

/// Writes what a person decided.
pub(crate) fn write_decision(decision: &Decision) -> Json {
    let mut words = CHOICES.into_iter();
    let word = words.find(|(choice, _)| *choice == decision.choice);
    json!(DecisionRecord {
        choice: word.map_or_else(String::new, |(_, word)| word.to_owned()),
        operation: decision.operation,
        by: decision.by.clone(),
        at: decision.at,
    })
}

/// Reads what a person decided.
pub(crate) fn read_decision(document: Json) -> Result<Decision, Unreadable> {
    let record: DecisionRecord = serde_json::from_value(document)?;
    let mut words = CHOICES.into_iter();
    let choice = words.find(|(_, word)| *word == record.choice);
    Ok(Decision {
        choice: choice.ok_or_else(|| unreadable("it names no choice"))?.0,
        operation: record.operation,
        by: record.by,
        at: record.at,
    })
}

/// Makes an object of pairs.
fn object(pairs: impl Iterator<Item = (String, Json)>) -> Json {
    Json::Object(pairs.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests;
