//! What nobody needs goes after its time, and nothing else.

use std::fs::{self, File};
use std::path::PathBuf;

use layers::store::GeoPackageStore;
use layers::{FeatureId, LayerSet, MediaType, PrivacyClass};
use tempfile::TempDir;

use super::super::files::AttachmentFiles;
use super::super::hash::ContentHash;
use super::super::record::{Attachment, AttachmentKey, Early, put};
use super::*;
use crate::config::AttachmentLimits;

const DAY: Duration = Duration::from_hours(24);

/// A store and a folder without features; every file has one letter as its bytes' name.
struct City {
    folder: TempDir,
    store: GeoPackageStore,
    attachments: Attachments,
    now: DateTime<Utc>,
}

impl City {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let layers = LayerSet::shipped().expect("sound definitions").into();
        let path = folder.path().join("store.gpkg");
        let files = AttachmentFiles::at(folder.path().join("attachments"));
        let limits = AttachmentLimits {
            folder: None,
            total: u64::MAX,
            begun: u64::MAX,
            unfinished: DAY,
            kept: DAY * 30,
        };
        Self {
            store: GeoPackageStore::create(&path, layers).expect("a store"),
            attachments: Attachments::new(files, limits),
            now: SystemTime::now().into(),
            folder,
        }
    }

    /// Puts a file in its place that has been there for so many days.
    fn file(&self, letter: char, days: u32) -> PathBuf {
        let whole = self.folder.path().join("whole");
        fs::write(&whole, "bytes").expect("written");
        let hash = hash(letter);
        self.attachments.files.keep(&whole, &hash).expect("kept");
        fs::remove_file(&whole).expect("removed");
        let path = self.attachments.files.path(&hash);
        let file = File::options().write(true).open(&path).expect("opened");
        file.set_modified(SystemTime::now() - DAY * days)
            .expect("set");
        path
    }

    fn ago(&self, days: i64) -> String {
        AuditEvent::instant(self.now - TimeDelta::days(days))
    }

    /// Writes the record of a file that hangs on a feature which is not there.
    fn record(&self, letter: char, days: i64, is_early: bool, removed: Option<i64>) {
        let attachment = Attachment {
            name: "a.jpg".to_owned(),
            media_type: MediaType::Jpeg,
            bytes: 5,
            size: None,
            privacy: PrivacyClass::Internal,
            caption: String::new(),
            by: "jana".to_owned(),
            at: self.ago(days),
            position: None,
            taken: None,
            bare: None,
            early: is_early.then_some(Early { within: None }),
            removed: removed.map(|days| Removal {
                by: "jana".to_owned(),
                at: self.ago(days),
                erased: false,
            }),
        };
        let change = put(&key(letter), 0, &attachment);
        layers::OfficeStore::write(&self.store, &[change]).expect("written");
    }

    fn removed_by(&self, letter: char) -> Option<String> {
        let kept = super::super::record::one(&self.store, &key(letter));
        let kept = kept.expect("read").expect("a record");
        kept.attachment.removed.map(|removal| removal.by)
    }
}

fn hash(letter: char) -> ContentHash {
    letter.to_string().repeat(64).parse().expect("a hash")
}

fn key(letter: char) -> AttachmentKey {
    AttachmentKey {
        layer: layers::LayerId::new("street-lights").expect("an id"),
        feature: FeatureId::new_v7(1, &[1; 10]),
        sha256: hash(letter),
    }
}

#[test]
fn what_nobody_needs_goes_after_its_time_and_nothing_else() {
    let city = City::new();
    let old: Vec<_> = ('a'..='f').map(|letter| city.file(letter, 90)).collect();
    let young = city.file('0', 0);
    // On a feature that was there once; removed long ago, and lately; early long ago, and lately. Nothing names the last.
    city.record('a', 90, false, None);
    city.record('b', 90, false, Some(31));
    city.record('c', 90, false, Some(29));
    city.record('d', 31, true, None);
    city.record('e', 29, true, None);
    for _ in 0..2 {
        city.attachments
            .sweep(&city.store, city.now)
            .expect("swept");
        let there: Vec<_> = old.iter().map(|path| path.exists()).collect();
        assert_eq!(there, [true, false, true, true, true, false]);
        assert!(young.exists(), "its record may be on its way");
        assert_eq!(city.removed_by('a'), None);
        assert_eq!(city.removed_by('d').as_deref(), Some(SWEEPER));
        assert_eq!(city.removed_by('e'), None);
    }
    let later = city.now + TimeDelta::days(31);
    city.attachments.sweep(&city.store, later).expect("swept");
    let there: Vec<_> = old.iter().map(|path| path.exists()).collect();
    assert_eq!(there, [true, false, false, false, true, false]);
    assert_eq!(city.removed_by('e').as_deref(), Some(SWEEPER));
}
