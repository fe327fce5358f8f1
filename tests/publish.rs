//! A dataset is published: whole, in formats that others open, and only when nothing blocks it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use serde_json::Value;

use crate::city::{instance, run};

mod blocked;
mod files;
mod killed;

const DATASET: &str = "sample-564729-greenery";
/// What tells that something was in the way and nothing was changed.
const REFUSED: i32 = 3;

/// The command that publishes; what to publish is still to be added.
fn command(instance: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obzor"));
    command.args(["publish", "--instance"]).arg(instance);
    command
}

fn publish(instance: &Path, arguments: &[&str]) -> Output {
    command(instance).args(arguments).output().unwrap()
}

/// Publishes and returns the report of the only dataset, after a look at the exit code.
fn report(instance: &Path, dataset: &str, code: i32) -> Value {
    let output = publish(instance, &[dataset, "--json"]);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports.as_array().unwrap().len(), 1);
    reports[0].clone()
}

/// Returns the number of the release in force that `obzor datasets` lists.
fn number_in_force(instance: &Path, dataset: &str) -> Option<u64> {
    let listed = run(
        env!("CARGO_BIN_EXE_obzor"),
        &[
            "datasets",
            "--json",
            "--instance",
            instance.to_str().unwrap(),
        ],
    );
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let mut datasets = listed.as_array().unwrap().iter();
    datasets.find(|entry| entry["id"] == dataset).unwrap()["release"].as_u64()
}

fn folder_of(instance: &Path, dataset: &str, number: u64) -> PathBuf {
    instance.join(format!("public/releases/{dataset}/{number}"))
}

fn store(instance: &Path) -> PathBuf {
    instance.join("store/obzor.gpkg")
}

/// Returns every public file with its content.
fn public_files(instance: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, files);
            } else {
                files.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    collect(&instance.join("public"), &mut files);
    files
}

/// Checks that the release in force is whole: its files have the checksums of the manifest, by a second program.
fn is_whole(folder: &Path) {
    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), 4, "{manifest:#}");
    for file in files {
        let path = folder.join(file["name"].as_str().unwrap());
        let sum = run("sha256sum", &[path.to_str().unwrap()]);
        assert_eq!(
            sum.split(' ').next(),
            file["sha256"].as_str(),
            "{}",
            path.display()
        );
        assert_eq!(
            fs::metadata(&path).unwrap().len(),
            file["bytes"].as_u64().unwrap()
        );
    }
    let there = fs::read_dir(folder).unwrap().count();
    assert_eq!(there, files.len() + 1, "the manifest names every file");
}

#[test]
fn every_sample_dataset_passes_the_checks_without_a_finding() {
    let folder = instance();
    let output = publish(folder.path(), &["--all", "--dry-run", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reports = reports.as_array().unwrap();
    assert_eq!(reports.len(), 78);
    for report in reports {
        assert_eq!(report["outcome"], "passed");
        assert_eq!(
            report["findings"].as_array().unwrap().len(),
            0,
            "{report:#}"
        );
    }
    assert!(
        public_files(folder.path()).is_empty(),
        "nothing was written"
    );
}

#[test]
fn publishing_twice_makes_one_release_and_a_change_makes_another() {
    let folder = instance();
    let first = report(folder.path(), DATASET, 0);
    assert_eq!(
        (&first["outcome"], &first["release"]),
        (&"published".into(), &1.into())
    );
    let files = public_files(folder.path());
    let second = report(folder.path(), DATASET, 0);
    assert_eq!(
        (&second["outcome"], &second["release"]),
        (&"unchanged".into(), &1.into())
    );
    assert_eq!(public_files(folder.path()), files);

    crate::gdal::execute(
        &store(folder.path()),
        "UPDATE trees SET height = 12.5 WHERE municipality_code = 564729 AND code = 'S-00001'",
    );
    let third = report(folder.path(), DATASET, 0);
    assert_eq!(
        (&third["outcome"], &third["release"]),
        (&"published".into(), &2.into())
    );
    is_whole(&folder_of(folder.path(), DATASET, 2));
    for (path, content) in files {
        assert_eq!(fs::read(path).unwrap(), content, "a release never changes");
    }
}

#[test]
fn of_two_publishers_at_once_one_publishes_and_the_other_is_told() {
    let folder = instance();
    let path = folder.path();
    let outputs = thread::scope(|scope| {
        let runs = [0, 1].map(|_| scope.spawn(|| publish(path, &["--all"])));
        runs.map(|run| run.join().unwrap())
    });
    let mut codes = outputs
        .each_ref()
        .map(|output| output.status.code().unwrap());
    codes.sort_unstable();
    // A slow second one may find the first one done and everything unchanged.
    assert!(codes == [0, REFUSED] || codes == [0, 0], "{outputs:?}");
    for output in outputs
        .iter()
        .filter(|output| output.status.code() == Some(REFUSED))
    {
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("běží jiné zveřejnění"), "{error}");
    }
    assert_eq!(number_in_force(path, DATASET), Some(1));
    is_whole(&folder_of(path, DATASET, 1));
}

#[test]
fn without_an_address_only_a_sample_is_published() {
    let folder = instance();
    let config = folder.path().join("obzor.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("sample = true", "sample = false")).unwrap();
    let refused = publish(folder.path(), &[DATASET]);
    assert_eq!(refused.status.code(), Some(REFUSED), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("public_url"));
    let with_address = format!("public_url = \"https://data.example.cz\"\n{text}");
    fs::write(
        &config,
        with_address.replace("sample = true", "sample = false"),
    )
    .unwrap();
    assert_eq!(report(folder.path(), DATASET, 0)["outcome"], "published");
    let unknown = publish(folder.path(), &["sample-564729-dragons"]);
    assert_eq!(unknown.status.code(), Some(REFUSED), "{unknown:?}");
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("sample-564729-dragons"));
}
