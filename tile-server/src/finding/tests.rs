//! A count is what reading finds, wherever an area lies, whoever asks, and while features are edited.

use std::sync::Arc;

use geo::{CoordsIter, Translate};
use layers::crs::{Crs, NamedCrs, transform};
use layers::store::{GeoPackageStore, PostgisStore};
use layers::{
    Audience, Bbox, Change, ChangeSet, FeatureQuery, LayerSet, LayerView, Municipalities, Store,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;
use test_postgres::Database;

use super::{Finder, KeptCounts};
use crate::page::PageRequest;
use crate::selection::{Area, Selection};
use crate::tiles::TileService;

/// Points of which some are hidden, lines, and areas that share borders.
const LAYERS: [&str; 3] = ["street-lights", "road-sections", "parcels"];
const AREAS: u32 = 300;

/// A store, what counts in it, and places where its features have corners.
struct Place {
    store: Arc<dyn Store>,
    tiles: TileService,
    kept: KeptCounts,
    corners: Vec<[f64; 2]>,
}

impl Place {
    fn new(store: Arc<dyn Store>) -> Self {
        let mut place = Self {
            tiles: TileService::new(Arc::<dyn Store>::clone(&store)),
            store,
            kept: KeptCounts::default(),
            corners: Vec::new(),
        };
        let district = data_samples::district(place.store.layers()).expect("the sample fits");
        let is_wanted = |change: &Change| LAYERS.contains(&change.layer().as_str());
        place.apply(district.changes.into_iter().filter(is_wanted).collect());
        for view in place.views(&Audience::OFFICE) {
            for feature in place
                .store
                .read(&FeatureQuery::new(view))
                .expect("features")
            {
                let geometry = feature.expect("a feature").geometry;
                let corners = geometry.iter().flat_map(CoordsIter::coords_iter);
                place.corners.extend(corners.map(|at| [at.x, at.y]).take(2));
            }
        }
        place
    }

    fn apply(&self, changes: Vec<Change>) {
        let set = ChangeSet {
            author: "test".to_owned(),
            reason: "test".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
            municipalities: Municipalities::All,
            changes: Box::new(changes.into_iter()),
        };
        self.store.apply(set).expect("applied");
    }

    fn views(&self, audience: &Audience) -> Vec<LayerView> {
        let layer = |id| self.store.layers().named(id).expect("a layer");
        let views = LAYERS.map(|id| audience.view(layer(id)).expect("it is seen"));
        views.into()
    }

    fn check(&self, view: &LayerView, area: &Area, text: &str) {
        let selection = Selection {
            view: view.clone(),
            as_of: None,
            area: Some(area.clone()),
            equal: Vec::new(),
            filter: None,
            crs: NamedCrs::CRS84,
            sort: Vec::new(),
            revision: None,
            properties: None,
        };
        let found = selection.count(&*self.store).expect("features");
        let finder = Finder {
            store: &*self.store,
            tiles: &self.tiles,
            kept: &self.kept,
        };
        let request = PageRequest {
            selection,
            question: text.to_owned(),
            after: None,
            offset: 2,
            limit: 3,
        };
        let lying = finder.lying(&request.selection).expect("features");
        let lying = lying.expect("memory has all of it");
        let sure = lying.within.len() as u64;
        assert!(
            (sure..=sure + lying.doubtful.len() as u64).contains(&found),
            "{text}"
        );
        // The second time it is kept.
        for _ in 0..2 {
            let count = finder.count(&request, Some(&lying));
            assert_eq!(count.expect("a count"), found, "{text}");
        }
        let mut page = Vec::new();
        let summary = request.read(finder, &mut |feature| page.push(feature.clone()));
        let summary = summary.expect("a page");
        let selection = &request.selection;
        let whole = selection.read_by(&*self.store, &selection.query());
        let whole: Result<Vec<_>, _> = whole.expect("features").collect();
        let rest = whole.expect("features").split_off(found.min(2) as usize);
        let has_more = rest.len() > page.len();
        assert!(rest.starts_with(&page), "{text}");
        assert_eq!(
            (page.len(), summary.next_after.is_some()),
            (rest.len().min(3), has_more),
            "{text}"
        );
    }

    /// Deletes some features, and moves some by a few metres.
    fn edit(&self) {
        let mut changes = Vec::new();
        for view in self.views(&Audience::OFFICE) {
            let layer = &view.layer().id;
            let all = self.store.read(&FeatureQuery::new(view.clone()));
            for (number, feature) in all.expect("features").step_by(7).take(200).enumerate() {
                let feature = feature.expect("a feature");
                let (layer, id, expected_rev) = (layer.clone(), feature.id, None);
                changes.push(match feature.geometry.filter(|_| number % 2 == 0) {
                    None => Change::Delete {
                        layer,
                        id,
                        expected_rev,
                    },
                    Some(geometry) => Change::Update {
                        layer,
                        id,
                        expected_rev,
                        geometry: Some(geometry.translate(3.5, -20.25)),
                        set: Vec::new(),
                    },
                });
            }
        }
        self.apply(changes);
    }
}

/// Says where an area is: beside which corner, in which system, how large, and whether its edge runs through the corner.
fn somewhere() -> impl Strategy<Value = (usize, Crs, [f64; 2], bool)> {
    let crs = prop_oneof![Just(Crs::Wgs84), Just(Crs::SJtsk), Just(Crs::WebMercator)];
    let size = prop_oneof![0.0..1.0, 1.0..100.0, 100.0..3000.0, 3000.0..40_000.0];
    (any::<usize>(), crs, [size.clone(), size], any::<bool>())
}

fn area([x, y]: [f64; 2], crs: Crs, [width, height]: [f64; 2], on_edge: bool) -> Area {
    let [x, y] = transform(Crs::SJtsk, crs, [x, y]);
    // Degrees are about that many metres here.
    let [width, height] = match crs {
        Crs::Wgs84 => [width / 71_000.0, height / 111_000.0],
        Crs::SJtsk | Crs::WebMercator => [width, height],
    };
    let west = if on_edge { x } else { x - width / 2.0 };
    Area::new(
        crs,
        Bbox::new([west, y - height / 2.0], [west + width, y + height / 2.0]),
    )
}

fn check_areas(place: &Place) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(AREAS)
    };
    let views = [Audience::PUBLIC, Audience::OFFICE].map(|audience| place.views(&audience));
    let areas = TestRunner::new(config).run(&somewhere(), |(corner, crs, size, on_edge)| {
        let corner = place.corners[corner % place.corners.len()];
        let area = area(corner, crs, size, on_edge);
        for view in views.iter().flatten() {
            place.check(view, &area, &format!("{area:?}"));
        }
        Ok(())
    });
    areas.expect("every area");
}

fn check_store(store: Arc<dyn Store>) {
    let place = Place::new(store);
    check_areas(&place);
    place.edit();
    check_areas(&place);
}

#[test]
fn a_count_is_what_reading_finds_in_a_file() {
    let folder = TempDir::new().expect("a folder");
    let layers = Arc::new(LayerSet::shipped().expect("sound definitions"));
    let store = GeoPackageStore::create(&folder.path().join("obzor.gpkg"), layers);
    check_store(Arc::new(store.expect("a store")));
}

#[test]
fn a_count_is_what_reading_finds_in_a_database() {
    let database = Database::fresh();
    let layers = Arc::new(LayerSet::shipped().expect("sound definitions"));
    check_store(Arc::new(
        PostgisStore::create(&database.url(), layers).expect("a store"),
    ));
}
