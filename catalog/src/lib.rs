#![doc = include_str!("../README.md")]

mod addresses;
mod check;
mod dataset;
mod entry;
mod error;
mod periodicity;
mod record;
mod release;
mod spatial;
mod terms_of_use;
mod theme;
mod vocabulary;
mod wording;

pub use addresses::Addresses;
pub use check::{Finding, Problem};
pub use dataset::{Contact, Dataset, Publisher};
pub use entry::Entry;
pub use error::CatalogError;
pub use periodicity::Periodicity;
pub use release::{CheckResult, FileFormat, Release, ReleaseFile, Severity};
pub use spatial::{Territory, TerritoryKind};
pub use terms_of_use::{Licence, PersonalData, Protection, TermsOfUse};
pub use theme::Theme;
pub use vocabulary::{CatalogProfile, JSON_LD, schema_org};
