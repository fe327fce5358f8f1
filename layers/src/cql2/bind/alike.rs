//! Several values brought to one type, so that they can be compared.

use super::Binder;
use super::value::{Kind, Typed, as_real};
use crate::cql2::evaluate::moment;
use crate::cql2::filter::Term;
use crate::cql2::{Expression, Fold};
use crate::{Field, FieldType, Value, from_json};

/// Up to where every whole number is a real one.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl<'a> Binder<'a> {
    /// Binds so many values of one type.
    pub(super) fn alike<const N: usize>(&mut self, found: [&Expression; N]) -> Option<[Term; N]> {
        let (terms, _) = self.all_alike(found.into_iter())?;
        terms.try_into().ok()
    }

    /// Binds values of one type, and returns the type; of no values it is that of days.
    pub(super) fn all_alike<'e>(
        &mut self,
        found: impl Iterator<Item = &'e Expression>,
    ) -> Option<(Vec<Term>, Kind)> {
        let found: Vec<_> = found.collect();
        let bound: Vec<_> = found.iter().map(|one| self.value(one)).collect();
        let bound: Option<Vec<_>> = bound.into_iter().collect();
        self.brought_together(&found, bound?)
    }

    /// Binds values of the type of one that is known, which comes first.
    pub(super) fn alike_to<'e>(
        &mut self,
        place: &'e Expression,
        known: Typed<'a>,
        found: impl Iterator<Item = &'e Expression>,
    ) -> Option<Vec<Term>> {
        let found: Vec<_> = found.collect();
        let bound: Vec<_> = found.iter().map(|one| self.value(one)).collect();
        let bound: Option<Vec<_>> = bound.into_iter().collect();
        let found: Vec<_> = std::iter::once(place).chain(found).collect();
        let bound = std::iter::once(known).chain(bound?).collect();
        let (terms, _) = self.brought_together(&found, bound)?;
        Some(terms)
    }

    fn brought_together(
        &mut self,
        found: &[&Expression],
        mut bound: Vec<Typed<'a>>,
    ) -> Option<(Vec<Term>, Kind)> {
        // What is written out follows what is not.
        let first = bound
            .iter()
            .position(|typed| !is_literal(typed))
            .unwrap_or(0);
        let Some(leading) = bound.get(first) else {
            return Some((Vec::new(), Kind::Date));
        };
        let (leading, field) = (leading.kind, leading.field);
        let mut is_sound = true;
        for (typed, place) in bound.iter_mut().zip(found) {
            is_sound &= self.bring(typed, leading, field, place).is_some();
        }
        if !is_sound {
            return None;
        }
        let has = |kind| bound.iter().any(|typed| typed.kind == kind);
        let common = [Kind::Real, Kind::Timestamp]
            .into_iter()
            .find(|kind| has(*kind));
        let terms = bound.into_iter().map(|typed| match (typed.kind, common) {
            (Kind::Integer, Some(Kind::Real)) => as_real(typed.term),
            (Kind::Date, Some(Kind::Timestamp)) => as_moment(typed.term),
            _ => typed.term,
        });
        Some((terms.collect(), common.unwrap_or(leading)))
    }

    /// Brings a value to the type of the one that leads, or to a type that can be brought together with it.
    fn bring(
        &mut self,
        typed: &mut Typed<'_>,
        leading: Kind,
        field: Option<&Field>,
        place: &Expression,
    ) -> Option<()> {
        if let (Term::Literal(value), Some(field)) = (&typed.term, field)
            && let Some((code, title)) = code_titled(field, value)
        {
            let name = &field.name;
            return self.refuse(
                place,
                format!("`{name}` má kódy; {title} je {code}"),
                format!("`{name}` has codes; {title} is {code}"),
            );
        }
        if let Term::Literal(value) = &typed.term
            && let Some((value, kind)) = converted(value, leading)
        {
            (typed.term, typed.kind) = (Term::Literal(value), kind);
        }
        let kind = typed.kind;
        let is_alike = kind == leading
            || (kind.is_number() && leading.is_number())
            || (kind.is_time() && leading.is_time());
        if is_alike {
            return Some(());
        }
        let ((cs, en), (wanted_cs, wanted_en)) = (kind.words(), leading.words());
        match field {
            Some(field) => self.refuse(
                place,
                format!("údaj `{}` je {wanted_cs}, a toto je {cs}", field.name),
                format!(
                    "the property `{}` is {wanted_en}, and this is {en}",
                    field.name
                ),
            ),
            None => self.refuse(
                place,
                format!("zde má být {wanted_cs}, ne {cs}"),
                format!("{wanted_en} is expected here, not {en}"),
            ),
        }
    }
}

fn is_literal(typed: &Typed<'_>) -> bool {
    // The type of a column stands for a literal that is empty.
    matches!(&typed.term, Term::Literal(value) if !value.is_null())
}

/// Returns a literal as a value of the type it is compared with, if it is one written otherwise.
fn converted(value: &Value, kind: Kind) -> Option<(Value, Kind)> {
    let read = |field_type, text: &str| {
        let value = from_json(&field_type, &text.into()).ok()?;
        Some((value, kind))
    };
    match (value, kind) {
        (Value::Real(number), Kind::Integer) if number.fract() == 0.0 && number.abs() <= EXACT => {
            Some((Value::Integer(*number as i64), kind))
        }
        (Value::Text(text), Kind::Date) => read(FieldType::Date, text),
        (Value::Text(text), Kind::Timestamp) => read(FieldType::Timestamp, text),
        _ => None,
    }
}

fn as_moment(term: Term) -> Term {
    match &term {
        Term::Literal(day) => match moment(day) {
            Some(first) => Term::Literal(first),
            None => term,
        },
        _ => Term::Moment(Box::new(term)),
    }
}

/// Returns the code, and its title, that a literal names by the title although the field holds codes.
fn code_titled(field: &Field, value: &Value) -> Option<(String, String)> {
    let codes = field.codes.as_ref()?;
    let text = value.as_text().filter(|_| codes.title(value).is_none())?;
    let meant = Fold::Case.of(text);
    let titled = codes.codes.iter().find(|code| {
        [&code.title.cs, &code.title.en]
            .into_iter()
            .any(|title| Fold::Case.of(title) == meant)
    })?;
    let code = match &titled.value {
        Value::Integer(number) => number.to_string(),
        code => format!("'{}'", code.as_text().unwrap_or_default()),
    };
    Some((code, format!("'{text}'")))
}
