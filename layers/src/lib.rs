#![doc = include_str!("../README.md")]

mod audience;
pub mod audit;
mod bbox;
mod change;
mod code_list;
pub mod cql2;
pub mod crs;
mod definition;
mod error;
mod feature;
mod field;
mod finding;
pub mod geojson;
mod health;
mod history;
mod layer;
mod layer_set;
mod likeness;
pub mod merge;
mod municipality;
mod office;
pub mod policy;
mod query;
mod schema;
mod source;
pub mod store;
mod territory;
mod text;
mod transfer;
pub mod undo;
mod validity;
mod value;

pub use audience::{Audience, LayerView, PrivacyClass, Rows, last_visible_revision};
pub use change::{Change, ChangeSet};
pub use code_list::{Code, CodeList};
pub use definition::{AttachmentRules, MediaType, read_definitions};
pub use error::{DefinitionError, Rejection, Rejections, StoreError};
pub use feature::{Feature, FeatureId};
pub use field::{Field, FieldType};
pub use finding::{Finding, Problem};
pub use health::examine;
pub use history::{Applied, ChangeKind, LoggedChange, Revision, RevisionInfo, Scope, Touched};
pub use layer::{Borders, GeometryType, Group, Label, Layer, LayerId, Search, Zooms};
pub use layer_set::LayerSet;
pub use municipality::{MUNICIPALITY_FIELD, Municipalities, Municipality, municipalities};
pub use office::{OfficeRecord, OfficeStore, RecordChange, RecordKind};
pub use source::{Freshness, Origin, Source, Watch};
pub use store::{FeatureStore, FeatureStream, Standing, Store};
pub use territory::{Territories, Territory};
pub use text::{Language, Text};
pub use transfer::{
    CopyError, Fingerprint, HistoryEntry, HistoryStream, LayerFingerprint, Snapshot,
    StandingStream, StoreFingerprint, Transfer, Version, copied_so_far, fingerprint,
};
pub use validity::{Flaw, FlawKind, find_flaws};
pub use value::{Value, from_json, read_value, to_json};
pub use {bbox::Bbox, likeness::nearest, query::FeatureQuery, query::SortKey};
