//! The vocabularies in which catalogues speak to each other: the only modules that hold RDF terms and IRIs.

mod code_lists;
mod dcat_ap_cz;
mod schema_org;
mod terms_of_use;

pub use dcat_ap_cz::{CatalogProfile, JSON_LD};
pub use schema_org::schema_org;
