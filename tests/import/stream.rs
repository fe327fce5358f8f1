//! A first import of many rows is written while it is read, and nobody can tell that from what it leaves.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Instant;
use std::{fs, iter};

use serde_json::Value;
use test_postgres::Database;

use super::{IN_PART, counts};
use crate::city::{instance, run};

/// Of this village the sample has no lamps.
const VILLAGE: &str = "500011";
/// Enough to be read as a stream.
const ROWS: u64 = 10_500;
const PROGRAM: &str = env!("CARGO_BIN_EXE_obzor");

/// A file of lamps with different codes, but for the last one; the one in the middle is of a kind that is not known.
fn file_of_lamps(folder: &Path, last_code: u64) -> PathBuf {
    let head = "kod;stav;typ_podpery;pocet_svitidel;prikon_celkem_w;rvo_kod;presnost_poloha;zdroj;verejne;y;x\n";
    let row = |n: u64| {
        let (code, kind) = match n {
            ROWS => (last_code, 10),
            n if n == ROWS / 2 => (n, 77),
            n => (n, 10),
        };
        let (x, y) = (773_000 + n % 100 * 10, 999_000 + n / 100 * 10);
        format!("M-{code};1;{kind};1;36;RVO-01;9;test č. {n};ano;{x};{y}\n")
    };
    let rows = iter::once(head.to_owned()).chain((1..=ROWS).map(row));
    let csv = folder.join("lampy.csv");
    fs::write(&csv, rows.collect::<String>()).unwrap();
    let file = folder.join("lampy.gpkg");
    let _ = fs::remove_file(&file);
    run(
        "ogr2ogr",
        &[
            file.to_str().unwrap(),
            csv.to_str().unwrap(),
            "-oo",
            "X_POSSIBLE_NAMES=x",
            "-oo",
            "Y_POSSIBLE_NAMES=y",
            "-oo",
            "AUTODETECT_TYPE=YES",
        ],
    );
    file
}

/// An instance whose store is this database.
fn instance_in(database: &Database) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    run(
        PROGRAM,
        &["migrate", "--instance", place, "--store", &database.url()],
    );
    folder
}

fn import(instance: &Path, file: &Path, store: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(PROGRAM);
    command
        .args([
            "import",
            "--json",
            "--author",
            "starosta",
            "--municipality",
            VILLAGE,
        ])
        .args(["--layer", "street-lights", "--instance"])
        .arg(instance)
        .args(store)
        .arg(file);
    command
}

fn report(instance: &Path, file: &Path, store: &[&str], code: i32) -> Value {
    let output = import(instance, file, store).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Imports into an empty store, as a stream and again, and once with two rows that are the same thing.
fn check(instance: &Path, store: &[&str]) {
    let twice = file_of_lamps(instance, 1);
    let found = report(instance, &twice, &[store, &["--dry-run"]].concat(), IN_PART);
    assert_eq!(counts(&found), [ROWS - 3, 0, 0, 3]);
    let file = file_of_lamps(instance, ROWS);
    let first = report(instance, &file, store, IN_PART);
    assert_eq!(counts(&first), [ROWS - 1, 0, 0, 1]);
    assert_eq!(first["rows"], ROWS);
    assert_eq!(first["rejected"][0]["row"], ROWS / 2);
    assert!(first["notes"].to_string().contains("nic nemá"), "{first:#}");
    let again = report(instance, &file, store, IN_PART);
    assert_eq!(counts(&again), [0, 0, ROWS - 1, 1]);
}

#[test]
fn many_rows_come_into_a_file() {
    let folder = instance();
    check(folder.path(), &[]);
}

#[test]
fn many_rows_come_into_a_database() {
    let database = Database::fresh();
    let folder = instance_in(&database);
    let store = ["--store", &database.url()];
    // As a stream would do, before it finds the two that are the same thing.
    let twice = file_of_lamps(folder.path(), 1);
    let found = report(folder.path(), &twice, &store, IN_PART);
    assert_eq!(counts(&found), [ROWS - 3, 0, 0, 3]);
    let mut client = database.connect();
    let empty = "DELETE FROM obzor.\"street-lights\"";
    client.batch_execute(empty).unwrap();
    check(folder.path(), &store);
    // Nothing is written twice until somebody changes it.
    let loaded: i64 = client
        .query_one(
            "SELECT sum(last_fid - first_fid + 1)::bigint FROM obzor_store.loads WHERE change_set =
                      (SELECT max(change_set) FROM obzor_store.revisions)",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(loaded as u64, ROWS - 1);
    let touch = "UPDATE obzor.\"street-lights\" SET rev = rev";
    client.batch_execute(touch).unwrap();
    let sql = "SELECT count(*) FROM obzor.\"street-lights\" t JOIN obzor_store.history h USING (id)
               WHERE h.rev = 1 AND to_jsonb(t) - 'geom' - 'id' - 'fid' - 'rev' = h.values
                 AND t.geom = h.geom AND ST_XMin(t.geom) = h.after_min_x AND t.fid = h.fid";
    let kept: i64 = client.query_one(sql, &[]).unwrap().get(0);
    assert_eq!(kept as u64, ROWS - 1, "history is what the triggers write");
}

#[test]
fn killed_while_it_streams_an_import_is_whole_or_not_there() {
    const POINTS: u32 = 5;
    let database = Database::fresh();
    let folder = instance_in(&database);
    let store = ["--store", &database.url()];
    let file = file_of_lamps(folder.path(), ROWS);
    let mut client = database.connect();
    let mut lamps = || {
        let sql = "SELECT (SELECT count(*) FROM obzor.\"street-lights\"),
                          (SELECT coalesce(sum(last_fid - first_fid + 1), 0)::bigint FROM obzor_store.loads), (SELECT head FROM obzor_store.state)";
        let row = client.query_one(sql, &[]).unwrap();
        [0, 1, 2].map(|place| row.get::<_, i64>(place))
    };
    let start = Instant::now();
    report(
        folder.path(),
        &file,
        &[&store[..], &["--dry-run"]].concat(),
        IN_PART,
    );
    let reading = start.elapsed();
    for point in 1..=POINTS {
        let mut import = import(folder.path(), &file, &store)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(reading * point / POINTS);
        import.kill().unwrap();
        import.wait().unwrap();
        let whole = ROWS as i64 - 1;
        match lamps() {
            [0, 0, 0] => {}
            [found, loaded, 1] => return assert_eq!([found, loaded], [whole; 2]),
            other => panic!("at point {point}: {other:?}"),
        }
    }
    report(folder.path(), &file, &store, IN_PART);
}
