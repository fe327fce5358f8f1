//! Whatever is edited, compacted meanwhile or left alone, every tile is as if the layers had been read anew.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use geo::Translate;
use geo_types::{Geometry, LineString, Point, Polygon};
use layers::{Bbox, Change, FeatureId, LayerId, LayerSet, Value};
use proptest::prelude::*;

use super::super::service::compacted;
use super::super::snapshot::Snapshot;
use super::super::{Encodings, TileId, TileService};
use super::changes::{codes, tile_at};
use super::content::tiles_over;
use super::decoded::decode;
use super::{Stored, id, lamp, lamp_store};

/// Some fifty real parcels lie around it.
const HERE: [f64; 2] = [-773_555.0, -999_234.0];
const LAYERS: [&str; 3] = ["lamps", "tracks", "plots"];

/// What happens to a feature, or to the service.
#[derive(Clone, Debug)]
enum Step {
    Add { like: usize, by: [i32; 2] },
    Move { feature: usize, by: [i32; 2] },
    Rename { feature: usize },
    Hide { feature: usize },
    Unseen { feature: usize },
    Delete { feature: usize },
    BeginCompaction { layer: usize },
    EndCompaction,
}

fn step() -> impl Strategy<Value = Step> {
    let feature = || 0..10_000_usize;
    let by = || [-25..25, -25..25];
    prop_oneof![
        3 => (feature(), by()).prop_map(|(like, by)| Step::Add { like, by }),
        3 => (feature(), by()).prop_map(|(feature, by)| Step::Move { feature, by }),
        1 => feature().prop_map(|feature| Step::Rename { feature }),
        1 => feature().prop_map(|feature| Step::Hide { feature }),
        1 => feature().prop_map(|feature| Step::Unseen { feature }),
        3 => feature().prop_map(|feature| Step::Delete { feature }),
        2 => (0..LAYERS.len()).prop_map(|layer| Step::BeginCompaction { layer }),
        2 => Just(Step::EndCompaction),
    ]
}

/// The three layers with real geometry, and what is in them.
struct Plots {
    stored: Stored,
    features: Vec<(LayerId, FeatureId, Geometry<f64>)>,
    next: u64,
}

impl Plots {
    fn new() -> Self {
        let definition = |id: &str, geometry: &str| {
            include_str!("lamps.toml")
                .replace("id = \"lamps\"", &format!("id = \"{id}\""))
                .replace("\"Point\"", &format!("\"{geometry}\""))
                .replace("min = 13", "min = 10")
        };
        let kinds = ["Point", "LineString", "Polygon"];
        let names = ["lamps.toml", "tracks.toml", "plots.toml"];
        let definitions: Vec<_> = (0..3)
            .map(|kind| (names[kind], definition(LAYERS[kind], kinds[kind])))
            .collect();
        let mut plots = Self {
            stored: Stored::new(&definitions, Vec::new()),
            features: Vec::new(),
            next: 1,
        };
        let mut changes = Vec::new();
        for parcel in parcels_here() {
            let corners = parcel.exterior();
            let half: LineString = corners.0[..=corners.0.len() / 2].to_vec().into();
            let corner = Point::from(corners.0[0]);
            changes.push(plots.add("lamps", corner.into()));
            changes.push(plots.add("tracks", half.into()));
            changes.push(plots.add("plots", parcel.into()));
        }
        plots.stored.apply(changes);
        plots
    }

    fn add(&mut self, layer: &str, geometry: Geometry<f64>) -> Change {
        self.next += 1;
        let feature = FeatureId::new_v7(self.next, &[0; 10]);
        self.features.push((id(layer), feature, geometry.clone()));
        let code = format!("N{}", self.next % 7);
        Change::Insert {
            layer: id(layer),
            id: feature,
            geometry: Some(geometry),
            values: vec![code.into(), true.into(), "SECRET".into()],
        }
    }

    fn update(&self, number: usize, name: &str, value: Value) -> Change {
        let (layer, feature, _) = &self.features[number];
        Change::Update {
            layer: layer.clone(),
            id: *feature,
            expected_rev: None,
            geometry: None,
            set: vec![(name.to_owned(), value)],
        }
    }

    /// Returns the change of a step, if it is one of a feature.
    fn change(&mut self, step: &Step) -> Option<Change> {
        let place = |feature: &usize| feature % self.features.len();
        Some(match step {
            Step::Add { like, by } => {
                let (layer, _, geometry) = self.features[place(like)].clone();
                let smaller = moved(&geometry, *by);
                self.add(layer.as_str(), smaller)
            }
            Step::Move { feature, by } => {
                let place = place(feature);
                let (layer, id, geometry) = &mut self.features[place];
                *geometry = moved(geometry, *by);
                Change::Update {
                    layer: layer.clone(),
                    id: *id,
                    expected_rev: None,
                    geometry: Some(geometry.clone()),
                    set: Vec::new(),
                }
            }
            Step::Rename { feature } => self.update(place(feature), "code", "N1".into()),
            Step::Hide { feature } => self.update(place(feature), "public", false.into()),
            Step::Unseen { feature } => self.update(place(feature), "secret", "OTHER".into()),
            Step::Delete { feature } if self.features.len() > 1 => {
                let (layer, id, _) = self.features.swap_remove(place(feature));
                Change::Delete {
                    layer,
                    id,
                    expected_rev: None,
                }
            }
            _ => return None,
        })
    }
}

fn moved(geometry: &Geometry<f64>, by: [i32; 2]) -> Geometry<f64> {
    geometry.translate(f64::from(by[0]), f64::from(by[1]))
}

fn parcels_here() -> Vec<Polygon<f64>> {
    let layers = LayerSet::shipped().unwrap();
    let around = Bbox::new(HERE.map(|at| at - 120.0), HERE.map(|at| at + 120.0));
    let inside = |change: Change| match change {
        Change::Insert {
            layer,
            geometry: Some(Geometry::Polygon(parcel)),
            ..
        } if layer == id("parcels") => {
            let parcel_box = Bbox::of(&parcel.clone().into())?;
            parcel_box.intersects(&around).then_some(parcel)
        }
        _ => None,
    };
    let changes = data_samples::district(&layers).unwrap().changes;
    changes.into_iter().filter_map(inside).collect()
}

/// Returns the tiles of all zoom levels over the features, some beside them, and one far away.
fn tiles(plots: &Plots) -> Vec<TileId> {
    let mercator = |(_, _, geometry): &(_, _, Geometry<f64>)| {
        let (from, to) = (layers::crs::Crs::SJtsk, layers::crs::Crs::WebMercator);
        (0, layers::crs::transform_geometry(from, to, geometry))
    };
    let features: Vec<_> = plots.features.iter().map(mercator).collect();
    let mut tiles: Vec<_> = (9..=16)
        .flat_map(|zoom| tiles_over(&features, zoom))
        .collect();
    tiles.push(TileId::new(16, 1, 1).unwrap());
    tiles
}

/// Checks that every tile of the service is as in one that reads everything now; returns their hashes.
fn check(service: &TileService, plots: &Plots, tiles: &[TileId]) -> Vec<u64> {
    let fresh = plots.stored.service();
    let views = LAYERS.map(|layer| service.public_view(&id(layer)));
    let mut hashes = Vec::new();
    for &tile in tiles {
        let (z, x, y) = (tile.zoom(), tile.column(), tile.row());
        let shown = service.tile(&views, z, x, y, Encodings::NONE).unwrap();
        let expected = fresh.encode(&views, tile, Encodings::NONE).unwrap();
        if shown != expected {
            let of = |bytes: &[u8]| {
                let layers = decode(bytes).into_iter();
                let features = layers.flat_map(|(layer, all)| {
                    all.into_iter()
                        .map(move |one| format!("{layer} {} {:?}", one.fid, one.geometry))
                });
                features.collect::<HashSet<String>>()
            };
            let (shown, expected) = (of(&shown.bytes), of(&expected.bytes));
            panic!(
                "{tile:?}: shown only {:#?}, expected only {:#?}",
                shown.difference(&expected),
                expected.difference(&shown)
            );
        }
        hashes.push(shown.hash);
    }
    hashes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 30, ..ProptestConfig::default() })]

    #[test]
    fn tiles_after_any_edits_are_those_of_a_fresh_service(steps in prop::collection::vec(step(), 8..24)) {
        let mut plots = Plots::new();
        let service = plots.stored.service();
        let tiles = tiles(&plots);
        let mut tags = check(&service, &plots, &tiles);
        let mut begun = None;
        for step in &steps {
            match step {
                Step::BeginCompaction { layer } => {
                    let layer = service.served(&service.public_view(&id(LAYERS[*layer]))).unwrap();
                    begun = compacted(&layer, |_| true).map(|made| (layer, made));
                }
                Step::EndCompaction => {
                    if let Some((layer, compacted)) = begun.take() {
                        service.swap_in(&layer, &compacted);
                    }
                }
                _ => {
                    let change = plots.change(step);
                    plots.stored.apply(change.into_iter().collect());
                }
            }
            let after = check(&service, &plots, &tiles);
            if matches!(step, Step::Unseen { .. } | Step::BeginCompaction { .. } | Step::EndCompaction) {
                prop_assert_eq!(&tags, &after, "{:?} shows", step);
            }
            tags = after;
        }
    }
}

/// Tells the other thread to stop, also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn every_edit_is_in_the_next_tile_while_the_background_compacts() {
    let changes: Vec<_> = (1..=40)
        .map(|number| lamp(number, &format!("L{number}"), HERE, true))
        .collect();
    let lamps: Vec<FeatureId> = changes.iter().map(Change::id).collect();
    let stored = lamp_store(changes);
    let service = stored.service();
    let layer = service.served(&service.public_view(&id("lamps"))).unwrap();
    let stopped = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stopped.load(Ordering::Relaxed) {
                if let Some(compacted) = compacted(&layer, |_| true) {
                    service.swap_in(&layer, &compacted);
                }
            }
        });
        let _stop = Stop(&stopped);
        for round in 0..300 {
            let code = format!("R{round}");
            stored.apply(vec![Change::Update {
                layer: id("lamps"),
                id: lamps[round % lamps.len()],
                expected_rev: None,
                geometry: None,
                set: vec![("code".into(), code.as_str().into())],
            }]);
            let shown = codes(&tile_at(&service, HERE, Encodings::NONE));
            assert_eq!(shown.len(), 40);
            assert!(shown.contains(&code), "{code} is missing: {shown:?}");
        }
    });
}

#[test]
fn an_edit_reaches_the_far_tiles_of_a_line_that_it_joins() {
    // A long flat arc, and a line that ends on it: while it does, the arc keeps the joint and other corners than before.
    let arc: Vec<[f64; 2]> = (0..=400)
        .map(|step| {
            [
                f64::from(step) * 5.0 - 1000.0,
                (f64::from(step) / 9.0).sin() * 9.0,
            ]
        })
        .map(|[x, y]| [HERE[0] + x, HERE[1] + y])
        .collect();
    let [x, y] = arc[10];
    let line =
        |corners: &[[f64; 2]]| -> Geometry<f64> { LineString::from(corners.to_vec()).into() };
    let mut plots = Plots::new();
    let arc = plots.add("tracks", line(&arc));
    plots.stored.apply(vec![arc]);
    let tiles = tiles(&plots);
    let service = plots.stored.service();
    let before = check(&service, &plots, &tiles);
    let joining = plots.add("tracks", line(&[[x, y], [x, y + 30.0]]));
    plots.stored.apply(vec![joining]);
    let after = check(&service, &plots, &tiles);
    let differ = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after);
    assert!(
        differ.count() > 8,
        "the joint changes nothing far away, and proves nothing"
    );
}

#[test]
fn the_service_compacts_by_itself_and_ends_its_thread() {
    let stored = lamp_store(Vec::new());
    let service = Arc::new(stored.service());
    let lamps = service.public_view(&id("lamps"));
    service.load(std::slice::from_ref(&lamps)).unwrap();
    service.attend();
    let many = |first: u64| {
        let lamp = |number| lamp(number, &format!("L{number}"), HERE, true);
        (first..first + 200).map(lamp).collect()
    };
    for first in [1, 1001] {
        stored.apply(many(first));
        service.follow().unwrap();
    }
    let layer = service.served(&lamps).unwrap();
    let patience = std::time::Instant::now();
    while compacted(&layer, Snapshot::should_be_compacted).is_some() {
        assert!(patience.elapsed().as_secs() < 20, "nobody compacts");
        thread::sleep(std::time::Duration::from_millis(10));
    }
    let shown = tile_at(&service, HERE, Encodings::NONE);
    assert_eq!(codes(&shown).len(), 400);
    let service = {
        let weak = Arc::downgrade(&service);
        drop(service);
        weak
    };
    while service.strong_count() > 0 {
        assert!(
            patience.elapsed().as_secs() < 20,
            "the thread holds the service"
        );
        thread::sleep(std::time::Duration::from_millis(10));
    }
}
