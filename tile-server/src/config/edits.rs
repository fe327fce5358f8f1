//! `[edits]` of `obzor.toml`: how long is remembered what was shown to those who write without `If-Match`.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

const DEFAULT_DAYS: u32 = 3;
const DAYS_MAX: u32 = 30;

/// The section exactly as written; what it leaves out has a default.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditsEntry {
    /// For how many days a window of QGIS may be open without reading anew.
    shown_days: Option<u32>,
}

impl EditsEntry {
    /// Fills in the default, or says what is wrong.
    pub(super) fn resolve(&self, problems: &mut Vec<String>) -> TimeDelta {
        let days = self.shown_days.unwrap_or(DEFAULT_DAYS);
        if !(1..=DAYS_MAX).contains(&days) {
            problems.push(format!(
                "edits.shown_days: must be between 1 and {DAYS_MAX}"
            ));
        }
        TimeDelta::days(days.into())
    }
}
