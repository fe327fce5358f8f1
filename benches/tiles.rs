//! The tile engine over 300,000 real-shaped parcels: tiles, their compression, loading, changes, and one other encoder.
//!
//! One iteration of a tile bench walks up to 200 distinct tiles, each encoded anew; `items/s` are tiles. Run with
//! `cargo bench -p tile-server --bench tiles`; the first start fills a store, which takes about a minute.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use geo_types::Geometry;
use layers::crs::{Crs, transform};
use layers::store::GeoPackageStore;
use layers::{
    Audience, Change, ChangeSet, FeatureId, FeatureStore, LayerId, LayerView, Municipalities,
    Value, read_definitions,
};
use libdeflater::{CompressionLvl, Compressor};
use mvt::{GeomEncoder, GeomType};
use mvt_reader::Reader;
use mvt_reader::feature::Value as TileValue;
use tempfile::TempDir;
use tile_server::tiles::{Encodings, TileId, TileService};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PARCELS: usize = 300_000;
const ZOOMS: [u8; 5] = [11, 13, 14, 15, 16];
const MOST_TILES: usize = 200;

fn main() {
    LazyLock::force(&CITY);
    divan::main();
    let service = &CITY.service;
    eprintln!(
        "{} bytes a parcel in memory, with the variants made",
        service.memory() / PARCELS
    );
}

/// A store with many parcels, and their tiles.
struct City {
    store: Arc<GeoPackageStore>,
    service: TileService,
    /// One parcel of a thousand.
    some: Vec<FeatureId>,
    _folder: TempDir,
}

static CITY: LazyLock<City> = LazyLock::new(|| {
    let definition = include_str!("../layers/definitions/parcels.toml");
    let from_ten = definition.replace("zooms = { min = 13", "zooms = { min = 10");
    let layers =
        read_definitions(&[("parcels.toml".to_owned(), from_ten)]).expect("good definitions");
    let folder = TempDir::new().expect("a folder");
    let changes = data_samples::parcels(&layers, PARCELS, 1).expect("the sample fits");
    let changes: Vec<_> = changes.collect();
    let some = changes.iter().step_by(1000).map(Change::id).collect();
    let store = GeoPackageStore::create(&folder.path().join("obzor.gpkg"), Arc::new(layers))
        .expect("a store");
    let store = Arc::new(store);
    apply(&store, changes);
    let service = service(&store);
    City {
        store,
        service,
        some,
        _folder: folder,
    }
});

fn service(store: &Arc<GeoPackageStore>) -> TileService {
    TileService::new(Arc::clone(store) as Arc<dyn FeatureStore>)
}

fn apply(store: &GeoPackageStore, changes: impl IntoIterator<Item = Change>) {
    let at = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
    let changes = Box::new(changes.into_iter());
    let set = ChangeSet {
        author: "bench".into(),
        reason: "bench".into(),
        at,
        municipalities: Municipalities::All,
        changes,
    };
    store.apply(set).expect("accepted changes");
}

fn layer() -> LayerId {
    LayerId::new("parcels").expect("an id")
}

/// The parcels as everybody sees them.
fn seen(store: &GeoPackageStore) -> [LayerView; 1] {
    let parcels = store.layers().get(&layer()).expect("the layer");
    [Audience::PUBLIC.view(parcels).expect("a public layer")]
}

/// Up to 200 tiles of a zoom level, evenly over the parcels.
fn walk(zoom: u8) -> Vec<TileId> {
    let bounds = CITY
        .service
        .bounds(&seen(&CITY.store)[0])
        .expect("bounds")
        .expect("parcels");
    let place = |at| {
        let [x, y] = transform(Crs::Wgs84, Crs::WebMercator, at);
        let count = f64::from(1_u32 << zoom);
        [x, -y].map(|metres| ((metres / (2.0 * layers::crs::HALF_WORLD) + 0.5) * count) as u32)
    };
    let [west, south] = place(bounds.min);
    let [east, north] = place(bounds.max);
    let all: Vec<_> = (west..=east)
        .flat_map(|x| (north..=south).map(move |y| (x, y)))
        .collect();
    let step = all.len().div_ceil(MOST_TILES);
    all.into_iter()
        .step_by(step)
        .map(|(x, y)| TileId::new(zoom, x, y).expect("in the grid"))
        .collect()
}

fn encode_walk(bencher: Bencher, zoom: u8, accepted: Encodings, length: impl Fn(&[u8]) -> usize) {
    let (tiles, views) = (walk(zoom), seen(&CITY.store));
    let one = |tile: &TileId| {
        let tile = CITY.service.encode(&views, *tile, accepted);
        length(&tile.expect("a tile").bytes)
    };
    let bytes: usize = tiles.iter().map(one).sum();
    bencher
        .counter(ItemsCount::new(tiles.len()))
        .counter(BytesCount::new(bytes))
        .bench_local(|| tiles.iter().map(one).sum::<usize>());
}

#[divan::bench(args = ZOOMS)]
fn encode(bencher: Bencher, zoom: u8) {
    encode_walk(bencher, zoom, Encodings::NONE, <[u8]>::len);
}

#[divan::bench(args = ZOOMS)]
fn encode_and_gzip(bencher: Bencher, zoom: u8) {
    encode_walk(bencher, zoom, Encodings::GZIP, <[u8]>::len);
}

/// What [`encode_and_gzip`] is to beat: libdeflate at its lowest level, the fastest of the ordinary compressors.
#[divan::bench(args = ZOOMS)]
fn encode_and_libdeflate(bencher: Bencher, zoom: u8) {
    encode_walk(bencher, zoom, Encodings::NONE, |content| {
        let mut compressor = Compressor::new(CompressionLvl::new(1).expect("a level"));
        let mut out = vec![0; compressor.gzip_compress_bound(content.len())];
        compressor.gzip_compress(content, &mut out).expect("room")
    });
}

/// The crate `mvt` writes the same features from finished geometry: it has neither to find nor to clip nor to simplify.
#[divan::bench(args = ZOOMS)]
fn write_by_the_crate_mvt(bencher: Bencher, zoom: u8) {
    let (tiles, views) = (walk(zoom), seen(&CITY.store));
    let decoded = |tile: &TileId| {
        let made = CITY
            .service
            .encode(&views, *tile, Encodings::NONE)
            .expect("a tile");
        Reader::new(made.bytes.to_vec())
            .expect("a tile")
            .get_features_as::<f64>(0)
            .expect("features")
    };
    let tiles: Vec<Vec<_>> = tiles.iter().map(decoded).collect();
    bencher
        .counter(ItemsCount::new(tiles.len()))
        .bench_local(|| {
            tiles
                .iter()
                .map(|features| write_by_mvt(features).len())
                .sum::<usize>()
        });
}

fn write_by_mvt(features: &[mvt_reader::feature::Feature<f64>]) -> Vec<u8> {
    let mut tile = mvt::Tile::new(4096);
    let mut target = tile.create_layer("parcels");
    for feature in features {
        let Geometry::MultiPolygon(polygons) = feature.get_geometry() else {
            continue;
        };
        let mut geometry = GeomEncoder::new(GeomType::Polygon);
        for ring in polygons
            .iter()
            .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
        {
            for corner in &ring.0[1..] {
                geometry.add_point(corner.x, corner.y).expect("a position");
            }
            geometry.complete_geom().expect("a ring");
        }
        let mut written = target.into_feature(geometry.encode().expect("a polygon"));
        written.set_id(feature.id.unwrap_or_default());
        for (name, value) in feature.properties.iter().flatten() {
            match value {
                TileValue::String(text) => written.add_tag_string(name, text),
                TileValue::Int(number) => written.add_tag_int(name, *number),
                _ => {}
            }
        }
        target = written.into_layer();
    }
    tile.add_layer(target).expect("one layer");
    tile.to_bytes().expect("a tile")
}

/// What each tile has to ask of the store.
#[divan::bench]
fn ask_for_the_newest_revision() {
    CITY.store.head().expect("a revision");
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn load_a_snapshot(bencher: Bencher) {
    let views = seen(&CITY.store);
    bencher.counter(ItemsCount::new(PARCELS)).bench_local(|| {
        let service = service(&CITY.store);
        service.load(&views).expect("a snapshot");
        service
    });
}

/// The first tile of a zoom level has to make the variant of the whole layer.
#[divan::bench(args = ZOOMS, sample_count = 2, sample_size = 1)]
fn first_tile_of_a_zoom_level(bencher: Bencher, zoom: u8) {
    let (tile, views) = (walk(zoom)[0], seen(&CITY.store));
    let loaded = || {
        let service = service(&CITY.store);
        service.load(&views).expect("a snapshot");
        service
    };
    bencher
        .with_inputs(loaded)
        .bench_local_refs(|service| service.encode(&views, tile, Encodings::NONE));
}

/// One parcel gets another number; the bench is the next tile after it, at zoom level 16.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn tile_after_a_change(bencher: Bencher) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let (tiles, views) = (walk(16), seen(&CITY.store));
    let change = || {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let update = Change::Update {
            layer: layer(),
            id: CITY.some[number as usize % CITY.some.len()],
            expected_rev: None,
            geometry: None,
            set: vec![(
                "label_number".into(),
                Value::from(format!("{number}/bench")),
            )],
        };
        apply(&CITY.store, [update]);
        tiles[number as usize % tiles.len()]
    };
    let ask = |tile| {
        CITY.service
            .encode(&views, tile, Encodings::GZIP)
            .expect("a tile")
    };
    ask(tiles[0]);
    bencher.with_inputs(change).bench_local_values(ask);
}

#[divan::bench(args = [Crs::Wgs84, Crs::WebMercator])]
fn transform_from_s_jtsk(bencher: Bencher, to: Crs) {
    let positions: Vec<_> = (0..10_000)
        .map(|i| [-800_000.0 + f64::from(i), -1_000_000.0 - f64::from(i % 977)])
        .collect();
    bencher
        .counter(ItemsCount::new(positions.len()))
        .bench_local(|| {
            for &position in &positions {
                black_box(transform(Crs::SJtsk, to, black_box(position)));
            }
        });
}

#[divan::bench]
fn transform_to_s_jtsk(bencher: Bencher) {
    let positions: Vec<_> = (0..10_000)
        .map(|i| [13.0 + f64::from(i) / 10_000.0, 50.5])
        .collect();
    bencher
        .counter(ItemsCount::new(positions.len()))
        .bench_local(|| {
            for &position in &positions {
                black_box(transform(Crs::Wgs84, Crs::SJtsk, black_box(position)));
            }
        });
}
