//! How a row of the audit log is chained to the one before.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// What stands for the hash before the first row.
pub(crate) const GENESIS: &str = "";

/// Returns the hash of a row: of the chain's name, its place, the hash before it and its text, a line each.
///
/// `postgis/migrations` says the same in SQL, and a test compares the two.
pub(crate) fn link(chain: &str, seq: i64, before: &str, text: &str) -> String {
    let row = format!("obzor-audit-1\n{chain}\n{seq}\n{before}\n{text}");
    let mut hash = String::with_capacity(64);
    for byte in Sha256::digest(row.as_bytes()) {
        write!(hash, "{byte:02x}").expect("a string takes every character");
    }
    hash
}
