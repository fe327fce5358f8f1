//! Operations of every actor on every layer: who may not is told so, and learns no more.

use layers::Layer;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Asking;
use super::planted::{OURS, Row, THEIRS};

impl Asking<'_> {
    /// Operations that change nothing, or are wrong otherwise, in one batch.
    pub(super) fn operations(&mut self, layer: &Layer, sees_layer: bool, rows: &[Row]) {
        let (mut batch, mut expected) = (Vec::new(), Vec::new());
        let mut add = |act: &str, feature: &str, more: Value, outcome: &'static str| {
            let mut operation = json!({
                "id": Uuid::now_v7().to_string(), "device": "matrix", "author": "matrix", "layer": layer.id, "feature": feature,
                "act": act, "base": 1, "at": "2026-05-31T12:00:00Z",
            });
            let more = more.as_object().unwrap().clone();
            operation.as_object_mut().unwrap().extend(more);
            batch.push(operation);
            expected.push((
                format!("{act} by operation {} {feature}", layer.id),
                outcome,
            ));
        };
        for row in rows {
            let sees = sees_layer && self.actor.sees_row(layer, row);
            let may = |act: &str, outcome| {
                let may = sees && self.actor.does(act, layer, row.owner);
                if may { outcome } else { "unpermitted" }
            };
            add("update", &row.id, json!({}), may("update", "applied"));
            // A removal brings no geometry.
            let more = json!({ "geometry": { "crs": 5514, "new": null } });
            add("delete", &row.id, more, may("delete", "rejected"));
        }
        for owner in [OURS, THEIRS] {
            let may = sees_layer && self.actor.does("create", layer, owner);
            let more = match layer.field("municipality_code") {
                Some(_) => json!({ "set": { "municipality_code": { "new": owner } } }),
                None => json!({}),
            };
            let outcome = if may { "rejected" } else { "unpermitted" };
            add("create", &Uuid::now_v7().to_string(), more, outcome);
        }
        let door = "/operations";
        let answer = self.send_as("POST", door, "application/json", &json!(batch).to_string());
        let has_token = self.actor.token.is_some();
        self.expect(door, answer.status, if has_token { 200 } else { 401 });
        if answer.status == 200 {
            let told = answer.json()["operations"].as_array().unwrap().clone();
            assert_eq!(told.len(), expected.len());
            for (told, (what, outcome)) in told.iter().zip(expected) {
                self.expect(&what, told["outcome"] == outcome, true);
                if outcome == "unpermitted" {
                    self.expect(
                        &format!("{what} tells"),
                        told["findings"] == json!([]),
                        true,
                    );
                }
            }
            self.texts(layer, door, &answer, rows, true);
        }
    }
}
