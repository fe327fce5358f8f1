//! Merging 100,000 operations onto 300,000 parcels, with all that two people can do to one: how many a second, in memory
//! and by both stores in batches of a thousand.
//!
//! Run with `cargo bench -p tile-server --bench merge`. The GeoPackage flushes each commit to the disk; the cluster of
//! PostgreSQL is that of the tests, which does not.

#[path = "merge/stores.rs"]
mod stores;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use chrono::DateTime;
use geo::MapCoords;
use geo_types::Geometry;
use layers::merge::{
    Batch, Content, Edit, Operation, OperationId, Outcome, Past, Recorded, SentGeometry, judge,
};
use layers::policy::Operation as Act;
use layers::{
    Change, Feature, FeatureId, Layer, LayerId, LayerSet, Municipalities, Revision, RevisionInfo,
    StoreError, Value,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

const PARCELS: usize = 300_000;
const OPERATIONS: usize = 100_000;
const ROUNDS: usize = 5;
const SEED: u64 = 1;
/// The field that operations change, and one that others changed meanwhile.
const FIELDS: [&str; 2] = ["title_sheet", "source"];

fn main() {
    let layers = Arc::new(LayerSet::shipped().expect("sound definitions"));
    let city = City::new(&layers);
    let operations = city.operations();
    let batch = Batch {
        author: "bench".to_owned(),
        reason: "a day in the field".to_owned(),
        at: DateTime::UNIX_EPOCH,
        municipalities: Municipalities::All,
        operations,
    };
    let mut seconds = Vec::new();
    let mut words = BTreeMap::new();
    for round in 0..ROUNDS {
        let begun = Instant::now();
        let judgement = judge(&batch, &layers, &city, &|_| true).expect("a judgement");
        seconds.push(begun.elapsed().as_secs_f64());
        if round == 0 {
            for (_, outcome) in &judgement.outcomes {
                *words.entry(outcome.word()).or_insert(0_usize) += 1;
            }
        }
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[ROUNDS / 2];
    let a_second = OPERATIONS as f64 / median;
    let mut out = format!(
        "{OPERATIONS} operations onto {PARCELS} parcels: {median:.2} s, {a_second:.0} a second\n"
    );
    for (word, count) in words {
        writeln!(out, "  {word}: {count}").expect("a string takes every character");
    }
    for (store, seconds) in stores::seconds(&layers, &city) {
        let a_second = OPERATIONS as f64 / seconds;
        writeln!(
            out,
            "by the {store} store: {seconds:.1} s, {a_second:.0} a second"
        )
        .expect("a string takes every character");
    }
    std::io::stdout()
        .write_all(out.as_bytes())
        .expect("written");
}

/// What the device had read, what others have made of it since, and what was judged before.
struct City {
    layer: LayerId,
    base: HashMap<FeatureId, Feature>,
    now: HashMap<FeatureId, Feature>,
    ids: Vec<FeatureId>,
    judged: HashMap<OperationId, Recorded>,
}

/// What one operation does, and what others did before it.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Value,
    BesideAnother,
    AgainstAnother,
    Corner,
    CornerBesideAnother,
    Removal,
    Again,
}

impl Kind {
    fn of(number: usize) -> Self {
        match number % 20 {
            0..8 => Self::Value,
            8..12 => Self::BesideAnother,
            12..14 => Self::AgainstAnother,
            14..16 => Self::Corner,
            16..18 => Self::CornerBesideAnother,
            18 => Self::Removal,
            _ => Self::Again,
        }
    }
}

impl City {
    fn new(layers: &LayerSet) -> Self {
        let layer = layers.named("parcels").expect("a shipped layer");
        let parcels = data_samples::parcels(layers, PARCELS, SEED).expect("parcels");
        let features = parcels.filter_map(|change| match change {
            Change::Insert {
                id,
                geometry,
                values,
                ..
            } => Some(Feature {
                id,
                fid: 0,
                rev: 1,
                geometry,
                values,
            }),
            _ => None,
        });
        let base: HashMap<_, _> = features.map(|feature| (feature.id, feature)).collect();
        let mut ids: Vec<_> = base.keys().copied().collect();
        ids.sort_unstable();
        let mut now = base.clone();
        for number in 0..OPERATIONS {
            let feature = now
                .get_mut(&ids[number * 3])
                .expect("there are three times as many");
            let kind = Kind::of(number);
            let field = usize::from(kind == Kind::BesideAnother);
            let (place, _) = layer.field(FIELDS[field]).expect("a field of parcels");
            match kind {
                Kind::BesideAnother | Kind::AgainstAnother => {
                    feature.values[place] = Value::from("somebody else");
                    feature.rev += 1;
                }
                Kind::CornerBesideAnother => {
                    feature.geometry = feature
                        .geometry
                        .as_ref()
                        .map(|area| with_corner_moved(area, 0));
                    feature.rev += 1;
                }
                _ => {}
            }
        }
        let mut city = Self {
            layer: layer.id.clone(),
            base,
            now,
            ids,
            judged: HashMap::new(),
        };
        let again = city.operations().into_iter().enumerate();
        let again = again.filter(|(number, _)| Kind::of(*number) == Kind::Again);
        city.judged = again
            .map(|(_, operation)| {
                let outcome = Outcome::Applied { rev: Some(2) };
                (operation.id, Recorded { operation, outcome })
            })
            .collect();
        city
    }

    fn operations(&self) -> Vec<Operation> {
        (0..OPERATIONS)
            .map(|number| self.operation(number))
            .collect()
    }

    fn operation(&self, number: usize) -> Operation {
        let feature = &self.base[&self.ids[number * 3]];
        let kind = Kind::of(number);
        let is_corner = matches!(kind, Kind::Corner | Kind::CornerBesideAnother);
        let area = feature.geometry.as_ref().filter(|_| is_corner);
        let edit = Edit {
            old: Some(Json::Null),
            new: json!(format!("sheet {number}")),
        };
        let is_value = !is_corner && kind != Kind::Removal;
        let set = is_value.then(|| (FIELDS[0].to_owned(), edit));
        Operation {
            id: OperationId::from(Uuid::from_u64_pair(1, number as u64)),
            device: "tablet".to_owned(),
            author: "bench".to_owned(),
            after: None,
            layer: self.layer.clone(),
            feature: feature.id,
            act: if kind == Kind::Removal {
                Act::Delete
            } else {
                Act::Update
            },
            base: Revision(1),
            set: set.into_iter().collect(),
            geometry: area.map(|area| SentGeometry {
                crs: 5514,
                old: None,
                new: written(&with_corner_moved(area, 2)),
            }),
            at: DateTime::UNIX_EPOCH,
        }
    }
}

impl Past for City {
    fn current(&self, _: &Layer, id: FeatureId) -> Result<Option<Feature>, StoreError> {
        Ok(self.now.get(&id).cloned())
    }

    fn at(&self, _: &Layer, id: FeatureId, _: Revision) -> Result<Option<Content>, StoreError> {
        Ok(self.base.get(&id).cloned().map(Content::from))
    }

    fn last_change(&self, _: &Layer, _: FeatureId) -> Result<Option<RevisionInfo>, StoreError> {
        Ok(None)
    }

    fn holder(&self, _: &Layer, _: &[Value]) -> Result<Option<FeatureId>, StoreError> {
        Ok(None)
    }

    fn earlier(&self, id: OperationId) -> Result<Option<Recorded>, StoreError> {
        Ok(self.judged.get(&id).cloned())
    }
}

/// Moves one corner of an area by a decimetre; the first is also the last.
fn with_corner_moved(area: &Geometry<f64>, corner: usize) -> Geometry<f64> {
    let Geometry::Polygon(polygon) = area else {
        return area.clone();
    };
    let from = polygon.exterior().0[corner];
    area.map_coords(|mut at| {
        if at == from {
            at.x += 0.1;
        }
        at
    })
}

/// Writes an area as GeoJSON in its own coordinates.
fn written(area: &Geometry<f64>) -> Json {
    let Geometry::Polygon(polygon) = area else {
        return Json::Null;
    };
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let rings = rings.map(|ring| {
        ring.0
            .iter()
            .map(|at| json!([at.x, at.y]))
            .collect::<Vec<_>>()
    });
    json!({ "type": "Polygon", "coordinates": rings.collect::<Vec<_>>() })
}
