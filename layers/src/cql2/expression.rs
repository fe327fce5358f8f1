//! A filter as a tree, the same whether it came as text or as JSON.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use geo::MapCoordsInPlace;
use geo_types::{Coord, Geometry};

use super::{Operator, Place};

/// A part of a filter with its place; two are equal when they say the same, wherever they stand.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it says.
    pub node: Node,
    /// Where it stands.
    pub place: Place,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// What a part of a filter says.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A text.
    Text(String),
    /// A number.
    Number(Number),
    /// True or false.
    Boolean(bool),
    /// A day or an instant.
    Moment(Moment),
    /// A time from one end to another: instants, properties, functions, or open.
    Interval(Box<[Expression; 2]>),
    /// An end of an interval that is open.
    Open,
    /// A geometry, in the coordinates in which it was written; heights are left out.
    Geometry(Geometry<f64>),
    /// A box: west, south, east, north in the coordinates in which it was written; heights are left out.
    Bbox([f64; 4]),
    /// Several values.
    Array(Vec<Expression>),
    /// What a feature has under a name.
    Property(String),
    /// Something done with arguments.
    Call(Operator, Vec<Expression>),
}

/// A number as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Without a fraction.
    Integer(i64),
    /// Finite.
    Real(f64),
}

impl Number {
    /// Reads a number of the grammar or of JSON; none when it is larger than a number can be.
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return Some(Self::Integer(number));
        }
        let number: f64 = text.parse().ok()?;
        number.is_finite().then_some(Self::Real(number))
    }

    /// Returns the number as a real one.
    pub fn as_real(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Real(number) => number,
        }
    }

    /// Returns the number with the other sign.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Integer(number) => number
                .checked_neg()
                .map_or(Self::Real(-(number as f64)), Self::Integer),
            Self::Real(number) => Self::Real(-number),
        }
    }
}

/// A day or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A day.
    Date(NaiveDate),
    /// An instant.
    Timestamp(DateTime<Utc>),
}

impl Moment {
    /// Reads a day such as `2026-05-31`; that of a year with another number of digits, or with a sign, is none.
    pub(super) fn date(text: &str) -> Option<Self> {
        let digits = text
            .bytes()
            .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
        let is_plain = digits.eq(*b"0000-00-00");
        let day = is_plain.then(|| text.parse().ok()).flatten();
        day.map(Self::Date)
    }

    /// Reads an instant of RFC 3339 such as `2026-05-31T12:00:00Z`; one whose year is another in UTC, with a sign or with
    /// five digits, is none.
    pub(super) fn timestamp(text: &str) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        (0..=9999)
            .contains(&at.year())
            .then_some(Self::Timestamp(at))
    }

    /// Writes it as it was read.
    pub(super) fn write(self) -> String {
        match self {
            Self::Date(day) => day.to_string(),
            Self::Timestamp(at) => at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        }
    }
}

impl Node {
    /// Returns it with its place.
    pub(super) fn at(self, place: Place) -> Expression {
        Expression { node: self, place }
    }
}

impl Expression {
    /// Returns the filter with the coordinates of its geometries swapped, for systems in which the latitude comes first.
    #[must_use]
    pub fn with_axes_swapped(mut self) -> Self {
        self.swap_axes();
        self
    }

    fn swap_axes(&mut self) {
        match &mut self.node {
            Node::Geometry(geometry) => {
                geometry.map_coords_in_place(|Coord { x, y }| Coord { x: y, y: x });
            }
            Node::Bbox(edges) => {
                edges.swap(0, 1);
                edges.swap(2, 3);
            }
            Node::Interval(ends) => ends.iter_mut().for_each(Self::swap_axes),
            Node::Array(parts) | Node::Call(_, parts) => {
                parts.iter_mut().for_each(Self::swap_axes);
            }
            Node::Text(_)
            | Node::Number(_)
            | Node::Boolean(_)
            | Node::Moment(_)
            | Node::Open
            | Node::Property(_) => {}
        }
    }

    /// Returns how many parts lie in one another at its deepest place.
    pub(super) fn depth(&self) -> usize {
        let parts: &[Self] = match &self.node {
            Node::Interval(ends) => &**ends,
            Node::Array(parts) | Node::Call(_, parts) => parts,
            _ => return 0,
        };
        1 + parts.iter().map(Self::depth).max().unwrap_or_default()
    }

    /// Whether an interval may begin or end with it, beside what is written as a text.
    pub(super) fn is_interval_end(&self) -> bool {
        matches!(
            self.node,
            Node::Property(_) | Node::Call(Operator::Function(_), _)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_as_a_moment_is_written_so_that_it_can_be_read() {
        for day in ["0000-01-01", "2026-05-31", "9999-12-31"] {
            assert_eq!(Moment::date(day).map(Moment::write).as_deref(), Some(day));
        }
        for none in ["-970-01-01", "+970-01-01", "2026-5-310", "2026-02-30"] {
            assert!(Moment::date(none).is_none(), "{none}");
        }
        let at = Moment::timestamp("2026-05-31T12:00:00+02:00").expect("an instant");
        assert_eq!(at.write(), "2026-05-31T10:00:00Z");
        for none in ["0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"] {
            assert!(Moment::timestamp(none).is_none(), "{none}");
        }
    }
}
