//! What one audience sees of one layer.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::merge::Content;
use crate::{Feature, Field, Layer, MUNICIPALITY_FIELD, Municipalities, PrivacyClass, Value};

/// What one audience sees of one layer; only [`Audience::view`](crate::Audience::view) makes one, and a query needs one.
///
/// Two views are equal when they show the same of a layer, for whomever they were made.
#[derive(Clone, Debug)]
pub struct LayerView {
    layer: Arc<Layer>,
    fields: Vec<usize>,
    rows: Rows,
    /// Fields that show in the features of some municipalities only, by their places among `fields`.
    masks: Vec<(usize, BTreeSet<i64>)>,
    /// In whose features something of each privacy class shows; for what hangs on features, not for their values.
    seen: Arc<[Municipalities; 3]>,
}

impl PartialEq for LayerView {
    fn eq(&self, other: &Self) -> bool {
        // A definition is never compared: a layer that was read anew is another.
        Arc::ptr_eq(&self.layer, &other.layer)
            && self.fields == other.fields
            && self.rows == other.rows
            && self.masks == other.masks
    }
}

/// Which rows of a layer a view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Every row.
    All,
    /// The rows that are marked public, and every row of these municipalities.
    PublicOrOf(BTreeSet<i64>),
    /// The rows of these municipalities.
    Of(BTreeSet<i64>),
}

impl LayerView {
    /// Makes the view of somebody who sees what is of a privacy class in the features that `seen` returns.
    pub(crate) fn new(
        layer: &Arc<Layer>,
        seen: impl Fn(PrivacyClass) -> Municipalities,
        retired: bool,
    ) -> Option<Self> {
        // By privacy class.
        let seen = [
            PrivacyClass::Public,
            PrivacyClass::Internal,
            PrivacyClass::Personal,
        ]
        .map(|class| seen(class).of_layer(layer));
        let of = |class: PrivacyClass| &seen[class as usize];
        let rows = match of(layer.audience) {
            Municipalities::Listed(codes) if codes.is_empty() => return None,
            Municipalities::Listed(codes) => Rows::Of(codes.clone()),
            Municipalities::All => match of(PrivacyClass::Internal) {
                Municipalities::Listed(codes) if layer.public_if.is_some() => {
                    Rows::PublicOrOf(codes.clone())
                }
                _ => Rows::All,
            },
        };
        let mut view = Self {
            layer: Arc::clone(layer),
            fields: Vec::new(),
            rows,
            masks: Vec::new(),
            seen: Arc::new(seen.clone()),
        };
        for (place, field) in layer.fields.iter().enumerate() {
            if !field.retired || retired {
                view.add(place, of(field.privacy));
            }
        }
        Some(view)
    }

    /// Adds a field that shows in the features of some municipalities.
    fn add(&mut self, place: usize, shown_in: &Municipalities) {
        if let Municipalities::Listed(codes) = shown_in {
            if codes.is_empty() {
                return;
            }
            // Where all rows that are seen show it, nothing has to be hidden.
            let is_in_all = matches!(&self.rows, Rows::Of(rows) if rows.is_subset(codes));
            if !is_in_all {
                self.masks.push((self.fields.len(), codes.clone()));
            }
        }
        self.fields.push(place);
    }

    /// Returns the layer.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// Returns the visible fields, in the order of a feature's values.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &Field> {
        self.fields.iter().map(|&place| &self.layer.fields[place])
    }

    /// Returns the places of the visible fields in the layer's schema.
    pub fn places(&self) -> &[usize] {
        &self.fields
    }

    /// Returns the visible field that has that name, or had it, and the place of its value in a feature read through
    /// this view.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields()
            .enumerate()
            .find(|(_, field)| field.is_called(name))
    }

    /// Returns which rows may be read.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Returns in the features of which municipalities the field at a place among the visible ones shows; none are all.
    /// In other features it is as if it were empty, also for those who ask for features by its value.
    pub fn shown_only_in(&self, place: usize) -> Option<&BTreeSet<i64>> {
        let mask = self.masks.iter().find(|(masked, _)| *masked == place);
        mask.map(|(_, codes)| codes)
    }

    /// Returns what shows of the values that a feature holds, one for each visible field; none when the view does not
    /// show the feature.
    pub fn values_of(&self, content: &Content) -> Option<Vec<Value>> {
        let value = |name: &str| {
            let (place, _) = self.layer.field(name)?;
            content.values.get(place)
        };
        let owner = value(MUNICIPALITY_FIELD).and_then(Value::as_integer);
        let is_of = |codes: &BTreeSet<i64>| owner.is_some_and(|owner| codes.contains(&owner));
        let marked = || self.layer.public_if.as_deref().and_then(value);
        let is_shown = match &self.rows {
            Rows::All => true,
            Rows::PublicOrOf(codes) => marked() == Some(&Value::Boolean(true)) || is_of(codes),
            Rows::Of(codes) => is_of(codes),
        };
        if !is_shown {
            return None;
        }
        let shown = self.fields.iter().enumerate().map(|(place, field)| {
            let is_masked = self.shown_only_in(place).is_some_and(|codes| !is_of(codes));
            if is_masked {
                Value::Null
            } else {
                content.values[*field].clone()
            }
        });
        Some(shown.collect())
    }

    /// Whether what is of a privacy class shows in a feature of the layer that this municipality owns and that is seen.
    pub fn shows(&self, class: PrivacyClass, owner: Option<i64>) -> bool {
        self.seen[class as usize].include(&self.layer, owner)
    }

    /// Returns a feature that was read with all visible fields without what does not show in it.
    pub(crate) fn masked(&self, mut feature: Feature) -> Feature {
        if !self.masks.is_empty() {
            let owner = self.municipality_of(&feature);
            for (place, codes) in &self.masks {
                if !owner.is_some_and(|owner| codes.contains(&owner)) {
                    feature.values[*place] = Value::Null;
                }
            }
        }
        feature
    }

    /// Whether everybody may see all that this view shows.
    pub fn is_public(&self) -> bool {
        let rows = match &self.rows {
            Rows::All => self.layer.public_if.is_none(),
            Rows::PublicOrOf(codes) => codes.is_empty(),
            Rows::Of(_) => false,
        };
        let public = |field: &Field| field.privacy == PrivacyClass::Public && !field.retired;
        rows && self.layer.audience == PrivacyClass::Public && self.fields().all(public)
    }

    /// Returns what tiles show of the view.
    #[must_use]
    pub fn in_tiles(&self) -> Self {
        self.clone().with_fields(&self.layer.tile_fields)
    }

    /// Returns the view with only those visible fields that `keep` names, in the schema's order. A field that does not
    /// show in every feature is left out unless the one stays that says whose a feature is.
    #[must_use]
    pub fn with_fields(self, keep: &[String]) -> Self {
        let owner_stays = keep.iter().any(|name| name == MUNICIPALITY_FIELD);
        let (mut fields, mut masks) = (Vec::new(), Vec::new());
        for (place, &field) in self.fields.iter().enumerate() {
            if !keep.contains(&self.layer.fields[field].name) {
                continue;
            }
            match self.shown_only_in(place) {
                None => {}
                Some(codes) if owner_stays => masks.push((fields.len(), codes.clone())),
                Some(_) => continue,
            }
            fields.push(field);
        }
        Self {
            fields,
            masks,
            ..self
        }
    }
}
