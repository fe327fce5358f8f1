//! What people and the national harvester see of a release: records, pages and files.

mod downloads;
mod links;
mod pages;
mod records;
mod shelf;

use std::time::{Duration, Instant};

use self::shelf::{DATASET, HIDDEN, PUBLIC_URL, Shelf, UNPUBLISHED, VILLAGE};

/// How a browser asks.
const BROWSER: [(&str, &str); 1] = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
/// How the national harvester asks.
const HARVESTER: [(&str, &str); 2] = [("Accept", "*/*"), ("User-Agent", "nkod/0.0.1")];
/// How long the national catalogue waits for an answer to OPTIONS.
const HARVESTER_PATIENCE: Duration = Duration::from_secs(2);

#[test]
fn the_harvester_gets_records_and_a_browser_pages() {
    let shelf = Shelf::sample();
    let dataset = Shelf::dataset_path();
    for path in [format!("/catalog/{VILLAGE}"), dataset.clone()] {
        let record = shelf.get(&path, &HARVESTER);
        assert_eq!(record.header("content-type"), "application/ld+json");
        assert_eq!(record.json()["iri"], format!("{PUBLIC_URL}{path}"));
        let page = shelf.get(&path, &BROWSER);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text().contains("<html lang=\"cs\">"));
        let record = shelf.get(&format!("{path}?f=json"), &BROWSER);
        assert_eq!(record.header("content-type"), "application/ld+json");
    }
    let distribution = format!("{dataset}/distributions/gpkg");
    let record = shelf.get(&distribution, &HARVESTER).json();
    assert_eq!(record["iri"], format!("{PUBLIC_URL}{distribution}"));
    let sent_on = shelf.get(&distribution, &BROWSER);
    assert_eq!(sent_on.status, 303);
    assert!(sent_on.header("location").ends_with("#gpkg"));
}

#[test]
fn head_and_preflight_answer_quickly() {
    let shelf = Shelf::sample();
    let preflight = [
        ("Origin", "https://data.gov.cz"),
        ("Access-Control-Request-Method", "GET"),
    ];
    let file = &shelf.release.files[0];
    for path in [
        format!("/catalog/{VILLAGE}"),
        Shelf::dataset_path(),
        format!("/downloads/{DATASET}/latest/{}", file.name),
    ] {
        for (method, headers, status) in [("HEAD", &HARVESTER, 200), ("OPTIONS", &preflight, 204)] {
            let start = Instant::now();
            let answer = shelf.city.ask(method, &path, headers);
            assert!(start.elapsed() < HARVESTER_PATIENCE, "{method} {path}");
            assert_eq!(answer.status, status, "{method} {path}");
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert!(answer.body.is_empty());
        }
    }
}

#[test]
fn what_is_not_published_has_a_page_that_says_so_and_no_record() {
    let shelf = Shelf::sample();
    let path = format!("/catalog/{VILLAGE}/datasets/{UNPUBLISHED}");
    let page = shelf.get(&path, &BROWSER);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("zatím nebyla zveřejněna"));
    assert!(!page.text().contains("/downloads/"));
    assert_eq!(shelf.get(&path, &HARVESTER).status, 404);
    let elsewhere = format!("/catalog/562971/datasets/{DATASET}");
    assert_eq!(
        shelf.get(&elsewhere, &HARVESTER).status,
        404,
        "not the town's dataset"
    );
    assert_eq!(
        shelf.get("/catalog/562971", &HARVESTER).status,
        404,
        "the town has released nothing"
    );
    assert_eq!(shelf.get("/catalog/562971", &BROWSER).status, 200);
    assert_eq!(shelf.get("/catalog/1", &BROWSER).status, 404);
    let record = shelf.get(&format!("/catalog/{VILLAGE}"), &HARVESTER);
    assert!(record.text().contains(DATASET) && !record.text().contains(UNPUBLISHED));
}

#[test]
fn what_is_hidden_is_nowhere() {
    let shelf = Shelf::sample();
    let path = format!("/catalog/{VILLAGE}/datasets/{HIDDEN}");
    for path in [path.clone(), format!("{path}/distributions/gpkg")] {
        assert_eq!(shelf.get(&path, &HARVESTER).status, 404);
        assert_eq!(shelf.get(&path, &BROWSER).status, 404);
    }
    for path in ["/", "/catalog", &format!("/catalog/{VILLAGE}")] {
        for asks in [&BROWSER[..], &HARVESTER[..]] {
            let answer = shelf.get(path, asks);
            assert_eq!(answer.status, 200, "{path}");
            assert!(!answer.text().contains(HIDDEN), "{path}");
        }
    }
}
