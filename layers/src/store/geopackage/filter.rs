//! How a filter is written in the SQL of the file, and the functions that it calls.

use chrono::{DateTime, NaiveDate};
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::Value as Sql;

use super::column::to_sql;
use super::query::Selection;
use crate::cql2::{Fold, Pattern};
use crate::store::filter::{Dialect, Literals};
use crate::{FieldType, Value};

impl Literals for Selection {
    fn bind_value(&mut self, value: &Value) -> String {
        self.bind(match value {
            Value::Timestamp(at) => Sql::Integer(at.timestamp_micros()),
            value => to_sql(&FieldType::Text, value),
        })
    }

    fn instant(column: &str) -> String {
        format!("obzor_instant({column})")
    }

    fn ordered(text: &str) -> String {
        text.to_owned()
    }
}

impl Dialect for Selection {
    fn moment(day: &str) -> String {
        format!("obzor_instant({day})")
    }

    fn real(number: &str) -> String {
        format!("CAST({number} AS REAL)")
    }

    fn fold(fold: Fold, text: &str) -> String {
        match fold {
            Fold::Case => format!("obzor_without_case({text})"),
            Fold::Accents => format!("obzor_without_accents({text})"),
        }
    }

    fn like(&mut self, text: &str, pattern: &Pattern) -> String {
        let pattern = self.bind(Sql::Text(pattern.write()));
        format!("obzor_like({text}, {pattern})")
    }
}

/// Adds the functions that a filter calls; each of them knows nothing of what it cannot read.
pub(super) fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, fold) in [
        ("obzor_without_case", Fold::Case),
        ("obzor_without_accents", Fold::Accents),
    ] {
        connection.create_scalar_function(name, 1, flags, move |args| {
            Ok(text(args, 0).map(|text| fold.of(text)))
        })?;
    }
    connection.create_scalar_function("obzor_instant", 1, flags, |args| {
        Ok(text(args, 0).and_then(instant))
    })?;
    connection.create_scalar_function("obzor_like", 2, flags, |args| {
        let pattern = args.get_or_create_aux(1, |value| -> Result<_, rusqlite::Error> {
            Ok(Pattern::read(value.as_str()?))
        })?;
        Ok(text(args, 0).map(|text| pattern.matches(text)))
    })
}

fn text<'a>(args: &'a Context<'_>, place: usize) -> Option<&'a str> {
    args.get_raw(place).as_str().ok()
}

/// Returns the microseconds from 1970 to an instant, or to the first moment of a day.
fn instant(text: &str) -> Option<i64> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.timestamp_micros());
    }
    let day: NaiveDate = text.parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
}
