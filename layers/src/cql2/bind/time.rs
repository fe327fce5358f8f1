//! Times compared by their beginnings and ends.

use chrono::{NaiveDate, NaiveTime};

use super::Binder;
use super::value::Kind;
use crate::Value;
use crate::cql2::filter::{Condition, Term};
use crate::cql2::{Comparison, Expression, Node, TimeRelation};

/// The first and last day of the years that RFC 3339 can write, for a time that has no beginning or no end.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(0, 1, 1).expect("a day");
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a day");

/// The beginning and the end of a time.
struct Span {
    from: Term,
    to: Term,
}

impl Binder<'_> {
    /// Binds two times.
    pub(super) fn times(
        &mut self,
        relation: TimeRelation,
        a: &Expression,
        b: &Expression,
    ) -> Option<Condition> {
        let ends = [a, b].map(|time| match &time.node {
            Node::Interval(ends) => [&ends[0], &ends[1]],
            _ => [time, time],
        });
        let closed = ends.iter().flatten().filter(|end| end.node != Node::Open);
        let (terms, kind) = self.all_alike(closed.copied())?;
        if !kind.is_time() {
            return self.refuse(
                a,
                "zde mají být časy: dny nebo okamžiky",
                "times are expected here: days or instants",
            );
        }
        let mut terms = terms.into_iter();
        let mut span = |[from, to]: [&Expression; 2]| {
            let from = term(from, kind, FIRST_DAY, NaiveTime::MIN, &mut terms)?;
            let to = term(to, kind, LAST_DAY, END_OF_DAY, &mut terms)?;
            Some(Span { from, to })
        };
        let (a, b) = (span(ends[0])?, span(ends[1])?);
        Some(relation.of(&a, &b))
    }
}

const END_OF_DAY: NaiveTime = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).expect("a time");

/// Returns the next bound term for an end that is closed, and the day at its time for one that is open.
fn term(
    end: &Expression,
    kind: Kind,
    day: NaiveDate,
    time: NaiveTime,
    bound: &mut impl Iterator<Item = Term>,
) -> Option<Term> {
    match (&end.node, kind) {
        (Node::Open, Kind::Date) => Some(Term::Literal(Value::Date(day))),
        (Node::Open, _) => Some(Term::Literal(Value::Timestamp(
            day.and_time(time).and_utc(),
        ))),
        _ => bound.next(),
    }
}

impl TimeRelation {
    /// Returns the comparisons of beginnings and ends that it means.
    fn of(self, a: &Span, b: &Span) -> Condition {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};

        let from_from = |sign| Condition::Compare(sign, a.from.clone(), b.from.clone());
        let from_to = |sign| Condition::Compare(sign, a.from.clone(), b.to.clone());
        let to_from = |sign| Condition::Compare(sign, a.to.clone(), b.from.clone());
        let to_to = |sign| Condition::Compare(sign, a.to.clone(), b.to.clone());
        match self {
            Self::After => from_to(Greater),
            Self::Before => to_from(Less),
            Self::Contains => Condition::And(vec![from_from(Less), to_to(Greater)]),
            Self::Disjoint => Condition::Or(vec![to_from(Less), from_to(Greater)]),
            Self::During => Condition::And(vec![from_from(Greater), to_to(Less)]),
            Self::Equals => Condition::And(vec![from_from(Equal), to_to(Equal)]),
            Self::FinishedBy => Condition::And(vec![from_from(Less), to_to(Equal)]),
            Self::Finishes => Condition::And(vec![from_from(Greater), to_to(Equal)]),
            Self::Intersects => Condition::And(vec![from_to(LessOrEqual), to_from(GreaterOrEqual)]),
            Self::Meets => to_from(Equal),
            Self::MetBy => from_to(Equal),
            Self::OverlappedBy => {
                Condition::And(vec![from_from(Greater), from_to(Less), to_to(Greater)])
            }
            Self::Overlaps => Condition::And(vec![from_from(Less), to_from(Greater), to_to(Less)]),
            Self::StartedBy => Condition::And(vec![from_from(Equal), to_to(Greater)]),
            Self::Starts => Condition::And(vec![from_from(Equal), to_to(Less)]),
        }
    }
}
