//! The report of a publication: in Czech for the steward, as JSON for programs.

use std::fmt::Write;

use catalog::{Dataset, Release, Severity};
use layers::Revision;
use opendata::{Check, Finding, Inspection, findings_json};
use serde_json::{Value as Json, json};

/// How many findings of one check are printed; all that are known are in the JSON.
const PRINTED_AT_MOST: usize = 20;

/// What became of a dataset.
pub(super) enum Outcome {
    /// It stays as it was published before, if it was.
    Blocked,
    /// Nothing blocks it, but it was only to be checked.
    Passed,
    /// It is the same as in the release of this number.
    Unchanged(u32),
    /// It has a new release.
    Published(Box<Release>),
}

/// What was found out about a dataset and what became of it.
pub(super) struct Report {
    pub(super) dataset: Dataset,
    pub(super) at: Revision,
    pub(super) inspection: Inspection,
    pub(super) outcome: Outcome,
}

impl Report {
    /// Whether findings stopped the publication.
    pub(super) fn blocked(&self) -> bool {
        matches!(self.outcome, Outcome::Blocked)
    }

    /// Returns the id of the dataset.
    pub(super) fn id(&self) -> &str {
        &self.dataset.id
    }

    /// Writes the report for people.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a text cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let dataset = &self.dataset;
        writeln!(out, "Datová sada {}: {}", dataset.id, dataset.title.cs)?;
        let counts = self.inspection.features.iter();
        let counts: Vec<_> = counts
            .map(|(layer, count)| format!("{layer} {count}"))
            .collect();
        writeln!(out, "Prvky v revizi {}: {}", self.at.0, counts.join(", "))?;
        for check in Check::ALL {
            self.write_check(out, check)?;
        }
        writeln!(out, "{}", self.closing())
    }

    fn write_check(&self, out: &mut String, check: Check) -> std::fmt::Result {
        let count = self.inspection.findings.count(check);
        if count == 0 {
            return Ok(());
        }
        let does = match check.severity() {
            Severity::Blocking => "brání zveřejnění",
            Severity::Warning => "upozornění",
        };
        writeln!(
            out,
            "\n{} {} – nálezů {count} ({does}):",
            check.id(),
            check.title().cs
        )?;
        let listed = self.inspection.findings.listed().iter();
        let own = listed.filter(|finding| finding.check == check);
        for finding in own.take(PRINTED_AT_MOST) {
            writeln!(out, "  {}", line(finding))?;
        }
        if count > PRINTED_AT_MOST as u64 {
            writeln!(
                out,
                "  … a dalších {}; víc vypíše --json",
                count - PRINTED_AT_MOST as u64
            )?;
        }
        Ok(())
    }

    fn closing(&self) -> String {
        match &self.outcome {
            Outcome::Blocked => "\nNezveřejněno; platí, co bylo vydáno dřív.".to_owned(),
            Outcome::Passed => "\nKontroly prošly. Zkouška nanečisto: nic se nezapsalo.".to_owned(),
            Outcome::Unchanged(number) => {
                format!("\nOd vydání {number} se nic nezměnilo: nové vydání není potřeba.")
            }
            Outcome::Published(release) => {
                let sizes = release
                    .files
                    .iter()
                    .map(|file| format!("{} ({} B)", file.name, file.bytes));
                let sizes: Vec<_> = sizes.collect();
                format!("\nVydání {}: {}", release.number, sizes.join(", "))
            }
        }
    }

    fn json(&self) -> Json {
        let (outcome, number) = match &self.outcome {
            Outcome::Blocked => ("blocked", None),
            Outcome::Passed => ("passed", None),
            Outcome::Unchanged(number) => ("unchanged", Some(*number)),
            Outcome::Published(release) => ("published", Some(release.number)),
        };
        let features = self.inspection.features.iter();
        let features =
            features.map(|(layer, count)| json!({ "layer": layer.as_str(), "count": count }));
        json!({
            "dataset": self.dataset.id,
            "outcome": outcome,
            "release": number,
            "revision": self.at.0,
            "features": features.collect::<Vec<_>>(),
            "checks": self.inspection.findings.results(),
            "findings": findings_json(&self.inspection.findings),
        })
    }
}

/// Writes the reports for programs.
pub(super) fn all_json(reports: &[Report]) -> Json {
    reports.iter().map(Report::json).collect()
}

/// Writes a finding on one line: where, what, and what to do.
fn line(finding: &Finding) -> String {
    let place = &finding.place;
    let mut parts = Vec::new();
    if let Some(layer) = &place.layer {
        let feature = place.label.as_deref().unwrap_or_default();
        parts.push(format!("{layer} {feature}").trim_end().to_owned());
    }
    parts.extend(place.fid.map(|fid| format!("fid {fid}")));
    parts.extend(place.field.as_ref().map(|field| format!("pole {field}")));
    parts.extend(place.position.map(|[x, y]| format!("poloha {x:.2} {y:.2}")));
    let place = parts.join(", ");
    let separator = if place.is_empty() { "" } else { ": " };
    format!(
        "{place}{separator}{}. {}",
        finding.message.cs, finding.advice.cs
    )
}
