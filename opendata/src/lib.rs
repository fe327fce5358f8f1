#![doc = include_str!("../README.md")]

mod check;
mod error;
mod files;
mod finding;
mod gate;
mod inspection;
mod public_view;

pub use check::Check;
pub use error::PublicationError;
pub use files::{MANIFEST, REPORT, findings_json, finish_files, write_files};
pub use finding::{Finding, Findings, Place};
pub use gate::{Obstacle, check_dataset};
pub use inspection::{Inspection, inspect};
pub use public_view::PublicView;
