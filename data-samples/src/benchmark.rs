//! Data for benchmarks: as many parcels as one likes, each of the shape of a real one.

use geo::Translate;
use layers::{Change, FeatureId, LayerSet, Value};

use crate::district::SampleError;
use crate::random::Random;
use crate::recorder::{MADE_AT, Recorder};
use crate::register::record_parcels;
use crate::village::decany;

/// How many copies of the village lie side by side.
const COLUMNS: usize = 18;
/// How far one copy is from the next to the east and to the south, in metres.
const SPACING: [f64; 2] = [5600.0, 4600.0];
/// What each copy adds to the ids of its parcels.
const ID_STEP: i64 = 100_000_000_000;

/// Returns the inserts of so many parcels: copies of the real ones of Děčany, moved apart on a grid 18 copies wide.
///
/// An average parcel has 11 vertices; a million fill 101 km by 83 km of EPSG:5514. The ids follow from the seed.
pub fn parcels(
    layers: &LayerSet,
    count: usize,
    seed: u64,
) -> Result<impl Iterator<Item = Change>, SampleError> {
    let mut recorder = Recorder::new(layers, seed);
    record_parcels(&decany(), &mut recorder);
    let id_place = layers
        .named("parcels")
        .and_then(|layer| layer.field("parcel_id"));
    let id_place = id_place.map(|(place, _)| place).unwrap_or_default();
    let originals = recorder.finish()?;
    let mut random = Random::new(seed, "benchmark");
    let copies = (0..).flat_map(move |copy: usize| {
        originals
            .clone()
            .into_iter()
            .map(move |original| (copy, original))
    });
    let moved = copies.map(move |(copy, mut change)| {
        if let Change::Insert {
            id,
            geometry,
            values,
            ..
        } = &mut change
        {
            *id = FeatureId::new_v7(MADE_AT.timestamp_millis() as u64, &random.ten_bytes());
            let east = (copy % COLUMNS) as f64 * SPACING[0];
            let south = (copy / COLUMNS) as f64 * SPACING[1];
            if let Some(geometry) = geometry {
                geometry.translate_mut(east, -south);
            }
            if let Value::Integer(parcel) = &mut values[id_place] {
                *parcel += copy as i64 * ID_STEP;
            }
        }
        change
    });
    Ok(moved.take(count))
}
