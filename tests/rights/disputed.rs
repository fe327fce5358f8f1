//! Conflicts: who may change the feature in question sees those about fields that they see, in lists and alone, and
//! decides them. Every row has one about a text of each privacy class.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use layers::merge::{Conflict, ConflictId, Held, Ledger, LedgerStore, Part};
use layers::{ChangeSet, Layer, LayerSet, Municipalities, PrivacyClass};
use serde_json::json;
use uuid::Uuid;

use super::Asking;
use super::planted::{self, Row};

const CLASSES: [PrivacyClass; 3] = [
    PrivacyClass::Public,
    PrivacyClass::Internal,
    PrivacyClass::Personal,
];

/// Returns what waits to be taken in the conflict about a row's text of a class.
fn waiting(row: &Row, class: PrivacyClass) -> String {
    row.text(class).replace("zq", "sp")
}

/// Returns the identity of the conflict about a row's text of a class; none where there is no such text.
fn conflict_id(layer: &Layer, row: &Row, class: PrivacyClass) -> Option<ConflictId> {
    let field = planted::text_field(layer, class)?;
    let row: Uuid = row.id.parse().unwrap();
    Some(ConflictId {
        operation: Uuid::from_u128(row.as_u128() + class as u128).into(),
        part: Part::Field(field.name.clone()),
    })
}

/// Opens the conflicts in the instance's store; no revision comes of it.
pub(super) fn open(instance: &Path, layers: &Arc<LayerSet>, rows: &BTreeMap<String, Vec<Row>>) {
    let mut conflicts = Vec::new();
    for layer in layers.iter() {
        for (row, class) in rows[layer.id.as_str()]
            .iter()
            .flat_map(|row| CLASSES.map(|class| (row, class)))
        {
            let Some(ConflictId { operation, part }) = conflict_id(layer, row, class) else {
                continue;
            };
            let held = |text: String| Held::Value(text.into());
            conflicts.push(Conflict {
                operation,
                layer: layer.id.clone(),
                feature: row.id.parse().unwrap(),
                municipality: Some(row.owner),
                part,
                base: Held::Value(layers::Value::Null),
                theirs: held(row.text(class)),
                mine: held(waiting(row, class)),
                theirs_by: None,
                author: "test".into(),
                device: "test".into(),
                at: DateTime::UNIX_EPOCH,
            });
        }
    }
    let nothing = ChangeSet {
        author: "test".into(),
        reason: "test".into(),
        at: DateTime::UNIX_EPOCH,
        municipalities: Municipalities::All,
        changes: Box::new(std::iter::empty()),
    };
    let ledger = Ledger {
        conflicts,
        ..Ledger::default()
    };
    planted::open(instance, layers)
        .apply_judged(nothing, &ledger)
        .unwrap();
}

impl Asking<'_> {
    pub(super) fn conflicts(&mut self, layer: &Layer, rows: &[Row]) {
        let has_token = self.actor.token.is_some();
        let list = format!("/conflicts?state=all&limit=500&layer={}", layer.id);
        let listed = self.get(&format!("{list}&f=json"));
        self.expect(&list, listed.status, if has_token { 200 } else { 401 });
        let body = String::from_utf8_lossy(&listed.body).into_owned();
        let mut expected = 0;
        for (row, class) in rows
            .iter()
            .flat_map(|row| CLASSES.map(|class| (row, class)))
        {
            let Some(id) = conflict_id(layer, row, class) else {
                continue;
            };
            let text = waiting(row, class);
            let sees = self.actor.does("update", layer, row.owner)
                && self.actor.sees_value(layer, row, class);
            expected += u64::from(sees);
            self.expect(&format!("{list} {text}"), body.contains(&text), sees);
            let door = format!("/conflicts/{id}");
            let one = self.get(&format!("{door}?f=json"));
            let status = |seen| match (has_token, sees) {
                (false, _) => 401,
                (true, false) => 404,
                (true, true) => seen,
            };
            self.expect(&door, one.status, status(200));
            let is_there = String::from_utf8_lossy(&one.body).contains(&text);
            self.expect(&format!("{door} {text}"), is_there, sees);
            // What was seen is not what stands: who may not is told that first.
            let choice = json!({ "choice": "mine" }).to_string();
            for act in ["decision", "reopen"] {
                let door = format!("{door}/{act}");
                let body = if act == "reopen" { "{}" } else { &choice };
                let got = self.send_as("POST", &door, "application/json", body).status;
                self.expect(&door, got, status(412));
            }
        }
        if has_token {
            let counts = listed.json()["open"].as_array().unwrap().clone();
            let of_layer = counts
                .iter()
                .filter(|one| one["layer"] == layer.id.as_str());
            let counted: u64 = of_layer.map(|one| one["count"].as_u64().unwrap()).sum();
            self.expect(&format!("{list} counts"), counted, expected);
        }
    }
}
