//! What a check found, where, and what to do about it.

use std::collections::BTreeMap;

use catalog::{CheckResult, Severity};
use layers::{FeatureId, LayerId, Text};

use crate::Check;

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// Where it is.
    pub place: Place,
    /// What is wrong; never the personal data itself.
    pub message: Text,
    /// What to do about it.
    pub advice: Text,
}

/// Where a finding is, as far as that can be said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// The layer.
    pub layer: Option<LayerId>,
    /// The feature.
    pub id: Option<FeatureId>,
    /// Its key in the store and in the GeoPackage.
    pub fid: Option<i64>,
    /// How people name the feature, in Czech; none when personal data are part of it.
    pub label: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// The position in EPSG:5514.
    pub position: Option<[f64; 2]>,
}

/// All findings about a dataset.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    listed: Vec<Finding>,
    counts: BTreeMap<Check, u64>,
}

impl Findings {
    /// How many findings of one check are told in full, so that a bad layer does not fill the memory.
    pub const LISTED_AT_MOST: u64 = 1_000;

    /// Adds one, or counts it when enough of its check are listed.
    pub fn add(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.check).or_default();
        *count += 1;
        if *count <= Self::LISTED_AT_MOST {
            self.listed.push(finding);
        }
    }

    /// Returns those told in full, in the order in which they were found.
    pub fn listed(&self) -> &[Finding] {
        &self.listed
    }

    /// Returns how many findings a check had.
    pub fn count(&self, check: Check) -> u64 {
        self.counts.get(&check).copied().unwrap_or_default()
    }

    /// Whether something was found that stops the publication.
    pub fn block(&self) -> bool {
        self.counts
            .keys()
            .any(|check| check.severity() == Severity::Blocking)
    }

    /// Returns what every check said, also those that found nothing.
    pub fn results(&self) -> Vec<CheckResult> {
        let result = |check: Check| CheckResult {
            id: check.id().to_owned(),
            title: check.title(),
            severity: check.severity(),
            findings: self.count(check),
        };
        Check::ALL.map(result).to_vec()
    }
}

/// Makes a text in both languages.
pub(crate) fn text(cs: impl Into<String>, en: impl Into<String>) -> Text {
    Text {
        cs: cs.into(),
        en: en.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_check_hides_no_other() {
        let mut findings = Findings::default();
        let finding = |check| Finding {
            check,
            place: Place::default(),
            message: text("", ""),
            advice: text("", ""),
        };
        for _ in 0..Findings::LISTED_AT_MOST + 5 {
            findings.add(finding(Check::Plausible));
        }
        assert!(!findings.block());
        findings.add(finding(Check::Mandatory));
        assert!(findings.block());
        assert_eq!(findings.listed().len() as u64, Findings::LISTED_AT_MOST + 1);
        assert_eq!(
            findings.count(Check::Plausible),
            Findings::LISTED_AT_MOST + 5
        );
        assert_eq!(findings.results().len(), Check::ALL.len());
    }
}
