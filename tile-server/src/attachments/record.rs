//! The record of one file on one feature; the bytes lie apart, under their SHA-256.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use layers::{
    FeatureId, LayerId, LayerView, MediaType, Municipalities, OfficeRecord, OfficeStore,
    PrivacyClass, RecordChange, RecordKind, StoreError,
};
use serde::{Deserialize, Serialize};

use super::hash::ContentHash;

const KIND: RecordKind = RecordKind::Attachment;

/// Which file on which feature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct AttachmentKey {
    pub(crate) layer: LayerId,
    pub(crate) feature: FeatureId,
    pub(crate) sha256: ContentHash,
}

impl fmt::Display for AttachmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.layer, self.feature, self.sha256)
    }
}

impl FromStr for AttachmentKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or(());
        Ok(Self {
            layer: LayerId::new(next()?).ok_or(())?,
            feature: next()?.parse().map_err(|_no_uuid| ())?,
            sha256: next()?.parse().map_err(|_no_hash| ())?,
        })
    }
}

/// A file on a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attachment {
    /// As it was called by who attached it, without what has no place in a name.
    pub(crate) name: String,
    pub(crate) media_type: MediaType,
    pub(crate) bytes: u64,
    /// Width and height of a picture, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<[u32; 2]>,
    pub(crate) privacy: PrivacyClass,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) caption: String,
    pub(crate) by: String,
    /// When it was attached, by the clock of the server (RFC 3339, UTC).
    pub(crate) at: String,
    /// Where the camera was, by what the file itself says, in EPSG:5514.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) position: Option<[f64; 2]>,
    /// When the picture was taken, by the clock of the camera.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) taken: Option<String>,
    /// What everybody may have of a public one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bare: Option<BareCopy>,
    /// Set when the feature was not there yet for its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) early: Option<Early>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) removed: Option<Removal>,
}

/// A copy of a picture that says nothing of how it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BareCopy {
    pub(crate) sha256: ContentHash,
    pub(crate) bytes: u64,
}

/// A file that came before its feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Early {
    /// In the features of which municipalities it shows, when there is one: where its author may add them; none is all.
    pub(crate) within: Option<BTreeSet<i64>>,
}

/// That a file was taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Removal {
    pub(crate) by: String,
    pub(crate) at: String,
    /// Whether its bytes were erased at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) erased: bool,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) key: AttachmentKey,
    pub(crate) version: i64,
    pub(crate) attachment: Attachment,
}

/// How much somebody sees of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// All that was sent.
    Whole,
    /// The copy that says nothing of how it was made.
    Bare,
}

impl Attachment {
    /// Says how much of it shows in a feature that is seen through a view and that this municipality owns.
    pub(crate) fn sight(&self, view: &LayerView, owner: Option<i64>) -> Option<Sight> {
        if self.removed.is_some() || !self.is_of(view, owner) || !view.shows(self.privacy, owner) {
            return None;
        }
        // What a camera writes into its files is for people of the office.
        if view.shows(self.privacy.max(PrivacyClass::Internal), owner) {
            return Some(Sight::Whole);
        }
        self.bare.as_ref().map(|_| Sight::Bare)
    }

    /// Whether it hangs on the feature, of which nobody knew whose it would be when the file came early.
    pub(crate) fn is_of(&self, view: &LayerView, owner: Option<i64>) -> bool {
        let within = self.early.as_ref().and_then(|early| early.within.as_ref());
        within
            .is_none_or(|codes| Municipalities::Listed(codes.clone()).include(view.layer(), owner))
    }

    /// Returns the files that it needs.
    pub(crate) fn hashes<'a>(&'a self, key: &'a AttachmentKey) -> Vec<&'a ContentHash> {
        let bare = self.bare.iter().map(|bare| &bare.sha256);
        std::iter::once(&key.sha256).chain(bare).collect()
    }
}

impl Kept {
    fn of(record: &OfficeRecord) -> Result<Self, StoreError> {
        let unreadable = || StoreError::Unusable(format!("attachment {}", record.key));
        Ok(Self {
            key: record.key.parse().map_err(|()| unreadable())?,
            version: record.version,
            attachment: Attachment::deserialize(&record.body)
                .map_err(|_other_shape| unreadable())?,
        })
    }
}

/// Returns the record of a file on a feature.
pub(crate) fn one(
    store: &(impl OfficeStore + ?Sized),
    key: &AttachmentKey,
) -> Result<Option<Kept>, StoreError> {
    let record = store.record(KIND, &key.to_string())?;
    record.as_ref().map(Kept::of).transpose()
}

/// Returns the records of all files on a feature, by SHA-256.
pub(crate) fn of_feature(
    store: &(impl OfficeStore + ?Sized),
    layer: &LayerId,
    feature: FeatureId,
) -> Result<Vec<Kept>, StoreError> {
    let records = store.records_under(KIND, &format!("{layer}/{feature}/"))?;
    records.iter().map(Kept::of).collect()
}

/// Returns the records of all files.
pub(crate) fn all(store: &(impl OfficeStore + ?Sized)) -> Result<Vec<Kept>, StoreError> {
    let records = store.records(KIND)?;
    records.iter().map(Kept::of).collect()
}

/// Makes the change that writes a record; `expected` is the version that was seen, 0 for a new one.
pub(crate) fn put(key: &AttachmentKey, expected: i64, attachment: &Attachment) -> RecordChange {
    RecordChange::Put {
        kind: KIND,
        key: key.to_string(),
        expected,
        body: serde_json::to_value(attachment).expect("an attachment has only plain values"),
    }
}
