//! A filter asked of one feature, with the three truth values of SQL: yes, no, and not known.

use std::cell::OnceCell;
use std::cmp::Ordering;

use geo::{Intersects, Relate};
use geo_types::Geometry;

use super::filter::{Condition, Filter, Shape, Term, Values};
use super::{Arithmetic, ArrayRelation, Comparison, Relation};
use crate::crs::{Crs, transform_geometry};
use crate::{Bbox, Feature, LayerView, Value};

impl Filter {
    /// Whether the filter accepts a feature that was read through a view; what is not known is not accepted.
    ///
    /// A field that the view does not show, or not in this feature, is empty.
    pub fn accepts(&self, view: &LayerView, feature: &Feature) -> bool {
        let asked = Asked {
            feature,
            places: view.places(),
            crs: self.crs,
            geometry: OnceCell::new(),
        };
        self.conditions
            .iter()
            .all(|condition| asked.holds(condition) == Some(true))
    }
}

/// A feature that is asked.
struct Asked<'a> {
    feature: &'a Feature,
    /// Which fields of the layer the values are of, in ascending order.
    places: &'a [usize],
    crs: Crs,
    /// The geometry in the system of the filter, with its box.
    geometry: OnceCell<Option<(Geometry<f64>, Bbox)>>,
}

impl Asked<'_> {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Known(flag) => Some(*flag),
            Condition::And(parts) => self.all(parts, false),
            Condition::Or(parts) => self.all(parts, true),
            Condition::Not(part) => self.holds(part).map(|holds| !holds),
            Condition::Compare(comparison, a, b) => {
                let order = order(&self.value(a)?, &self.value(b)?)?;
                Some(comparison.fits(order))
            }
            Condition::Like(term, pattern) => Some(pattern.matches(self.value(term)?.as_text()?)),
            Condition::In(term, among) => self.is_among(term, among),
            Condition::IsNull(term) => Some(self.value(term).is_none()),
            Condition::IsNowhere => Some(self.feature.geometry.is_none()),
            Condition::IsUnknown(part) => Some(self.holds(part).is_none()),
            Condition::Relate(relation, a, b) => {
                let ((a, around_a), (b, around_b)) = (self.shape(a)?, self.shape(b)?);
                Some(relates(*relation, (a, around_a), (b, around_b)))
            }
            Condition::Arrays(relation, a, b) => {
                compare(*relation, &self.values(a)?, &self.values(b)?)
            }
        }
    }

    /// Whether all parts are so, or not all: the first that is `decisive` decides.
    fn all(&self, parts: &[Condition], decisive: bool) -> Option<bool> {
        let mut known = Some(!decisive);
        for part in parts {
            match self.holds(part) {
                Some(holds) if holds == decisive => return Some(decisive),
                Some(_) => {}
                None => known = None,
            }
        }
        known
    }

    fn is_among(&self, term: &Term, among: &[Term]) -> Option<bool> {
        let value = self.value(term)?;
        let mut found = Some(false);
        for other in among {
            match self.value(other) {
                Some(other) if order(&value, &other) == Some(Ordering::Equal) => return Some(true),
                Some(_) => {}
                None => found = None,
            }
        }
        found
    }

    /// Returns the value of a term; none when nothing is known.
    fn value(&self, term: &Term) -> Option<Value> {
        let value = match term {
            Term::Field(place) => {
                let place = self.places.binary_search(place).ok()?;
                self.feature.values.get(place)?.clone()
            }
            Term::Literal(value) => value.clone(),
            Term::Fold(fold, text) => Value::Text(fold.of(self.value(text)?.as_text()?)),
            Term::Real(number) => Value::Real(real(&self.value(number)?)?),
            Term::Moment(day) => moment(&self.value(day)?)?,
            Term::Calculate(sign, a, b) => {
                let (a, b) = (real(&self.value(a)?)?, real(&self.value(b)?)?);
                let result = sign.of(a, b);
                if !result.is_finite() {
                    return None;
                }
                Value::Real(result)
            }
        };
        (!value.is_null()).then_some(value)
    }

    /// Returns the values of an array; one that is not known stands among them.
    fn values(&self, values: &Values) -> Option<Vec<Option<Value>>> {
        match values {
            Values::Terms(terms) => Some(terms.iter().map(|term| self.value(term)).collect()),
            Values::Column(place, column) => {
                let Value::List(rows) = self.value(&Term::Field(*place))? else {
                    return None;
                };
                let cells = rows.into_iter().map(|mut row| {
                    let is_there = *column < row.len();
                    is_there.then(|| row.swap_remove(*column))
                });
                Some(
                    cells
                        .map(|cell| cell.filter(|cell| !cell.is_null()))
                        .collect(),
                )
            }
        }
    }

    fn shape<'a>(&'a self, shape: &'a Shape) -> Option<(&'a Geometry<f64>, Bbox)> {
        if let Shape::Drawn(geometry, around) = shape {
            return Some((geometry, *around));
        }
        let brought = self.geometry.get_or_init(|| {
            let stored = self.feature.geometry.as_ref()?;
            let brought = transform_geometry(Crs::SJtsk, self.crs, stored);
            let around = Bbox::of(&brought)?;
            Some((brought, around))
        });
        brought
            .as_ref()
            .map(|(geometry, around)| (geometry, *around))
    }
}

/// Returns the order of two values of one type.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Real(a), Value::Real(b)) => a.partial_cmp(b),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

/// Returns the first moment of a day.
pub(super) fn moment(value: &Value) -> Option<Value> {
    let Value::Date(day) = value else { return None };
    Some(Value::Timestamp(day.and_hms_opt(0, 0, 0)?.and_utc()))
}

impl Comparison {
    fn fits(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Arithmetic {
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Plus => a + b,
            Self::Minus => a - b,
            Self::Times => a * b,
            Self::Divide => a / b,
            Self::Modulo => a % b,
            Self::WholeDivide => (a / b).trunc(),
            Self::Power => a.powf(b),
        }
    }
}

/// A geometry and its box.
type Boxed<'a> = (&'a Geometry<f64>, Bbox);

fn relates(relation: Relation, (a, around_a): Boxed<'_>, (b, around_b): Boxed<'_>) -> bool {
    if !around_a.intersects(&around_b) {
        return relation == Relation::Disjoint;
    }
    match relation {
        Relation::Intersects => a.intersects(b),
        Relation::Disjoint => !a.intersects(b),
        Relation::Contains => a.relate(b).is_contains(),
        Relation::Within => a.relate(b).is_within(),
        Relation::Crosses => a.relate(b).is_crosses(),
        Relation::Equals => a.relate(b).is_equal_topo(),
        Relation::Overlaps => a.relate(b).is_overlaps(),
        Relation::Touches => a.relate(b).is_touches(),
    }
}

/// Compares two arrays as sets; where one holds what is not known, so may the answer be.
fn compare(relation: ArrayRelation, a: &[Option<Value>], b: &[Option<Value>]) -> Option<bool> {
    match relation {
        ArrayRelation::Contains => holds_all(a, b),
        ArrayRelation::ContainedBy => holds_all(b, a),
        ArrayRelation::Equals => match (holds_all(a, b), holds_all(b, a)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        ArrayRelation::Overlaps => {
            let common = a.iter().any(|value| value.is_some() && b.contains(value));
            let unknown = |values: &[Option<Value>]| values.contains(&None);
            match common {
                true => Some(true),
                false if unknown(a) && !b.is_empty() || unknown(b) && !a.is_empty() => None,
                false => Some(false),
            }
        }
    }
}

/// Whether an array holds all values of another.
fn holds_all(all: &[Option<Value>], some: &[Option<Value>]) -> Option<bool> {
    let is_missing = |value: &&Option<Value>| value.is_some() && !all.contains(value);
    if some.iter().any(|value| is_missing(&value)) {
        return (!all.contains(&None)).then_some(false);
    }
    (!some.contains(&None)).then_some(true)
}
