//! Single values: fields, literals, and what is made of them.

use chrono::SubsecRound;

use super::Binder;
use crate::cql2::filter::{Condition, Term, Values};
use crate::cql2::pattern::Pattern;
use crate::cql2::{Expression, Fold, Moment, Node, Number, Operator};
use crate::{Field, FieldType, Value};

/// The type of a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Real,
    Boolean,
    Date,
    Timestamp,
}

/// A term with its type.
pub(super) struct Typed<'a> {
    pub(super) term: Term,
    pub(super) kind: Kind,
    /// The field whose value it is, or is made of by folding.
    pub(super) field: Option<&'a Field>,
}

impl Kind {
    /// Returns the type of a field's values; none when they are lists.
    pub(super) fn of(field_type: &FieldType) -> Option<Self> {
        Some(match field_type {
            FieldType::Text | FieldType::Reference(_) => Self::Text,
            FieldType::Integer => Self::Integer,
            FieldType::Real => Self::Real,
            FieldType::Boolean => Self::Boolean,
            FieldType::Date => Self::Date,
            FieldType::Timestamp => Self::Timestamp,
            FieldType::List(_) => return None,
        })
    }

    /// Whether it is a number.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Real)
    }

    /// Whether it is a time.
    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }

    /// Returns the words for it in Czech and English.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("text", "a text"),
            Self::Integer => ("celé číslo", "a whole number"),
            Self::Real => ("číslo", "a number"),
            Self::Boolean => ("ano nebo ne (TRUE, FALSE)", "yes or no (TRUE, FALSE)"),
            Self::Date => ("den", "a day"),
            Self::Timestamp => ("okamžik", "an instant"),
        }
    }
}

impl<'a> Binder<'a> {
    /// Binds a single value.
    pub(super) fn value(&mut self, found: &Expression) -> Option<Typed<'a>> {
        let literal = |value, kind| {
            Some(Typed {
                term: Term::Literal(value),
                kind,
                field: None,
            })
        };
        match &found.node {
            Node::Text(text) => literal(Value::Text(text.clone()), Kind::Text),
            Node::Number(Number::Integer(number)) => {
                literal(Value::Integer(*number), Kind::Integer)
            }
            Node::Number(Number::Real(number)) => literal(Value::Real(*number), Kind::Real),
            Node::Boolean(flag) => literal(Value::Boolean(*flag), Kind::Boolean),
            Node::Moment(instant) => {
                let (value, kind) = instant.value();
                literal(value, kind)
            }
            Node::Property(name) => self.property(found, name),
            Node::Call(Operator::Fold(fold), arguments) => self.folded(*fold, arguments.first()?),
            Node::Call(Operator::Calculate(sign), arguments) => {
                let [a, b] = arguments.as_slice() else {
                    return None;
                };
                let (a, b) = (self.number(a), self.number(b));
                Some(Typed {
                    term: Term::Calculate(*sign, Box::new(a?), Box::new(b?)),
                    kind: Kind::Real,
                    field: None,
                })
            }
            Node::Call(Operator::Function(name), _) => self.unknown_function(found, name),
            _ => self.refuse(found, "zde má být hodnota", "a value is expected here"),
        }
    }

    fn property(&mut self, found: &Expression, name: &str) -> Option<Typed<'a>> {
        if self.is_geometry(name) {
            return self.refuse(
                found,
                "geometrii porovnávají jen funkce S_…",
                "only the functions S_… compare the geometry",
            );
        }
        let named = self.field(found, name)?;
        let Some(kind) = Kind::of(&named.field.field_type) else {
            return self.refuse_list(found, named.field);
        };
        Some(Typed {
            term: Term::Field(named.place),
            kind,
            field: Some(named.field),
        })
    }

    fn folded(&mut self, fold: Fold, text: &Expression) -> Option<Typed<'a>> {
        let typed = self.text(text)?;
        let term = match typed.term {
            Term::Literal(Value::Text(text)) => Term::Literal(Value::Text(fold.of(&text))),
            term => Term::Fold(fold, Box::new(term)),
        };
        Some(Typed { term, ..typed })
    }

    fn text(&mut self, found: &Expression) -> Option<Typed<'a>> {
        let typed = self.value(found)?;
        if typed.kind == Kind::Text {
            return Some(typed);
        }
        let (cs, en) = typed.kind.words();
        self.refuse(
            found,
            format!("zde má být text, ne {cs}"),
            format!("a text is expected here, not {en}"),
        )
    }

    fn number(&mut self, found: &Expression) -> Option<Term> {
        let typed = self.value(found)?;
        match (typed.kind, typed.term) {
            (Kind::Real, term) => Some(term),
            (Kind::Integer, term) => Some(as_real(term)),
            (kind, _) => {
                let (cs, en) = kind.words();
                self.refuse(
                    found,
                    format!("počítat lze jen s čísly; toto je {cs}"),
                    format!("only numbers can be calculated with; this is {en}"),
                )
            }
        }
    }

    /// Binds a text and its pattern.
    pub(super) fn like(&mut self, text: &Expression, pattern: &Expression) -> Option<Condition> {
        let (text, pattern) = (self.text(text), self.text(pattern));
        let Term::Literal(Value::Text(pattern)) = pattern?.term else {
            return None;
        };
        Some(Condition::Like(text?.term, Pattern::read(&pattern)))
    }

    /// Binds two arrays whose values are of one type.
    pub(super) fn arrays(&mut self, a: &Expression, b: &Expression) -> Option<(Values, Values)> {
        match (&a.node, &b.node) {
            (Node::Array(first), Node::Array(second)) => {
                let (mut terms, _) = self.all_alike(first.iter().chain(second))?;
                let rest = terms.split_off(first.len());
                Some((Values::Terms(terms), Values::Terms(rest)))
            }
            (Node::Array(values), _) => {
                let (column, values) = self.array_beside(b, values)?;
                Some((values, column))
            }
            (_, Node::Array(values)) => self.array_beside(a, values),
            _ => {
                let (a, b) = (self.listed(a), self.listed(b));
                Some((a?.0, b?.0))
            }
        }
    }

    /// Binds a column of a list, and values that are written out, as values of that column.
    fn array_beside(
        &mut self,
        column: &Expression,
        values: &[Expression],
    ) -> Option<(Values, Values)> {
        let (bound, field) = self.listed(column)?;
        let kind = Kind::of(&field.field_type)?;
        let known = Typed {
            term: Term::Literal(Value::Null),
            kind,
            field: Some(field),
        };
        let terms = self.alike_to(column, known, values.iter())?;
        Some((bound, Values::Terms(terms.into_iter().skip(1).collect())))
    }

    fn listed(&mut self, found: &Expression) -> Option<(Values, &'a Field)> {
        let name = match &found.node {
            Node::Property(name) => name,
            Node::Call(Operator::Function(name), _) => return self.unknown_function(found, name),
            _ => return self.refuse(found, "zde má být seznam", "a list is expected here"),
        };
        let (list, column) = self.column(found, name)?;
        let FieldType::List(columns) = &list.field.field_type else {
            return None;
        };
        Some((Values::Column(list.place, column), &columns[column]))
    }
}

/// Returns a whole number as a real one.
pub(super) fn as_real(term: Term) -> Term {
    match term {
        Term::Literal(Value::Integer(number)) => Term::Literal(Value::Real(number as f64)),
        term => Term::Real(Box::new(term)),
    }
}

impl Moment {
    /// Returns it as a value, to the microsecond, which is as fine as any store compares.
    fn value(self) -> (Value, Kind) {
        match self {
            Self::Date(day) => (Value::Date(day), Kind::Date),
            Self::Timestamp(at) => (Value::Timestamp(at.trunc_subsecs(6)), Kind::Timestamp),
        }
    }
}
