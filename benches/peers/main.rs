//! The features API beside tipg and pygeoapi, on the same table of 300,000 parcels in PostGIS: boxes, filters, counts and
//! the walk over all pages, in alternating rounds, with what each finds compared first; and all parcels as files.
//!
//! Run with `cargo bench -p tile-server --bench peers` after `scripts/setup --peers`; peers that are not installed are left
//! out, which is said; `OBZOR_BENCH_ROUNDS` is how many rounds, and `-- counts exports` does only these. The client asks
//! over four connections, and no request comes twice in a round.

mod exports;
mod requests;
mod servers;

use std::fmt::Write as _;
use std::io::Write as _;

use layers::store::{GeoPackageStore, PostgisStore};
use layers::{ChangeSet, FeatureStore, LayerSet, Municipalities};
use tempfile::TempDir;
use test_postgres::Database;

use self::requests::{Round, Wanted, Work};
use self::servers::Server;

const PARCELS: usize = 300_000;
const ROUNDS: usize = 5;
const LAYER: &str = "parcels";

fn main() {
    let folder = TempDir::new().expect("a folder");
    let database = Database::fresh();
    let wanted = fill(&folder, &database);
    let servers = servers::start(folder.path(), &database);
    let asked = std::env::var("OBZOR_BENCH_ROUNDS").ok();
    let count = asked.map_or(ROUNDS, |count| count.parse().expect("how many rounds"));
    let mut out =
        format!("{PARCELS} parcels, medians of {count} rounds, what obzor on PostGIS does is 1\n");
    let named: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<_> = named.iter().filter(|name| !name.starts_with('-')).collect();
    let is_wanted = |name: &str| named.is_empty() || named.iter().any(|one| *one == name);
    for work in Work::ALL.into_iter().filter(|work| is_wanted(work.name())) {
        let _ = writeln!(out, "\n{}", work.words());
        let rounds = rounds(&servers, work, &wanted, count);
        let base: Vec<f64> = rounds[0].iter().map(|round| work.rate(round)).collect();
        for (server, rounds) in servers.iter().zip(&rounds) {
            let _ = writeln!(out, "{}", line(server, work, rounds, &base));
        }
    }
    if is_wanted("exports") {
        out += &exports::compare(&servers[..2], count);
    }
    std::io::stdout()
        .write_all(out.as_bytes())
        .expect("somebody reads");
}

/// Fills both stores with the same parcels; returns places and names that requests ask for.
fn fill(folder: &TempDir, database: &Database) -> Wanted {
    let layers = std::sync::Arc::new(LayerSet::shipped().expect("sound definitions"));
    let changes: Vec<_> = data_samples::parcels(&layers, PARCELS, 1)
        .expect("the sample fits")
        .collect();
    let wanted = Wanted::of(&layers, &changes);
    let instance = folder.path().join("instance/store");
    std::fs::create_dir_all(&instance).expect("a folder");
    let file = GeoPackageStore::create(&instance.join("obzor.gpkg"), layers.clone());
    let base = PostgisStore::create(&database.url(), layers);
    for store in [
        Box::new(file.expect("a store")) as Box<dyn FeatureStore>,
        Box::new(base.expect("a store")),
    ] {
        let set = ChangeSet {
            author: "bench".to_owned(),
            reason: "the parcels".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
            municipalities: Municipalities::All,
            changes: Box::new(changes.clone().into_iter()),
        };
        store.load(set, &|| true).expect("loaded");
    }
    let analyzed = database.connect().batch_execute("VACUUM ANALYZE");
    analyzed.expect("analyzed");
    wanted
}

/// Lets every server do the work in turns, after what they find was compared; returns the rounds of each.
fn rounds(servers: &[Server], work: Work, wanted: &Wanted, count: usize) -> Vec<Vec<Round>> {
    let found: Vec<_> = servers
        .iter()
        .map(|server| work.try_out(server, wanted))
        .collect();
    // Peers take boxes around features, or around the asked one in the stored system, so that they find more.
    assert!(
        found[0] == found[1] && found.iter().all(|features| *features >= found[0]),
        "{work:?} finds as many features on both stores, and peers no fewer: {found:?}"
    );
    let mut rounds: Vec<Vec<Round>> = servers.iter().map(|_| Vec::new()).collect();
    for number in 0..count {
        for (server, rounds) in servers.iter().zip(&mut rounds) {
            rounds.push(work.ask(server, wanted, number));
        }
    }
    rounds
}

fn line(server: &Server, work: Work, rounds: &[Round], base: &[f64]) -> String {
    let ratios: Vec<f64> = rounds
        .iter()
        .zip(base)
        .map(|(round, base)| work.rate(round) / base)
        .collect();
    let least = ratios.iter().copied().fold(f64::MAX, f64::min);
    let most = ratios.iter().copied().fold(0.0, f64::max);
    format!(
        "{:20} {:9.1} a second, {:9.0} features a second, ratio {:.3} ({least:.3} to {most:.3}), {} MB held",
        server.name,
        median(rounds.iter().map(Round::a_second)),
        median(rounds.iter().map(Round::features_a_second)),
        median(ratios.into_iter()),
        server.memory(),
    )
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
