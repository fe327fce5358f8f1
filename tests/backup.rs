//! A backup is one state of a city that is being edited, and restores to a city that works.

mod damaged;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use layers::store::GeoPackageStore;
use layers::{Audience, Feature, FeatureQuery, FeatureStore, LayerSet, Revision};
use serde_json::Value;

use crate::answer::Answer;
use crate::city::{City, instance, run};

/// How long somebody edits while backups are made.
const EDITS: Duration = Duration::from_secs(10);
/// The exit code of a refusal.
const REFUSED: Option<i32> = Some(3);

fn obzor(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(arguments)
        .env("OBZOR_LOG", "warn")
        .output()
        .unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn back_up(instance: &Path, out: &Path) -> Value {
    let output = obzor(&[
        "backup",
        "--json",
        "--instance",
        text(instance),
        "--out",
        text(out),
    ]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn restore(backup: &Path, to: &Path) -> Value {
    let output = obzor(&["restore", text(backup), "--json", "--instance", text(to)]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn standing(store: &GeoPackageStore, at: Option<Revision>) -> Vec<Vec<Feature>> {
    let views = store
        .layers()
        .iter()
        .filter_map(|layer| Audience::OFFICE.view(layer));
    let read = |view| {
        let query = FeatureQuery {
            at,
            ..FeatureQuery::new(view)
        };
        store
            .read(&query)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    views.map(read).collect()
}

fn open(instance: &Path) -> GeoPackageStore {
    let layers = LayerSet::shipped().unwrap();
    GeoPackageStore::open(&instance.join("store/obzor.gpkg"), layers.into()).unwrap()
}

#[test]
fn a_backup_under_edits_restores_to_one_revision() {
    let city = City::start();
    let folder = city.instance();
    run(
        env!("CARGO_BIN_EXE_obzor"),
        &[
            "publish",
            "--all",
            "--municipality",
            "564729",
            "--instance",
            text(&folder),
        ],
    );
    let name = [
        "user",
        "add",
        "jana",
        "--all-municipalities",
        "--instance",
        text(&folder),
    ];
    run(env!("CARGO_BIN_EXE_obzor"), &name);
    let token = run(
        env!("CARGO_BIN_EXE_obzor"),
        &["user", "token", "jana", "--instance", text(&folder)],
    );
    let bearer = format!("Bearer {}", token.trim().lines().last().unwrap().trim());
    let trees = city.get("/collections/trees/items?limit=50&f=json");
    let trees: Value = serde_json::from_str(trees.text()).unwrap();
    let ids: Vec<_> = trees["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tree| tree["id"].as_str().unwrap())
        .collect();
    let (is_over, backups) = (AtomicBool::new(false), tempfile::tempdir().unwrap());
    let mut made = Vec::new();
    let edits = thread::scope(|scope| {
        let edits = scope.spawn(|| {
            let mut edits = 0;
            while !is_over.load(Ordering::Relaxed) {
                let url = city.url(&format!(
                    "/collections/trees/items/{}",
                    ids[edits % ids.len()]
                ));
                let body = format!(
                    r#"{{"type":"Feature","properties":{{"height":{}.5}}}}"#,
                    1 + edits % 30
                );
                let seen = Answer::try_get(&url, &[("Authorization", &bearer)]).unwrap();
                let headers = [
                    ("Authorization", bearer.as_str()),
                    ("Content-Type", "application/merge-patch+json"),
                    ("If-Match", seen.header("etag")),
                ];
                let answer = Answer::try_send("PATCH", &url, &headers, body.as_str()).unwrap();
                assert!(answer.status < 300, "{}", answer.text());
                edits += 1;
            }
            edits
        });
        let start = Instant::now();
        while start.elapsed() < EDITS {
            let out = backups.path().join(format!("{}.zip", made.len()));
            made.push((back_up(&folder, &out), out));
        }
        is_over.store(true, Ordering::Relaxed);
        edits.join().unwrap()
    });
    assert!(
        edits > 20 && made.len() > 1,
        "{edits} edits, {} backups",
        made.len()
    );
    let source = open(&folder);
    let revisions: Vec<_> = made
        .iter()
        .map(|(told, _)| told["revision"].as_i64().unwrap())
        .collect();
    assert!(
        revisions.is_sorted() && revisions[0] < source.head().unwrap().0,
        "{revisions:?}"
    );
    let (told, backup) = made.last().unwrap();
    let restored = backups.path().join("restored");
    assert_eq!(restore(backup, &restored)["revision"], told["revision"]);
    run(
        env!("CARGO_BIN_EXE_obzor"),
        &["check", "--instance", text(&restored)],
    );
    let copy = open(&restored);
    assert_eq!(copy.head().unwrap().0, told["revision"]);
    let then = standing(&source, Some(copy.head().unwrap()));
    assert!(then == standing(&copy, None), "what stood at that revision");
    // Only a store with the same history up to its end can be caught up with.
    let caught_up = [
        "copy",
        "--json",
        "--from",
        text(&folder),
        "--to",
        text(&restored),
    ];
    let report: Value =
        serde_json::from_str(&run(env!("CARGO_BIN_EXE_obzor"), &caught_up)).unwrap();
    assert_eq!(
        (&report["equal"], &report["since"]),
        (&true.into(), &told["revision"])
    );
    let releases = |folder: &Path| {
        fs::read_dir(folder.join("public/releases"))
            .unwrap()
            .count()
    };
    assert_eq!(releases(&restored), releases(&folder));
}

#[test]
fn a_killed_backup_leaves_no_half_file() {
    let instance = instance();
    let start = Instant::now();
    back_up(instance.path(), &instance.path().join("whole.zip"));
    let whole_time = start.elapsed();
    let out = instance.path().join("killed.zip");
    for point in 0..8 {
        let mut killed = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args([
                "backup",
                "--instance",
                text(instance.path()),
                "--out",
                text(&out),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(whole_time * point / 8);
        killed.kill().unwrap();
        killed.wait().unwrap();
        if out.exists() {
            assert!(obzor(&["restore", "--check", text(&out)]).status.success());
            fs::remove_file(&out).unwrap();
        }
    }
    back_up(instance.path(), &out);
    assert!(!instance.path().join("killed.zip.draft").exists());
    assert!(!instance.path().join("spool/backup").exists());
}
