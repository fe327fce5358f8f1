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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(periodicity: Periodicity, released_on: &str, due: Option<&str>) {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(periodicity.next_due(day(released_on)), due.map(day));
    }

    #[test]
    fn the_next_release_is_due_one_period_later() {
        check(Periodicity::Daily, "2026-12-31", Some("2027-01-01"));
        check(Periodicity::Monthly, "2027-01-31", Some("2027-02-28"));
        check(Periodicity::Quarterly, "2026-11-23", Some("2027-02-23"));
        check(Periodicity::Annual, "2028-02-29", Some("2029-02-28"));
        check(Periodicity::Irregular, "2026-11-23", None);
    }
}
