//! Greenery: areas that are mown, trees on them, and trees along roads where there is room beside the carriageway.

use geo::Area;
use geo_types::{Coord, MultiPolygon, Polygon};

use crate::along::stations;
use crate::place::{Place, Road, SiteKind};
use crate::random::Random;
use crate::recorder::{Recorder, Row};
use crate::scatter::scatter;

/// Latin and Czech name, our code of the plant type, and the height of a grown one in metres.
type Taxon = (&'static str, &'static str, &'static str, f64);

const PARK_TREES: [Taxon; 12] = [
    ("Tilia cordata", "lípa srdčitá", "deciduous-tree", 22.0),
    ("Acer platanoides", "javor mléč", "deciduous-tree", 20.0),
    ("Acer pseudoplatanus", "javor klen", "deciduous-tree", 22.0),
    ("Quercus robur", "dub letní", "deciduous-tree", 24.0),
    ("Betula pendula", "bříza bělokorá", "deciduous-tree", 18.0),
    (
        "Fraxinus excelsior",
        "jasan ztepilý",
        "deciduous-tree",
        24.0,
    ),
    (
        "Aesculus hippocastanum",
        "jírovec maďal",
        "deciduous-tree",
        19.0,
    ),
    ("Carpinus betulus", "habr obecný", "deciduous-tree", 16.0),
    ("Picea pungens", "smrk pichlavý", "coniferous-tree", 18.0),
    (
        "Pinus sylvestris",
        "borovice lesní",
        "coniferous-tree",
        20.0,
    ),
    ("Salix alba", "vrba bílá", "deciduous-tree", 17.0),
    ("Sorbus aucuparia", "jeřáb ptačí", "deciduous-tree", 10.0),
];
const ROAD_TREES: [Taxon; 6] = [
    ("Malus domestica", "jabloň domácí", "deciduous-tree", 7.0),
    ("Prunus avium", "třešeň ptačí", "deciduous-tree", 11.0),
    ("Pyrus communis", "hrušeň obecná", "deciduous-tree", 11.0),
    ("Prunus domestica", "slivoň švestka", "deciduous-tree", 7.0),
    ("Tilia cordata", "lípa srdčitá", "deciduous-tree", 18.0),
    ("Acer platanoides", "javor mléč", "deciduous-tree", 16.0),
];

/// One tree for so many square metres of a green area.
const AREA_PER_TREE: f64 = 140.0;
/// No green area has more trees.
const MOST_TREES: usize = 45;

pub(crate) fn record(place: &Place, random: &mut Random, recorder: &mut Recorder<'_>) {
    let mut trees = 0;
    for (number, area) in place.sites(SiteKind::Green).enumerate() {
        record_area(place, number + 1, area, random, recorder);
        let count = ((area.unsigned_area() / AREA_PER_TREE).ceil() as usize).min(MOST_TREES);
        for at in scatter(area, count, 5.0, random, |at| place.is_free(at, 2.5)) {
            trees += 1;
            record_tree(
                place,
                trees,
                at,
                random.pick(&PARK_TREES),
                None,
                random,
                recorder,
            );
        }
    }
    for road in &place.roads {
        for at in row_of_trees(place, road, random) {
            trees += 1;
            record_tree(
                place,
                trees,
                at,
                random.pick(&ROAD_TREES),
                Some(road),
                random,
                recorder,
            );
        }
    }
}

fn record_area(
    place: &Place,
    number: usize,
    area: &Polygon<f64>,
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let (green_type, subtype) = *random.pick(&[
        (2, "lawn"),
        (2, "lawn"),
        (1, "lawn"),
        (3, "shrubs"),
        (3, "stand"),
    ]);
    let mowings = if subtype == "lawn" {
        random.whole(2, 8)
    } else {
        random.whole(0, 1)
    };
    let row = Row::invented(place.municipality)
        .with("code", format!("ZP-{number:03}"))
        .with("green_type", green_type)
        .with("subtype", subtype)
        .with("area", area.unsigned_area().round())
        .with("intensity_class", random.whole(1, 4))
        .with("mowings_per_year", mowings)
        .with_any("mowed_on", (mowings > 0).then(|| random.day(2025, 2025)));
    recorder.insert("green-areas", MultiPolygon::new(vec![area.clone()]), row);
}

/// Returns the trees along a road, if it has any: on one side or both, in the verge or just beyond it.
fn row_of_trees(place: &Place, road: &Road, random: &mut Random) -> Vec<Coord<f64>> {
    if !random.chance(if road.built_up { 0.4 } else { 0.3 }) || road.verge < 3.0 {
        return Vec::new();
    }
    let offset = (road.half_width + 2.4).max(road.verge - 1.0);
    let sides: &[f64] = if random.chance(0.4) {
        &[1.0, -1.0]
    } else {
        &[1.0]
    };
    let mut trees = Vec::new();
    for station in stations(&road.line, random.between(10.0, 16.0)) {
        for side in sides {
            let at = station.beside(side * (offset + random.between(-0.3, 0.3)));
            if random.chance(0.85) && place.is_free(at, 2.0) {
                trees.push(at);
            }
        }
    }
    trees
}

fn record_tree(
    place: &Place,
    number: usize,
    at: Coord<f64>,
    (latin, czech, plant_type, grown): &Taxon,
    road: Option<&Road>,
    random: &mut Random,
    recorder: &mut Recorder<'_>,
) {
    let age = random.between(0.25, 1.0);
    let health = random.whole(1, 4);
    let measure = match health {
        4 => "safety-pruning",
        3 => "health-pruning",
        _ if age < 0.4 => "formative-pruning",
        _ => "none",
    };
    let row = Row::invented(place.municipality)
        .with("code", format!("S-{number:05}"))
        .with("taxon_latin", *latin)
        .with("taxon_cs", *czech)
        .with("plant_type", *plant_type)
        .with(
            "trunk_girth",
            (grown * age * random.between(7.0, 10.0)) as i64,
        )
        .with("height", (grown * age * 10.0).round() / 10.0)
        .with(
            "crown_diameter",
            (grown * age * random.between(3.5, 5.5)).round() / 10.0,
        )
        .with("vitality", random.whole(1, 3))
        .with("health", health)
        .with("stability", random.whole(1, 3))
        .with("prospect", *random.pick(&["a", "a", "b", "c"]))
        .with("memorial_tree", false)
        .with("proposed_measure", measure)
        .with("urgency", if health == 4 { "high" } else { "low" })
        .with("assessed_on", random.day(2023, 2025));
    let row = match road {
        Some(road) => row.of_street(place, road),
        None => row,
    };
    recorder.insert("trees", at, row);
}
