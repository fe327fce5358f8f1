//! Features: the things a layer holds.

use std::fmt;
use std::str::FromStr;

use geo_types::Geometry;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Value;

/// The identity of a feature, the same in URLs, operations and copies: a `UUIDv7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FeatureId(Uuid);

impl FeatureId {
    /// Makes an id from the milliseconds since 1970 and ten random bytes (RFC 9562, section 5.7).
    pub fn new_v7(unix_millis: u64, random: &[u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(unix_millis, random).into_uuid())
    }

    /// Returns the UUID.
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for FeatureId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for FeatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for FeatureId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::from_str(text).map(Self)
    }
}

impl From<FeatureId> for String {
    fn from(id: FeatureId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for FeatureId {
    type Error = uuid::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// One version of one feature, as one audience sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// The identity for ever.
    pub id: FeatureId,
    /// The store's 64-bit key: GeoPackage primary key and MVT feature id.
    pub fid: i64,
    /// How many times the feature has been committed; 1 for a new one.
    pub rev: i64,
    /// The geometry in EPSG:5514, none in a table.
    pub geometry: Option<Geometry<f64>>,
    /// One value for each field of the view it was read through, in the view's order.
    pub values: Vec<Value>,
}
