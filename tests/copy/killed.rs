//! Killed at any point, a copy goes on when it is run again, and ends equal.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use layers::LayerSet;
use layers::store::GeoPackageStore;
use tempfile::TempDir;
use test_postgres::Database;

use super::{command, report, text};
use crate::city::run;
use crate::gdal::execute;

#[test]
fn killed_at_ten_points_a_copy_goes_on() {
    kill_at_points(10);
}

#[test]
#[ignore = "slow: fifty kills"]
fn killed_at_fifty_points_a_copy_goes_on() {
    kill_at_points(50);
}

/// Kills copies into a file and into a database, in turns, each into an empty store that is then filled.
fn kill_at_points(points: u32) {
    let city = small_city();
    let from = text(city.path());
    let folder = tempfile::tempdir().unwrap();
    let mut whole_times = [Duration::ZERO; 2];
    for point in 0..points + 2 {
        let kind = point as usize % 2;
        let (file, database) = (
            folder.path().join(format!("{point}.gpkg")),
            Database::fresh(),
        );
        let to = [text(&file).to_owned(), database.url()][kind].clone();
        let start = Instant::now();
        if point < 2 {
            report(from, &to);
            whole_times[kind] = start.elapsed();
            continue;
        }
        let mut killed = command(from, &to)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(whole_times[kind].mul_f64(random()));
        killed.kill().unwrap();
        killed.wait().unwrap();
        let whole = report(from, &to);
        assert_eq!(whole["revision"], 4096);
    }
}

/// Makes a city of some thousand revisions, one for each tree that another program plants.
fn small_city() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("store")).unwrap();
    let store = folder.path().join("store/obzor.gpkg");
    let layers = LayerSet::shipped().unwrap();
    drop(GeoPackageStore::create(&store, layers.into()).unwrap());
    execute(&store, "INSERT INTO trees (height) VALUES (0.1)");
    for _ in 0..12 {
        let double = "INSERT INTO trees (height) SELECT height + 0.1 FROM trees";
        execute(&store, double);
    }
    let user = ["user", "add", "jana", "--all-municipalities", "--instance"];
    run(
        env!("CARGO_BIN_EXE_obzor"),
        &[&user[..], &[text(folder.path())]].concat(),
    );
    folder
}

/// Returns a number between 0 and 1.
fn random() -> f64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    f64::from(now.unwrap().subsec_micros() % 1000) / 1000.0
}
