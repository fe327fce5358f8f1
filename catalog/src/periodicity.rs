//! How often a dataset is renewed, by the EU's list of frequencies.

use chrono::{Days, Months, NaiveDate};
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

impl Periodicity {
    /// Returns the day by which the next release is due; none when no time is promised.
    pub fn next_due(self, released_on: NaiveDate) -> Option<NaiveDate> {
        let after_days = |days| released_on.checked_add_days(Days::new(days));
        let after_months = |months| released_on.checked_add_months(Months::new(months));
        match self {
            Self::Daily => after_days(1),
            Self::Weekly => after_days(7),
            Self::Biweekly => after_days(14),
            Self::Monthly => after_months(1),
            Self::Quarterly => after_months(3),
            Self::Semiannual => after_months(6),
            Self::Annual => after_months(12),
            Self::Continuous | Self::Irregular | Self::Never => None,
        }
    }
}
