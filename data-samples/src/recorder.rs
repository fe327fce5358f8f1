//! The inserts being gathered: values by field name, ids from the seed, coordinates to the centimetre.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use geo::MapCoordsInPlace;
use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPolygon, Point, Polygon};
use layers::{Change, FeatureId, LayerSet, Value};

use crate::district::SampleError;
use crate::place::{Place, Road};
use crate::random::Random;

/// The instant in the ids of the sample: 1 January 2026 in UTC.
pub(crate) const MADE_AT: DateTime<Utc> =
    DateTime::from_timestamp(1_767_225_600, 0).expect("a second of the year 2026");

/// What data from the register give as their source.
pub(crate) const REGISTER: &str = "RÚIAN, © ČÚZK, CC BY 4.0";
/// What invented data give as their source.
pub(crate) const INVENTED: &str = "Ukázková data – vymyšleno";

/// Gathers inserts for the layers of one instance.
pub(crate) struct Recorder<'a> {
    layers: &'a LayerSet,
    random: Random,
    changes: Vec<Change>,
    /// Layers and fields that the instance does not have.
    missing: BTreeSet<String>,
}

/// The values of one feature by field name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    offered: Vec<(&'static str, Value)>,
    set: Vec<(&'static str, Value)>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(layers: &'a LayerSet, seed: u64) -> Self {
        Self {
            layers,
            random: Random::new(seed, "ids"),
            changes: Vec::new(),
            missing: BTreeSet::new(),
        }
    }

    /// Returns all inserts, unless the instance lacks something that they fill.
    pub(crate) fn finish(self) -> Result<Vec<Change>, SampleError> {
        if self.missing.is_empty() {
            Ok(self.changes)
        } else {
            let missing = self.missing.into_iter().collect();
            Err(SampleError { missing })
        }
    }

    /// Adds a feature to a layer; its geometry is rounded to centimetres.
    pub(crate) fn insert(&mut self, layer: &str, geometry: impl Into<Shape>, row: Row) {
        let Some(layer) = self.layers.named(layer) else {
            self.missing.insert(format!("layer {layer}"));
            return;
        };
        let mut values = vec![Value::Null; layer.fields.len()];
        for (name, value) in row.offered {
            if let Some((place, _)) = layer.field(name) {
                values[place] = value;
            }
        }
        for (name, value) in row.set {
            match layer.field(name) {
                Some((place, _)) => values[place] = value,
                None => drop(self.missing.insert(format!("field {name} of {}", layer.id))),
            }
        }
        let millis = MADE_AT.timestamp_millis() as u64;
        self.changes.push(Change::Insert {
            layer: layer.id.clone(),
            id: FeatureId::new_v7(millis, &self.random.ten_bytes()),
            geometry: geometry.into().rounded(),
            values,
        });
    }
}

impl Row {
    /// Makes a row for a feature that the register gave.
    pub(crate) fn from_register(municipality: i64) -> Self {
        Self::default()
            .offer("municipality_code", municipality)
            .offer("source", REGISTER)
    }

    /// Makes a row for an invented, public feature of a municipality, in operation.
    pub(crate) fn invented(municipality: i64) -> Self {
        Self::default()
            .offer("municipality_code", municipality)
            .offer("source", INVENTED)
            .offer("status", 1)
            .offer("public", true)
            .offer("position_accuracy", 9)
            .offer("capture_method", 6)
    }

    /// Offers the street of a road.
    #[must_use]
    pub(crate) fn of_street(self, place: &Place, road: &Road) -> Self {
        match place.street_of(road) {
            Some(street) => self.offer("street_code", street.code),
            None => self,
        }
    }

    /// Gives a value to a field that only some layers have.
    #[must_use]
    pub(crate) fn offer(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.offered.push((field, value.into()));
        self
    }

    /// Gives a value to a field.
    #[must_use]
    pub(crate) fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.set.push((field, value.into()));
        self
    }

    /// Gives a value to a field, if there is one.
    #[must_use]
    pub(crate) fn with_any(self, field: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }
}

/// A geometry or none, as [`Recorder::insert`] takes it.
pub(crate) struct Shape(Option<Geometry<f64>>);

impl Shape {
    /// No geometry: a row of a table.
    pub(crate) const NONE: Self = Self(None);

    fn rounded(mut self) -> Option<Geometry<f64>> {
        let centimetres = |metres: f64| (metres * 100.0).round() / 100.0;
        if let Some(geometry) = &mut self.0 {
            geometry.map_coords_in_place(|Coord { x, y }| Coord {
                x: centimetres(x),
                y: centimetres(y),
            });
        }
        self.0
    }
}

impl From<Coord<f64>> for Shape {
    fn from(at: Coord<f64>) -> Self {
        Self(Some(Point::from(at).into()))
    }
}

impl From<Polygon<f64>> for Shape {
    fn from(polygon: Polygon<f64>) -> Self {
        Self(Some(polygon.into()))
    }
}

/// A line.
impl From<Vec<Coord<f64>>> for Shape {
    fn from(line: Vec<Coord<f64>>) -> Self {
        Self(Some(LineString::new(line).into()))
    }
}

/// Several lines that are one feature.
impl From<Vec<Vec<Coord<f64>>>> for Shape {
    fn from(lines: Vec<Vec<Coord<f64>>>) -> Self {
        let lines = lines.into_iter().map(LineString::new).collect();
        Self(Some(MultiLineString::new(lines).into()))
    }
}

impl From<MultiPolygon<f64>> for Shape {
    fn from(polygons: MultiPolygon<f64>) -> Self {
        Self(Some(polygons.into()))
    }
}
