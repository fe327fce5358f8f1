//! Releases: what was published of a dataset, when, from which revision, and what its checks said.

use chrono::{DateTime, Utc};
use layers::{LayerId, OfficeRecord, RecordChange, RecordKind, Text};
use serde::{Deserialize, Serialize};

use crate::{CatalogError, Dataset};

/// One publication of a dataset; it never changes, unless it is taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The dataset as it was described when it was published.
    pub dataset: Dataset,
    /// 1 for the first release of the dataset, +1 for each further one.
    pub number: u32,
    /// The last revision that changed something of what the files show.
    pub revision: i64,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Its files; all of them hold the same features.
    pub files: Vec<ReleaseFile>,
    /// How many features of each layer the files hold.
    pub features: Vec<(LayerId, u64)>,
    /// What every check said, also those that found nothing.
    pub checks: Vec<CheckResult>,
    /// When it was taken back; it has no files any more then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseFile {
    /// Its name in the folder of the release.
    pub name: String,
    /// Its format.
    pub format: FileFormat,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256, as 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// The formats in which a dataset is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// GeoPackage in EPSG:5514.
    #[serde(rename = "gpkg")]
    GeoPackage,
    /// GeoJSON in WGS 84 (RFC 7946).
    GeoJson,
    /// CSV in UTF-8 with positions as WKT in EPSG:5514 and as degrees.
    Csv,
}

/// What one check said about a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckResult {
    /// Its name in reports, such as `GEO-02`.
    pub id: String,
    /// What it looks for.
    pub title: Text,
    /// Whether a finding stops the publication.
    pub severity: Severity,
    /// How many findings it had; a published release has none of a check that blocks.
    pub findings: u64,
}

/// What a finding of a check does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It stops the publication.
    Blocking,
    /// It is published with the release.
    Warning,
}

impl Release {
    /// Returns the key of the release's record: the dataset and the number.
    pub fn key(&self) -> String {
        format!("{}/{}", self.dataset.id, self.number)
    }

    /// Whether its files show the same features, described in the same way, as those of another release.
    ///
    /// A GeoPackage says when it was made, so the other files are compared.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        let content = |release: &Self| -> Vec<ReleaseFile> {
            let files = release.files.iter();
            files
                .filter(|file| file.format != FileFormat::GeoPackage)
                .cloned()
                .collect()
        };
        self.dataset == other.dataset && content(self) == content(other)
    }

    /// Takes the release back: that it was, and when, stays known.
    pub fn withdraw(&mut self, at: DateTime<Utc>) {
        self.files.clear();
        self.withdrawn_at = Some(at);
    }

    /// Reads a release from a record of the store.
    pub fn from_record(record: &OfficeRecord) -> Result<Self, CatalogError> {
        let key = record.key.clone();
        match serde_json::from_value::<Self>(record.body.clone()) {
            Ok(release) if release.key() == key => Ok(release),
            Ok(release) => {
                let id = release.key();
                Err(CatalogError::MisplacedRecord { key, id })
            }
            Err(source) => Err(CatalogError::ReadRelease { key, source }),
        }
    }

    /// Returns the change that makes the release public; refused by the store when the number is taken.
    ///
    /// # Panics
    /// Never: a release has no value that JSON lacks.
    pub fn to_change(&self) -> RecordChange {
        RecordChange::Put {
            kind: RecordKind::Release,
            key: self.key(),
            expected: 0,
            body: serde_json::to_value(self).expect("a release holds texts, numbers and lists"),
        }
    }
}

impl FileFormat {
    /// Returns the media type as registered with IANA.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::GeoPackage => "application/geopackage+sqlite3",
            Self::GeoJson => "application/geo+json",
            Self::Csv => "text/csv",
        }
    }

    /// Returns the ending of file names, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::GeoPackage => "gpkg",
            Self::GeoJson => "geojson",
            Self::Csv => "csv",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: &str = r#"{
        "dataset": {
            "id": "decany-trees", "municipality_code": 564729, "layers": ["trees"], "periodicity": "MONTHLY",
            "themes": ["ENVI"], "steward": "x", "title": { "cs": "a", "en": "a" },
            "description": { "cs": "a", "en": "a" }, "keywords": [], "spatial_coverage": [],
            "publisher": { "name": { "cs": "a", "en": "a" }, "company_number": "00000019" },
            "contact": { "name": { "cs": "a", "en": "a" }, "email": "a@decany.example" },
            "terms_of_use": {
                "works": "none", "database_work": "none", "database_right": "none", "personal_data": "none",
                "author": null, "decided_by": "x", "decided_on": "2026-11-23", "reason": "x"
            }
        },
        "number": 3, "revision": 7, "published_at": "2026-11-23T05:00:00Z",
        "files": [
            { "name": "a.gpkg", "format": "gpkg", "bytes": 9, "sha256": "aa" },
            { "name": "a.csv", "format": "csv", "bytes": 5, "sha256": "bb" }
        ],
        "features": [["trees", 2]], "checks": []
    }"#;

    fn release() -> Release {
        serde_json::from_str(RELEASE).expect("a release")
    }

    fn record(key: &str) -> OfficeRecord {
        let RecordChange::Put { body, .. } = release().to_change() else {
            panic!("a release is written, not removed");
        };
        OfficeRecord {
            kind: RecordKind::Release,
            key: key.to_owned(),
            version: 1,
            body,
        }
    }

    #[test]
    fn a_release_survives_the_store_and_is_known_by_its_key() {
        let read = Release::from_record(&record("decany-trees/3"));
        assert_eq!(read.expect("a release"), release());
        let misplaced = Release::from_record(&record("decany-trees/4"));
        assert!(matches!(
            misplaced,
            Err(CatalogError::MisplacedRecord { .. })
        ));
    }

    #[test]
    fn a_taken_number_is_never_written_again() {
        let change = release().to_change();
        assert!(matches!(change, RecordChange::Put { expected: 0, .. }));
    }

    #[test]
    fn releases_show_the_same_when_only_the_time_differs() {
        let check = |change: fn(&mut Release), same: bool| {
            let mut other = release();
            change(&mut other);
            assert_eq!(release().shows_the_same(&other), same, "{other:?}");
        };
        check(|other| other.number = 4, true);
        check(|other| other.revision = 8, true);
        check(|other| other.files[0].sha256 = "cc".to_owned(), true);
        check(|other| other.files[1].sha256 = "cc".to_owned(), false);
        check(|other| other.dataset.title.cs = "b".to_owned(), false);
        check(|other| drop(other.files.pop()), false);
    }
}
