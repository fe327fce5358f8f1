//! Which columns got other names: the one place that says which column a field has, and under which names history
//! holds its values.
//!
//! A store remembers its renames, so a program that still has an older definition finds the column, and one whose
//! definition has forgotten a former name finds the past.

use std::sync::Arc;

use crate::merge::json::Schema;
use crate::{Field, Layer, LayerId, LayerSet, LayerView};

/// A column of a layer's table that got another name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rename {
    pub(super) layer: String,
    pub(super) former: String,
    pub(super) name: String,
}

/// The renames that a store remembers; a name that is free again is not among the former ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Renames(pub(super) Vec<Rename>);

impl Renames {
    /// Returns the name that a column has now.
    pub(super) fn column<'a>(&'a self, layer: &LayerId, name: &'a str) -> &'a str {
        let mut column = name;
        // A table that somebody else spoiled may lead in a circle.
        for _ in &self.0 {
            match self.of(layer).find(|rename| rename.former == column) {
                Some(rename) => column = &rename.name,
                None => break,
            }
        }
        column
    }

    /// Returns the names under which history may hold a field's values; a row has at most one of them.
    pub(super) fn past_names<'a>(&'a self, layer: &'a LayerId, field: &'a Field) -> Vec<&'a str> {
        let column = self.column(layer, &field.name);
        let former = self.of(layer).map(|rename| rename.former.as_str());
        let former = former.filter(|former| self.column(layer, former) == column);
        let mut names = vec![column];
        for name in former.chain(field.names()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Returns the names of each field of a view, as [`Renames::past_names`] does.
    pub(super) fn past_names_of(&self, view: &LayerView) -> Vec<Vec<String>> {
        let names = |field| self.past_names(&view.layer().id, field).into_iter();
        view.fields()
            .map(|field| names(field).map(str::to_owned).collect())
            .collect()
    }

    /// Whether history holds values of another column than `column` under a name.
    pub(super) fn is_taken(&self, layer: &LayerId, name: &str, column: Option<&str>) -> bool {
        let now = self.column(layer, name);
        now != name && column != Some(now)
    }

    fn of<'a>(&'a self, layer: &LayerId) -> impl Iterator<Item = &'a Rename> {
        let of_layer = |rename: &&Rename| rename.layer == layer.as_str();
        self.0.iter().filter(of_layer)
    }
}

/// All layers, each with the names under which history may hold the values of its fields, retired ones too.
pub(super) struct PastLayers(Vec<(Arc<Layer>, Vec<Vec<String>>)>);

impl PastLayers {
    /// Finds the names.
    pub(super) fn new(layers: &LayerSet, renames: &Renames) -> Self {
        let names = |layer: &Layer, field| -> Vec<String> {
            let names = renames.past_names(&layer.id, field).into_iter();
            names.map(str::to_owned).collect()
        };
        let of_layers = layers.iter().map(|layer| {
            let fields = layer.fields.iter();
            (
                Arc::clone(layer),
                fields.map(|field| names(layer, field)).collect(),
            )
        });
        Self(of_layers.collect())
    }

    /// Returns how documents of any time name the fields of a layer.
    pub(super) fn schema(&self, layer: &str) -> Option<Schema<'_>> {
        let (layer, names) = self.get(layer)?;
        Some(Schema { layer, names })
    }

    /// Returns a layer and the names of its fields.
    pub(super) fn get(&self, layer: &str) -> Option<(&Arc<Layer>, &[Vec<String>])> {
        let (layer, names) = self.0.iter().find(|(of, _)| of.id.as_str() == layer)?;
        Some((layer, names))
    }
}
