//! Killed at any point, a publication leaves the old release or the new one, whole, and nothing beside them.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use super::{DATASET, command, folder_of, is_whole, number_in_force, public_files, report, store};
use crate::city::{City, instance};
use crate::gdal::execute;

#[test]
fn killed_at_ten_points_a_publication_is_whole_or_not_there() {
    kill_at_points(10);
}

#[test]
#[ignore = "slow: fifty kills"]
fn killed_at_fifty_points_a_publication_is_whole_or_not_there() {
    kill_at_points(50);
}

fn kill_at_points(points: u32) {
    let folder = instance();
    let path = folder.path();
    let start = Instant::now();
    report(path, DATASET, 0);
    let whole_time = start.elapsed();
    let mut number = 1;
    for point in 0..points {
        // Every run has something new to publish.
        let sql = format!(
            "UPDATE trees SET height = {point}.25 WHERE municipality_code = 564729 AND code = 'S-00001'"
        );
        execute(&store(path), &sql);
        let mut publication = command(path)
            .arg(DATASET)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(whole_time * (point + 1) / points);
        publication.kill().unwrap();
        publication.wait().unwrap();
        let now = number_in_force(path, DATASET).unwrap();
        assert!(
            now == number || now == number + 1,
            "at point {point}: {number} became {now}"
        );
        for release in 1..=now {
            is_whole(&folder_of(path, DATASET, release));
        }
        number = now;
    }
    nothing_is_left(path, number);
}

#[test]
fn a_server_that_starts_removes_what_a_killed_publication_left() {
    let city = City::start();
    let instance = city.store().ancestors().nth(2).unwrap().to_owned();
    report(&instance, DATASET, 0);
    let whole = public_files(&instance);
    let orphans = [
        folder_of(&instance, DATASET, 2),
        folder_of(&instance, "sample-564729-dragons", 1),
        instance.join("public/staging").join(DATASET),
    ];
    for orphan in &orphans {
        fs::create_dir_all(orphan).unwrap();
        fs::write(orphan.join("half.csv"), "half").unwrap();
    }
    let _city = city.restart();
    assert_eq!(public_files(&instance), whole);
}

/// The next publication removes what killed ones left.
fn nothing_is_left(instance: &Path, number: u64) {
    let last = report(instance, DATASET, 0)["release"].as_u64().unwrap();
    assert!(last == number || last == number + 1);
    assert_eq!(public_files(instance).len() as u64, last * 5);
    assert!(!instance.join("public/staging").exists());
}
