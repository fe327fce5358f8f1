//! Streets made of roads that run on into each other, and invented names for them.

use std::collections::BTreeMap;

use geo_types::Coord;

use crate::along::{distance, length, station};
use crate::place::{Road, Street};
use crate::random::Random;

/// Streets shorter than this many metres get no name of their own.
const SHORTEST: f64 = 40.0;

const NAMES: [&str; 84] = [
    "Lipová",
    "Javorová",
    "Jasanová",
    "Březová",
    "Dubová",
    "Buková",
    "Jedlová",
    "Smrková",
    "Borová",
    "Modřínová",
    "Jeřabinová",
    "Kaštanová",
    "Ořechová",
    "Třešňová",
    "Višňová",
    "Jabloňová",
    "Hrušňová",
    "Švestková",
    "Meruňková",
    "Malinová",
    "Ostružinová",
    "Borůvková",
    "Brusinková",
    "Rybízová",
    "Šípková",
    "Růžová",
    "Fialková",
    "Kosatcová",
    "Pomněnková",
    "Sasanková",
    "Konvalinková",
    "Kopretinová",
    "Chrpová",
    "Maková",
    "Jetelová",
    "Vřesová",
    "Mechová",
    "Kapradinová",
    "Vrbová",
    "Olšová",
    "Topolová",
    "Habrová",
    "Akátová",
    "Šeříková",
    "Jasmínová",
    "Slunečná",
    "Stinná",
    "Větrná",
    "Mlžná",
    "Jitřní",
    "Večerní",
    "Polední",
    "Zvonková",
    "Kovářská",
    "Mlynářská",
    "Hrnčířská",
    "Tkalcovská",
    "Sadařská",
    "Včelařská",
    "Chmelařská",
    "Zahradní",
    "Luční",
    "Polní",
    "Lesní",
    "Potoční",
    "Rybniční",
    "Studniční",
    "Mostní",
    "Skalní",
    "Písková",
    "Hliněná",
    "Kamenná",
    "Skřivánčí",
    "Vlaštovčí",
    "Čapí",
    "Sýkorčí",
    "Kosí",
    "Slavičí",
    "Ježčí",
    "Veverčí",
    "Liščí",
    "Jelení",
    "Srnčí",
    "Zaječí",
];
const EPITHETS: [&str; 9] = [
    "",
    "Horní ",
    "Dolní ",
    "Nová ",
    "Stará ",
    "Malá ",
    "Velká ",
    "Krátká ",
    "Dlouhá ",
];

/// Groups built-up roads to streets, tells each road its street, and returns the streets, the longest first.
///
/// Codes count up from `first_code`.
pub(crate) fn name_streets(
    roads: &mut [Road],
    first_code: i64,
    random: &mut Random,
) -> Vec<Street> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let heads = strokes(roads);
    for place in (0..roads.len()).filter(|&place| roads[place].built_up) {
        groups.entry(heads[place]).or_default().push(place);
    }
    let long = |group: &Vec<usize>| group.iter().map(|&i| roads[i].length()).sum::<f64>();
    let mut groups: Vec<_> = groups
        .into_values()
        .map(|group| (long(&group), group))
        .collect();
    groups.retain(|(length, _)| *length >= SHORTEST);
    groups.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names = names(groups.len(), random);
    let mut streets = Vec::new();
    for ((_, group), name) in groups.into_iter().zip(names) {
        for place in group {
            roads[place].street = Some(streets.len());
        }
        let code = first_code + streets.len() as i64 + 1;
        streets.push(Street { code, name });
    }
    streets
}

/// Returns so many different names, plain ones first.
fn names(count: usize, random: &mut Random) -> Vec<String> {
    let mut names = Vec::new();
    for epithet in EPITHETS {
        let mut round: Vec<_> = NAMES
            .iter()
            .map(|name| format!("{epithet}{name}"))
            .collect();
        for place in (1..round.len()).rev() {
            round.swap(place, random.whole(0, place as i64) as usize);
        }
        names.extend(round);
        if names.len() >= count {
            break;
        }
    }
    names
}

/// A road and the direction in which it leaves a crossing.
type RoadEnd = (usize, Coord<f64>);

/// Returns for each road the first road of those that run on into each other with it.
fn strokes(roads: &[Road]) -> Vec<usize> {
    let mut ends: BTreeMap<_, Vec<RoadEnd>> = BTreeMap::new();
    for (place, road) in roads.iter().enumerate().filter(|(_, road)| road.built_up) {
        for at_start in [true, false] {
            let (end, away) = end_and_direction(&road.line, at_start);
            let key = ((end.x * 10.0).round() as i64, (end.y * 10.0).round() as i64);
            ends.entry(key).or_default().push((place, away));
        }
    }
    let mut heads: Vec<usize> = (0..roads.len()).collect();
    for meeting in ends.values() {
        join_straightest(meeting, roads, &mut heads);
    }
    (0..roads.len()).map(|place| head(&heads, place)).collect()
}

/// Joins pairs of roads at a crossing, the straightest first; no road twice, none around a corner of more than 50°.
fn join_straightest(meeting: &[RoadEnd], roads: &[Road], heads: &mut [usize]) {
    let mut pairs = Vec::new();
    for (i, (a, from)) in meeting.iter().enumerate() {
        for (j, (b, to)) in meeting.iter().enumerate().skip(i + 1) {
            let straight = -(from.x * to.x + from.y * to.y);
            if straight > 0.64 && roads[*a].kind == roads[*b].kind {
                pairs.push((straight, i, j));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken = vec![false; meeting.len()];
    for (_, i, j) in pairs {
        if !taken[i] && !taken[j] {
            (taken[i], taken[j]) = (true, true);
            let (a, b) = (head(heads, meeting[i].0), head(heads, meeting[j].0));
            heads[a.max(b)] = a.min(b);
        }
    }
}

fn head(heads: &[usize], mut place: usize) -> usize {
    while heads[place] != place {
        place = heads[place];
    }
    place
}

/// Returns an end of a line and the direction in which the line leaves it, over its first 20 m.
fn end_and_direction(line: &[Coord<f64>], at_start: bool) -> (Coord<f64>, Coord<f64>) {
    let long = length(line);
    let reach = long.min(20.0);
    let (end, inner) = if at_start {
        (line[0], station(line, reach).at)
    } else {
        (line[line.len() - 1], station(line, long - reach).at)
    };
    let away = distance(end, inner).max(1e-9);
    (end, (inner - end) / away)
}
