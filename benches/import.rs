//! A million trees of one file: `obzor import` with history beside `ogr2ogr` with `COPY`, in turns, and their ratio.
//!
//! Run with `cargo bench -p tile-server --bench import`, after `cargo build --release -p gdal-worker`.
//! `OBZOR_BENCH_DATABASE` is the address of an empty database with PostGIS, else one in the cluster of the tests, which
//! does not wait for the disk; `OBZOR_BENCH_ROWS` and `OBZOR_BENCH_ROUNDS` are how many, and `-- postgis` leaves out the
//! import into a GeoPackage.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use layers::LayerSet;
use layers::store::GeoPackageStore;
use tempfile::TempDir;
use test_postgres::Database;

const PROGRAM: &str = env!("CARGO_BIN_EXE_obzor");
const MUNICIPALITY: &str = "563102";
const TAXA: [[&str; 2]; 4] = [
    ["Tilia cordata", "lípa srdčitá"],
    ["Acer platanoides", "javor mléč"],
    ["Quercus robur", "dub letní"],
    ["Betula pendula", "bříza bělokorá"],
];

fn main() {
    let rows = setting("OBZOR_BENCH_ROWS", 1_000_000_u32);
    let rounds = setting("OBZOR_BENCH_ROUNDS", 3_usize);
    let own = std::env::var("OBZOR_BENCH_DATABASE").ok();
    let temporary = own.is_none().then(Database::fresh);
    let url = own
        .or_else(|| Some(temporary.as_ref()?.url()))
        .expect("one of the two");
    let folder = TempDir::new().expect("a folder");
    let file = trees(folder.path(), rows);
    let mut times: [Vec<Duration>; 3] = Default::default();
    let is_postgis_only = std::env::args().any(|argument| argument == "postgis");
    for _ in 0..rounds {
        times[0].push(by_ogr2ogr(&file, &url));
        times[1].push(into_postgis(&file, &url));
        if !is_postgis_only {
            times[2].push(into_geopackage(&file));
        }
    }
    clean(&url);
    let mut out = format!("{rows} trees, medians of {rounds}, ratios of each round\n");
    let names = [
        "ogr2ogr -f PostgreSQL with COPY",
        "obzor import into PostGIS, with history",
        "obzor import into GeoPackage, with history",
    ];
    let measured = times.iter().filter(|times| !times.is_empty());
    for (name, times_of_one) in names.iter().zip(measured) {
        let seconds = median(times_of_one.iter().map(Duration::as_secs_f64));
        let a_second = f64::from(rows) / seconds;
        let pairs = times[0].iter().zip(times_of_one);
        let ratios: Vec<_> = pairs
            .map(|(ogr2ogr, time)| ogr2ogr.as_secs_f64() / time.as_secs_f64())
            .collect();
        let (least, most) = (
            ratios.iter().copied().fold(f64::MAX, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
        );
        let ratio = median(ratios.into_iter());
        let _ = writeln!(
            out,
            "{name:44} {seconds:6.1} s {a_second:9.0} rows a second, ratio {ratio:.2} ({least:.2} to {most:.2})"
        );
    }
    std::io::stdout()
        .write_all(out.as_bytes())
        .expect("somebody reads");
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn setting<T: FromStr>(name: &str, usual: T) -> T {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

/// Makes a GeoPackage with trees all over the municipality, in no order.
fn trees(folder: &Path, rows: u32) -> String {
    let csv = folder.join("stromy.csv");
    let mut text = String::from(
        "x;y;kod;stav;taxon_lat;taxon_cz;typ_dreviny;obvod_cm;vyska_m;prumer_koruny_m;vitalita;zdravotni_stav;\
         datum_hodnoceni;presnost_poloha;zdroj;verejne;parcela_id\n",
    );
    for n in 0..rows {
        // Multiples of large primes jump about the area without repeating.
        let (east, north) = (
            n.wrapping_mul(2_654_435_761) % 20_000_000,
            n.wrapping_mul(2_246_822_519) % 15_000_000,
        );
        let [latin, czech] = TAXA[n as usize % TAXA.len()];
        let _ = writeln!(
            text,
            "-{}.{:03};-{}.{:03};S-{n:07};1;{latin};{czech};deciduous-tree;{};{}.{};{}.5;{};{};20{:02}-{:02}-{:02};3;\
             Pasport zeleně 2025;1;{}",
            760_000 + east / 1000,
            east % 1000,
            985_000 + north / 1000,
            north % 1000,
            20 + n % 280,
            2 + n % 28,
            n % 10,
            1 + n % 12,
            1 + n % 5,
            1 + n % 4,
            15 + n % 10,
            1 + n % 12,
            1 + n % 28,
            1_000_000_000 + u64::from(n) * 7,
        );
    }
    fs::write(&csv, text).expect("a file");
    let types = "Real,Real,String,Integer,String,String,String,Integer,Real,Real,Integer,Integer,Date,Integer,String,\
                 Integer(Boolean),Integer64";
    fs::write(csv.with_extension("csvt"), types).expect("a file");
    let file = folder
        .join("stromy.gpkg")
        .to_str()
        .expect("a plain path")
        .to_owned();
    let source = csv.to_str().expect("a plain path");
    let position = [
        "-oo",
        "X_POSSIBLE_NAMES=x",
        "-oo",
        "Y_POSSIBLE_NAMES=y",
        "-oo",
        "KEEP_GEOM_COLUMNS=NO",
    ];
    let options = ["-a_srs", "EPSG:5514", "-gt", "100000"];
    run(
        "ogr2ogr",
        &[&[&file, source], &position[..], &options].concat(),
    );
    file
}

fn by_ogr2ogr(file: &str, url: &str) -> Duration {
    clean(url);
    // GDAL knows an address by the longer name.
    let url = url.replacen("postgres://", "postgresql://", 1);
    run(
        "ogr2ogr",
        &[
            "-f",
            "PostgreSQL",
            "--config",
            "PG_USE_COPY",
            "YES",
            &url,
            file,
        ],
    )
}

fn into_postgis(file: &str, url: &str) -> Duration {
    clean(url);
    let instance = TempDir::new().expect("a folder");
    let place = instance.path().to_str().expect("a plain path");
    run(PROGRAM, &["migrate", "--instance", place, "--store", url]);
    import(file, &["--instance", place, "--store", url])
}

fn into_geopackage(file: &str) -> Duration {
    let instance = TempDir::new().expect("a folder");
    let store = instance.path().join("store");
    fs::create_dir(&store).expect("a folder");
    let layers = Arc::new(LayerSet::shipped().expect("sound definitions"));
    drop(GeoPackageStore::create(&store.join("obzor.gpkg"), layers).expect("a store"));
    let place = instance.path().to_str().expect("a plain path");
    import(file, &["--instance", place])
}

fn import(file: &str, options: &[&str]) -> Duration {
    let what = [
        "import",
        file,
        "--layer",
        "trees",
        "--municipality",
        MUNICIPALITY,
        "--author",
        "bench",
    ];
    run(PROGRAM, &[&what, options].concat())
}

/// Leaves nothing of either program in the database, and nothing of it still to be written.
fn clean(url: &str) {
    let sql = "SET client_min_messages = warning; DROP SCHEMA IF EXISTS obzor, obzor_store CASCADE; \
               DROP TABLE IF EXISTS stromy";
    run("psql", &["-q", "-d", url, "-c", sql, "-c", "CHECKPOINT"]);
}

/// Runs a program that must succeed and returns how long it took.
fn run(program: &str, arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .output()
        .expect(program);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    start.elapsed()
}
