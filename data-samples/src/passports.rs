//! All passports of a place, one theme after the other.

use crate::place::Place;
use crate::random::Random;
use crate::recorder::Recorder;
use crate::{buried, greenery, grounds, lighting, roads, traffic, waste};

type Theme = fn(&Place, &mut Random, &mut Recorder<'_>);

/// The themes in an order in which references resolve, each with the name of its source of chance.
const THEMES: [(&str, Theme); 7] = [
    ("roads", roads::record),
    ("lighting", lighting::record),
    ("buried", buried::record),
    ("greenery", greenery::record),
    ("waste", waste::record),
    ("grounds", grounds::record),
    ("traffic", traffic::record),
];

/// Records all passports of a place.
pub(crate) fn record(place: &Place, seed: u64, recorder: &mut Recorder<'_>) {
    for (name, theme) in THEMES {
        let mut random = Random::new(seed ^ place.municipality as u64, name);
        theme(place, &mut random, recorder);
    }
}
