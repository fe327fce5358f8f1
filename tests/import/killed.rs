//! Killed at any point, an import is whole or not there, and the next one removes what it left.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use serde_json::Value;

use super::{LAYER, command, counts, report};
use crate::city::{instance, run};

#[test]
fn killed_at_ten_points_an_import_is_whole_or_not_there() {
    kill_at_random_points(10);
}

#[test]
#[ignore = "slow: fifty kills"]
fn killed_at_fifty_points_an_import_is_whole_or_not_there() {
    kill_at_random_points(50);
}

fn kill_at_random_points(points: u32) {
    const LAMPS: u64 = 3_000;
    let mut folder = instance();
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("lampy.csv");
    fs::write(&file, many_lamps(LAMPS)).unwrap();
    let before = lamps_in(folder.path());
    let whole = instance();
    let start = Instant::now();
    assert_eq!(counts(&report(whole.path(), &file, 0))[0], LAMPS);
    let whole_time = start.elapsed();
    // Points spread evenly over the run are as good as random ones and the same in every run.
    for point in 0..points {
        let mut import = command(Path::new(env!("CARGO_BIN_EXE_obzor")), folder.path(), &file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(whole_time * point / (points - 1));
        import.kill().unwrap();
        import.wait().unwrap();
        let now = lamps_in(folder.path());
        assert!(
            now == before || now == before + LAMPS,
            "at point {point}: {before} became {now}"
        );
        if now != before {
            folder = instance();
        }
    }
    assert_eq!(counts(&report(folder.path(), &file, 0))[0], LAMPS);
    assert_eq!(lamps_in(folder.path()), before + LAMPS);
    assert!(
        !folder.path().join("spool/import").exists(),
        "working copies are gone"
    );
}

/// Counts the lamps that the program finds after a start.
fn lamps_in(instance: &Path) -> u64 {
    let listed = run(
        env!("CARGO_BIN_EXE_obzor"),
        &["layers", "--json", "--instance", instance.to_str().unwrap()],
    );
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let layers = listed.as_array().unwrap();
    let lamps = layers.iter().find(|layer| layer["id"] == LAYER).unwrap();
    lamps["features"].as_u64().unwrap()
}

fn many_lamps(count: u64) -> String {
    let head = "kod;stav;typ_podpery;pocet_svitidel;prikon_celkem_w;rvo_kod;presnost_poloha;zdroj;verejne;y;x\n";
    let row = |n: u64| {
        let (x, y) = (773_000 + n % 40 * 10, 999_000 + n / 40 * 10);
        format!("M-{n};1;10;1;36;RVO-01;9;test;ano;{x};{y}\n")
    };
    head.to_owned() + &(0..count).map(row).collect::<String>()
}
