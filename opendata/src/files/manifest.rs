//! The two documents of a release: what its checks said, and the list of its files with their checksums.

use std::fs;
use std::path::Path;

use catalog::{Release, ReleaseFile};
use layers::{LayerId, Text};
use serde_json::{Value as Json, json};

use super::{checksum, failed};
use crate::{Finding, Findings, PublicationError};

/// The list of a release's files with their SHA-256, the revision and the time.
pub const MANIFEST: &str = "manifest.json";
/// What the checks of a release said.
pub const REPORT: &str = "report.json";

/// Writes report and manifest beside the files of a release.
pub fn finish_files(
    folder: &Path,
    release: &Release,
    findings: &Findings,
) -> Result<(), PublicationError> {
    let report = folder.join(REPORT);
    write(&report, &report_json(release, findings))?;
    let (bytes, sha256) = checksum(&report).map_err(failed(&report))?;
    let mut files: Vec<Json> = release.files.iter().map(file_json).collect();
    files.push(json!({
        "name": REPORT,
        "media_type": "application/json",
        "bytes": bytes,
        "sha256": sha256,
    }));
    write(&folder.join(MANIFEST), &manifest_json(release, &files))
}

fn manifest_json(release: &Release, files: &[Json]) -> Json {
    json!({
        "format": "obzor-release",
        "version": 1,
        "dataset": release.dataset.id,
        "number": release.number,
        "revision": release.revision,
        "published_at": release.published_at,
        "features": features_json(release),
        "files": files,
    })
}

fn report_json(release: &Release, findings: &Findings) -> Json {
    json!({
        "dataset": release.dataset.id,
        "number": release.number,
        "revision": release.revision,
        "published_at": release.published_at,
        "features": features_json(release),
        "checks": release.checks,
        "findings": findings_json(findings),
    })
}

fn features_json(release: &Release) -> Json {
    let counts = release.features.iter();
    counts
        .map(|(layer, count)| json!({ "layer": layer.as_str(), "count": count }))
        .collect()
}

fn file_json(file: &ReleaseFile) -> Json {
    json!({
        "name": file.name,
        "media_type": file.format.media_type(),
        "bytes": file.bytes,
        "sha256": file.sha256,
    })
}

/// Writes the listed findings as JSON, each with its check, place, message and advice.
pub fn findings_json(findings: &Findings) -> Json {
    findings.listed().iter().map(finding_json).collect()
}

fn finding_json(finding: &Finding) -> Json {
    let place = &finding.place;
    json!({
        "check": finding.check.id(),
        "severity": finding.check.severity(),
        "layer": place.layer.as_ref().map(LayerId::as_str),
        "id": place.id.map(|id| id.to_string()),
        "fid": place.fid,
        "label": place.label,
        "field": place.field,
        "position": place.position,
        "message": text_json(&finding.message),
        "advice": text_json(&finding.advice),
    })
}

fn text_json(text: &Text) -> Json {
    json!({ "cs": text.cs, "en": text.en })
}

fn write(path: &Path, document: &Json) -> Result<(), PublicationError> {
    fs::write(path, format!("{document:#}\n")).map_err(failed(path))
}
