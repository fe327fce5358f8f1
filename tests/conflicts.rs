//! The conflict desk: what somebody may decide, the decision, the way back, and the pages on which a clerk does it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use geo::MapCoords;
use geo_types::Coord;
use layers::crs::{Crs, transform};
use layers::merge::{Batch, ConflictQuery, Edit, Operation, geometry_edit, receive};
use layers::policy::Operation as Act;
use layers::store::{GeoPackageStore, PostgisStore};
use layers::{
    Audience, Feature, FeatureId, FeatureQuery, LayerId, LayerSet, Municipalities, Revision, Store,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::city::City;

mod api;
mod browser;
mod rights;
mod undo;

const LAMPS: &str = "street-lights";
const TOWN: i64 = 562_971;
const VILLAGE: i64 = 564_729;

/// Opens the city's store in this program too, as a second server does.
pub(crate) fn store_of(city: &City) -> Box<dyn Store> {
    let layers = Arc::new(LayerSet::shipped().unwrap());
    match city.database_url() {
        Some(url) => Box::new(PostgisStore::open(&url, layers).unwrap()),
        None => Box::new(GeoPackageStore::open(&city.store(), layers).unwrap()),
    }
}

/// A store in which people change the same things.
struct Field<'a> {
    store: &'a dyn Store,
}

impl Field<'_> {
    fn head(&self) -> Revision {
        self.store.head().unwrap()
    }

    /// Returns the features of a municipality.
    fn features(&self, layer: &str, municipality: i64) -> Vec<Feature> {
        let layer = self.store.layers().named(layer).unwrap();
        let query = FeatureQuery {
            equal: vec![("municipality_code".to_owned(), municipality.into())],
            ..FeatureQuery::new(Audience::OFFICE.view(layer).unwrap())
        };
        let features = self.store.read(&query).unwrap();
        features.map(Result::unwrap).collect()
    }

    fn feature(&self, layer: &str, id: FeatureId) -> Option<Feature> {
        let layer = self.store.layers().named(layer).unwrap();
        let query = FeatureQuery {
            id: Some(id),
            ..FeatureQuery::new(Audience::OFFICE.view(layer).unwrap())
        };
        self.store.read(&query).unwrap().next().map(Result::unwrap)
    }

    fn value(&self, layer: &str, id: FeatureId, field: &str) -> Json {
        let (place, field) = {
            let layer = self.store.layers().named(layer).unwrap();
            let (place, field) = layer.field(field).unwrap();
            (place, field.clone())
        };
        let feature = self.feature(layer, id).unwrap();
        layers::to_json(&field.field_type, &feature.values[place])
    }

    /// Sends what somebody did when they saw a revision; returns the paths of the conflicts that it left.
    fn send(&self, operation: Operation) -> Vec<String> {
        let batch = Batch {
            author: operation.author.clone(),
            reason: "práce v terénu".to_owned(),
            at: DateTime::from_timestamp_millis(1_795_400_000_000).unwrap(),
            municipalities: Municipalities::All,
            operations: vec![operation],
        };
        let received = receive(self.store, &batch, false, &|_| true).unwrap();
        let conflicts = received.judgement.conflicts.into_iter();
        let path = |conflict: layers::merge::Conflict| {
            format!("/conflicts/{}.{}", conflict.operation, conflict.part.key())
        };
        conflicts.map(path).collect()
    }

    /// Two people give a field different values, having seen the same; returns the path of the conflict.
    fn collide(&self, layer: &str, id: FeatureId, field: &str, values: [Json; 2]) -> String {
        let base = self.head();
        let [first, second] = values;
        let mut left = Vec::new();
        for (author, new) in [("jana", first), ("petr", second)] {
            let mut operation = operation(layer, id, author, Act::Update, base);
            let edit = Edit { old: None, new };
            operation.set = BTreeMap::from([(field.to_owned(), edit)]);
            left = self.send(operation);
        }
        assert_eq!(left.len(), 1, "{left:?}");
        left.remove(0)
    }

    /// Two people move a point, each so many metres to the east.
    fn collide_by_moving(&self, layer: &str, id: FeatureId, metres: [f64; 2]) -> String {
        let base = self.head();
        let from = self.feature(layer, id).unwrap().geometry.unwrap();
        let mut left = Vec::new();
        for (author, metres) in ["jana", "petr"].into_iter().zip(metres) {
            let mut operation = operation(layer, id, author, Act::Update, base);
            let moved = from.map_coords(|at| Coord {
                x: at.x + metres,
                y: at.y,
            });
            operation.geometry = Some(geometry_edit(None, &moved));
            left = self.send(operation);
        }
        left.remove(0)
    }

    /// Somebody edits what somebody else removes, in either order.
    fn collide_by_removing(&self, layer: &str, id: FeatureId, removal_first: bool) -> String {
        let base = self.head();
        let removal = operation(layer, id, "jana", Act::Delete, base);
        let mut edit = operation(layer, id, "petr", Act::Update, base);
        let new = json!("upraveno");
        edit.set = BTreeMap::from([("note".to_owned(), Edit { old: None, new })]);
        let (first, second) = if removal_first {
            (removal, edit)
        } else {
            (edit, removal)
        };
        assert_eq!(self.send(first), Vec::<String>::new());
        self.send(second).remove(0)
    }

    fn count(&self) -> usize {
        let query = ConflictQuery {
            is_open: Some(true),
            ..ConflictQuery::default()
        };
        self.store.conflicts(&query).unwrap().len()
    }
}

/// Two people turn an area into others that cannot be merged; returns the path of the conflict.
fn collide_by_shape(field: &Field<'_>, layer: &str, feature: &Feature) -> String {
    let base = field.head();
    let mut left = Vec::new();
    for (author, metres) in [("jana", 2.0), ("petr", 5.0)] {
        let mut operation = operation(layer, feature.id, author, Act::Update, base);
        let moved = feature.geometry.as_ref().unwrap().map_coords(|at| Coord {
            x: at.x + metres,
            y: at.y,
        });
        operation.geometry = Some(geometry_edit(None, &moved));
        left = field.send(operation);
    }
    left.remove(0)
}

fn operation(layer: &str, id: FeatureId, author: &str, act: Act, base: Revision) -> Operation {
    Operation {
        id: Uuid::now_v7().into(),
        device: format!("tablet, {author}"),
        author: author.to_owned(),
        after: None,
        layer: LayerId::new(layer).unwrap(),
        feature: id,
        act,
        base,
        set: BTreeMap::new(),
        geometry: None,
        at: DateTime::<Utc>::from_timestamp_millis(1_795_300_000_000).unwrap(),
    }
}

/// Somebody with a token.
struct Clerk<'a> {
    city: &'a City,
    token: String,
}

impl<'a> Clerk<'a> {
    fn new(city: &'a City, name: &str, rights: &[&str]) -> Self {
        obzor(city, &[&["user", "add", name][..], rights].concat());
        let token = obzor(city, &["user", "token", name]);
        Self { city, token }
    }

    fn of(city: &'a City, name: &str, municipality: i64) -> Self {
        Self::new(city, name, &["--municipality", &municipality.to_string()])
    }

    fn get(&self, path: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        self.city.get_with(path, &[("authorization", &bearer)])
    }

    fn post(&self, path: &str, etag: &str, body: &Json) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        if !etag.is_empty() {
            headers.push(("if-match", etag));
        }
        Answer::try_send("POST", &self.city.url(path), &headers, body.to_string()).unwrap()
    }

    /// Decides a conflict as it is shown now.
    fn decide(&self, path: &str, body: &Json) -> Answer {
        let shown = self.get(path);
        assert_eq!(shown.status, 200, "{}", shown.text());
        self.post(&format!("{path}/decision"), shown.header("etag"), body)
    }

    /// Takes a decision back, which must succeed.
    fn reopen(&self, path: &str) -> Json {
        let shown = self.get(path);
        let answer = self.post(&format!("{path}/reopen"), shown.header("etag"), &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

/// Runs `obzor` on the city's instance; it must succeed.
fn obzor(city: &City, arguments: &[&str]) -> String {
    let (code, said) = city.obzor(arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said.trim().to_owned()
}

/// Returns the degrees of a position in EPSG:5514.
fn degrees(at: [f64; 2]) -> [f64; 2] {
    transform(Crs::SJtsk, Crs::Wgs84, at)
}
