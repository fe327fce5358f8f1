//! The middle lines of long areas: the chordal axis of a polygon (Prasad, 1997).
//!
//! The border is cut into short pieces and the area triangulated between them; a line through the middles of the inner
//! edges of the triangles runs half-way between the two sides, and forks where a triangle has three inner edges.

use std::collections::HashMap;

use geo_types::{Coord, LineString, Polygon};
use spade::handles::{FixedFaceHandle, FixedUndirectedEdgeHandle, InnerTag};
use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use crate::along::{densified, distance};

/// How long the pieces of the border are, in metres.
const PIECE: f64 = 3.0;

/// A place on the middle line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joint {
    /// Where.
    pub(crate) at: Coord<f64>,
    /// How far the border is to either side, in metres.
    pub(crate) half_width: f64,
}

/// Middle lines as a graph: places, and which of them are neighbours.
#[derive(Debug, Default)]
pub(crate) struct Skeleton {
    pub(crate) joints: Vec<Joint>,
    pub(crate) neighbours: Vec<Vec<usize>>,
}

impl Skeleton {
    fn add(&mut self, at: Coord<f64>, half_width: f64) -> usize {
        self.joints.push(Joint { at, half_width });
        self.neighbours.push(Vec::new());
        self.joints.len() - 1
    }

    fn join(&mut self, a: usize, b: usize) {
        self.neighbours[a].push(b);
        self.neighbours[b].push(a);
    }

    /// Adds the middle lines of an area.
    pub(crate) fn add_area(&mut self, area: &Polygon<f64>) {
        let mesh = triangulated(area);
        let mut middles: HashMap<FixedUndirectedEdgeHandle, usize> = HashMap::new();
        for face in inside(&mesh) {
            let face = mesh.face(face);
            let open: Vec<usize> = face
                .adjacent_edges()
                .iter()
                .filter(|edge| !edge.is_constraint_edge())
                .map(|edge| {
                    let [a, b] = edge.positions().map(coord);
                    *middles
                        .entry(edge.as_undirected().fix())
                        .or_insert_with(|| self.add((a + b) / 2.0, distance(a, b) / 2.0))
                })
                .collect();
            match open.as_slice() {
                [a, b] => self.join(*a, *b),
                [a, b, c] => {
                    let wide = open.iter().map(|&i| self.joints[i].half_width).sum::<f64>() / 3.0;
                    let corners = face.positions().map(coord);
                    let center = self.add((corners[0] + corners[1] + corners[2]) / 3.0, wide);
                    for corner in [*a, *b, *c] {
                        self.join(center, corner);
                    }
                }
                _ => {}
            }
        }
    }
}

type Mesh = ConstrainedDelaunayTriangulation<Point2<f64>>;

fn coord(point: Point2<f64>) -> Coord<f64> {
    Coord {
        x: point.x,
        y: point.y,
    }
}

fn triangulated(area: &Polygon<f64>) -> Mesh {
    let mut mesh = Mesh::new();
    for ring in std::iter::once(area.exterior()).chain(area.interiors()) {
        add_ring(&mut mesh, ring);
    }
    mesh
}

fn add_ring(mesh: &mut Mesh, ring: &LineString<f64>) {
    let places = densified(&ring.0, PIECE);
    let corners: Vec<_> = places
        .iter()
        .filter_map(|place| mesh.insert(Point2::new(place.x, place.y)).ok())
        .collect();
    for pair in corners.windows(2) {
        if pair[0] != pair[1] && mesh.can_add_constraint(pair[0], pair[1]) {
            mesh.add_constraint(pair[0], pair[1]);
        }
    }
}

/// Returns the triangles inside the area: those reached from outside across an odd number of borders.
fn inside(mesh: &Mesh) -> Vec<FixedFaceHandle<InnerTag>> {
    let mut within = HashMap::new();
    let mut waiting = Vec::new();
    for edge in mesh.convex_hull() {
        let faces = [edge, edge.rev()].map(|side| side.face().as_inner());
        let inner = faces.into_iter().flatten();
        waiting.extend(inner.map(|face| (face.fix(), edge.is_constraint_edge())));
    }
    while let Some((face, is_inside)) = waiting.pop() {
        if within.insert(face, is_inside).is_some() {
            continue;
        }
        for edge in mesh.face(face).adjacent_edges() {
            if let Some(next) = edge.rev().face().as_inner() {
                waiting.push((next.fix(), is_inside ^ edge.is_constraint_edge()));
            }
        }
    }
    let faces = mesh.inner_faces().map(|face| face.fix());
    faces
        .filter(|face| within.get(face) == Some(&true))
        .collect()
}
