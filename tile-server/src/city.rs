//! The city as the program serves it: configuration, layers, store, tiles and search, shared by all requests.

use std::sync::Arc;

use layers::{
    Audience, Feature, FeatureStore, Label, Language, LayerSet, LayerView, Standing, Store,
};

use crate::config::Config;
use crate::public_files::PublicFiles;
use crate::search::SearchIndex;
use crate::tiles::TileService;

/// Everything that answers need; knows nothing of HTTP.
pub(crate) struct City {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tiles: Arc<TileService>,
    pub(crate) search: SearchIndex,
    pub(crate) public_files: PublicFiles,
}

impl City {
    /// Puts the parts together for the public audience; reads nothing yet.
    pub(crate) fn new(config: Config, store: Arc<dyn Store>, public_files: PublicFiles) -> Self {
        let features: Arc<dyn FeatureStore> = Arc::<dyn Store>::clone(&store);
        Self {
            config,
            tiles: Arc::new(TileService::new(Arc::clone(&features), Audience::PUBLIC)),
            search: SearchIndex::new(features, Audience::PUBLIC),
            store,
            public_files,
        }
    }

    /// Says how near to the newest state the answers are: the one place that decides it. Asks nobody.
    pub(crate) fn standing(&self) -> Standing {
        self.store.standing().max(self.tiles.standing())
    }

    /// Asks the store and says how near to the newest state the answers are.
    pub(crate) fn reached(&self) -> Standing {
        match self.store.head() {
            Ok(_) => self.standing(),
            Err(_) => Standing::Unreachable,
        }
    }

    /// Returns the layers in force.
    pub(crate) fn layers(&self) -> &LayerSet {
        self.store.layers()
    }

    /// Returns what everybody may see of the layers, in the order of the layer tree.
    pub(crate) fn public_layers(&self) -> impl Iterator<Item = LayerView> {
        self.layers()
            .iter()
            .filter_map(|layer| Audience::PUBLIC.view(layer))
    }

    /// Returns what everybody may see of one layer; nothing when it is hidden or not there.
    pub(crate) fn public_layer(&self, id: &str) -> Option<LayerView> {
        self.layers()
            .named(id)
            .and_then(|layer| Audience::PUBLIC.view(layer))
    }
}

/// Returns the heading of a feature read through the view.
pub(crate) fn title(view: &LayerView, feature: &Feature, language: Language) -> String {
    written(&view.layer().label, view, feature, language)
}

/// Writes a label of the layer with the values of a feature read through the view.
pub(crate) fn written(
    label: &Label,
    view: &LayerView,
    feature: &Feature,
    language: Language,
) -> String {
    label.write(language, &|name| {
        let (place, field) = view.field(name)?;
        Some((field, &feature.values[place]))
    })
}
