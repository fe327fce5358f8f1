//! The tile path: what GDAL and a second decoder see in a tile, and when a tile changes.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use layers::crs::{Crs, HALF_WORLD, transform};

use crate::city::City;
use crate::clients::shipped;
use crate::gdal::{execute, summaries};

/// A tile's place in the Web Mercator grid.
#[derive(Clone, Copy)]
struct Place {
    z: u8,
    x: u32,
    y: u32,
}

impl Place {
    /// Returns the tile in which the map of the city opens.
    fn start(city: &City, z: u8) -> Self {
        let center = city.get("/map/config.json").json()["start"]["center"].clone();
        let degrees = [center[0].as_f64().unwrap(), center[1].as_f64().unwrap()];
        let meters = transform(Crs::Wgs84, Crs::WebMercator, degrees);
        let tiles = f64::from(1 << z);
        let x = ((meters[0] + HALF_WORLD) / (2.0 * HALF_WORLD) * tiles) as u32;
        let y = ((HALF_WORLD - meters[1]) / (2.0 * HALF_WORLD) * tiles) as u32;
        Self { z, x, y }
    }

    fn path(self, layers: &str) -> String {
        format!("/tiles/{layers}/{}/{}/{}", self.z, self.x, self.y)
    }
}

/// All public layers that have a geometry, as one composite.
fn composite() -> String {
    let (public, _) = shipped();
    let ids = public
        .iter()
        .filter(|layer| layer.geometry.is_some())
        .map(|layer| layer.id.as_str());
    ids.collect::<Vec<_>>().join(",")
}

/// Features per layer as the second decoder counts them.
fn decoded(tile: &[u8]) -> BTreeMap<String, u64> {
    let reader = mvt_reader::Reader::new(tile.to_vec()).unwrap();
    let names = reader.get_layer_names().unwrap();
    let count = |place| reader.get_features(place).unwrap().len() as u64;
    names
        .into_iter()
        .enumerate()
        .map(|(place, name)| (name, count(place)))
        .collect()
}

#[test]
fn gdal_and_a_second_decoder_count_the_same_in_a_tile() {
    let city = City::shared();
    let folder = tempfile::tempdir().unwrap();
    for z in [11, 14, 16] {
        let place = Place::start(&city, z);
        let tile = city.get(&place.path(&composite()));
        assert_eq!(tile.status, 200);
        assert_eq!(
            tile.header("content-type"),
            "application/vnd.mapbox-vector-tile"
        );
        let file = folder.path().join(format!("{z}.mvt"));
        std::fs::write(&file, &tile.body).unwrap();
        let by_gdal: BTreeMap<_, _> = summaries(file.to_str().unwrap(), &[])
            .into_iter()
            .map(|layer| (layer.name, layer.count))
            .collect();
        assert_eq!(by_gdal, decoded(&tile.body), "zoom {z}");
        assert!(by_gdal.len() >= if z == 11 { 1 } else { 10 }, "{by_gdal:?}");
    }
}

#[test]
fn a_tile_holds_the_features_that_lie_in_it() {
    let city = City::shared();
    let place = Place::start(&city, 16);
    let [west, south, east, north] = degrees(place);
    for layer in ["addresses", "street-lights", "trees"] {
        let path =
            format!("/collections/{layer}/items?limit=10000&bbox={west},{south},{east},{north}");
        let items = city.get(&path).json();
        let in_box = items["features"].as_array().unwrap().len();
        let tile = city.get(&place.path(layer)).body;
        let reader = mvt_reader::Reader::new(tile).unwrap();
        let in_tile = reader.get_features(0).unwrap();
        let in_tile = in_tile.iter().filter(|feature| match &feature.geometry {
            geo_types::Geometry::Point(at) => in_extent(at.x()) && in_extent(at.y()),
            geo_types::Geometry::MultiPoint(at) => in_extent(at[0].x()) && in_extent(at[0].y()),
            other => panic!("{other:?}"),
        });
        assert!(in_box > 0, "{layer}");
        assert_eq!(in_tile.count(), in_box, "{layer}");
    }
}

/// Whether a tile coordinate lies in the tile proper, not in its buffer.
fn in_extent(coordinate: f32) -> bool {
    (0.0..4096.0).contains(&coordinate)
}

/// Returns west, south, east and north of a tile.
fn degrees(place: Place) -> [f64; 4] {
    let size = 2.0 * HALF_WORLD / f64::from(1 << place.z);
    let (x, y) = (f64::from(place.x), f64::from(place.y));
    let [west, north] = transform(
        Crs::WebMercator,
        Crs::Wgs84,
        [x * size - HALF_WORLD, HALF_WORLD - y * size],
    );
    let [east, south] = transform(
        Crs::WebMercator,
        Crs::Wgs84,
        [(x + 1.0) * size - HALF_WORLD, HALF_WORLD - (y + 1.0) * size],
    );
    [west, south, east, north]
}

#[test]
fn a_feature_of_a_tile_is_found_by_its_number_with_the_same_attributes() {
    let city = City::shared();
    let place = Place::start(&city, 16);
    let reader = mvt_reader::Reader::new(city.get(&place.path("parcels")).body).unwrap();
    let features = reader.get_features(0).unwrap();
    assert!(features.len() > 10);
    for feature in features.iter().take(10) {
        let fid = feature.id.unwrap();
        let item = city
            .get(&format!("/collections/parcels/items/{fid}"))
            .json();
        for (name, value) in feature.properties.as_ref().unwrap() {
            let sent = &item["properties"][name];
            let in_tile = format!("{value:?}");
            let in_item = sent
                .as_str()
                .map_or_else(|| sent.to_string(), str::to_owned);
            assert!(in_tile.contains(&in_item), "{name}: {in_tile} {in_item}");
        }
    }
}

#[test]
fn a_change_by_another_program_is_in_the_next_tile() {
    let city = City::start();
    let place = Place::start(&city, 16);
    let path = place.path("trees");
    let before = city.get(&path);
    let reader = mvt_reader::Reader::new(before.body.clone()).unwrap();
    let fid = reader.get_features(0).unwrap()[0].id.unwrap();

    execute(
        &city.store(),
        &format!("DELETE FROM \"trees\" WHERE fid = {fid}"),
    );

    let etag = before.header("etag").to_owned();
    let after = city.get_with(&path, &[("If-None-Match", &etag)]);
    assert_eq!(after.status, 200, "the old tile is not confirmed");
    assert_eq!(
        decoded(&after.body)["trees"] + 1,
        decoded(&before.body)["trees"]
    );
    assert_ne!(after.header("etag"), etag);
    assert_eq!(
        city.get(&format!("/collections/trees/items/{fid}")).status,
        404
    );
}

#[test]
fn an_edit_changes_the_tags_of_the_tiles_it_touches_and_of_no_other() {
    let city = City::start();
    let place = Place::start(&city, 16);
    let layers = "parcels,trees,street-lights";
    let gzip = ("Accept-Encoding", "gzip");
    let around: Vec<String> = (place.x - 2..=place.x + 2)
        .flat_map(|x| (place.y - 2..=place.y + 2).map(move |y| Place { x, y, ..place }))
        .map(|tile| tile.path(layers))
        .collect();
    let tags = |city: &City| -> Vec<String> {
        let tag = |path: &String| city.get_with(path, &[gzip]).header("etag").to_owned();
        around.iter().map(tag).collect()
    };
    let before = tags(&city);
    let tree = mvt_reader::Reader::new(city.get(&place.path("trees")).body).unwrap();
    let features = tree.get_features(0).unwrap();
    let is_middle = |coordinate: f32| (100.0..3996.0).contains(&coordinate);
    let in_the_middle = features.iter().find(|feature| match &feature.geometry {
        geo_types::Geometry::Point(at) => is_middle(at.x()) && is_middle(at.y()),
        geo_types::Geometry::MultiPoint(at) => is_middle(at[0].x()) && is_middle(at[0].y()),
        other => panic!("{other:?}"),
    });
    let fid = in_the_middle.unwrap().id.unwrap();

    execute(
        &city.store(),
        &format!("DELETE FROM \"trees\" WHERE fid = {fid}"),
    );
    let after = tags(&city);
    let changed: Vec<_> = (0..around.len())
        .filter(|&tile| before[tile] != after[tile])
        .map(|tile| around[tile].as_str())
        .collect();
    assert_eq!(changed, [place.path(layers)]);

    let city = city.restart();
    assert_eq!(tags(&city), after, "a restart changes no tag");
    let known = city.get_with(&around[0], &[gzip, ("If-None-Match", &after[0])]);
    assert_eq!(known.status, 304);
}

#[test]
fn an_edit_that_the_public_cannot_see_changes_no_tag() {
    let city = City::start();
    let path = Place::start(&city, 16).path(&composite());
    let before = city.get(&path).header("etag").to_owned();
    execute(
        &city.store(),
        "UPDATE \"parcels\" SET title_sheet = 'SECRET'",
    );
    let after = city.get_with(&path, &[("If-None-Match", &before)]);
    assert_eq!(after.status, 304);
}

#[test]
fn an_unchanged_tile_answers_304_without_a_body() {
    let city = City::shared();
    let path = Place::start(&city, 14).path("parcels,buildings");
    let first = city.get(&path);
    assert_eq!(first.header("cache-control"), "no-cache");
    let etag = first.header("etag");
    assert!(
        etag.starts_with("W/\"") && etag.ends_with('"'),
        "a weak ETag: {etag}"
    );
    let second = city.get_with(&path, &[("If-None-Match", etag)]);
    assert_eq!(second.status, 304);
    assert!(second.body.is_empty());
    assert_eq!(second.header("etag"), etag);
}

#[test]
fn a_tile_is_compressed_for_those_who_ask() {
    let city = City::shared();
    let path = Place::start(&city, 14).path("parcels");
    let plain = city.get(&path);
    assert_eq!(plain.header("content-encoding"), "");
    for encoding in ["gzip", "br", "zstd"] {
        let packed = city.get_with(&path, &[("Accept-Encoding", encoding)]);
        assert_eq!(packed.header("content-encoding"), encoding);
        let vary = packed.header("vary").to_lowercase();
        assert!(vary.contains("accept-encoding"));
        assert!(packed.body.len() < plain.body.len());
        assert_eq!(packed.header("etag"), plain.header("etag"));
        let mut unpacked = Vec::new();
        match encoding {
            "gzip" => GzDecoder::new(&packed.body[..])
                .read_to_end(&mut unpacked)
                .map(drop),
            "br" => brotli::BrotliDecompress(&mut &packed.body[..], &mut unpacked),
            _ => zstd::stream::copy_decode(&packed.body[..], &mut unpacked),
        }
        .unwrap();
        assert_eq!(unpacked, plain.body);
    }
}

#[test]
fn what_is_asked_for_often_comes_smaller() {
    let city = City::shared();
    let path = Place::start(&city, 14).path("buildings");
    let accepted = ("Accept-Encoding", "gzip, deflate, br, zstd");
    let first = city.get_with(&path, &[accepted]);
    assert_eq!(first.header("content-encoding"), "gzip");
    let begun = Instant::now();
    let later = loop {
        let later = city.get_with(&path, &[accepted]);
        if later.header("content-encoding") == "br" {
            break later;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it stays as it is"
        );
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(later.body.len() < first.body.len());
    assert_eq!(later.header("etag"), first.header("etag"));
    let known = [accepted, ("If-None-Match", first.header("etag"))];
    assert_eq!(city.get_with(&path, &known).status, 304);
}

#[test]
fn a_composite_holds_each_layer_once() {
    let city = City::shared();
    let place = Place::start(&city, 15);
    let both = decoded(&city.get(&place.path("parcels,buildings")).body);
    let mut apart = decoded(&city.get(&place.path("parcels")).body);
    apart.extend(decoded(&city.get(&place.path("buildings")).body));
    assert_eq!(both, apart);
    assert_eq!(both.len(), 2);
}

#[test]
fn tilejson_leads_to_the_tiles_and_names_their_fields() {
    let city = City::shared();
    let description = city.get("/tiles/parcels,buildings").json();
    assert_eq!(description["tilejson"], "3.0.0");
    let ids: Vec<_> = description["vector_layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["parcels", "buildings"]);
    let place = Place::start(&city, 16);
    let template = description["tiles"][0].as_str().unwrap();
    let path = template
        .strip_prefix(&city.url(""))
        .unwrap_or_else(|| panic!("{template} is not absolute"))
        .replace("{z}", "16")
        .replace("{x}", &place.x.to_string())
        .replace("{y}", &place.y.to_string());
    let tile = mvt_reader::Reader::new(city.get(&path).body).unwrap();
    let feature = &tile.get_features(0).unwrap()[0];
    let declared = description["vector_layers"][0]["fields"]
        .as_object()
        .unwrap();
    for field in feature.properties.as_ref().unwrap().keys() {
        assert!(declared.contains_key(field), "{field} is not declared");
    }
    let bounds: Vec<_> = description["bounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b.as_f64().unwrap())
        .collect();
    let [west, south, east, north] = degrees(place);
    assert!(bounds[0] < east && bounds[1] < north && bounds[2] > west && bounds[3] > south);
}

/// Runs `obzor explain tile` with these arguments.
fn explained(city: &City, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(["explain", "tile"])
        .args(arguments)
        .arg("--instance")
        .arg(city.store().parent().unwrap().parent().unwrap())
        .output()
        .unwrap()
}

#[test]
fn a_tile_is_explained_layer_by_layer() {
    let city = City::shared();
    let place = Place::start(&city, 13);
    let [z, x, y] = [u32::from(place.z), place.x, place.y].map(|number| number.to_string());
    let ask = |layers: &str, more: &[&str]| {
        let place: [&str; 4] = [layers, &z, &x, &y];
        explained(&city, &[&place, more].concat())
    };

    let output = ask("parcels,buildings,addresses", &["--json"]);
    let shares: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for share in shares.as_array().unwrap() {
        let name = share["layer"].as_str().unwrap();
        let tile = city.get(&place.path(name)).body;
        let reader = mvt_reader::Reader::new(tile.clone()).unwrap();
        let is_empty = reader.get_layer_names().unwrap().is_empty();
        let features = if is_empty {
            Vec::new()
        } else {
            reader.get_features(0).unwrap()
        };
        assert_eq!(share["bytes"], tile.len(), "{name}");
        assert_eq!(share["features"], features.len(), "{name}");
        let corners: usize = features
            .iter()
            .map(|feature| corners(&feature.geometry))
            .sum();
        assert_eq!(share["vertices"], corners, "{name}");
        assert!(
            share["features_there"].as_u64() >= share["features"].as_u64(),
            "{name}"
        );
    }
    let text = String::from_utf8(ask("parcels,addresses", &[]).stdout).unwrap();
    assert!(
        text.contains("addresses: v dlaždicích až od přiblížení 15"),
        "{text}"
    );
    assert!(text.contains("prvků tu není"), "{text}");
    assert_eq!(ask("no-such-layer", &[]).status.code(), Some(3));
}

/// Counts the corners of a tile's geometry; the last of a ring repeats the first and is not written.
fn corners(geometry: &geo_types::Geometry<f32>) -> usize {
    match geometry {
        geo_types::Geometry::MultiPolygon(polygons) => {
            let rings = polygons
                .iter()
                .flat_map(|one| std::iter::once(one.exterior()).chain(one.interiors()));
            rings.map(|ring| ring.0.len() - 1).sum()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_tile_says_so() {
    let city = City::shared();
    for (path, status) in [
        ("/tiles/no-such-layer/14/8800/5550", 404),
        ("/tiles/parcels,no-such-layer/14/8800/5550", 404),
        ("/tiles/parcels/14/0/0", 204),
        ("/tiles/parcels/3/4/2", 204),
    ] {
        assert_eq!(city.get(path).status, status, "{path}");
    }
    for path in [
        "/tiles/parcels/2/4/0",
        "/tiles/parcels/31/0/0",
        "/tiles/parcels/14/x/0",
    ] {
        let answer = city.get(path);
        assert!(
            [400, 404].contains(&answer.status),
            "{path}: {}",
            answer.status
        );
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{path}"
        );
    }
}
