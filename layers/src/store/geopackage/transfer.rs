//! The whole store in and out: what [`crate::Transfer`] asks of a `GeoPackage`.

mod read;
mod write;

pub(super) use self::read::snapshot;
pub(super) use self::write::{take_over, take_over_records};
