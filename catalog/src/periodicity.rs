//! How often a dataset is renewed, by the EU's list of frequencies.

use serde::{Deserialize, Serialize};

/// The frequencies that a city needs; each is written as its code in the EU's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Periodicity {
    /// Without pause, as the data change.
    #[serde(rename = "CONT")]
    Continuous,
    /// Every day.
    #[serde(rename = "DAILY")]
    Daily,
    /// Every week.
    #[serde(rename = "WEEKLY")]
    Weekly,
    /// Every two weeks.
    #[serde(rename = "BIWEEKLY")]
    Biweekly,
    /// Every month.
    #[serde(rename = "MONTHLY")]
    Monthly,
    /// Every three months.
    #[serde(rename = "QUARTERLY")]
    Quarterly,
    /// Twice a year.
    #[serde(rename = "ANNUAL_2")]
    Semiannual,
    /// Every year.
    #[serde(rename = "ANNUAL")]
    Annual,
    /// At no fixed times.
    #[serde(rename = "IRREG")]
    Irregular,
    /// Not any more.
    #[serde(rename = "NEVER")]
    Never,
}
