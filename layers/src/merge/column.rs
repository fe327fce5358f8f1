//! Merging two values of one field, by the policy of the field.

use std::cmp::Ordering;

use serde::Deserialize;

use crate::{FieldType, Value};

/// What is done when two people gave one field different values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MergePolicy {
    /// The committed value stands, and a person decides.
    #[default]
    Manual,
    /// The rows of a list that either added are there, and those that either removed are gone.
    Union,
    /// The greater number or the later date stands.
    Max,
    /// The smaller number or the earlier date stands.
    Min,
    /// The committed value stands.
    Theirs,
}

impl MergePolicy {
    /// Returns why fields of that type cannot have this policy, if they cannot.
    pub(crate) fn misfit(self, field_type: &FieldType) -> Option<&'static str> {
        let is_ordered = matches!(
            field_type,
            FieldType::Integer | FieldType::Real | FieldType::Date | FieldType::Timestamp
        );
        match self {
            Self::Union if !matches!(field_type, FieldType::List(_)) => {
                Some("`merge` is `union`, which is only for lists")
            }
            Self::Max | Self::Min if !is_ordered => {
                Some("`merge` is `max` or `min`, which is only for numbers, dates and times")
            }
            _ => None,
        }
    }

    /// Merges two values that both differ from the base and from one another; none when a person has to decide.
    pub(super) fn merge(self, base: Option<&Value>, theirs: &Value, mine: &Value) -> Option<Value> {
        let extreme = |wanted: Ordering| {
            let mine_wins = theirs.is_null() || (!mine.is_null() && order(mine, theirs) == wanted);
            Some(if mine_wins { mine } else { theirs }.clone())
        };
        match self {
            Self::Manual => None,
            Self::Theirs => Some(theirs.clone()),
            Self::Max => extreme(Ordering::Greater),
            Self::Min => extreme(Ordering::Less),
            Self::Union => Some(union(base.map_or(&[], rows), rows(theirs), rows(mine))),
        }
    }
}

/// Compares values of one type that has an order.
fn order(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Real(one), Value::Real(other)) => one.total_cmp(other),
        (Value::Date(one), Value::Date(other)) => one.cmp(other),
        (Value::Timestamp(one), Value::Timestamp(other)) => one.cmp(other),
        _ => Ordering::Equal,
    }
}

type Row = Vec<Value>;

/// Returns the rows of a list; nothing known are none.
fn rows(list: &Value) -> &[Row] {
    match list {
        Value::List(rows) => rows,
        _ => &[],
    }
}

/// Takes the rows that I removed out of theirs, and puts those that I added behind them; what both added is there once.
fn union(base: &[Row], theirs: &[Row], mine: &[Row]) -> Value {
    let mut merged = without(theirs, &without(base, mine));
    let added = without(mine, base);
    merged.extend(without(&added, &without(theirs, base)));
    Value::List(merged)
}

/// Returns the rows less those of another list, each taken away as often as it is there.
fn without(rows: &[Row], taken: &[Row]) -> Vec<Row> {
    let mut taken: Vec<_> = taken.iter().collect();
    let is_left = |row: &&Row| match taken.iter().position(|other| other == row) {
        Some(place) => {
            taken.swap_remove(place);
            false
        }
        None => true,
    };
    rows.iter().filter(is_left).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: MergePolicy, values: &[Value; 3], expected: impl Into<Option<Value>>) {
        let [base, theirs, mine] = values;
        assert_eq!(policy.merge(Some(base), theirs, mine), expected.into());
    }

    fn list(rows: &str) -> Value {
        let row = |letter: char| vec![Value::from(letter.to_string())];
        Value::List(rows.chars().map(row).collect())
    }

    #[test]
    fn the_greater_the_smaller_and_the_committed_value() {
        let numbers = [1, 5, 3].map(Value::from);
        check(MergePolicy::Max, &numbers, Some(5.into()));
        check(MergePolicy::Min, &numbers, Some(3.into()));
        check(MergePolicy::Theirs, &numbers, Some(5.into()));
        check(MergePolicy::Manual, &numbers, None);
        let numbers = [1.0, -2.5, 3.0].map(Value::from);
        check(MergePolicy::Max, &numbers, Some(3.0.into()));
    }

    #[test]
    fn what_is_known_wins_over_nothing() {
        for policy in [MergePolicy::Max, MergePolicy::Min] {
            let known = Value::from(7);
            check(
                policy,
                &[1.into(), Value::Null, known.clone()],
                Some(known.clone()),
            );
            check(policy, &[1.into(), known.clone(), Value::Null], Some(known));
        }
    }

    #[test]
    fn rows_are_added_and_removed_by_either() {
        for (base, theirs, mine, expected) in [
            ("ab", "abc", "abd", "abcd"),
            ("ab", "b", "abd", "bd"),
            ("ab", "abc", "a", "ac"),
            ("", "x", "x", "x"),
            ("a", "aa", "ab", "aab"),
            ("aa", "aab", "a", "ab"),
            ("ab", "", "abc", "c"),
        ] {
            check(
                MergePolicy::Union,
                &[list(base), list(theirs), list(mine)],
                Some(list(expected)),
            );
        }
        let nothing = [Value::Null, list("a"), list("b")];
        check(MergePolicy::Union, &nothing, Some(list("ab")));
        assert_eq!(
            MergePolicy::Union.merge(None, &list("a"), &list("b")),
            Some(list("ab"))
        );
    }
}
