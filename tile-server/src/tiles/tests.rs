//! The tile engine on a real store with the real village of Děčany, read back by other people's decoders.

mod changes;
mod content;
mod decoded;
mod edits;
mod rights;

use std::sync::Arc;

use chrono::DateTime;
use geo_types::{Geometry, Point};
use layers::store::GeoPackageStore;
use layers::{
    Applied, Audience, Change, ChangeSet, FeatureId, FeatureQuery, FeatureStore, LayerId, LayerSet,
    Municipalities, read_definitions,
};
use tempfile::TempDir;

use super::TileService;

/// A store in a folder of its own.
struct Stored {
    store: Arc<GeoPackageStore>,
    _folder: TempDir,
}

impl Stored {
    /// Makes a store with the shipped layers, of which some are replaced by other definitions.
    fn new(definitions: &[(&str, String)], changes: Vec<Change>) -> Self {
        let named = |(name, text): &(&str, String)| ((*name).to_owned(), text.clone());
        let instance: Vec<_> = definitions.iter().map(named).collect();
        let layers = read_definitions(&instance).expect("good definitions");
        let folder = TempDir::new().unwrap();
        let store =
            GeoPackageStore::create(&folder.path().join("obzor.gpkg"), Arc::new(layers)).unwrap();
        let stored = Self {
            store: Arc::new(store),
            _folder: folder,
        };
        if !changes.is_empty() {
            stored.apply(changes);
        }
        stored
    }

    fn apply(&self, changes: Vec<Change>) -> Applied {
        let set = ChangeSet {
            author: "test".into(),
            reason: "test".into(),
            at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            municipalities: Municipalities::All,
            changes: Box::new(changes.into_iter()),
        };
        self.store.apply(set).unwrap()
    }

    fn service(&self) -> TileService {
        TileService::new(Arc::clone(&self.store) as Arc<dyn FeatureStore>)
    }

    /// Returns the geometries that a layer holds, in EPSG:5514, with their `fid`s.
    fn geometries(&self, layer: &LayerId) -> Vec<(i64, Geometry<f64>)> {
        let view = Audience::OFFICE
            .view(self.store.layers().get(layer).unwrap())
            .unwrap();
        let features = self
            .store
            .read(&FeatureQuery::new(view))
            .unwrap()
            .map(Result::unwrap);
        features
            .filter_map(|feature| Some((feature.fid, feature.geometry?)))
            .collect()
    }
}

/// A lamp of the layer `lamps`, with values for `code`, `public` and `secret`.
fn lamp(number: u64, code: &str, at: [f64; 2], public: bool) -> Change {
    Change::Insert {
        layer: id("lamps"),
        id: FeatureId::new_v7(number, &[0; 10]),
        geometry: Some(Point::from(at).into()),
        values: vec![
            code.into(),
            public.into(),
            format!("SECRET-OF-{code}").into(),
        ],
    }
}

/// Returns a store with the layer `lamps`, of which rows and fields are hidden from the public, and these in it.
fn lamp_store(lamps: Vec<Change>) -> Stored {
    let definition = include_str!("tests/lamps.toml").to_owned();
    Stored::new(&[("lamps.toml", definition)], lamps)
}

fn id(layer: &str) -> LayerId {
    LayerId::new(layer).unwrap()
}

/// Returns the store of the sample district, its parcels and buildings in tiles from the given zoom level on.
fn district(min_zoom: u8) -> Stored {
    let from = |text: &str| {
        text.replace(
            "zooms = { min = 13",
            &format!("zooms = {{ min = {min_zoom}"),
        )
    };
    let definitions = [
        (
            "parcels.toml",
            from(include_str!("../../../layers/definitions/parcels.toml")),
        ),
        (
            "buildings.toml",
            from(include_str!("../../../layers/definitions/buildings.toml")),
        ),
    ];
    let layers = LayerSet::shipped().unwrap();
    Stored::new(
        &definitions,
        data_samples::district(&layers).unwrap().changes,
    )
}
