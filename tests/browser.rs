//! The web map in a real browser: `web/tests` drives Chromium against a served city.

use std::path::Path;

use crate::city::{City, run};

#[test]
fn the_web_map_works_in_a_browser() {
    let city = City::shared();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/tests/run.mjs");
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    let arguments = [tests.to_str(), Some(&city.url("/")), screenshots.to_str()];
    run("node", &arguments.map(Option::unwrap));
}
