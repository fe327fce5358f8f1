//! The layers of one instance, with their headings.

use std::sync::Arc;

use crate::{DefinitionError, Group, Layer, LayerId, read_definitions};

/// All layers in force, in the order of the layer tree.
#[derive(Clone, Debug)]
pub struct LayerSet {
    groups: Vec<Group>,
    layers: Vec<Arc<Layer>>,
}

impl LayerSet {
    /// Makes a set from groups and layers already checked against each other.
    pub(crate) fn new(groups: Vec<Group>, layers: Vec<Arc<Layer>>) -> Self {
        Self { groups, layers }
    }

    /// Returns the layers that ship with Obzor.
    pub fn shipped() -> Result<Self, Vec<DefinitionError>> {
        read_definitions(&[])
    }

    /// Returns the headings of the layer tree, in order.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Returns the layers, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Layer>> {
        self.layers.iter()
    }

    /// Returns the layers that a store keeps itself, in order; the others show attached tables.
    pub fn kept(&self) -> impl Iterator<Item = &Arc<Layer>> {
        self.layers.iter().filter(|layer| layer.source.is_none())
    }

    /// Returns the layers that a store keeps itself as a set of their own.
    #[must_use]
    pub fn without_attached(&self) -> Self {
        Self::new(self.groups.clone(), self.kept().cloned().collect())
    }

    /// Returns the layers that show attached tables, in order.
    pub fn attached(&self) -> impl Iterator<Item = &Arc<Layer>> {
        self.layers.iter().filter(|layer| layer.source.is_some())
    }

    /// Returns the layer of that name.
    pub fn get(&self, id: &LayerId) -> Option<&Arc<Layer>> {
        self.layers.iter().find(|layer| &layer.id == id)
    }

    /// Returns the layer that holds the municipalities with their borders, if there is one.
    pub fn borders(&self) -> Option<&Arc<Layer>> {
        self.layers.iter().find(|layer| layer.borders.is_some())
    }

    /// Returns the layer of that name, written as text.
    pub fn named(&self, id: &str) -> Option<&Arc<Layer>> {
        self.layers.iter().find(|layer| layer.id.as_str() == id)
    }
}
