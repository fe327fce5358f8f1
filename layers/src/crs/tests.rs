//! The transformation against known points, and against the PROJ that every client uses.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;

/// EPSG:5239 as PROJ writes it, without the swap of axes: for places where `cs2cs` would choose another operation.
const PIPELINE: &str = "+proj=pipeline +step +inv +proj=krovak +lat_0=49.5 +lon_0=24.8333333333333 \
    +alpha=30.2881397527778 +k=0.9999 +ellps=bessel +step +proj=push +v_3 +step +proj=cart +ellps=bessel \
    +step +proj=helmert +x=572.213 +y=85.334 +z=461.94 +rx=-4.9732 +ry=-1.529 +rz=-5.2484 +s=3.5378 \
    +convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 \
    +step +proj=unitconvert +xy_in=rad +xy_out=deg";

/// Feeds positions to a program of PROJ and reads its answers, first coordinate first.
fn ask_proj(program: &str, arguments: &[&str], positions: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|why| panic!("{program}: {why}; scripts/setup installs it (proj-bin)"));
    let input = positions.iter().fold(String::new(), |mut text, [x, y]| {
        writeln!(text, "{x:.12} {y:.12}").unwrap();
        text
    });
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    let answers: Vec<[f64; 2]> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let mut numbers = line.split_whitespace().map(|n| n.parse().unwrap());
            [numbers.next().unwrap(), numbers.next().unwrap()]
        })
        .collect();
    assert_eq!(answers.len(), positions.len());
    answers
}

/// 10,000 positions, in degrees, evenly over a box.
fn grid(west: f64, south: f64, east: f64, north: f64) -> Vec<[f64; 2]> {
    (0..10_000)
        .map(|i| {
            let (column, row) = (f64::from(i % 100) + 0.37, f64::from(i / 100) + 0.59);
            [
                west + (east - west) * column / 100.0,
                south + (north - south) * row / 100.0,
            ]
        })
        .collect()
}

/// Metres of one unit of a system's coordinates, near enough for a tolerance.
fn metres(crs: Crs) -> [f64; 2] {
    match crs {
        Crs::Wgs84 => [75_000.0, 111_300.0],
        Crs::SJtsk | Crs::WebMercator => [1.0, 1.0],
    }
}

fn worst_difference(crs: Crs, ours: &[[f64; 2]], theirs: &[[f64; 2]]) -> f64 {
    let [mx, my] = metres(crs);
    ours.iter()
        .zip(theirs)
        .map(|(a, b)| ((a[0] - b[0]) * mx).hypot((a[1] - b[1]) * my))
        .fold(0.0, f64::max)
}

/// Checks one direction against `cs2cs` over Czechia, where EPSG:5239 is what PROJ chooses.
fn check(from: Crs, to: Crs) {
    let code = |crs| match crs {
        Crs::SJtsk => "EPSG:5514",
        Crs::Wgs84 => "OGC:CRS84",
        Crs::WebMercator => "EPSG:3857",
    };
    let positions: Vec<_> = grid(12.1, 48.58, 18.85, 51.05)
        .into_iter()
        .map(|degrees| transform(Crs::Wgs84, from, degrees))
        .collect();
    let theirs = ask_proj("cs2cs", &["-f", "%.12f", code(from), code(to)], &positions);
    let ours: Vec<_> = positions.iter().map(|&p| transform(from, to, p)).collect();
    let worst = worst_difference(to, &ours, &theirs);
    assert!(worst < 0.001, "{from:?} to {to:?}: {worst} m apart");
}

#[test]
fn s_jtsk_to_wgs84_agrees_with_cs2cs() {
    check(Crs::SJtsk, Crs::Wgs84);
}

#[test]
fn wgs84_to_s_jtsk_agrees_with_cs2cs() {
    check(Crs::Wgs84, Crs::SJtsk);
}

#[test]
fn s_jtsk_to_web_mercator_agrees_with_cs2cs() {
    check(Crs::SJtsk, Crs::WebMercator);
}

#[test]
fn web_mercator_to_s_jtsk_agrees_with_cs2cs() {
    check(Crs::WebMercator, Crs::SJtsk);
}

#[test]
fn wgs84_and_web_mercator_agree_with_cs2cs() {
    check(Crs::Wgs84, Crs::WebMercator);
    check(Crs::WebMercator, Crs::Wgs84);
}

#[test]
fn south_of_the_area_of_use_epsg_5239_stays_in_force() {
    let degrees = grid(13.8, 48.0, 18.0, 48.58);
    let ours: Vec<_> = degrees
        .iter()
        .map(|&p| transform(Crs::Wgs84, Crs::SJtsk, p))
        .collect();
    let options = ["-d", "12", "-z", "0", "-t", "0"];
    let pipeline: Vec<_> = PIPELINE.split_whitespace().collect();
    let backward = [&options[..], &["-I"], &pipeline].concat();
    let worst = worst_difference(Crs::SJtsk, &ours, &ask_proj("cct", &backward, &degrees));
    assert!(worst < 0.001, "to S-JTSK: {worst} m apart");
    let back: Vec<_> = ours
        .iter()
        .map(|&p| transform(Crs::SJtsk, Crs::Wgs84, p))
        .collect();
    let forward = [&options[..], &pipeline].concat();
    let worst = worst_difference(Crs::Wgs84, &back, &ask_proj("cct", &forward, &ours));
    assert!(worst < 0.001, "to WGS 84: {worst} m apart");
}

#[test]
fn control_points_stand_where_they_should() {
    for (s_jtsk, degrees) in [
        ([-598_800.0, -1_160_700.0], [16.599_213_880, 49.194_966_310]),
        ([-743_100.0, -1_043_000.0], [14.417_209_502, 50.087_224_003]),
        ([-470_000.0, -1_120_000.0], [18.312_734_827, 49.670_853_563]),
        ([-820_000.0, -1_130_000.0], [13.534_392_992, 49.214_562_498]),
        ([-531_000.0, -1_193_000.0], [17.567_409_137, 48.967_718_471]),
    ] {
        let forward = transform(Crs::SJtsk, Crs::Wgs84, s_jtsk);
        assert!(worst_difference(Crs::Wgs84, &[forward], &[degrees]) < 0.001);
        let back = transform(Crs::Wgs84, Crs::SJtsk, degrees);
        assert!(worst_difference(Crs::SJtsk, &[back], &[s_jtsk]) < 0.003);
    }
    let mercator = transform(Crs::SJtsk, Crs::WebMercator, [-598_800.0, -1_160_700.0]);
    let known = [1_847_816.036_7, 6_308_008.080_1];
    assert!(worst_difference(Crs::WebMercator, &[mercator], &[known]) < 0.001);
}

#[test]
fn the_projection_alone_gives_the_worked_example_of_epsg() {
    let bessel = [16.849_771_944_f64, 50.209_011_667].map(f64::to_radians);
    let published = [-568_990.995, -1_050_538.631];
    let worst = worst_difference(Crs::SJtsk, &[krovak::project(bessel)], &[published]);
    assert!(worst < 0.002, "{worst} m");
    let back = krovak::unproject(krovak::project(bessel));
    assert!((back[0] - bessel[0]).abs() < 1e-13 && (back[1] - bessel[1]).abs() < 1e-13);
}

#[test]
fn the_grid_of_the_state_is_within_twenty_centimetres() {
    for (degrees, s_jtsk) in [
        ([15.0, 50.0], [-703_011.898, -1_058_147.296]),
        ([15.0, 50.5], [-695_856.537, -1_002_995.859]),
        ([14.0, 50.0], [-774_041.354, -1_048_448.752]),
        ([13.417_801_170, 50.460_499_415], [-807_669.54, -991_723.48]),
        ([13.908_465_644, 50.438_593_601], [-773_555.0, -999_234.0]),
    ] {
        let ours = transform(Crs::Wgs84, Crs::SJtsk, degrees);
        assert!(worst_difference(Crs::SJtsk, &[ours], &[s_jtsk]) < 0.2);
    }
}

#[test]
fn there_and_back_is_off_by_less_than_two_millimetres() {
    for degrees in grid(12.1, 48.0, 22.5, 51.05) {
        let s_jtsk = transform(Crs::Wgs84, Crs::SJtsk, degrees);
        let back = transform(Crs::SJtsk, Crs::Wgs84, s_jtsk);
        assert!(worst_difference(Crs::Wgs84, &[back], &[degrees]) < 0.002);
    }
}

#[test]
fn a_transformed_box_holds_every_transformed_position() {
    let s_jtsk = Bbox::new([-830_000.0, -1_010_000.0], [-790_000.0, -970_000.0]);
    for to in [Crs::Wgs84, Crs::WebMercator] {
        let around = transform_bbox(Crs::SJtsk, to, s_jtsk);
        for (i, j) in (0..=10).flat_map(|i| (0..=10).map(move |j| (i, j))) {
            let inside = [
                s_jtsk.min[0] + 4_000.0 * f64::from(i),
                s_jtsk.min[1] + 4_000.0 * f64::from(j),
            ];
            let position = transform(Crs::SJtsk, to, inside);
            assert!(around.intersects(&Bbox::new(position, position)));
        }
    }
}

#[test]
fn a_box_around_the_world_holds_the_whole_krovak_area() {
    let everywhere = Bbox::new([-180.0, -90.0], [180.0, 90.0]);
    let around = transform_bbox(Crs::Wgs84, Crs::SJtsk, everywhere);
    for corner in [
        [-951_000.0, -1_360_000.0],
        [-951_000.0, -890_000.0],
        [-159_000.0, -1_360_000.0],
        [-159_000.0, -890_000.0],
    ] {
        assert!(in_krovak_area(corner));
        assert!(around.intersects(&Bbox::new(corner, corner)));
    }
}

#[test]
fn a_box_elsewhere_meets_nothing_of_czechia() {
    let california = Bbox::new([-125.0, 32.0], [-114.0, 42.0]);
    let box_there = transform_bbox(Crs::Wgs84, Crs::SJtsk, california);
    let czechia = Bbox::new([-905_000.0, -1_230_000.0], [-430_000.0, -930_000.0]);
    assert!(!box_there.intersects(&czechia));
}
