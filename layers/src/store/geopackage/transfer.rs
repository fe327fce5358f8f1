//! The whole store in and out: what [`crate::Transfer`] asks of a `GeoPackage`.

mod ledger;
mod read;
mod write;

pub(super) use self::ledger::take_over_ledger;
pub(super) use self::read::snapshot;
pub(super) use self::write::{take_over, take_over_records};
