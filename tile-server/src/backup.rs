//! Backups: a whole instance in one file, at one revision, with the checksum of everything in it.
//!
//! The file is a zip of stored entries, the manifest first, so that anybody can open it without Obzor.

mod archive;
mod manifest;
mod unpack;
mod verify;

pub(crate) use self::archive::{Contents, write};
pub(crate) use self::manifest::Manifest;
pub(crate) use self::unpack::{prepare_folder, unpack};
pub(crate) use self::verify::verify;

/// The entry that says what the others are.
const MANIFEST: &str = "manifest.json";
