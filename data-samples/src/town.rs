//! One of the 25 municipalities as a place to invent passports for: an invented street pattern around its real point.
//!
//! Nothing of it stands where something real is claimed to be: there are no parcels and no buildings.

use geo::{Contains, Distance, Euclidean};
use geo_types::{Coord, LineString, Point, Polygon};

use crate::along::{distance, smoothed, station};
use crate::place::{Areas, Carriageways, Place, Road, RoadKind, Site, SiteKind};
use crate::random::Random;
use crate::street_names::name_streets;
use crate::tenants::Tenant;
use crate::town_growth::{Pattern, grow};

/// The two towns, with the metres of their invented streets; what villages have is drawn by chance.
const TOWNS: [(i64, f64); 2] = [(562_971, 72_000.0), (563_099, 25_000.0)];
/// How far from the border of the municipality everything stays, in metres.
const FROM_BORDER: f64 = 120.0;

pub(crate) fn place(tenant: &Tenant, number: usize, seed: u64) -> Place {
    let mut random = Random::new(seed ^ tenant.code as u64, "streets");
    let town = TOWNS.iter().find(|(code, _)| *code == tenant.code);
    let target = town.map_or_else(|| random.between(1800.0, 5500.0), |town| town.1);
    let radius = (target * 80.0 / 6.0).sqrt() + 40.0;
    let is_land = |at: Coord<f64>| {
        let point = Point::from(at);
        let inside = tenant.border.contains(&point);
        inside
            && tenant
                .border
                .iter()
                .all(|part| Euclidean.distance(part.exterior(), &point) > FROM_BORDER)
    };
    let pattern = grow(tenant.point, target, radius, &mut random, is_land);
    let mut roads = roads(&pattern, radius, town.is_some());
    let first_code = 9_000_000 + (number as i64 + 1) * 1000;
    let streets = name_streets(&mut roads, first_code, &mut random);
    let carriageways = Carriageways::new(&roads);
    Place {
        municipality: tenant.code,
        name: tenant.name.clone(),
        sites: sites(&roads, &carriageways, &mut random),
        roads,
        streets,
        is_town: town.is_some(),
        buildings: Areas::default(),
        carriageways,
    }
}

/// Cuts the streets where others meet them and where the houses end.
fn roads(pattern: &Pattern, radius: f64, is_town: bool) -> Vec<Road> {
    let mut uses = vec![0; pattern.vertices.len()];
    for street in &pattern.streets {
        street.vertices.iter().for_each(|&vertex| uses[vertex] += 1);
    }
    let is_built_up =
        |vertex: usize| distance(pattern.vertices[vertex], pattern.vertices[0]) < radius;
    let mut roads = Vec::new();
    for street in &pattern.streets {
        let half_width = match (street.kind, is_town) {
            (RoadKind::State, _) => 3.5,
            (_, true) => 3.0,
            _ => 2.5,
        };
        let mut from = 0;
        let vertices = &street.vertices;
        for to in 1..vertices.len() {
            let border = is_built_up(vertices[to]) != is_built_up(vertices[to - 1]);
            if to + 1 < vertices.len() && uses[vertices[to]] < 2 && !border {
                continue;
            }
            let line: Vec<_> = vertices[from..=to]
                .iter()
                .map(|&v| pattern.vertices[v])
                .collect();
            roads.push(Road {
                line: smoothed(&line),
                half_width,
                verge: half_width + 2.5,
                kind: street.kind,
                built_up: is_built_up(vertices[from]) && is_built_up(vertices[to]),
                street: None,
            });
            from = to;
        }
    }
    roads
}

/// What stands beside the roads: one for so many metres of road, at least so many, so long and so deep in metres.
const WANTED: [(SiteKind, f64, usize, f64, f64); 5] = [
    (SiteKind::Cemetery, 25_000.0, 1, 30.0, 26.0),
    (SiteKind::SportsGround, 12_000.0, 1, 60.0, 35.0),
    (SiteKind::Playground, 2500.0, 1, 26.0, 20.0),
    (SiteKind::Parking, 2200.0, 1, 32.0, 17.0),
    (SiteKind::Green, 420.0, 4, 38.0, 24.0),
];

fn sites(roads: &[Road], carriageways: &Carriageways, random: &mut Random) -> Vec<Site> {
    let built_up: Vec<_> = roads.iter().filter(|road| road.built_up).collect();
    let length: f64 = built_up.iter().map(|road| road.length()).sum();
    let mut sites: Vec<Site> = Vec::new();
    let mut taken: Vec<(Coord<f64>, f64)> = Vec::new();
    for (kind, metres, least, long, deep) in WANTED {
        let count = ((length / metres) as usize).max(least);
        for _ in 0..count {
            let size = random.between(0.7, 1.3);
            let ground = Ground {
                kind,
                long: long * size,
                deep: deep * size,
            };
            let tries =
                (0..30).find_map(|_| ground.beside(&built_up, carriageways, &taken, random));
            if let Some((area, middle)) = tries {
                taken.push((middle, long.max(deep) * size * 0.6));
                sites.push(Site { kind, area });
            }
        }
    }
    sites
}

/// An area to be laid out beside a road.
struct Ground {
    kind: SiteKind,
    long: f64,
    deep: f64,
}

impl Ground {
    /// Returns the area beside a road of chance, with its middle, if nothing is in its way.
    fn beside(
        &self,
        roads: &[&Road],
        carriageways: &Carriageways,
        taken: &[(Coord<f64>, f64)],
        random: &mut Random,
    ) -> Option<(Polygon<f64>, Coord<f64>)> {
        if roads.is_empty() {
            return None;
        }
        let road = random.pick(roads);
        let along = station(&road.line, road.length() * random.unit());
        let side = if random.chance(0.5) { 1.0 } else { -1.0 };
        let near = road.half_width + 4.5;
        let place = |forward: f64, away: f64| along.beside(side * away) + along.direction * forward;
        let middle = place(0.0, near + self.deep / 2.0);
        let ring: Vec<_> = self
            .outline(random)
            .into_iter()
            .map(|(forward, away)| place(forward * self.long, near + away * self.deep))
            .collect();
        let reach = self.long.max(self.deep) * 0.6;
        let is_free = ring.iter().all(|&at| !carriageways.within(at, 3.0))
            && !carriageways.within(middle, self.deep / 2.0)
            && taken
                .iter()
                .all(|(other, radius)| distance(*other, middle) > radius + reach);
        is_free.then(|| (Polygon::new(LineString::new(ring), Vec::new()), middle))
    }

    /// Returns the corners as shares of length and depth: a rectangle, or a rounder and uneven shape for greenery.
    fn outline(&self, random: &mut Random) -> Vec<(f64, f64)> {
        if self.kind != SiteKind::Green {
            return vec![(-0.5, 0.0), (0.5, 0.0), (0.5, 1.0), (-0.5, 1.0)];
        }
        (0..14)
            .map(|i| {
                let (sin, cos) = (f64::from(i) / 14.0 * std::f64::consts::TAU).sin_cos();
                let size = random.between(0.8, 1.05);
                (0.5 * cos * size, 0.5 + 0.5 * sin * size)
            })
            .collect()
    }
}
