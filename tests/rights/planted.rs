//! A store in which every text says of which row it is and how widely it may be known.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use geo::CoordsIter;
use geo_types::{Geometry, LineString, MultiLineString, MultiPolygon, Point, Polygon};
use layers::crs::{Crs, HALF_WORLD, transform};
use layers::store::GeoPackageStore;
use layers::{
    Change, ChangeSet, FeatureId, FeatureStore, Field, FieldType, GeometryType, Layer, LayerSet,
    MUNICIPALITY_FIELD, Municipalities, PrivacyClass, Value,
};

/// The municipality for which actors have their roles.
pub(super) const OURS: i64 = 562_971;
/// Another one.
pub(super) const THEIRS: i64 = 563_099;
/// Where everything lies, in EPSG:5514.
const HERE: [f64; 2] = [-808_000.0, -993_000.0];

/// One row of a layer.
#[derive(Clone)]
pub(super) struct Row {
    number: u64,
    pub(super) id: String,
    pub(super) owner: i64,
    pub(super) open: bool,
}

impl Row {
    /// Returns what stands in the texts of a privacy class.
    pub(super) fn text(&self, class: PrivacyClass) -> String {
        let class = match class {
            PrivacyClass::Public => "verejny",
            PrivacyClass::Internal => "vnitrni",
            PrivacyClass::Personal => "osobni",
        };
        // No text begins with another.
        format!("zq{:04}{class}", self.number)
    }
}

impl Row {
    /// Returns how many metres east of the others its kind lies.
    fn east(&self) -> f64 {
        let theirs = if self.owner == THEIRS { 16.0 } else { 0.0 };
        theirs + if self.open { 0.0 } else { 32.0 }
    }
}

/// Returns west, south, east and north of rows, in degrees; none without rows on the map.
pub(super) fn bounds<'a>(
    layer: &Layer,
    rows: impl Iterator<Item = &'a &'a Row>,
) -> Option<[f64; 4]> {
    let kind = layer.geometry?;
    let positions =
        rows.flat_map(|row| geometry(kind, row.east()).coords_iter().collect::<Vec<_>>());
    let mut degrees = positions.map(|at| transform(Crs::SJtsk, Crs::Wgs84, [at.x, at.y]));
    let [x, y] = degrees.next()?;
    Some(
        degrees.fold([x, y, x, y], |[west, south, east, north], [x, y]| {
            [west.min(x), south.min(y), east.max(x), north.max(y)]
        }),
    )
}

/// Whether a layer's label for searching holds a text of the row.
pub(super) fn is_searched(layer: &Layer) -> bool {
    let search = layer.search.as_ref();
    let names = search.map_or_else(Vec::new, |search| search.label.field_names());
    let is_text = |name: &&str| {
        let field = layer.field(name);
        field.is_some_and(|(_, field)| is_free_text(field))
    };
    names.iter().any(is_text)
}

/// Returns a field that holds a planted text of a class.
pub(super) fn text_field(layer: &Layer, class: PrivacyClass) -> Option<&Field> {
    let mut fields = layer.fields.iter();
    fields.find(|field| field.privacy == class && is_free_text(field))
}

fn is_free_text(field: &Field) -> bool {
    field.field_type == FieldType::Text && field.codes.is_none()
}

/// Returns the address of the tile in which everything lies, at the deepest zoom level of a layer.
pub(super) fn tile_of(layer: &Layer) -> String {
    let [x, y] = transform(Crs::SJtsk, Crs::WebMercator, HERE);
    let size = f64::from(1_u32 << layer.zooms.max);
    let place = |metres: f64| ((metres / (2.0 * HALF_WORLD) + 0.5) * size) as u32;
    format!("{}/{}/{}", layer.zooms.max, place(x), place(-y))
}

/// Returns the place where everything lies, in degrees.
pub(super) fn place() -> [f64; 2] {
    transform(Crs::SJtsk, Crs::Wgs84, HERE)
}

/// Makes the instance's store anew, with the same few rows in every layer; returns them by layer.
pub(super) fn plant(instance: &Path, layers: &Arc<LayerSet>) -> BTreeMap<String, Vec<Row>> {
    let path = instance.join("store/obzor.gpkg");
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
    let store = GeoPackageStore::create(&path, Arc::clone(layers)).unwrap();
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut changes = Vec::new();
    let mut number = 0;
    for layer in layers.iter() {
        for (owner, open) in [(OURS, true), (OURS, false), (THEIRS, true), (THEIRS, false)] {
            if !open && layer.public_if.is_none() {
                continue;
            }
            number += 1;
            let id = FeatureId::new_v7(number, &[7; 10]);
            let row = Row {
                number,
                id: id.to_string(),
                owner,
                open,
            };
            let value = |field: &Field| value(layer, field, &row);
            changes.push(Change::Insert {
                layer: layer.id.clone(),
                id,
                geometry: layer.geometry.map(|kind| geometry(kind, row.east())),
                values: layer.fields.iter().map(value).collect(),
            });
            rows.entry(layer.id.to_string()).or_default().push(row);
        }
    }
    commit(&store, changes);
    rows
}

fn value(layer: &Layer, field: &Field, row: &Row) -> Value {
    if field.name == MUNICIPALITY_FIELD {
        return row.owner.into();
    }
    if layer.public_if.as_ref() == Some(&field.name) {
        return row.open.into();
    }
    let is_wanted = field.mandatory || is_free_text(field);
    match &field.field_type {
        _ if !is_wanted => Value::Null,
        _ if field.codes.is_some() => field.codes.as_ref().unwrap().codes[0].value.clone(),
        FieldType::Text | FieldType::Reference(_) => row.text(field.privacy).into(),
        FieldType::Integer => {
            let least = field.range.map_or(0, |(least, _)| least as i64);
            let room = field
                .range
                .map_or(i64::MAX, |(least, most)| (most - least) as i64 + 1);
            Value::Integer(least + row.number as i64 % room)
        }
        FieldType::Real => Value::Real(field.range.map_or(1.0, |(least, _)| least)),
        FieldType::Boolean => true.into(),
        FieldType::Date => Value::Date("2026-01-01".parse().unwrap()),
        FieldType::Timestamp => Value::Timestamp(DateTime::from_timestamp(0, 0).unwrap()),
        FieldType::List(_) => Value::List(Vec::new()),
    }
}

/// Moves rows of all layers a few metres to the east, in one change set.
pub(super) fn move_rows<'a>(
    instance: &Path,
    layers: &Arc<LayerSet>,
    rows: impl Iterator<Item = (&'a Layer, &'a Row)>,
    metres: f64,
) {
    let moved = rows.map(|(layer, row)| Change::Update {
        layer: layer.id.clone(),
        id: row.id.parse().unwrap(),
        expected_rev: None,
        geometry: layer
            .geometry
            .map(|kind| geometry(kind, row.east() + metres)),
        set: Vec::new(),
    });
    commit(&open(instance, layers), moved.collect());
}

pub(super) fn open(instance: &Path, layers: &Arc<LayerSet>) -> GeoPackageStore {
    let path = instance.join("store/obzor.gpkg");
    GeoPackageStore::open(&path, Arc::clone(layers)).unwrap()
}

fn commit(store: &GeoPackageStore, changes: Vec<Change>) {
    let set = ChangeSet {
        author: "test".into(),
        reason: "test".into(),
        at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        municipalities: Municipalities::All,
        changes: Box::new(changes.into_iter()),
    };
    store.apply(set).unwrap();
}

fn geometry(kind: GeometryType, east: f64) -> Geometry<f64> {
    let at = |x: f64, y: f64| [HERE[0] + x + east, HERE[1] + y];
    let line = || LineString::from(vec![at(0.0, 0.0), at(10.0, 0.0)]);
    let ring = vec![at(0.0, 0.0), at(20.0, 0.0), at(20.0, 20.0), at(0.0, 20.0)];
    let area = || Polygon::new(LineString::from(ring.clone()), Vec::new());
    match kind {
        GeometryType::Point => Point::from(at(0.0, 0.0)).into(),
        GeometryType::LineString => line().into(),
        GeometryType::Polygon => area().into(),
        GeometryType::MultiLineString => MultiLineString::new(vec![line()]).into(),
        GeometryType::MultiPolygon => MultiPolygon::new(vec![area()]).into(),
    }
}
