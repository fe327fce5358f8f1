//! What the author of an operation saw: the feature at the base revision, and over it their own operations of which
//! they did not know yet what had become.

use std::borrow::Cow;
use std::collections::BTreeSet;

use geo_types::Geometry;

use super::content::{Content, are_same};
use super::outcome::{Outcome, Part};
use super::reading::{Reading, Wish, malformed};
use super::{Operation, Past};
use crate::policy::Operation as Act;
use crate::{Layer, Problem, StoreError, Value};

/// An operation that was judged, in this batch or before.
#[derive(Clone)]
pub(super) struct Judged<'a> {
    pub(super) operation: Cow<'a, Operation>,
    pub(super) outcome: Outcome,
}

/// The place of a value in the schema; none is the geometry.
type Place = Option<usize>;

/// What the author of an operation saw when they did it.
#[derive(Clone, Default)]
pub(super) struct Sight {
    /// What the device showed; none when it showed no such feature.
    pub(super) seen: Option<Content>,
    /// The same without those of their own operations that did not come to stand.
    pub(super) taken: Option<Content>,
    /// What their own operations touched.
    own: BTreeSet<Place>,
    /// Whether one of these added or removed the feature.
    is_whole: bool,
}

/// What is known of one value or geometry that somebody wants to change.
pub(super) struct Known<'a, T> {
    /// What they began with.
    pub(super) base: Option<&'a T>,
    /// What the device showed, when that was their own and did not come to stand.
    seen: Option<&'a T>,
}

impl<T> Known<'_, T> {
    /// Whether that is something which the author knew to be there.
    pub(super) fn has(&self, same: impl Fn(&T) -> bool) -> bool {
        self.base.is_some_and(&same) || self.seen.is_some_and(&same)
    }
}

impl Sight {
    /// Returns what somebody sees who read a revision; who adds a feature saw none, whatever is remembered.
    pub(super) fn at(
        past: &dyn Past,
        layer: &Layer,
        operation: &Operation,
    ) -> Result<Self, StoreError> {
        match past.at(layer, operation.feature, operation.base) {
            Err(StoreError::BeforeHistory { .. }) if operation.act == Act::Create => {
                Ok(Self::default())
            }
            content => Ok(Self::of(content?)),
        }
    }

    /// Returns what somebody sees who sees that.
    pub(super) fn of(content: Option<Content>) -> Self {
        Self {
            seen: content.clone(),
            taken: content,
            ..Self::default()
        }
    }

    /// Puts the author's own operations over what they read since.
    pub(super) fn over(mut self, fresh: Self) -> Self {
        if self.is_whole && (fresh.seen.is_none() || self.seen.is_none()) {
            return self;
        }
        let own = &self.own;
        let put = |mut over: Option<Content>, from: Option<Content>| {
            if let (Some(over), Some(mut from)) = (&mut over, from) {
                for place in own {
                    match place {
                        Some(place) => {
                            let own = std::mem::take(&mut from.values[*place]);
                            over.values[*place] = own;
                        }
                        None => over.geometry = from.geometry.take(),
                    }
                }
            }
            over
        };
        let [seen, taken] = [self.seen.take(), self.taken.take()];
        Self {
            seen: put(fresh.seen, seen),
            taken: put(fresh.taken, taken),
            ..self
        }
    }

    /// Returns what they saw after one of their operations.
    pub(super) fn after(mut self, layer: &Layer, judged: &Judged<'_>) -> Self {
        let reading = Reading::new(&judged.operation, layer);
        let stands = |part: &Part| judged.outcome.stands(part);
        match judged.operation.act {
            Act::Update => {
                self.change(layer, &reading, judged);
                return self;
            }
            Act::Create => {
                let content = reading.content(layer);
                self.taken = judged.outcome.is_taken().then(|| {
                    let mut taken = content.clone();
                    for (field, value) in layer.fields.iter().zip(&mut taken.values) {
                        if !stands(&Part::Field(field.name.clone())) {
                            *value = Value::Null;
                        }
                    }
                    taken.geometry = taken.geometry.filter(|_| stands(&Part::Geometry));
                    taken
                });
                self.seen = Some(content);
                let typed = reading.wishes.iter().map(|wish| Some(wish.place));
                self.own.extend(typed.chain([None]));
            }
            Act::Delete => {
                self.seen = None;
                self.taken = self.taken.filter(|_| !stands(&Part::Feature));
            }
        }
        self.is_whole = true;
        self
    }

    fn change(&mut self, layer: &Layer, reading: &Reading, judged: &Judged<'_>) {
        for wish in &reading.wishes {
            let field = &layer.fields[wish.place];
            let stands = judged.outcome.stands(&Part::Field(field.name.clone()));
            let known = self.value(wish);
            // Who sends what was shown has typed nothing.
            let is_typed = !known.has(|value| *value == wish.new);
            let under = if stands && is_typed {
                Some(wish.new.clone())
            } else {
                known.base.cloned()
            };
            if let (Some(taken), Some(under)) = (&mut self.taken, under) {
                taken.values[wish.place] = under;
            }
            if let Some(seen) = &mut self.seen {
                seen.values[wish.place] = wish.new.clone();
            }
            self.own.insert(Some(wish.place));
        }
        let old = reading.old_geometry(self.shown());
        if let Some(moved) = reading.geometry(old.as_ref().or(self.shown())) {
            let stands = judged.outcome.stands(&Part::Geometry);
            let base = self.geometry(old.as_ref()).base.cloned();
            let under = if stands { Some(moved.clone()) } else { base };
            if let Some(taken) = &mut self.taken {
                taken.geometry = under;
            }
            if let Some(seen) = &mut self.seen {
                seen.geometry = Some(moved);
            }
        }
        if reading.has_geometry() {
            self.own.insert(None);
        }
    }

    /// Returns the geometry that the device showed.
    pub(super) fn shown(&self) -> Option<&Geometry<f64>> {
        self.seen.as_ref().and_then(|seen| seen.geometry.as_ref())
    }

    /// Returns what is known of a value; what its author says to have seen goes before what is recorded.
    pub(super) fn value<'a>(&'a self, wish: &'a Wish) -> Known<'a, Value> {
        let of = |content: &'a Option<Content>| content.as_ref().map(|it| &it.values[wish.place]);
        let seen = of(&self.seen);
        match &wish.old {
            Some(old) if seen != Some(old) => Known {
                base: Some(old),
                seen: None,
            },
            _ => Known {
                base: of(&self.taken),
                seen,
            },
        }
    }

    /// Returns what is known of the geometry; `old` is what its author says to have seen instead of what is recorded.
    pub(super) fn geometry<'a>(
        &'a self,
        old: Option<&'a Geometry<f64>>,
    ) -> Known<'a, Geometry<f64>> {
        let taken = self.taken.as_ref();
        match old {
            Some(old) => Known {
                base: Some(old),
                seen: None,
            },
            None => Known {
                base: taken.and_then(|taken| taken.geometry.as_ref()),
                seen: self.shown(),
            },
        }
    }

    /// Whether what stands is what the author knew, all of it.
    pub(super) fn knew(&self, layer: &Layer, current: &Content) -> bool {
        let known = [&self.taken, &self.seen].map(Option::as_ref);
        let geometry = known
            .iter()
            .flatten()
            .any(|content| are_same(content.geometry.as_ref(), current.geometry.as_ref()));
        let values = (0..layer.fields.len()).all(|place| {
            let mut known = known.iter().flatten();
            known.any(|content| content.values[place] == current.values[place])
        });
        geometry && values
    }
}

/// Whether an operation may stand on another one.
pub(super) fn is_chain(before: &Operation, operation: &Operation) -> bool {
    before.device == operation.device
        && before.layer == operation.layer
        && before.feature == operation.feature
        && before.id != operation.id
}

/// Says that it may not.
pub(super) fn not_a_chain() -> Problem {
    malformed(
        "`after` má být předchozí operace téhož zařízení na témže prvku",
        "`after` must be an earlier operation of the same device on the same feature",
    )
}
