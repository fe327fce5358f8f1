//! What a definition file may hold, exactly as written; nothing here is checked yet.

use serde::Deserialize;

use super::source::SourceEntry;
use crate::merge::MergePolicy;
use crate::{AttachmentRules, Borders, GeometryType, PrivacyClass, Text, Zooms};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupsFile {
    pub(super) groups: Vec<GroupEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEntry {
    pub(super) id: String,
    pub(super) title: Text,
    pub(super) layers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeListsFile {
    pub(super) lists: Vec<CodeListEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeListEntry {
    pub(super) id: String,
    pub(super) source: Option<String>,
    pub(super) codes: Vec<CodeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeEntry {
    pub(super) code: CodeValue,
    pub(super) cs: String,
    pub(super) en: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum CodeValue {
    Integer(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommonFieldsFile {
    pub(super) fields: Vec<FieldEntry>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldEntry {
    pub(super) name: String,
    pub(super) alias: String,
    pub(super) title: Text,
    #[serde(rename = "type")]
    pub(super) field_type: String,
    pub(super) layer: Option<String>,
    #[serde(default)]
    pub(super) items: Vec<FieldEntry>,
    pub(super) unit: Option<String>,
    #[serde(default)]
    pub(super) mandatory: bool,
    pub(super) codes: Option<String>,
    pub(super) range: Option<(f64, f64)>,
    #[serde(default)]
    pub(super) privacy: PrivacyClass,
    #[serde(default)]
    pub(super) merge: MergePolicy,
    #[serde(default)]
    pub(super) indexed: bool,
    /// Former names.
    #[serde(default)]
    pub(super) was: Vec<String>,
    #[serde(default)]
    pub(super) retired: bool,
    /// The column of an attached table.
    pub(super) column: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerFile {
    pub(super) id: String,
    pub(super) alias: String,
    pub(super) title: Text,
    pub(super) description: Text,
    pub(super) group: String,
    pub(super) class: String,
    pub(super) geometry: Option<GeometryType>,
    pub(super) audience: PrivacyClass,
    pub(super) municipal: bool,
    #[serde(default)]
    pub(super) coverage: bool,
    pub(super) borders: Option<Borders>,
    #[serde(default)]
    pub(super) key: Vec<String>,
    pub(super) public_if: Option<String>,
    pub(super) label: String,
    /// Names of common fields that the layer has, put before its own.
    #[serde(default)]
    pub(super) common: Vec<String>,
    /// Names of common fields put after its own.
    #[serde(default)]
    pub(super) common_last: Vec<String>,
    #[serde(default)]
    pub(super) tile_fields: Vec<String>,
    pub(super) zooms: Option<Zooms>,
    pub(super) search: Option<SearchEntry>,
    pub(super) steward: String,
    pub(super) update_frequency: String,
    /// The table that others keep, if the layer only shows one.
    pub(super) source: Option<SourceEntry>,
    pub(super) attachments: Option<AttachmentRules>,
    pub(super) fields: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchEntry {
    pub(super) label: String,
    #[serde(default)]
    pub(super) also: Vec<String>,
    pub(super) rank: u8,
}
