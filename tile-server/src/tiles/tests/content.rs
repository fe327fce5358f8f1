//! What is in a tile, against the features themselves, on every tile of the village.

use std::collections::HashSet;

use geo::{Area, Intersects, MapCoords, Validation};
use geo_types::{Coord, Geometry, Polygon, Rect};
use layers::crs::{Crs, transform_geometry};
use layers::{Audience, Bbox, FeatureStore};
use mvt_reader::feature::Value;

use super::super::{Encodings, TileId};
use super::decoded::{DecodedFeature, count_by_gdal, decode};
use super::{Stored, district, id};

/// Half the width of the world in EPSG:3857.
const HALF_WORLD: f64 = 20_037_508.342_789_244;
/// Units of a tile in each direction, and beyond its edges.
const EXTENT: f64 = 4096.0;
const BUFFER: f64 = 64.0;

/// Returns the tiles of a zoom level that meet the geometries.
pub(super) fn tiles_over(mercator: &[(i64, Geometry<f64>)], zoom: u8) -> Vec<TileId> {
    let boxes = mercator
        .iter()
        .filter_map(|(_, geometry)| Bbox::of(geometry));
    let around = boxes.reduce(|a, b| a.union(&b)).unwrap();
    let size = 2.0 * HALF_WORLD / f64::from(1_u32 << zoom);
    let place = |metres: f64| ((metres + HALF_WORLD) / size) as u32;
    let columns = place(around.min[0])..=place(around.max[0]);
    let rows = place(-around.max[1])..=place(-around.min[1]);
    let tile = |x, y| TileId::new(zoom, x, y).unwrap();
    columns
        .flat_map(|x| rows.clone().map(move |y| tile(x, y)))
        .collect()
}

/// Returns a geometry in the units of a tile.
fn in_tile(mercator: &Geometry<f64>, tile: TileId) -> Geometry<f64> {
    let scale = EXTENT * f64::from(1_u32 << tile.zoom()) / (2.0 * HALF_WORLD);
    let [left, top] = [tile.x, tile.y].map(|place| f64::from(place) * EXTENT);
    mercator.map_coords(|Coord { x, y }| Coord {
        x: (x + HALF_WORLD) * scale - left,
        y: (HALF_WORLD - y) * scale - top,
    })
}

/// Returns the square of a tile with its buffer made wider by some units.
fn square(wider: f64) -> Polygon<f64> {
    let low = -BUFFER - wider;
    let high = EXTENT + BUFFER + wider;
    Rect::new((low, low), (high, high)).to_polygon()
}

/// Calls `check` with each tile of a layer at a zoom level, decoded, and the features as they should lie in it.
fn each_tile(
    stored: &Stored,
    layer: &str,
    zoom: u8,
    mut check: impl FnMut(TileId, &[u8], Vec<DecodedFeature>, Vec<(i64, Geometry<f64>)>),
) {
    let service = stored.service();
    let to_mercator = |(fid, geometry)| {
        (
            fid,
            transform_geometry(Crs::SJtsk, Crs::WebMercator, &geometry),
        )
    };
    let mercator: Vec<_> = stored
        .geometries(&id(layer))
        .into_iter()
        .map(to_mercator)
        .collect();
    for tile in tiles_over(&mercator, zoom) {
        let made = service
            .encode(&[service.public_view(&id(layer))], tile, Encodings::NONE)
            .unwrap();
        let features = decode(&made.bytes).remove(layer).unwrap_or_default();
        let expected = mercator
            .iter()
            .map(|(fid, geometry)| (*fid, in_tile(geometry, tile)))
            .collect();
        check(tile, &made.bytes, features, expected);
    }
}

#[test]
fn at_full_detail_a_tile_has_exactly_the_features_that_meet_it() {
    let stored = district(13);
    for layer in ["parcels", "buildings", "addresses"] {
        let mut seen = HashSet::new();
        each_tile(&stored, layer, 16, |tile, _, features, expected| {
            let meeting = |wider: f64| {
                let square = square(wider);
                expected
                    .iter()
                    .filter(move |(_, geometry)| geometry.intersects(&square))
                    .map(|(fid, _)| *fid)
            };
            let found: HashSet<i64> = features.iter().map(|feature| feature.fid).collect();
            assert_eq!(
                found.len(),
                features.len(),
                "{layer} {tile:?}: a feature is there twice"
            );
            // Rounding to whole units decides about those that just touch the edge.
            let surely: HashSet<i64> = meeting(-1.0).collect();
            let possibly: HashSet<i64> = meeting(1.0).collect();
            assert!(
                found.is_superset(&surely),
                "{layer} {tile:?} lacks {:?}",
                surely.difference(&found)
            );
            assert!(
                found.is_subset(&possibly),
                "{layer} {tile:?} has {:?}",
                found.difference(&possibly)
            );
            seen.extend(found);
        });
        assert_eq!(seen.len(), stored.geometries(&id(layer)).len(), "{layer}");
    }
}

#[test]
fn every_polygon_is_valid_at_every_zoom_level() {
    let stored = district(10);
    for (layer, zoom) in ["parcels", "buildings"]
        .iter()
        .flat_map(|layer| (10..=16).map(move |zoom| (*layer, zoom)))
    {
        let mut checked = 0;
        each_tile(&stored, layer, zoom, |tile, _, features, _| {
            for DecodedFeature { fid, geometry, .. } in features {
                let problems = geometry.validation_errors();
                assert!(
                    problems.is_empty(),
                    "{layer} {fid} in {tile:?}: {problems:?} {geometry:?}"
                );
                assert!(
                    geometry.unsigned_area() > 0.0,
                    "{layer} {fid} in {tile:?} has no area"
                );
                checked += 1;
            }
        });
        assert!(checked > 50, "{layer} at {zoom}: only {checked} polygons");
    }
}

#[test]
fn rings_run_as_the_specification_asks() {
    each_tile(&district(13), "parcels", 15, |tile, bytes, _, _| {
        for ring in raw_rings(bytes) {
            assert!(ring.doubled_area != 0, "{tile:?}: {ring:?}");
            assert_eq!(ring.doubled_area > 0, ring.outer, "{tile:?}: {ring:?}");
            assert!(ring.closed, "{tile:?}: {ring:?}");
        }
    });
}

#[test]
fn small_areas_thin_out_but_never_empty_the_map() {
    let stored = district(10);
    for zoom in 10..16 {
        let (mut features_there, mut features_shown) = (0, 0);
        each_tile(&stored, "buildings", zoom, |tile, _, features, expected| {
            let middle = square(-BUFFER - 8.0);
            let there = expected
                .iter()
                .filter(|(_, geometry)| geometry.intersects(&middle))
                .count();
            assert!(there == 0 || !features.is_empty(), "{tile:?} is empty");
            features_there += there;
            features_shown += features.len();
        });
        assert!(
            zoom > 10 || features_shown * 3 < features_there * 2,
            "{zoom}: {features_shown} of {features_there}"
        );
    }
}

#[test]
fn simplified_parcels_still_cover_the_village_without_gaps() {
    let stored = district(10);
    let mut worst: f64 = 0.0;
    each_tile(&stored, "parcels", 13, |_, _, features, expected| {
        let square = square(0.0);
        let inside = |(_, geometry): &&(i64, Geometry<f64>)| geometry.intersects(&square);
        let whole: f64 = expected
            .iter()
            .filter(inside)
            .map(|(_, geometry)| clipped_area(geometry, &square))
            .sum();
        let drawn: f64 = features
            .iter()
            .map(|feature| feature.geometry.unsigned_area())
            .sum();
        worst = worst.max((whole - drawn).abs() / whole.max(1e6));
    });
    assert!(worst < 0.002, "the area differs by {worst}");
}

#[test]
fn gdal_finds_the_same_features() {
    let stored = district(10);
    for zoom in [11, 13, 15] {
        let mut fullest = (TileId::new(0, 0, 0).unwrap(), Vec::new(), 0);
        each_tile(&stored, "parcels", zoom, |tile, bytes, features, _| {
            if features.len() > fullest.2 {
                fullest = (tile, bytes.to_vec(), features.len());
            }
        });
        assert_eq!(
            count_by_gdal(&fullest.1, fullest.0, "parcels"),
            fullest.2,
            "{:?}",
            fullest.0
        );
    }
}

#[test]
fn attributes_are_those_of_the_feature() {
    let stored = district(13);
    let layer = stored.store.layers().named("parcels").unwrap();
    let view = Audience::PUBLIC.view(layer).unwrap();
    let (number, _) = view.field("label_number").unwrap();
    let (land, _) = view.field("land_type").unwrap();
    let features = stored
        .store
        .read(&layers::FeatureQuery::new(view))
        .unwrap()
        .map(Result::unwrap);
    let known: std::collections::HashMap<i64, _> = features
        .map(|feature| (feature.fid, feature.values))
        .collect();
    each_tile(&stored, "parcels", 14, |_, _, features, _| {
        for feature in features {
            let values = &known[&feature.fid];
            let text = values[number].as_text().unwrap().to_owned();
            assert_eq!(feature.properties["label_number"], Value::String(text));
            let code = values[land].as_integer().unwrap();
            assert_eq!(feature.properties["land_type"], Value::Int(code));
            assert_eq!(feature.properties.len(), 2);
        }
    });
}

#[test]
fn a_composite_tile_has_its_layers_in_the_order_asked_for() {
    let stored = district(13);
    let service = stored.service();
    let names = |layers: &[&str]| {
        let public = |layer: &&str| service.public_view(&id(layer));
        let views: Vec<_> = layers.iter().map(public).collect();
        let tile = service
            .tile(&views, 14, 8824, 5525, Encodings::NONE)
            .unwrap();
        mvt_reader::Reader::new(tile.bytes.to_vec())
            .unwrap()
            .get_layer_names()
            .unwrap()
    };
    assert_eq!(names(&["parcels", "buildings"]), ["parcels", "buildings"]);
    assert_eq!(
        names(&["buildings", "parcels", "buildings"]),
        ["buildings", "parcels"]
    );
    assert_eq!(
        names(&["addresses", "parcels"]),
        ["parcels"],
        "addresses begin at zoom level 15"
    );
}

fn clipped_area(geometry: &Geometry<f64>, square: &Polygon<f64>) -> f64 {
    use geo::BooleanOps;
    match geometry {
        Geometry::Polygon(polygon) => polygon.intersection(square).unsigned_area(),
        Geometry::MultiPolygon(polygons) => polygons.intersection(square).unsigned_area(),
        _ => 0.0,
    }
}

/// A ring as its commands draw it.
#[derive(Debug)]
struct RawRing {
    doubled_area: i64,
    outer: bool,
    closed: bool,
}

/// Reads the rings of a tile's only layer without any help of the engine; the first ring of a feature must be outer,
/// and a ring inside the last outer one must be a hole.
fn raw_rings(bytes: &[u8]) -> Vec<RawRing> {
    let reader = mvt_reader::Reader::new(bytes.to_vec()).unwrap();
    if reader.get_layer_names().unwrap().is_empty() {
        return Vec::new();
    }
    let features = reader.get_features_as::<i64>(0).unwrap();
    let polygons = features
        .into_iter()
        .flat_map(|feature| match feature.geometry {
            Geometry::MultiPolygon(polygons) => polygons.0,
            Geometry::Polygon(polygon) => vec![polygon],
            other => panic!("{other:?}"),
        });
    let ring = |line: &geo_types::LineString<i64>, outer| RawRing {
        doubled_area: line
            .lines()
            .map(|edge| edge.start.x * edge.end.y - edge.end.x * edge.start.y)
            .sum(),
        outer,
        closed: line.is_closed() && line.0.len() >= 4,
    };
    polygons
        .flat_map(|polygon| {
            let holes: Vec<_> = polygon
                .interiors()
                .iter()
                .map(|line| ring(line, false))
                .collect();
            std::iter::once(ring(polygon.exterior(), true)).chain(holes)
        })
        .collect()
}
