//! `datetime`: as of when features are asked for (OGC API Features Part 1, section 7.15.4).

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use layers::{FeatureStore, LayerView};

use crate::selection::AsOf;

use super::error::HttpError;
use super::parameters::{Parameters, bad};

/// From when until when; none where it is open.
pub(super) type Interval = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// The parameter.
pub(super) const DATETIME: &str = "datetime";

/// Reads as of when a layer is asked for; none is its newest state.
///
/// An interval stands for the state at its end. Of an attached table only the newest state is known.
pub(super) fn read(
    view: &LayerView,
    parameters: &Parameters,
) -> Result<Option<DateTime<Utc>>, HttpError> {
    let Some(text) = parameters.text(DATETIME) else {
        return Ok(None);
    };
    let state = State::read(text).ok_or_else(|| {
        bad(
            DATETIME,
            "musí být okamžik (2026-05-31T12:00:00Z), den (2026-05-31) nebo interval (…/…, ../…, …/..), který platí \
             za stav na svém konci",
            "must be an instant (2026-05-31T12:00:00Z), a day (2026-05-31) or an interval (…/…, ../…, …/..), which \
             stands for the state at its end",
        )
    })?;
    let State::At(instant) = state else {
        return Ok(None);
    };
    if view.layer().source.is_some() {
        return Err(bad(
            DATETIME,
            "zde nelze použít: vrstva ukazuje tabulku jiného programu, z níž je znám jen nynější stav",
            "cannot be used here: the layer shows a table of other software, of which only the newest state is known",
        ));
    }
    Ok(Some(instant))
}

/// Reads an interval, in which an end may be open; an instant or a day is one too.
pub(super) fn interval(text: Option<&str>) -> Result<Interval, HttpError> {
    let Some(text) = text else {
        return Ok((None, None));
    };
    let (from, to) = text.split_once('/').unwrap_or((text, text));
    let end = |text: &str, read: fn(&str) -> Option<DateTime<Utc>>| {
        if is_open(text) {
            return Ok(None);
        }
        read(text).map(Some).ok_or_else(|| {
            bad(
                DATETIME,
                "musí být den (2026-05-31), okamžik (2026-05-31T12:00:00Z) nebo interval (…/…, ../…, …/..)",
                "must be a day (2026-05-31), an instant (2026-05-31T12:00:00Z) or an interval (…/…, ../…, …/..)",
            )
        })
    };
    Ok((end(from, first_moment)?, end(to, last_moment)?))
}

/// Finds the revision that was the newest at an instant.
pub(super) fn find(
    store: &dyn FeatureStore,
    asked: Option<DateTime<Utc>>,
) -> Result<Option<AsOf>, HttpError> {
    let found = asked.map(|instant| {
        let revision = store.revision_at(instant)?;
        Ok::<_, HttpError>(AsOf { instant, revision })
    });
    found.transpose()
}

/// A state that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Newest,
    At(DateTime<Utc>),
}

impl State {
    /// Reads an instant or an interval, as the standard writes them; an interval without an end is the newest state.
    fn read(text: &str) -> Option<Self> {
        let Some((from, to)) = text.split_once('/') else {
            return last_moment(text).map(Self::At);
        };
        let from = if is_open(from) {
            None
        } else {
            Some(first_moment(from)?)
        };
        if is_open(to) {
            return Some(Self::Newest);
        }
        let to = last_moment(to)?;
        from.is_none_or(|from| from <= to).then_some(Self::At(to))
    }
}

fn is_open(end: &str) -> bool {
    end.is_empty() || end == ".."
}

/// Reads an instant of RFC 3339; a bare day stands for its last moment in UTC, so that all that was done on it counts.
fn last_moment(text: &str) -> Option<DateTime<Utc>> {
    instant(text).or_else(|| {
        let next = day(text)?.checked_add_days(Days::new(1))?;
        next.checked_sub_signed(TimeDelta::milliseconds(1))
    })
}

fn first_moment(text: &str) -> Option<DateTime<Utc>> {
    instant(text).or_else(|| day(text))
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(at.to_utc())
}

fn day(text: &str) -> Option<DateTime<Utc>> {
    let day: NaiveDate = text.parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<State>) {
        assert_eq!(State::read(text), expected, "{text}");
    }

    #[test]
    fn an_interval_is_the_state_at_its_end() {
        let at = |text: &str| Some(State::At(text.parse().expect("an instant")));
        let noon = at("2026-05-31T12:00:00Z");
        let evening = at("2026-05-31T23:59:59.999Z");
        check("2026-05-31T12:00:00Z", noon);
        check("2026-05-31T14:00:00+02:00", noon);
        check("../2026-05-31T12:00:00Z", noon);
        check("/2026-05-31T14:00:00+02:00", noon);
        check("2025-01-01/2026-05-31T12:00:00Z", noon);
        check("2026-05-31", evening);
        check("2026-05-31/2026-05-31", evening);
        check("2026-05-31T12:00:00Z/..", Some(State::Newest));
        check("../..", Some(State::Newest));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        check("", None);
        check("yesterday", None);
        check("2026-13-01T00:00:00Z", None);
        check("2026-01-01T00:00:00Z/2025-01-01T00:00:00Z", None);
        check("a/..", None);
        check("../b", None);
    }
}
