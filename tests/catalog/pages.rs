//! The pages of the portal in a real browser: accessible, on a phone as on a desk, by day and by night.

use std::path::Path;

use crate::city::run;

use super::shelf::{Shelf, UNPUBLISHED, VILLAGE};

#[test]
fn pages_are_accessible_and_fit_their_window() {
    let shelf = Shelf::sample();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/tests/pages.mjs");
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    let address = shelf.city.url("/");
    let village = format!("/catalog/{VILLAGE}");
    let unpublished = format!("{village}/datasets/{UNPUBLISHED}");
    run(
        "node",
        &[
            tests.to_str().unwrap(),
            &address,
            screenshots.to_str().unwrap(),
            "/",
            "/catalog?lang=en",
            &village,
            &Shelf::dataset_path(),
            &unpublished,
            "/collections?f=html",
            "/collections/trees/items?f=html",
        ],
    );
}
