//! `[attachments]` of `obzor.toml`: where photos and documents lie, and how many there may be.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const HOUR: u64 = 60 * 60;
const MIB: u64 = 1024 * 1024;
/// More of any of them is a slip, and its bytes or seconds might not be a number.
const MOST: u64 = 1_000_000;

/// The section exactly as written; what it leaves out has a default.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachmentsEntry {
    /// Another folder than `attachments` in the instance; one that all servers of a city share.
    folder: Option<PathBuf>,
    /// GiB of all files together.
    total_gib: Option<u64>,
    /// MiB that a user may have promised in uploads that are not ended.
    begun_mib: Option<u64>,
    /// Hours after which an upload is given up to which nothing came.
    unfinished_hours: Option<u64>,
    /// Days for which bytes are kept that were removed, and files whose feature never came.
    kept_days: Option<u64>,
}

/// The limits, checked and complete.
#[derive(Clone, Debug)]
pub(crate) struct AttachmentLimits {
    pub(crate) folder: Option<PathBuf>,
    /// In bytes.
    pub(crate) total: u64,
    /// In bytes.
    pub(crate) begun: u64,
    pub(crate) unfinished: Duration,
    pub(crate) kept: Duration,
}

impl AttachmentsEntry {
    /// Fills in the defaults; names every number that cannot be a limit.
    pub(super) fn resolve(self, problems: &mut Vec<String>) -> AttachmentLimits {
        let mut limit = |name: &str, written: Option<u64>, default: u64| {
            let number = written.unwrap_or(default);
            if !(1..=MOST).contains(&number) {
                problems.push(format!("attachments.{name}: must be from 1 to {MOST}"));
            }
            number.min(MOST)
        };
        AttachmentLimits {
            total: limit("total_gib", self.total_gib, 20) * 1024 * MIB,
            begun: limit("begun_mib", self.begun_mib, 1024) * MIB,
            unfinished: Duration::from_secs(
                limit("unfinished_hours", self.unfinished_hours, 72) * HOUR,
            ),
            kept: Duration::from_secs(limit("kept_days", self.kept_days, 30) * 24 * HOUR),
            folder: self.folder,
        }
    }
}
