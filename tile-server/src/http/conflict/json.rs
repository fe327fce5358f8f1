//! A conflict as JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use geo_types::Geometry;
use layers::crs::{Crs, transform_geometry};
use layers::geojson::geometry_to_json;
use layers::merge::{Choice, Decision, Signature};
use layers::to_json;
use serde_json::{Map, Value as Json, json};

use crate::city::title;
use crate::conflicts::{Case, Side, id_of};
use crate::http::links::{HTML, JSON, link};

use super::Visitor;

/// Writes a conflict as its reader may see it; geometries in WGS 84.
pub(in crate::http) fn write_case(case: &Case, visitor: &Visitor) -> Json {
    let conflict = &case.kept.conflict;
    let here = format!("{}/conflicts/{}", visitor.base, id_of(&case.kept));
    let items = format!("{}/collections/{}/items", visitor.base, conflict.layer);
    let named_by = case.named_by();
    json!({
        "id": id_of(&case.kept).to_string(),
        "layer": conflict.layer,
        "feature": conflict.feature,
        "title": named_by.map(|feature| title(&case.view, &feature, visitor.language)),
        "municipality": conflict.municipality,
        "part": conflict.part.key(),
        "state": if case.is_open() { "open" } else { "decided" },
        "opened": instant(case.kept.opened),
        "base": { "value": side(case, &case.base()) },
        "theirs": signed(&side(case, &case.theirs()), conflict.theirs_by.as_ref()),
        "current": signed(&side(case, &case.stands()), case.now_by.as_ref()),
        "mine": {
            "value": side(case, &case.mine()),
            "by": conflict.author,
            "device": conflict.device,
            "at": instant(conflict.at),
        },
        "choices": choices(case),
        "decision": case.kept.decision.as_ref().map(decision),
        "links": [
            link("self", JSON, "", &here),
            link("alternate", HTML, "", &format!("{here}?f=html")),
            link("related", JSON, "", &format!("{items}/{}", conflict.feature)),
        ],
    })
}

fn choices(case: &Case) -> Vec<&'static str> {
    let possible = [
        ("theirs", true),
        ("mine", case.can_take_mine()),
        ("typed", case.can_take_typed()),
    ];
    let possible = possible
        .into_iter()
        .filter(|(_, is_possible)| case.is_open() && *is_possible);
    possible.map(|(word, _)| word).collect()
}

fn signed(value: &Json, by: Option<&Signature>) -> Json {
    json!({
        "value": value,
        "by": by.map(|by| &by.author),
        "at": by.map(|by| instant(by.at)),
        "revision": by.and_then(|by| by.revision),
    })
}

fn decision(decision: &Decision) -> Json {
    json!({
        "choice": match decision.choice {
            Choice::Mine => "mine",
            Choice::Theirs => "theirs",
            Choice::Typed => "typed",
        },
        "by": decision.by,
        "at": instant(decision.at),
        "operation": decision.operation,
    })
}

fn side(case: &Case, side: &Side) -> Json {
    match side {
        Side::Value(value) => case
            .field()
            .map_or(Json::Null, |field| to_json(&field.field_type, value)),
        Side::Geometry(geometry) => in_degrees(geometry.as_ref()),
        Side::Feature(None) => Json::Null,
        Side::Feature(Some(feature)) => {
            let values = case.view.fields().zip(&feature.values);
            let properties = values
                .map(|(field, value)| (field.name.clone(), to_json(&field.field_type, value)));
            json!({
                "geometry": in_degrees(feature.geometry.as_ref()),
                "properties": properties.collect::<Map<_, _>>(),
            })
        }
    }
}

fn in_degrees(geometry: Option<&Geometry<f64>>) -> Json {
    let geometry = geometry.map(|it| transform_geometry(Crs::SJtsk, Crs::Wgs84, it));
    geometry.as_ref().map_or(Json::Null, geometry_to_json)
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
