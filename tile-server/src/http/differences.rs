//! What is otherwise than before, as programs read it.

use layers::{ChangeKind, Language, LayerView, to_json};
use serde_json::{Value as Json, json};

use crate::history::{Differences, GeometryDifference};

/// Returns the word for what was done to a feature.
pub(super) fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Insert => "insert",
        ChangeKind::Update => "update",
        ChangeKind::Delete => "delete",
    }
}

/// Writes differences: fields with both values, and the geometry.
pub(super) fn document(view: &LayerView, differences: &Differences, language: Language) -> Json {
    let fields: Vec<_> = view.fields().collect();
    let values = differences.values.iter().map(|one| {
        let field = fields[one.place];
        json!({
            "field": field.name,
            "title": field.title.in_language(language),
            "old": to_json(&field.field_type, &one.old),
            "new": to_json(&field.field_type, &one.new),
        })
    });
    let geometry = differences.geometry.iter().map(|one| {
        let said = match one {
            GeometryDifference::Came => json!("new"),
            GeometryDifference::Went => json!("gone"),
            GeometryDifference::Changed(moved) => json!({
                "moved_metres": moved.metres.map(to_millimetres),
                "vertices_before": moved.before,
                "vertices_after": moved.after,
                "vertices_new": moved.new,
            }),
        };
        json!({ "geometry": said })
    });
    values.chain(geometry).collect()
}

fn to_millimetres(metres: f64) -> f64 {
    (metres * 1000.0).round() / 1000.0
}
