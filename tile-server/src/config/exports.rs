//! `[exports]` of `obzor.toml`: how much disk the files take that were made of features.

use serde::{Deserialize, Serialize};

const MIB: u64 = 1024 * 1024;
const DEFAULT_MIB: u64 = 2048;
/// More is a slip.
const MOST_MIB: u64 = 1_000_000;

/// The section exactly as written; what it leaves out has a default.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportsEntry {
    /// MiB of files that are kept, for ten minutes at most.
    kept_mib: Option<u64>,
}

impl ExportsEntry {
    /// Fills in the default and returns bytes, or says what is wrong.
    pub(super) fn resolve(&self, problems: &mut Vec<String>) -> u64 {
        let mib = self.kept_mib.unwrap_or(DEFAULT_MIB);
        if mib > MOST_MIB {
            problems.push(format!("exports.kept_mib: must be {MOST_MIB} at most"));
        }
        mib.min(MOST_MIB) * MIB
    }
}
