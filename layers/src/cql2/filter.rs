//! A filter bound to what an audience sees of a layer: names are fields, literals have their types.

use std::collections::BTreeSet;
use std::sync::Arc;

use geo_types::Geometry;

use super::pattern::Pattern;
use super::{Arithmetic, ArrayRelation, Comparison, Fold, Relation};
use crate::crs::{Crs, transform_bbox};
use crate::{Bbox, Layer, LayerView, Value};

/// By how much of its size, and by how many metres at least, the box of a drawn geometry grows in our system, because
/// its edges bend between the positions that are looked at.
const MARGIN: (f64, f64) = (0.01, 1.0);

/// A filter for the features of a layer; only [`Filter::bind`] makes one.
#[derive(Clone, Debug)]
pub struct Filter {
    pub(super) layer: Arc<Layer>,
    /// The system of the geometries that the filter draws.
    pub(super) crs: Crs,
    /// What must hold, all of it.
    pub(super) conditions: Vec<Condition>,
}

/// What must hold of a feature; it may also be unknown, as in SQL.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Known(bool),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    /// Two terms of one type.
    Compare(Comparison, Term, Term),
    Like(Term, Pattern),
    /// Terms of one type.
    In(Term, Vec<Term>),
    IsNull(Term),
    /// Whether the feature has no geometry.
    IsNowhere,
    IsUnknown(Box<Condition>),
    Relate(Relation, Shape, Shape),
    Arrays(ArrayRelation, Values, Values),
}

/// What has a value for each feature.
#[derive(Clone, Debug)]
pub(crate) enum Term {
    /// The field at a place of the layer's schema.
    Field(usize),
    Literal(Value),
    Fold(Fold, Box<Term>),
    /// A whole number as a real one.
    Real(Box<Term>),
    /// A day as its first moment in UTC.
    Moment(Box<Term>),
    /// Two real numbers calculated.
    Calculate(Arithmetic, Box<Term>, Box<Term>),
}

/// What has a geometry.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    OfFeature,
    /// In the system of the filter, with its box.
    Drawn(Arc<Geometry<f64>>, Bbox),
}

/// Several values of one type.
#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// A column of the list at a place of the layer's schema.
    Column(usize, usize),
    Terms(Vec<Term>),
}

impl Filter {
    /// Returns what must hold, all of it.
    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Returns the filter with those of its conditions that `keep` accepts; none when it accepts none.
    pub(crate) fn with_only(&self, keep: impl Fn(&Condition) -> bool) -> Option<Self> {
        let kept = self.conditions.iter().filter(|one| keep(one));
        let conditions: Vec<_> = kept.cloned().collect();
        (!conditions.is_empty()).then(|| Self {
            layer: Arc::clone(&self.layer),
            crs: self.crs,
            conditions,
        })
    }

    /// Returns the names of the fields that it asks about.
    pub fn fields(&self) -> BTreeSet<&str> {
        let mut places = BTreeSet::new();
        for condition in &self.conditions {
            condition.visit(&mut |place| {
                places.insert(place);
            });
        }
        let names = places
            .into_iter()
            .map(|place| self.layer.fields[place].name.as_str());
        names.collect()
    }

    /// Returns a field that it asks about and a view does not show, if there is one.
    pub(crate) fn unseen_field(&self, view: &LayerView) -> Option<&str> {
        let shown: BTreeSet<_> = view.fields().map(|field| field.name.as_str()).collect();
        self.fields().into_iter().find(|name| !shown.contains(name))
    }

    /// Returns boxes of which a feature that it accepts meets each (EPSG:5514).
    pub(crate) fn boxes(&self) -> impl Iterator<Item = Bbox> {
        self.conditions
            .iter()
            .filter_map(|condition| match condition {
                Condition::Relate(relation, Shape::OfFeature, Shape::Drawn(_, bbox))
                | Condition::Relate(relation, Shape::Drawn(_, bbox), Shape::OfFeature)
                    if *relation != Relation::Disjoint =>
                {
                    Some(self.in_our_system(*bbox))
                }
                _ => None,
            })
    }

    fn in_our_system(&self, drawn: Bbox) -> Bbox {
        if self.crs == Crs::SJtsk {
            return drawn;
        }
        let Bbox { min, max } = transform_bbox(self.crs, Crs::SJtsk, drawn);
        let (part, least) = MARGIN;
        let by = (max[0] - min[0]).max(max[1] - min[1]) * part + least;
        Bbox::new(min.map(|edge| edge - by), max.map(|edge| edge + by))
    }
}

impl Condition {
    /// Calls for each field that it asks about.
    fn visit(&self, seen: &mut impl FnMut(usize)) {
        match self {
            Self::Known(_) | Self::IsNowhere | Self::Relate(..) => {}
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(seen)),
            Self::Not(part) | Self::IsUnknown(part) => part.visit(seen),
            Self::Compare(_, a, b) => [a, b].into_iter().for_each(|term| term.visit(seen)),
            Self::Like(term, _) | Self::IsNull(term) => term.visit(seen),
            Self::In(term, among) => {
                term.visit(seen);
                for one in among {
                    one.visit(seen);
                }
            }
            Self::Arrays(_, a, b) => [a, b].into_iter().for_each(|values| match values {
                Values::Column(place, _) => seen(*place),
                Values::Terms(terms) => terms.iter().for_each(|term| term.visit(seen)),
            }),
        }
    }
}

impl Term {
    fn visit(&self, seen: &mut impl FnMut(usize)) {
        match self {
            Self::Field(place) => seen(*place),
            Self::Literal(_) => {}
            Self::Fold(_, term) | Self::Real(term) | Self::Moment(term) => term.visit(seen),
            Self::Calculate(_, a, b) => {
                a.visit(seen);
                b.visit(seen);
            }
        }
    }
}
