//! A committed change is in the next tile, and nothing else changes.

use std::sync::Arc;

use geo_types::{Geometry, Point};
use layers::crs::{Crs, transform};
use layers::store::GeoPackageStore;
use layers::{Audience, Change, FeatureId, FeatureStore, LayerView, Value};

use super::super::{Encodings, Tile, TileError, TileService};
use super::decoded::decode;
use super::{Stored, id, lamp, lamp_store};

const HERE: [f64; 2] = [-773_555.0, -999_234.0];

/// A city with one lamp, and its tiles.
fn one_lamp() -> (Stored, TileService) {
    let stored = lamp_store(vec![lamp(1, "L1", HERE, true)]);
    let service = stored.service();
    (stored, service)
}

fn first_lamp() -> FeatureId {
    lamp(1, "", HERE, true).id()
}

/// Returns the update that makes a lamp public or hides it.
fn publish(lamp: FeatureId, public: bool) -> Change {
    Change::Update {
        layer: id("lamps"),
        id: lamp,
        expected_rev: None,
        geometry: None,
        set: vec![("public".into(), public.into())],
    }
}

/// Returns the tile of zoom level 16 around a position.
pub(super) fn tile_at(service: &TileService, position: [f64; 2], accepted: Encodings) -> Tile {
    let [x, y] = transform(Crs::SJtsk, Crs::WebMercator, position);
    let place = |metres: f64| ((metres / 20_037_508.342_789_244 + 1.0) * 32_768.0) as u32;
    service
        .tile(
            &[service.public_view(&id("lamps"))],
            16,
            place(x),
            place(-y),
            accepted,
        )
        .unwrap()
}

pub(super) fn codes(tile: &Tile) -> Vec<String> {
    let lamps = decode(&tile.bytes).remove("lamps").unwrap_or_default();
    let code = |value: &mvt_reader::feature::Value| match value {
        mvt_reader::feature::Value::String(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    let mut codes: Vec<_> = lamps
        .iter()
        .map(|lamp| code(&lamp.properties["code"]))
        .collect();
    codes.sort();
    codes
}

#[test]
fn inserts_updates_and_deletes_show_in_the_next_tile() {
    let (stored, service) = one_lamp();
    let shown = || codes(&tile_at(&service, HERE, Encodings::NONE));
    assert_eq!(shown(), ["L1"]);

    let beside = [HERE[0] + 20.0, HERE[1]];
    let inserted = stored.apply(vec![lamp(2, "L2", beside, true)]);
    assert_eq!(shown(), ["L1", "L2"]);

    let layer = id("lamps");
    let second = inserted.touched[0].id;
    let far = [HERE[0] + 5000.0, HERE[1]];
    let moved = Change::Update {
        layer: layer.clone(),
        id: second,
        expected_rev: None,
        geometry: Some(Geometry::from(Point::from(far))),
        set: vec![("code".into(), Value::from("L2a"))],
    };
    stored.apply(vec![moved]);
    assert_eq!(shown(), ["L1"]);
    assert_eq!(codes(&tile_at(&service, far, Encodings::NONE)), ["L2a"]);

    stored.apply(vec![Change::Delete {
        layer,
        id: second,
        expected_rev: None,
    }]);
    assert!(tile_at(&service, far, Encodings::NONE).is_empty);
}

#[test]
fn a_service_at_a_revision_shows_what_was_there_then() {
    let (stored, now) = one_lamp();
    let before = stored.store.head().unwrap();
    let store: Arc<dyn FeatureStore> = Arc::<GeoPackageStore>::clone(&stored.store);
    let at = |revision| TileService::at(Arc::clone(&store), revision);
    let (loaded, not_loaded) = (at(before), at(before));
    let shown = |service: &TileService| codes(&tile_at(service, HERE, Encodings::NONE));
    assert_eq!(shown(&loaded), ["L1"]);
    let applied = stored.apply(vec![lamp(2, "L2", [HERE[0] + 20.0, HERE[1]], true)]);
    assert_eq!(shown(&loaded), ["L1"]);
    assert_eq!(shown(&not_loaded), ["L1"]);
    assert_eq!(shown(&at(applied.revision)), ["L1", "L2"]);
    assert_eq!(shown(&now), ["L1", "L2"]);
}

#[test]
fn a_row_that_is_no_longer_public_leaves_the_tile() {
    let (stored, service) = one_lamp();
    assert_eq!(codes(&tile_at(&service, HERE, Encodings::NONE)), ["L1"]);
    stored.apply(vec![publish(first_lamp(), false)]);
    assert!(tile_at(&service, HERE, Encodings::NONE).is_empty);
}

#[test]
fn more_changes_than_are_kept_aside_show_as_well() {
    let (stored, service) = one_lamp();
    assert_eq!(codes(&tile_at(&service, HERE, Encodings::NONE)).len(), 1);
    let lamp = |number: u32| {
        let at = [HERE[0] + f64::from(number) / 100.0, HERE[1]];
        lamp(u64::from(number) + 2, &format!("N{number}"), at, true)
    };
    stored.apply((0..600).map(lamp).collect());
    assert_eq!(codes(&tile_at(&service, HERE, Encodings::NONE)).len(), 601);
    stored.apply((600..1200).map(lamp).collect());
    assert_eq!(codes(&tile_at(&service, HERE, Encodings::NONE)).len(), 1201);
}

#[test]
fn the_tag_changes_with_the_content_only() {
    let (stored, service) = one_lamp();
    let hash = |service: &TileService, accepted| tile_at(service, HERE, accepted).hash;
    let first = hash(&service, Encodings::NONE);
    assert_eq!(first, hash(&stored.service(), Encodings::NONE));
    assert_eq!(first, hash(&service, Encodings::GZIP));

    let hidden = stored.apply(vec![lamp(2, "L2", HERE, false)]);
    assert_eq!(
        first,
        hash(&service, Encodings::NONE),
        "a hidden edit shows"
    );

    stored.apply(vec![publish(hidden.touched[0].id, true)]);
    assert_ne!(first, hash(&service, Encodings::NONE));
}

#[test]
fn gzip_holds_the_same_tile_in_fewer_bytes() {
    let (stored, service) = one_lamp();
    stored.apply(
        (2..200)
            .map(|number| lamp(number, &format!("L{number}"), HERE, true))
            .collect(),
    );
    let bare = tile_at(&service, HERE, Encodings::NONE);
    let packed = tile_at(&service, HERE, Encodings::GZIP);
    let mut content = vec![0; bare.bytes.len()];
    let length = libdeflater::Decompressor::new()
        .gzip_decompress(&packed.bytes, &mut content)
        .unwrap();
    assert_eq!(content[..length], *bare.bytes);
    assert!(
        packed.bytes.len() * 2 < bare.bytes.len(),
        "{} of {}",
        packed.bytes.len(),
        bare.bytes.len()
    );
}

#[test]
fn what_is_not_there_is_said() {
    let (stored, service) = one_lamp();
    let lamps = service.public_view(&id("lamps"));
    let ask = |view: &LayerView, z| {
        let views = std::slice::from_ref(view);
        service.tile(views, z, 0, 0, Encodings::GZIP)
    };
    assert!(ask(&lamps, 14).unwrap().is_empty);
    let table = Audience::OFFICE.view(stored.store.layers().named("leases").unwrap());
    assert!(matches!(
        ask(&table.unwrap(), 14),
        Err(TileError::UnknownLayer(_))
    ));
    assert!(matches!(
        ask(&lamps, 30),
        Err(TileError::OutsideGrid { .. })
    ));
    let parcels = service.public_view(&id("parcels"));
    assert!(service.bounds(&parcels).unwrap().is_none());
    let bounds = service.bounds(&lamps).unwrap().unwrap();
    let [longitude, latitude] = transform(Crs::SJtsk, Crs::Wgs84, HERE);
    assert!((bounds.min[0] - longitude).abs() < 1e-6 && (bounds.max[1] - latitude).abs() < 1e-6);
}
