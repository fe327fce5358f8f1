//! How a filter is written in the SQL of the database.

use super::column::{Sql, column_type};
use super::query::Selection;
use crate::cql2::{Fold, Pattern, SAME_LETTERS};
use crate::store::filter::{Dialect, Literals};
use crate::store::sql::literal;
use crate::{FieldType, Value};

/// Returns the type that a bound value has.
pub(super) fn literal_type(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => column_type(&FieldType::Integer),
        Value::Real(_) => column_type(&FieldType::Real),
        Value::Boolean(_) => column_type(&FieldType::Boolean),
        Value::Date(_) => column_type(&FieldType::Date),
        // Not of three digits, as columns are: it may lie between two milliseconds.
        Value::Timestamp(_) => "timestamp with time zone",
        Value::Null | Value::Text(_) | Value::List(_) => column_type(&FieldType::Text),
    }
}

impl Literals for Selection {
    fn bind_value(&mut self, value: &Value) -> String {
        let place = self.bind(Sql::of(&FieldType::Text, value));
        format!("{place}::{}", literal_type(value))
    }

    fn instant(column: &str) -> String {
        column.to_owned()
    }

    fn ordered(text: &str) -> String {
        format!("({text} COLLATE \"C\")")
    }
}

impl Dialect for Selection {
    fn moment(day: &str) -> String {
        format!("({day}::timestamp AT TIME ZONE 'UTC')")
    }

    fn real(number: &str) -> String {
        format!("{number}::double precision")
    }

    fn fold(fold: Fold, text: &str) -> String {
        let folded = match fold {
            Fold::Case => SAME_LETTERS.iter().fold(
                format!("lower({text} COLLATE \"und-x-icu\")"),
                |text, (form, letter)| {
                    format!("replace({text}, {}, {})", literal(form), literal(letter))
                },
            ),
            Fold::Accents => format!(
                "normalize(regexp_replace(normalize({text}, NFD), '[\\u0300-\\u036f]', '', 'g'), NFC)"
            ),
        };
        Self::ordered(&folded)
    }

    fn like(&mut self, text: &str, pattern: &Pattern) -> String {
        let pattern = self.bind_value(&Value::Text(pattern.write()));
        format!("{text} LIKE {pattern}")
    }
}
