//! Invented street patterns: streets grow from a point in steps, bend, branch and end where they meet others.

use std::collections::HashMap;
use std::f64::consts::{FRAC_PI_2, PI};

use geo_types::Coord;

use crate::along::distance;
use crate::place::RoadKind;
use crate::random::Random;

/// How far a street grows at a time, in metres.
const STEP: f64 = 20.0;
/// A street that comes nearer to another than this ends in it.
const MEETING: f64 = 30.0;
/// No branch grows where another street is nearer than this to the place two steps ahead.
const ROOM: f64 = 42.0;

/// A street as the numbers of its vertices.
pub(crate) struct Grown {
    pub(crate) vertices: Vec<usize>,
    pub(crate) kind: RoadKind,
}

/// A pattern of streets.
pub(crate) struct Pattern {
    pub(crate) vertices: Vec<Coord<f64>>,
    pub(crate) streets: Vec<Grown>,
}

/// Where and how a street is to grow.
struct Shoot {
    from: usize,
    heading: f64,
    kind: RoadKind,
}

/// Grows streets of about `target` metres around a point; `is_land` says where they may be.
pub(crate) fn grow(
    center: Coord<f64>,
    target: f64,
    radius: f64,
    random: &mut Random,
    is_land: impl Fn(Coord<f64>) -> bool,
) -> Pattern {
    let mut growth = Growth::new(center, radius);
    let heading = random.between(0.0, PI);
    let mut shoots = vec![];
    for heading in [heading, heading + PI] {
        let kind = RoadKind::State;
        let shoot = Shoot {
            from: 0,
            heading,
            kind,
        };
        growth.extend(&shoot, &mut shoots, random, &is_land);
    }
    let mut next = 0;
    while growth.length < target && next < shoots.len() {
        let shoot = Shoot { ..shoots[next] };
        next += 1;
        growth.extend(&shoot, &mut shoots, random, &is_land);
    }
    growth.pattern
}

struct Growth {
    pattern: Pattern,
    cells: HashMap<(i64, i64), Vec<usize>>,
    radius: f64,
    length: f64,
}

impl Growth {
    fn new(center: Coord<f64>, radius: f64) -> Self {
        let pattern = Pattern {
            vertices: Vec::new(),
            streets: Vec::new(),
        };
        let mut growth = Self {
            pattern,
            cells: HashMap::new(),
            radius,
            length: 0.0,
        };
        growth.add(center);
        growth
    }

    fn add(&mut self, at: Coord<f64>) -> usize {
        let number = self.pattern.vertices.len();
        self.pattern.vertices.push(at);
        self.cells.entry(cell(at)).or_default().push(number);
        number
    }

    /// Returns the vertex nearest to a position, if it is nearer than `reach` (60 m at most) and not among `own`.
    fn nearest(&self, at: Coord<f64>, reach: f64, own: &[usize]) -> Option<usize> {
        let (x, y) = cell(at);
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
        around
            .filter_map(|cell| self.cells.get(&cell))
            .flatten()
            .filter(|vertex| !own.contains(vertex))
            .map(|&vertex| (distance(self.pattern.vertices[vertex], at), vertex))
            .filter(|(away, _)| *away < reach)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, vertex)| vertex)
    }

    /// Grows one street to its end and adds the shoots that branch from it.
    fn extend(
        &mut self,
        shoot: &Shoot,
        shoots: &mut Vec<Shoot>,
        random: &mut Random,
        is_land: &impl Fn(Coord<f64>) -> bool,
    ) {
        let main = shoot.kind == RoadKind::State;
        let root = self.pattern.vertices[shoot.from];
        if !main
            && self
                .nearest(
                    ahead(root, shoot.heading, 2.2 * STEP),
                    ROOM - 4.0,
                    &[shoot.from],
                )
                .is_some()
        {
            return;
        }
        let reach = if main {
            self.radius * 1.6 + 150.0
        } else {
            self.radius
        };
        let bend = if main {
            0.0
        } else {
            random.between(-0.04, 0.04)
        };
        let mut heading = shoot.heading;
        let mut vertices = vec![shoot.from];
        let mut to_branch = random.whole(2, 4);
        let steps = if main { 400 } else { random.whole(6, 40) };
        for _ in 0..steps {
            let here = self.pattern.vertices[vertices[vertices.len() - 1]];
            heading += bend + random.between(-0.05, 0.05);
            heading += (shoot.heading - heading) * if main { 0.1 } else { 0.0 };
            let at = ahead(here, heading, STEP);
            if distance(at, self.pattern.vertices[0]) > reach || !is_land(at) {
                break;
            }
            let own = &vertices[vertices.len().saturating_sub(4)..];
            if !main
                && vertices.len() > 2
                && let Some(met) = self.nearest(at, MEETING, own)
            {
                vertices.push(met);
                break;
            }
            let vertex = self.add(at);
            vertices.push(vertex);
            to_branch -= 1;
            if to_branch <= 0 && distance(at, self.pattern.vertices[0]) < self.radius {
                to_branch = random.whole(3, 6);
                shoots.extend(branches(vertex, heading, random));
            }
        }
        if vertices.len() > 2 {
            self.length += vertices.len() as f64 * STEP;
            self.pattern.streets.push(Grown {
                vertices,
                kind: shoot.kind,
            });
        }
    }
}

fn branches(from: usize, heading: f64, random: &mut Random) -> Vec<Shoot> {
    let mut shoots = Vec::new();
    for side in [FRAC_PI_2, -FRAC_PI_2] {
        if random.chance(0.75) {
            let heading = heading + side + random.between(-0.15, 0.15);
            let kind = RoadKind::Local;
            shoots.push(Shoot {
                from,
                heading,
                kind,
            });
        }
    }
    shoots
}

fn ahead(from: Coord<f64>, heading: f64, metres: f64) -> Coord<f64> {
    let (sin, cos) = heading.sin_cos();
    from + Coord { x: cos, y: sin } * metres
}

fn cell(at: Coord<f64>) -> (i64, i64) {
    ((at.x / 60.0).floor() as i64, (at.y / 60.0).floor() as i64)
}
