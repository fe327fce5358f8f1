//! Findings as documents: what keeps an operation out is told again, in both languages, when it is sent again.

use serde_json::{Value as Json, json};

use crate::{Finding, Flaw, FlawKind, GeometryType, Problem, Text};

/// What may be expected of a value, in the words that findings use.
const EXPECTED: [&str; 12] = [
    "a text",
    "a text without the character NUL",
    "a whole number",
    "a number",
    "a finite number",
    "true or false",
    "a date such as 2026-05-31",
    "a date of the years 0 to 9999",
    "a time such as 2026-05-31T12:00:00Z",
    "a time of the years 0 to 9999",
    "a list",
    "an object",
];
pub(super) const GEOMETRY_TYPES: [GeometryType; 5] = [
    GeometryType::Point,
    GeometryType::LineString,
    GeometryType::Polygon,
    GeometryType::MultiLineString,
    GeometryType::MultiPolygon,
];
pub(super) const FLAWS: [FlawKind; 9] = [
    FlawKind::NotFinite,
    FlawKind::TooFewPoints,
    FlawKind::SelfIntersection,
    FlawKind::CrossingRings,
    FlawKind::SharedEdge,
    FlawKind::HoleOutside,
    FlawKind::NestedHoles,
    FlawKind::NestedPolygons,
    FlawKind::DisconnectedInterior,
];
/// The problems of which there is nothing more to say.
pub(super) const PLAIN: [Problem; 12] = [
    Problem::Missing,
    Problem::UnknownLayer,
    Problem::UnknownField,
    Problem::GeometryPresence,
    Problem::OutsideArea,
    Problem::UnknownMunicipality,
    Problem::OutsideMunicipality,
    Problem::NoSuchFeature,
    Problem::BaseForgotten,
    Problem::DuplicateId,
    Problem::NotTheirs,
    Problem::WrongArity,
];

/// Writes findings.
pub(super) fn write_findings(findings: &[Finding]) -> Json {
    let written = findings.iter().map(|finding| {
        let Text { cs, en } = finding.problem.text();
        json!({
            "field": finding.field,
            "code": finding.problem.code(),
            "detail": detail(&finding.problem),
            "cs": cs,
            "en": en,
        })
    });
    written.collect()
}

fn detail(problem: &Problem) -> Json {
    match problem {
        Problem::WrongType(expected) | Problem::WrongGeometry(expected) => json!(expected),
        Problem::NotInCodeList(text) | Problem::Attached(text) | Problem::DuplicateKey(text) => {
            json!(text)
        }
        Problem::OutOfRange(min, max) => json!([min, max]),
        Problem::InvalidGeometry(flaw) => json!(flaw.at),
        Problem::Stale(rev) => json!(rev),
        _ => Json::Null,
    }
}

/// Reads findings; of one that this program does not know the sentences are kept.
pub(super) fn read_findings(document: &Json) -> Vec<Finding> {
    let findings = document.as_array().into_iter().flatten();
    let read = findings.map(|finding| {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        Finding {
            field: finding["field"].as_str().map(str::to_owned),
            problem: problem(&text("code"), &finding["detail"]).unwrap_or_else(|| {
                Problem::Malformed(Text {
                    cs: text("cs"),
                    en: text("en"),
                })
            }),
        }
    });
    read.collect()
}

fn problem(code: &str, detail: &Json) -> Option<Problem> {
    let text = detail.as_str();
    let owned = || text.map(str::to_owned);
    let numbers = |count: usize| {
        let numbers = detail.as_array()?.iter().map(Json::as_f64);
        let numbers: Option<Vec<_>> = numbers.collect();
        numbers.filter(|numbers| numbers.len() == count)
    };
    match code {
        "wrong-type" => {
            let expected = EXPECTED.into_iter().find(|word| Some(*word) == text);
            expected.map(Problem::WrongType)
        }
        "wrong-geometry" => {
            let mut names = GEOMETRY_TYPES.map(GeometryType::ogc_name).into_iter();
            names
                .find(|name| Some(*name) == text)
                .map(Problem::WrongGeometry)
        }
        "not-in-code-list" => owned().map(Problem::NotInCodeList),
        "attached-layer" => owned().map(Problem::Attached),
        "duplicate-key" => owned().map(Problem::DuplicateKey),
        "out-of-range" => numbers(2).map(|range| Problem::OutOfRange(range[0], range[1])),
        "stale" => detail.as_i64().map(Problem::Stale),
        "malformed" => None,
        code => flaw(code, numbers(2)).or_else(|| {
            let mut plain = PLAIN.into_iter();
            plain.find(|problem| problem.code() == code)
        }),
    }
}

fn flaw(code: &str, at: Option<Vec<f64>>) -> Option<Problem> {
    let kind = FLAWS.into_iter().find(|kind| kind.code() == code)?;
    let at = at.map(|at| [at[0], at[1]]);
    Some(Problem::InvalidGeometry(Flaw { kind, at }))
}
