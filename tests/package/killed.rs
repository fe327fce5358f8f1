//! Killed at any point, a build leaves the old package or the new one, and the next program removes what else it left.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use super::{build, build_command, json_entry};
use crate::city::{City, instance, run};

#[test]
fn killed_at_ten_points_a_build_leaves_a_whole_package() {
    kill_at_points(10);
}

#[test]
#[ignore = "slow: fifty kills"]
fn killed_at_fifty_points_a_build_leaves_a_whole_package() {
    kill_at_points(50);
}

fn kill_at_points(points: u32) {
    let instance = instance();
    let out = instance.path().join("a.zip");
    let start = Instant::now();
    build(instance.path(), &out);
    let whole_time = start.elapsed();
    for point in 0..points {
        let mut child = build_command(instance.path(), &out)
            .env("SOURCE_DATE_EPOCH", (1_790_000_001 + point).to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(whole_time * point / (points - 1));
        child.kill().unwrap();
        child.wait().unwrap();
        verify(&out);
    }
    build(instance.path(), &out);
    assert_eq!(
        json_entry(&out, "manifest.json")["built_at"],
        "2026-09-21T14:13:20Z"
    );
    assert_nothing_left(instance.path());
}

#[test]
fn what_a_killed_build_left_beside_another_place_is_removed_by_the_next_and_by_serve() {
    let city = City::start();
    let instance = city.instance();
    let elsewhere = tempfile::tempdir().unwrap();
    let draft = elsewhere.path().join("b.zip.draft");
    // A build is killed while it writes its draft: just this is what it leaves.
    let leave = || {
        fs::write(&draft, "half").unwrap();
        fs::write(
            instance.join("spool/package.draft"),
            draft.to_str().unwrap(),
        )
        .unwrap();
        fs::create_dir(instance.join("spool/package")).unwrap();
        fs::write(instance.join("spool/package/tiles.pmtiles"), "half").unwrap();
    };
    leave();
    build(&instance, &city.file("a.zip"));
    assert!(!draft.exists());
    assert_nothing_left(&instance);
    leave();
    let city = city.restart();
    assert!(!draft.exists());
    assert_nothing_left(&city.instance());
}

#[test]
fn a_file_of_somebody_else_in_the_place_of_the_draft_stays() {
    let instance = instance();
    let draft = instance.path().join("a.zip.draft");
    fs::write(&draft, "mine").unwrap();
    let output = build_command(instance.path(), &instance.path().join("a.zip"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), super::REFUSED);
    assert_eq!(fs::read_to_string(&draft).unwrap(), "mine");
}

fn verify(package: &Path) {
    run(
        env!("CARGO_BIN_EXE_obzor"),
        &["package", "verify", package.to_str().unwrap()],
    );
}

fn assert_nothing_left(instance: &Path) {
    for name in ["package", "package.draft"] {
        assert!(
            !instance.join("spool").join(name).exists(),
            "{name} is left"
        );
    }
    let drafts = fs::read_dir(instance).unwrap().filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|end| end == "draft")
    });
    assert_eq!(drafts.count(), 0);
}
