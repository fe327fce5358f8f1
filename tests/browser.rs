//! The web pages in a real browser: `web/tests` drives Chromium against a served city, and without one.

use std::path::{Path, PathBuf};

use crate::city::{City, instance, run};

const OBZOR: &str = env!("CARGO_BIN_EXE_obzor");
const VILLAGE: &str = "564729";

#[test]
fn the_web_map_works_in_a_browser() {
    let city = City::shared();
    drive("run.mjs", &[&city.url("/"), text(&screenshots())]);
}

#[test]
fn an_open_map_follows_edits_by_another_program() {
    let city = City::start();
    drive("watch-run.mjs", &[&city.url("/"), text(&city.store())]);
}

#[test]
fn the_field_page_works_without_a_server() {
    let instance = instance();
    let served = text(instance.path());
    let package = instance.path().join("village.zip");
    let build = ["package", "build", "--municipality", VILLAGE];
    let place = ["--instance", served, "--out", text(&package)];
    run(OBZOR, &[&build[..], &place[..]].concat());
    drive(
        "field-run.mjs",
        &[OBZOR, served, text(&package), text(&screenshots())],
    );
}

/// Runs a test script of the web pages.
pub(crate) fn drive(script: &str, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../web/tests")
        .join(script);
    run("node", &[&[text(&script)], arguments].concat());
}

fn screenshots() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
