//! A backup is one state of a city that is being edited, and restores to a city that works.

mod damaged;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use layers::store::GeoPackageStore;
use layers::{Audience, Feature, FeatureQuery, FeatureStore, LayerSet, Revision};
use serde_json::Value;

use crate::answer::Answer;
use crate::city::{City, instance};

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

/// Somebody who edits trees with a token.
struct Editor<'a> {
    city: &'a City,
    bearer: String,
    trees: Vec<String>,
}

impl<'a> Editor<'a> {
    fn new(city: &'a City) -> Self {
        city.obzor(&["user", "add", "jana", "--all-municipalities"]);
        let (_, token) = city.obzor(&["user", "token", "jana"]);
        let trees = city.get("/collections/trees/items?limit=50&f=json");
        let trees: Value = serde_json::from_str(trees.text()).unwrap();
        let trees = trees["features"].as_array().unwrap().iter();
        Self {
            city,
            bearer: format!("Bearer {}", token.lines().next().unwrap()),
            trees: trees
                .map(|tree| tree["id"].as_str().unwrap().to_owned())
                .collect(),
        }
    }

    /// Changes one tree after the other, and returns how many times.
    fn edit_until(&self, is_over: &AtomicBool) -> usize {
        let mut edits = 0;
        while !is_over.load(Ordering::Relaxed) {
            let tree = &self.trees[edits % self.trees.len()];
            let url = self.city.url(&format!("/collections/trees/items/{tree}"));
            let height = 1 + edits % 30;
            let body = format!(r#"{{"type":"Feature","properties":{{"height":{height}.5}}}}"#);
            let seen = Answer::try_get(&url, &[("Authorization", &self.bearer)]).unwrap();
            let headers = [
                ("Authorization", self.bearer.as_str()),
                ("Content-Type", "application/merge-patch+json"),
                ("If-Match", seen.header("etag")),
            ];
            let answer = Answer::try_send("PATCH", &url, &headers, body.as_str()).unwrap();
            assert!(answer.status < 300, "{}", answer.text());
            edits += 1;
        }
        edits
    }
}

/// Makes backups while somebody edits; returns what each told, and where it is.
fn back_up_under_edits(city: &City, folder: &Path) -> Vec<(Value, PathBuf)> {
    let (editor, is_over) = (Editor::new(city), AtomicBool::new(false));
    let mut made = Vec::new();
    let edits = thread::scope(|scope| {
        let edits = scope.spawn(|| editor.edit_until(&is_over));
        let start = Instant::now();
        while start.elapsed() < EDITS {
            let out = folder.join(format!("{}.zip", made.len()));
            made.push((back_up(&city.instance(), &out), out));
        }
        is_over.store(true, Ordering::Relaxed);
        edits.join().unwrap()
    });
    let backups = made.len();
    assert!(
        edits > 20 && backups > 1,
        "{edits} edits, {backups} backups"
    );
    made
}

/// Checks that only a store with the same history up to its end is there: it can be caught up with.
fn check_same_history(source: &Path, restored: &Path, revision: &Value) {
    let output = obzor(&[
        "copy",
        "--json",
        "--from",
        text(source),
        "--to",
        text(restored),
    ]);
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["equal"], &report["since"]),
        (&true.into(), revision)
    );
}

fn releases(instance: &Path) -> usize {
    let folder = instance.join("public/releases");
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_backup_under_edits_restores_to_one_revision() {
    let (city, backups) = (City::start(), tempfile::tempdir().unwrap());
    city.obzor(&["publish", "--all", "--municipality", "564729"]);
    let made = back_up_under_edits(&city, backups.path());
    let source = open(&city.instance());
    let revisions: Vec<_> = made
        .iter()
        .map(|(told, _)| told["revision"].as_i64())
        .collect();
    assert!(
        revisions.is_sorted() && revisions[0] < Some(source.head().unwrap().0),
        "{revisions:?}"
    );
    let (told, backup) = made.last().unwrap();
    let restored = backups.path().join("restored");
    assert_eq!(restore(backup, &restored)["revision"], told["revision"]);
    let copy = open(&restored);
    assert_eq!(copy.head().unwrap().0, told["revision"]);
    let then = standing(&source, Some(copy.head().unwrap()));
    assert!(then == standing(&copy, None), "what stood at that revision");
    check_same_history(&city.instance(), &restored, &told["revision"]);
    assert_eq!(releases(&restored), releases(&city.instance()));
    let check = obzor(&["check", "--instance", text(&restored)]);
    // The sample has a flawed feature of its own.
    assert!(matches!(check.status.code(), Some(0 | 4)), "{check:?}");
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
