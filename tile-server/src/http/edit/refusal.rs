//! What an edit that was not made looks like to its client.

use layers::crs::{Crs, transform};
use layers::{Feature, Finding, Language, LayerView, Problem, Text, to_json};
use serde_json::Value as Json;

use crate::edit::EditError;
use crate::http::error::{HttpError, NotWritten, WrongValue};
use crate::http::etag;
use crate::http::feature::{FeatureForm, write_feature};
use crate::http::parameters::nearest;

/// Turns the reason into an answer.
pub(super) fn refusal(error: EditError, language: Language) -> HttpError {
    match error {
        EditError::NoSuchLayer => HttpError::NoSuchLayer,
        EditError::Attached(steward) => NotWritten::Attached { steward }.into(),
        EditError::NoSuchFeature => HttpError::NoSuchFeature,
        EditError::NotShown => NotWritten::NotShown.into(),
        EditError::NotYours => NotWritten::NotYours.into(),
        EditError::Overtaken(overtaken) => NotWritten::Overtaken {
            etag: etag::of_feature(&overtaken.view, &overtaken.current, language),
            current: feature_json(&overtaken.view, &overtaken.current, language),
            yours: overtaken
                .yours
                .map(|yours| feature_json(&overtaken.view, &yours, language)),
        }
        .into(),
        EditError::Exists(there) => NotWritten::Exists {
            current: there.map(|there| {
                let etag = etag::of_feature(&there.view, &there.feature, language);
                (feature_json(&there.view, &there.feature, language), etag)
            }),
        }
        .into(),
        EditError::Wrong(view, findings) => {
            let wrong = findings
                .into_iter()
                .map(|finding| wrong_value(&view, finding));
            NotWritten::WrongValues(wrong.collect()).into()
        }
        EditError::Store(error) => error.into(),
    }
}

/// Writes a feature as it is told beside what became of an edit.
pub(crate) fn feature_json(view: &LayerView, feature: &Feature, language: Language) -> Json {
    let mut out = Vec::new();
    write_feature(&mut out, view, feature, FeatureForm::whole(language), "");
    serde_json::from_slice(&out).expect("what is written is JSON")
}

/// Says what is wrong as far as the view shows it.
pub(crate) fn wrong_value(view: &LayerView, finding: Finding) -> WrongValue {
    let known: Vec<_> = view.fields().map(|field| field.name.as_str()).collect();
    let is_unknown = finding.problem == Problem::UnknownField;
    // A cell of a list is named `list[2].cell`.
    let of = |name: &str| name.split('[').next().unwrap_or_default().to_owned();
    let is_hidden = |name: &String| !is_unknown && !known.contains(&of(name).as_str());
    if finding.field.as_ref().is_some_and(is_hidden) {
        return hidden();
    }
    WrongValue {
        code: finding.problem.code(),
        message: finding.problem.text(),
        nearest: finding
            .field
            .as_deref()
            .filter(|_| is_unknown)
            .and_then(|name| nearest(name, &known)),
        allowed: allowed(view, &finding),
        at: match &finding.problem {
            Problem::InvalidGeometry(flaw) => {
                flaw.at.map(|at| transform(Crs::SJtsk, Crs::Wgs84, at))
            }
            _ => None,
        },
        field: finding.field,
    }
}

/// Returns the values that the field's code list allows, when the given one is not among them.
fn allowed(view: &LayerView, finding: &Finding) -> Vec<Json> {
    let field = finding.field.as_deref().and_then(|name| view.field(name));
    match (field, &finding.problem) {
        (Some((_, field)), Problem::NotInCodeList(_)) => {
            let codes = field.codes.iter().flat_map(|list| &list.codes);
            codes
                .map(|code| to_json(&field.field_type, &code.value))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Says that something is wrong where this user may not look.
fn hidden() -> WrongValue {
    WrongValue {
        field: None,
        code: "hidden-field",
        message: Text {
            cs: "zápisu brání údaj, který nevidíte; obraťte se na správce".to_owned(),
            en: "a value that you may not see is in the way; ask the administrator".to_owned(),
        },
        nearest: None,
        allowed: Vec::new(),
        at: None,
    }
}
