//! Layers: one kind of object each, with its schema.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

mod label;

use crate::{AttachmentRules, Field, PrivacyClass, Revision, Source, Text};

pub use self::label::Label;

/// The name of a layer: English, plural, kebab-case (`street-lights`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LayerId(Arc<str>);

impl LayerId {
    /// Makes an id; `None` unless it starts with a letter and has only `a–z`, `0–9` and single hyphens, 63 at most.
    pub fn new(id: &str) -> Option<Self> {
        let clean = id.len() <= 63
            && id.starts_with(|c: char| c.is_ascii_lowercase())
            && !id.ends_with('-')
            && !id.contains("--")
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        clean.then(|| Self(id.into()))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LayerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<LayerId> for String {
    fn from(id: LayerId) -> Self {
        id.0.to_string()
    }
}

impl TryFrom<String> for LayerId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        Self::new(&id).ok_or_else(|| format!("`{id}` is not a layer id: use a–z, 0–9 and hyphens"))
    }
}

/// The geometry type of a layer's features, in OGC Simple Features words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum GeometryType {
    /// One position.
    Point,
    /// One line.
    LineString,
    /// One area, with holes or without.
    Polygon,
    /// One or more lines.
    MultiLineString,
    /// One or more areas.
    MultiPolygon,
}

impl GeometryType {
    /// Returns the OGC name in capitals, as GeoPackage and PostGIS write it.
    pub fn ogc_name(self) -> &'static str {
        match self {
            Self::Point => "POINT",
            Self::LineString => "LINESTRING",
            Self::Polygon => "POLYGON",
            Self::MultiLineString => "MULTILINESTRING",
            Self::MultiPolygon => "MULTIPOLYGON",
        }
    }
}

/// A heading of the layer tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// English, kebab-case.
    pub id: String,
    /// What people read.
    pub title: Text,
}

/// From which to which zoom level of the Web Mercator grid a layer is in tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zooms {
    /// First zoom level with this layer.
    pub min: u8,
    /// Last zoom level with tiles; clients enlarge them beyond it.
    pub max: u8,
}

/// Marks the layer whose areas are the borders of the municipalities, and says which of them can be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Borders {
    /// The text field that says how well a border is known.
    pub field: String,
    /// Its value for a border from the register; any other is approximate.
    pub exact: String,
}

/// How features of a layer are found by typing.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// What is searched and shown as a hit.
    pub label: Label,
    /// Further ways of writing the same, searched but not shown.
    pub also: Vec<Label>,
    /// Layers with a lower rank come first among equally good hits.
    pub rank: u8,
}

/// One kind of object with its schema, as a definition file describes it.
///
/// Geometry is in EPSG:5514. A layer without a geometry type is a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The name in URLs and in the store.
    pub id: LayerId,
    /// The Czech name of the canonical schema.
    pub alias: String,
    /// What people read.
    pub title: Text,
    /// What the layer holds, in a sentence or two.
    pub description: Text,
    /// The id of its heading in the layer tree.
    pub group: String,
    /// The class by which the policy says who sees and does what.
    pub class: String,
    /// The geometry type, or none for a table.
    pub geometry: Option<GeometryType>,
    /// The schema, in the order in which people should read it.
    pub fields: Vec<Field>,
    /// The least privacy class whose readers may see the layer at all.
    pub audience: PrivacyClass,
    /// Whether every feature belongs to one municipality (field `municipality_code`).
    pub municipal: bool,
    /// Whether its areas share borders that must stay shared.
    pub coverage: bool,
    /// Set when its areas are the borders of the municipalities; at most one layer is that.
    pub borders: Option<Borders>,
    /// The fields that together name one feature, if any do.
    pub key: Vec<String>,
    /// The boolean field that says whether a row is public, if rows differ.
    pub public_if: Option<String>,
    /// The heading of a feature's card.
    pub label: Label,
    /// The fields that tiles carry.
    pub tile_fields: Vec<String>,
    /// Where it shows in tiles.
    pub zooms: Zooms,
    /// How it is found by typing, if it is.
    pub search: Option<Search>,
    /// The office that answers for the data.
    pub steward: String,
    /// How often it is expected to change (ISO 8601 duration), such as `P1Y`.
    pub update_frequency: String,
    /// The table of other software that it shows, if it is not kept here.
    pub source: Option<Source>,
    /// What may hang on its features; nothing without it.
    pub attachments: Option<AttachmentRules>,
}

impl Layer {
    /// Returns the field that has that name, or had it, and its place in the schema.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields
            .iter()
            .enumerate()
            .find(|(_, field)| field.is_called(name))
    }

    /// Returns the fields of which stores keep an index.
    pub fn indexed(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.indexed)
    }

    /// Returns the state to read when a state of the whole store is wanted: an attached table has only the newest.
    pub fn state_at(&self, revision: Option<Revision>) -> Option<Revision> {
        revision.filter(|_| self.source.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_id_is_kebab_case_and_nothing_else() {
        for good in ["street-lights", "parcels", "a1"] {
            assert!(LayerId::new(good).is_some(), "{good}");
        }
        for bad in ["", "Street", "1a", "a--b", "a-", "a_b", "a;drop", "č"] {
            assert!(LayerId::new(bad).is_none(), "{bad}");
        }
    }
}
