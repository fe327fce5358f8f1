//! `[retention]` of `obzor.toml`: for how long the history of the layers of a class is kept.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, Months, Utc};
use layers::policy::Policy;
use serde::{Deserialize, Serialize};

/// A device that works offline, a window of QGIS and an offline package may be this old, and their edits must still be
/// merged; this is more than `shown_days` can be.
const LEAST_DAYS: u32 = 90;
/// More is a slip.
const MOST: u32 = 1000;
/// Says that nothing goes, as where a class is not named.
const FOREVER: &str = "forever";

/// The section exactly as written: a term for each class that has one.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct RetentionEntry(BTreeMap<String, String>);

/// For how long history is kept, by the class of the layer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Retention(BTreeMap<String, Term>);

/// How far history reaches back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Days(u32),
    Months(u32),
}

impl RetentionEntry {
    /// Reads the terms, or says what is wrong with each.
    pub(super) fn resolve(&self, problems: &mut Vec<String>) -> Retention {
        let classes = &Policy::in_force().classes;
        let mut terms = BTreeMap::new();
        for (class, text) in &self.0 {
            if !classes.iter().any(|known| known.id == *class) {
                let known: Vec<_> = classes.iter().map(|known| known.id.as_str()).collect();
                let known = known.join(", ");
                problems.push(format!("retention.{class}: the classes are {known}"));
                continue;
            }
            match Term::read(text) {
                Ok(term) => terms.extend(term.map(|term| (class.clone(), term))),
                Err(expected) => problems.push(format!("retention.{class}: {expected}")),
            }
        }
        Retention(terms)
    }
}

impl Retention {
    /// Whether all history is kept.
    pub(crate) fn is_forever(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how far the history of a class of layers reaches back; none when all of it is kept.
    pub(crate) fn of(&self, class: &str) -> Option<Term> {
        self.0.get(class).copied()
    }
}

impl Term {
    /// Reads a term such as `5 years`; none is for ever.
    fn read(text: &str) -> Result<Option<Self>, String> {
        if text == FOREVER {
            return Ok(None);
        }
        let written = text.split_once(' ');
        let read = written.and_then(|(number, unit)| {
            let number = number.parse().ok().filter(|number| *number <= MOST)?;
            match unit {
                "day" | "days" => Some(Self::Days(number)),
                "month" | "months" => Some(Self::Months(number)),
                "year" | "years" => Some(Self::Months(number * 12)),
                _ => None,
            }
        });
        let term = read.ok_or_else(|| {
            format!(
                "`{text}` must be like \"400 days\", \"18 months\", \"5 years\" or \"{FOREVER}\""
            )
        })?;
        match term {
            Self::Days(days) if days < LEAST_DAYS => Err(too_short()),
            Self::Months(months) if months * 30 < LEAST_DAYS => Err(too_short()),
            term => Ok(Some(term)),
        }
    }

    /// Returns where history begins that reaches back from an instant.
    pub(crate) fn before(self, instant: DateTime<Utc>) -> DateTime<Utc> {
        let start = match self {
            Self::Days(days) => instant.checked_sub_days(Days::new(days.into())),
            Self::Months(months) => instant.checked_sub_months(Months::new(months)),
        };
        start.unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

fn too_short() -> String {
    format!("must be {LEAST_DAYS} days at least, because edits made offline are merged with it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_a_number_of_days_months_or_years() {
        assert_eq!(Term::read("forever"), Ok(None));
        assert_eq!(Term::read("90 days"), Ok(Some(Term::Days(90))));
        assert_eq!(Term::read("18 months"), Ok(Some(Term::Months(18))));
        assert_eq!(Term::read("1 year"), Ok(Some(Term::Months(12))));
        for wrong in ["", "5", "5 let", "-5 years", "years", "5000000 years"] {
            let said = Term::read(wrong).expect_err(wrong);
            assert!(said.contains("\"5 years\""), "{wrong}: {said}");
        }
        for short in ["0 years", "2 months", "89 days"] {
            let said = Term::read(short).expect_err(short);
            assert!(said.contains("90 days at least"), "{short}: {said}");
        }
    }

    #[test]
    fn a_year_reaches_back_to_the_same_day() {
        let day = |text: &str| {
            let day: DateTime<Utc> = text.parse().expect("an instant");
            day
        };
        let year = Term::Months(12).before(day("2028-02-29T10:00:00Z"));
        assert_eq!(year, day("2027-02-28T10:00:00Z"));
        let days = Term::Days(90).before(day("2028-03-31T10:00:00Z"));
        assert_eq!(days, day("2028-01-01T10:00:00Z"));
    }
}
