//! The filter of a query as a condition of SQL, as far as the SQL of a store says exactly the same.
//!
//! Every value is bound. What stores would answer each in its own way, such as how geometries lie or what a division
//! by zero is, [`super::sieve`] asks of each feature instead.

use super::sql::shown;
use crate::cql2::{Comparison, Condition, Filter, Fold, Pattern, Term};
use crate::{Field, FieldType, LayerView, Value};

/// How a store writes values, and what can be compared with them.
pub(super) trait Literals {
    /// Binds a value and returns its place; an instant as what [`Literals::instant`] returns.
    fn bind_value(&mut self, value: &Value) -> String;
    /// Reads a column of instants.
    fn instant(column: &str) -> String;
    /// Makes a text that is ordered by its characters.
    fn ordered(text: &str) -> String;
}

/// How a store writes what else is not the same in every SQL.
pub(super) trait Dialect: Literals {
    /// Makes the first moment of a day.
    fn moment(day: &str) -> String;
    /// Makes a real number of a whole one.
    fn real(number: &str) -> String;
    /// Makes a text without what does not matter.
    fn fold(fold: Fold, text: &str) -> String;
    /// Makes the condition that a text is of a pattern.
    fn like(&mut self, text: &str, pattern: &Pattern) -> String;
}

/// Whether SQL says a condition exactly.
pub(super) fn is_sayable(condition: &Condition) -> bool {
    let all = |parts: &[Condition]| parts.iter().all(is_sayable);
    match condition {
        Condition::Known(_) => true,
        Condition::And(parts) | Condition::Or(parts) => all(parts),
        Condition::Not(part) | Condition::IsUnknown(part) => is_sayable(part),
        Condition::Compare(_, a, b) => is_term_sayable(a) && is_term_sayable(b),
        Condition::Like(term, _) | Condition::IsNull(term) => is_term_sayable(term),
        Condition::In(term, among) => is_term_sayable(term) && among.iter().all(is_term_sayable),
        Condition::IsNowhere | Condition::Relate(..) | Condition::Arrays(..) => false,
    }
}

fn is_term_sayable(term: &Term) -> bool {
    match term {
        Term::Field(_) | Term::Literal(_) => true,
        Term::Fold(_, term) | Term::Real(term) | Term::Moment(term) => is_term_sayable(term),
        Term::Calculate(..) => false,
    }
}

/// Writes those conditions of a filter that SQL says; `term` reads a field of a row.
pub(super) fn said<D: Dialect>(
    filter: &Filter,
    view: &LayerView,
    dialect: &mut D,
    term: impl Fn(&Field) -> String,
) -> Vec<String> {
    let mut writer = Writer {
        view,
        dialect,
        term: &term,
    };
    let sayable = filter.conditions().iter().filter(|one| is_sayable(one));
    sayable
        .map(|condition| writer.condition(condition))
        .collect()
}

struct Writer<'a, D> {
    view: &'a LayerView,
    dialect: &'a mut D,
    term: &'a dyn Fn(&Field) -> String,
}

impl<D: Dialect> Writer<'_, D> {
    fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Known(true) => "(1 = 1)".to_owned(),
            Condition::Known(false) => "(1 = 0)".to_owned(),
            Condition::And(parts) => self.joined(parts, "AND"),
            Condition::Or(parts) => self.joined(parts, "OR"),
            Condition::Not(part) => format!("(NOT {})", self.condition(part)),
            Condition::IsUnknown(part) => format!("({} IS NULL)", self.condition(part)),
            Condition::IsNull(term) => format!("({} IS NULL)", self.term(term)),
            Condition::Compare(comparison, a, b) => self.compare(*comparison, a, b),
            Condition::Like(term, pattern) => {
                let text = self.term(term);
                format!("({})", self.dialect.like(&text, pattern))
            }
            Condition::In(term, among) => {
                let term = self.term(term);
                let among: Vec<_> = among.iter().map(|one| self.term(one)).collect();
                format!("({term} IN ({}))", among.join(", "))
            }
            Condition::IsNowhere | Condition::Relate(..) | Condition::Arrays(..) => {
                unreachable!("only what is sayable is written")
            }
        }
    }

    /// Joins parts in halves, because an engine goes only so deep into a long chain.
    fn joined(&mut self, parts: &[Condition], word: &str) -> String {
        match parts {
            [one] => self.condition(one),
            parts => {
                let (first, second) = parts.split_at(parts.len() / 2);
                let (first, second) = (self.joined(first, word), self.joined(second, word));
                format!("({first} {word} {second})")
            }
        }
    }

    fn compare(&mut self, comparison: Comparison, a: &Term, b: &Term) -> String {
        let sign = match comparison {
            Comparison::Equal => "=",
            Comparison::Unequal => "<>",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        };
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::Unequal);
        let is_text = self.is_text(a);
        let (mut a, b) = (self.term(a), self.term(b));
        if is_order && is_text {
            a = D::ordered(&a);
        }
        format!("({a} {sign} {b})")
    }

    fn is_text(&self, term: &Term) -> bool {
        match term {
            Term::Field(place) => matches!(
                self.view.layer().fields[*place].field_type,
                FieldType::Text | FieldType::Reference(_)
            ),
            Term::Literal(value) => value.as_text().is_some(),
            Term::Fold(..) => true,
            Term::Real(_) | Term::Moment(_) | Term::Calculate(..) => false,
        }
    }

    fn term(&mut self, term: &Term) -> String {
        match term {
            Term::Field(place) => self.field(*place),
            Term::Literal(value) => self.dialect.bind_value(value),
            Term::Fold(fold, text) => D::fold(*fold, &self.term(text)),
            Term::Real(number) => D::real(&self.term(number)),
            Term::Moment(day) => D::moment(&self.term(day)),
            Term::Calculate(..) => unreachable!("only what is sayable is written"),
        }
    }

    /// Reads a field as the view shows it; the sieve has refused a filter that asks about others.
    fn field(&mut self, place: usize) -> String {
        let Ok(visible) = self.view.places().binary_search(&place) else {
            return "NULL".to_owned();
        };
        let dialect = &mut *self.dialect;
        let value = shown(self.view, visible, self.term, |code| {
            dialect.bind_value(&Value::Integer(code))
        });
        match self.view.layer().fields[place].field_type {
            FieldType::Timestamp => D::instant(&value),
            _ => value,
        }
    }
}
