//! What became of operations, as JSON: all of them, and nothing of what their sender may not see.

use std::collections::BTreeSet;

use geo_types::Geometry;
use layers::crs::{Crs, transform_geometry};
use layers::geojson::write_geometry;
use layers::merge::{
    Conflict, ConflictId, Content, Early, Held, KeptConflict, Outcome, Part, Receipt,
};
use layers::{Finding, Language, LayerView, Problem, Revision, Rows, to_json};
use serde_json::{Map, Value as Json, json};

use crate::http::edit::{feature_json, wrong_value};
use crate::http::error::WrongValue;
use crate::http::etag;
use crate::operations::Told;

/// Writes what became of a batch; `revision` is the state that the features show.
pub(super) fn of_batch(
    told: &[Told],
    revision: Revision,
    early: &[Early],
    language: Language,
) -> Json {
    let early = early
        .iter()
        .map(|one| json!({ "id": one.operation, "awaits": one.awaits }));
    json!({
        "revision": revision,
        "operations": told.iter().map(|told| of_one(told, language)).collect::<Vec<_>>(),
        "early": early.collect::<Vec<_>>(),
    })
}

/// Writes what is kept of an operation, for who sent it.
pub(super) fn of_receipt(receipt: &Receipt, told: &Told, language: Language) -> Json {
    let mut document = of_one(told, language);
    document["received"] = json!(receipt.at);
    document["sender"] = json!(receipt.sender);
    document["is_blind"] = json!(receipt.is_blind);
    document["sent"] = json!(receipt.recorded.operation);
    document
}

fn of_one(told: &Told, language: Language) -> Json {
    let view = told.view.as_ref();
    let mut document = json!({ "id": told.id, "outcome": told.outcome.word() });
    let mut judged = &told.outcome;
    if let Outcome::Duplicate(first) = judged {
        document["first"] = json!(first.word());
        judged = first;
    }
    document["revision"] = json!(told.revision);
    let conflicts = told.conflicts.iter();
    document["conflicts"] = conflicts.map(|kept| of_conflict(told, kept)).collect();
    let findings = view.map_or_else(Vec::new, |view| findings(view, &told.named, judged));
    let findings = findings.iter().map(|wrong| wrong.as_json(language));
    document["findings"] = findings.collect();
    let shown = view.zip(told.feature.as_ref());
    document["etag"] =
        json!(shown.map(|(view, feature)| etag::of_feature(view, feature, language)));
    document["feature"] = shown.map_or(Json::Null, |(view, feature)| {
        feature_json(view, feature, language)
    });
    document
}

/// Returns what is wrong with an operation of which nothing stands.
fn findings(view: &LayerView, named: &[String], judged: &Outcome) -> Vec<WrongValue> {
    let found = match judged {
        Outcome::Rejected(findings) => findings.clone(),
        // A field of which the sender may not know is told as one that is not there.
        Outcome::Unpermitted => {
            let unknown = named.iter().filter(|name| view.field(name).is_none());
            unknown
                .map(|name| Finding::of_field(name, Problem::UnknownField))
                .collect()
        }
        _ => Vec::new(),
    };
    let found = found.into_iter();
    found.map(|finding| wrong_value(view, finding)).collect()
}

fn of_conflict(told: &Told, kept: &KeptConflict) -> Json {
    let conflict = &kept.conflict;
    let id = ConflictId {
        operation: conflict.operation,
        part: conflict.part.clone(),
    };
    let mut document = json!({
        "id": id.to_string(),
        "part": conflict.part.key(),
        "is_open": kept.decision.is_none(),
    });
    let Some(view) = told
        .view
        .as_ref()
        .filter(|view| shows(view, told, conflict))
    else {
        return document;
    };
    let held = [&conflict.base, &conflict.theirs, &conflict.mine];
    for (name, held) in ["base", "theirs", "mine"].into_iter().zip(held) {
        document[name] = held_json(view, &conflict.part, held);
    }
    let by = conflict.theirs_by.as_ref();
    document["theirs_by"] = json!(by.map(|by| json!({ "author": by.author, "at": by.at })));
    document
}

/// Whether the sender sees the part of the feature in which two people met.
fn shows(view: &LayerView, told: &Told, conflict: &Conflict) -> bool {
    let is_of = |codes: &BTreeSet<i64>| {
        conflict
            .municipality
            .is_some_and(|code| codes.contains(&code))
    };
    let is_row_shown = match view.rows() {
        Rows::All => true,
        Rows::PublicOrOf(codes) | Rows::Of(codes) => told.feature.is_some() || is_of(codes),
    };
    let is_part_shown = match &conflict.part {
        Part::Geometry | Part::Feature => true,
        Part::Field(name) => view
            .field(name)
            .is_some_and(|(place, _)| view.shown_only_in(place).is_none_or(is_of)),
    };
    is_row_shown && is_part_shown
}

fn held_json(view: &LayerView, part: &Part, held: &Held) -> Json {
    match (held, part) {
        (Held::Value(value), Part::Field(name)) => {
            let field = view
                .field(name)
                .map(|(_, field)| to_json(&field.field_type, value));
            field.unwrap_or_default()
        }
        (Held::Geometry(geometry), _) => geometry_json(geometry.as_ref()),
        (Held::Feature(Some(content)), _) => content_json(view, content),
        _ => Json::Null,
    }
}

/// Writes what a feature held, as far as the view shows it.
fn content_json(view: &LayerView, content: &Content) -> Json {
    let Some(values) = view.values_of(content) else {
        return Json::Null;
    };
    let pairs = view.fields().zip(&values);
    let properties: Map<_, _> = pairs
        .map(|(field, value)| (field.name.clone(), to_json(&field.field_type, value)))
        .collect();
    json!({ "geometry": geometry_json(content.geometry.as_ref()), "properties": properties })
}

fn geometry_json(geometry: Option<&Geometry<f64>>) -> Json {
    let geometry = geometry.map(|geometry| transform_geometry(Crs::SJtsk, Crs::Wgs84, geometry));
    let mut out = Vec::new();
    write_geometry(&mut out, geometry.as_ref());
    serde_json::from_slice(&out).expect("what is written is JSON")
}
