//! Who may see what: the one place where it is decided.

mod visible;

use std::sync::Arc;

use serde::Deserialize;

use crate::{Field, Layer};

pub use self::visible::last_visible_revision;

/// How widely something may be known; each class includes the ones before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivacyClass {
    /// Everybody.
    #[default]
    Public,
    /// People of the city and its municipalities.
    Internal,
    /// Only those whose work needs personal data.
    Personal,
}

/// For whom something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Audience {
    clearance: PrivacyClass,
    /// Whether it sees fields that nobody is to use any more.
    sees_retired: bool,
}

impl Audience {
    /// Everybody: what an anonymous request sees.
    pub const PUBLIC: Self = Self {
        clearance: PrivacyClass::Public,
        sees_retired: false,
    };
    /// The program itself and the person at its command line: everything, also the values of retired fields.
    pub const OFFICE: Self = Self {
        clearance: PrivacyClass::Personal,
        sees_retired: true,
    };

    /// Returns the audience that may see things up to the given class, of fields in use.
    pub fn with_clearance(clearance: PrivacyClass) -> Self {
        Self {
            clearance,
            sees_retired: false,
        }
    }

    /// Returns what this audience sees of a layer, or nothing when it may not know of the layer.
    pub fn view(self, layer: &Arc<Layer>) -> Option<LayerView> {
        if layer.audience > self.clearance {
            return None;
        }
        let visible = |field: &Field| {
            field.privacy <= self.clearance && (self.sees_retired || !field.retired)
        };
        let fields = (0..layer.fields.len())
            .filter(|&i| visible(&layer.fields[i]))
            .collect();
        let public_rows_only = self.clearance == PrivacyClass::Public && layer.public_if.is_some();
        Some(LayerView {
            layer: Arc::clone(layer),
            audience: self,
            fields,
            public_rows_only,
        })
    }
}

/// What one audience sees of one layer; only [`Audience::view`] makes one, and a query needs one.
#[derive(Clone, Debug)]
pub struct LayerView {
    layer: Arc<Layer>,
    audience: Audience,
    fields: Vec<usize>,
    public_rows_only: bool,
}

impl LayerView {
    /// Returns the layer.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// Returns for whom the view is.
    pub fn audience(&self) -> Audience {
        self.audience
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

    /// Whether only rows that are marked public may be read.
    pub fn public_rows_only(&self) -> bool {
        self.public_rows_only
    }

    /// Returns the view with only those visible fields that `keep` names, in the schema's order.
    #[must_use]
    pub fn with_fields(mut self, keep: &[String]) -> Self {
        let layer = &self.layer;
        self.fields
            .retain(|&place| keep.contains(&layer.fields[place].name));
        self
    }
}
