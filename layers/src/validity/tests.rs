//! Every kind of flaw, what looks like one and is none, and the time a large ring takes.

use std::time::{Duration, Instant};

use geo_types::{Geometry, LineString, Polygon};
use geozero::ToGeo;
use geozero::wkt::Wkt;

use super::{FlawKind, find_flaws};

fn check(wkt: &str, expected: &[(FlawKind, [f64; 2])]) {
    let geometry = Wkt(wkt).to_geo().expect("the test's WKT is right");
    let mut found: Vec<_> = find_flaws(&geometry)
        .into_iter()
        .map(|flaw| (flaw.kind, flaw.at.expect("these flaws have a place")))
        .collect();
    found.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
    assert_eq!(found, expected, "{wkt}");
}

#[test]
fn valid_geometries_have_no_flaw() {
    for wkt in [
        "POINT(1 2)",
        "LINESTRING(0 0,1 1,1 0,0 1)",
        "POLYGON((0 0,9 0,9 9,0 9,0 0))",
        "POLYGON((0 0,0 0,9 0,9 9,9 9,0 9,0 0))",
        // A hole that touches the outer ring at one point, in a corner of neither.
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(0 5,3 3,3 6,0 5))",
        // Two holes that touch each other, and three that meet at one point.
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 2,2 1,3 2,2 3,1 2),(3 2,4 1,5 2,4 3,3 2))",
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(4 4,1 3,1 5,4 4),(4 4,7 5,7 3,4 4),(4 4,3 7,5 7,4 4))",
        // Two polygons that touch at a corner.
        "MULTIPOLYGON(((0 0,9 0,9 9,0 9,0 0)),((9 9,12 9,12 12,9 9)))",
        // An island in the hole of another polygon, touching its corner.
        "MULTIPOLYGON(((0 0,9 0,9 9,0 9,0 0),(1 1,1 8,8 8,8 1,1 1)),((1 1,4 2,4 4,1 1)))",
    ] {
        check(wkt, &[]);
    }
}

#[test]
fn rings_that_meet_themselves_are_found() {
    use FlawKind::SelfIntersection;
    check(
        "POLYGON((0 0,4 4,4 0,0 4,0 0))",
        &[(SelfIntersection, [2.0, 2.0])],
    );
    check(
        "POLYGON((0 0,4 0,4 4,2 0,0 4,0 0))",
        &[(SelfIntersection, [2.0, 0.0])],
    );
    // Two triangles joined at a corner, which geo's own validation lets pass.
    check(
        "POLYGON((0 0,2 2,4 0,4 4,2 2,0 4,0 0))",
        &[(SelfIntersection, [2.0, 2.0])],
    );
    check(
        "POLYGON((0 0,4 0,4 4,2 4,2 6,2 4,0 4,0 0))",
        &[
            (SelfIntersection, [2.0, 4.0]),
            (SelfIntersection, [2.0, 6.0]),
        ],
    );
}

#[test]
fn rings_that_cross_or_share_a_line_are_found() {
    use FlawKind::{CrossingRings, SharedEdge};
    check(
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(5 4,12 5,5 6,5 4))",
        &[
            (CrossingRings, [9.0, 4.571_428_571_428_571]),
            (CrossingRings, [9.0, 5.428_571_428_571_429]),
        ],
    );
    // Through a corner of the outer ring, where no two segments cross within.
    check(
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(5 8,9 9,12 12,8 5,5 8))",
        &[(CrossingRings, [9.0, 6.75]), (CrossingRings, [9.0, 9.0])],
    );
    check(
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(0 2,0 4,3 3,0 2))",
        &[(SharedEdge, [0.0, 2.0])],
    );
    check(
        "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((4 1,8 1,8 3,4 3,4 1)))",
        &[(SharedEdge, [4.0, 3.0])],
    );
}

#[test]
fn rings_in_the_wrong_place_are_found() {
    use FlawKind::{HoleOutside, NestedHoles, NestedPolygons};
    check(
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(20 20,21 20,21 21,20 20))",
        &[(HoleOutside, [20.0, 20.0])],
    );
    // Within the box of the outer ring and touching it, yet outside.
    check(
        "POLYGON((0 0,9 0,0 9,0 0),(4.5 4.5,8 8,6 8,4.5 4.5))",
        &[(HoleOutside, [4.5, 4.5])],
    );
    check(
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,8 1,8 8,1 8,1 1),(2 2,3 2,3 3,2 2))",
        &[(NestedHoles, [2.0, 2.0])],
    );
    check(
        "MULTIPOLYGON(((0 0,9 0,9 9,0 9,0 0)),((2 2,3 2,3 3,2 2)))",
        &[(NestedPolygons, [2.0, 2.0])],
    );
}

#[test]
fn rings_that_cut_the_inside_in_two_are_found() {
    use FlawKind::DisconnectedInterior;
    check(
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(4 0,5 4,4 9,3 4,4 0))",
        &[(DisconnectedInterior, [4.0, 9.0])],
    );
}

#[test]
fn what_bounds_nothing_is_found() {
    use FlawKind::{HoleOutside, SelfIntersection, TooFewPoints};
    check("LINESTRING(1 1,1 1)", &[(TooFewPoints, [1.0, 1.0])]);
    check(
        "MULTILINESTRING((0 0,1 1),(5 5,5 5))",
        &[(TooFewPoints, [5.0, 5.0])],
    );
    check("POLYGON((0 0,1 1,0 0))", &[(TooFewPoints, [0.0, 0.0])]);
    // Everything at once.
    check(
        "POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,3 3,3 1,1 3,1 1),(20 20,21 20,21 21,20 20),(5 5,6 6,5 5))",
        &[
            (HoleOutside, [20.0, 20.0]),
            (SelfIntersection, [2.0, 2.0]),
            (TooFewPoints, [5.0, 5.0]),
        ],
    );
    let empty: Geometry<f64> = LineString::new(Vec::new()).into();
    assert_eq!(find_flaws(&empty)[0].kind, TooFewPoints);
    let nan: Geometry<f64> = LineString::from(vec![[0.0, f64::NAN], [1.0, 1.0]]).into();
    assert_eq!(find_flaws(&nan)[0].kind, FlawKind::NotFinite);
}

#[test]
fn a_ring_of_50_000_vertices_takes_a_moment() {
    let star = |knot: bool| {
        let mut points: Vec<[f64; 2]> = (0..50_000)
            .map(|step| {
                let angle = f64::from(step) / 50_000.0 * std::f64::consts::TAU;
                let radius = if step % 2 == 0 { 5_000.0 } else { 4_999.0 };
                [radius * angle.cos(), radius * angle.sin()]
            })
            .collect();
        if knot {
            points.swap(25_000, 40_000);
        }
        Geometry::from(Polygon::new(LineString::from(points), Vec::new()))
    };
    let round_and_round = [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]].repeat(12_500);
    let retraced = Polygon::new(LineString::from(round_and_round), Vec::new());
    let (round, knotted) = (star(false), star(true));
    let began = Instant::now();
    assert_eq!(find_flaws(&round), []);
    assert!(!find_flaws(&knotted).is_empty());
    assert!(!find_flaws(&retraced.into()).is_empty());
    // A fifth of a second here in a debug build; what is quadratic takes minutes.
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}
