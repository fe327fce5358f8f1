//! Operations: what somebody did to one feature, as a device or another program sends it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::policy::Operation as Act;
use crate::{Change, ChangeSet, FeatureId, LayerId, Municipalities, Revision};

/// The identity of an operation, made by the device: whatever is sent again under it is done once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct OperationId(Uuid);

impl OperationId {
    /// Returns the UUID.
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for OperationId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for OperationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::from_str(text).map(Self)
    }
}

impl From<OperationId> for String {
    fn from(id: OperationId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for OperationId {
    type Error = uuid::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// What somebody did to one feature, and what they saw when they did it; its JSON is what devices send and stores keep.
///
/// Values stay as they were sent, so that an operation which cannot be read is kept word for word. A member that is not
/// known refuses the whole, as it may be something that somebody typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Its identity.
    pub id: OperationId,
    /// The device, or the window, in which it was done.
    pub device: String,
    /// Who did it; the server compares that with who sends it.
    pub author: String,
    /// The last operation of the same device on the same feature whose values the device showed as its own: it had no
    /// answer to it, or had not read the store since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<OperationId>,
    /// The layer.
    pub layer: LayerId,
    /// The feature; its maker gives a new one its identity.
    pub feature: FeatureId,
    /// Adding, changing or removing.
    pub act: Act,
    /// The revision of the store that the device had read.
    pub base: Revision,
    /// The values that were changed, by the name of their field; the others were not touched.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Edit>,
    /// The geometry, if it was drawn or moved; none leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geometry: Option<SentGeometry>,
    /// When, by the clock of the device: shown to people, and believed by nothing.
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
}

impl Operation {
    /// Whether both are the same but for who sent them: a device may send its operations again under another login.
    pub(super) fn is_again(&self, other: &Self) -> bool {
        let author = &self.author;
        let other = Self {
            author: author.clone(),
            ..other.clone()
        };
        *self == other
    }
}

/// A value before and after, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// What the author saw; without it, what the field held at the base revision.
    #[serde(
        default,
        deserialize_with = "also_null",
        skip_serializing_if = "Option::is_none"
    )]
    pub old: Option<Json>,
    /// What the author typed; `null` empties the field.
    pub new: Json,
}

/// A geometry before and after, in the coordinates in which it was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentGeometry {
    /// The EPSG code of the coordinates, easting or longitude first.
    pub crs: i32,
    /// What the author saw, in the form of GeoJSON (RFC 7946, section 3.1); without it, what stood at the base revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Json>,
    /// What the author made of it, likewise.
    pub new: Json,
}

/// A received batch: operations in the order in which they came, and on whose behalf they are committed.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Who answers for the change set.
    pub author: String,
    /// Why, in a few words.
    pub reason: String,
    /// When it was received, by the clock of the server.
    pub at: DateTime<Utc>,
    /// Whose features the change set may change.
    pub municipalities: Municipalities,
    /// What was sent.
    pub operations: Vec<Operation>,
}

impl Batch {
    /// Returns the change set of what is to be committed of it.
    pub(super) fn change_set(&self, changes: Vec<Change>) -> ChangeSet<'static> {
        ChangeSet {
            author: self.author.clone(),
            reason: self.reason.clone(),
            at: self.at,
            municipalities: self.municipalities.clone(),
            changes: Box::new(changes.into_iter()),
        }
    }
}

/// Tells `null` from nothing.
fn also_null<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(json).map(Some)
}

/// Instants as RFC 3339 texts in UTC.
pub(super) mod instant {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::merge) fn serialize<S: Serializer>(
        at: &DateTime<Utc>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        out.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    pub(in crate::merge) fn deserialize<'de, D: Deserializer<'de>>(
        json: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(json)?;
        let at = DateTime::parse_from_rfc3339(&text).map_err(D::Error::custom)?;
        Ok(at.to_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = r#"{"id":"0190a000-0000-7000-8000-000000000001","device":"tablet 3","author":"jana","after":"0190a000-0000-7000-8000-000000000002","layer":"benches","feature":"0190a000-0000-7000-8000-000000000003","act":"update","base":7,"set":{"height":{"old":null,"new":1.5},"note":{"new":"x"}},"geometry":{"crs":5514,"new":{"type":"Point","coordinates":[-790000.123456789,-1000000.1]}},"at":"2026-05-31T12:00:00Z"}"#;

    #[test]
    fn what_is_sent_is_kept_word_for_word() {
        let read: Operation = serde_json::from_str(SENT).expect("an operation");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), SENT);
        assert_eq!(read.set["height"].old, Some(Json::Null));
        assert_eq!(read.set["note"].old, None);
    }

    #[test]
    fn a_member_that_is_not_known_is_not_passed_over() {
        for (known, unknown) in [
            (r#""base":7"#, r#""base":7,"photo":1"#),
            (r#""new":"x""#, r#""new":"x","newer":"y""#),
            (r#""crs":5514"#, r#""crs":5514,"z":9"#),
        ] {
            let sent = SENT.replace(known, unknown);
            assert_ne!(sent, SENT);
            serde_json::from_str::<Operation>(&sent).expect_err(unknown);
        }
    }

    #[test]
    fn the_same_operation_may_come_from_another_login() {
        let one: Operation = serde_json::from_str(SENT).expect("an operation");
        let again = Operation {
            author: "petr".to_owned(),
            ..one.clone()
        };
        let other = Operation {
            base: Revision(8),
            ..one.clone()
        };
        assert!(one.is_again(&again) && !one.is_again(&other));
    }
}
