//! Every link and every IRI of ours leads somewhere.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::shelf::{DATASET, PUBLIC_URL, Shelf, UNPUBLISHED, VILLAGE};
use super::{BROWSER, HARVESTER};

/// Returns the addresses of this server that stand in double quotes: links of pages and IRIs of records.
fn own_addresses(text: &str) -> BTreeSet<String> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .map(|word| word.strip_prefix(PUBLIC_URL).unwrap_or(word))
        .filter(|word| word.starts_with('/') && !word.starts_with("//"))
        .map(|word| {
            word.split('#')
                .next()
                .unwrap_or_default()
                .replace("&amp;", "&")
        })
        .filter(|path| !path.contains(['{', '…']))
        .collect()
}

/// Returns every address of ours that pages and records name, and whether a page names it.
fn linked(shelf: &Shelf) -> BTreeSet<(String, bool)> {
    let english = [("Accept-Language", "en"), BROWSER[0]];
    let clients = [(&BROWSER[..], true), (&english, true), (&HARVESTER, false)];
    let starts = [
        "/".to_owned(),
        "/catalog".to_owned(),
        format!("/catalog/{VILLAGE}"),
        Shelf::dataset_path(),
        format!("/catalog/{VILLAGE}/datasets/{UNPUBLISHED}"),
    ];
    let mut found = BTreeSet::new();
    for path in starts {
        for (asks, is_page) in clients {
            let answer = shelf.get(&path, asks);
            if answer.status == 200 {
                let own = own_addresses(answer.text());
                found.extend(own.into_iter().map(|own| (own, is_page)));
            }
        }
    }
    found
}

#[test]
fn every_link_of_pages_and_records_answers() {
    let shelf = Shelf::sample();
    let linked = linked(&shelf);
    let dataset = Shelf::dataset_path();
    for expected in [
        (format!("{dataset}/distributions/csv"), false),
        (format!("{dataset}?f=html"), false),
        (format!("/downloads/{DATASET}/latest/{DATASET}.gpkg"), false),
        (format!("/downloads/{DATASET}/latest/{DATASET}.gpkg"), true),
        (format!("/downloads/{DATASET}/2/report.json"), true),
    ] {
        assert!(linked.contains(&expected), "{expected:?}: {linked:#?}");
    }
    let is_broken = |(path, is_page): &&(String, bool)| {
        let asks = if *is_page { &BROWSER[..] } else { &HARVESTER };
        let answer = shelf.get(path, asks);
        // The page of one's account sends who is not logged in to the page where people log in.
        match answer.status {
            303 => shelf.get(answer.header("location"), asks).status != 200,
            status => status != 200,
        }
    };
    let broken: Vec<_> = linked.iter().filter(is_broken).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_page_shows_what_the_release_holds() {
    let shelf = Shelf::sample();
    let page = shelf.get(&Shelf::dataset_path(), &BROWSER);
    let text = page.text();
    for file in &shelf.release.files {
        assert!(text.contains(&file.sha256), "{file:?}");
    }
    let dataset = &shelf.release.dataset;
    let released_on = shelf.release.published_at.date_naive();
    let due = dataset.periodicity.next_due(released_on).unwrap();
    let written =
        |day: NaiveDate| format!("{}.\u{a0}{}.\u{a0}{}", day.day(), day.month(), day.year());
    for word in [
        dataset.title.cs.as_str(),
        &dataset.description.cs,
        &dataset.steward,
        &dataset.contact.email,
        "čtvrtletně",
        "CC0 1.0",
        "Ukázková data",
        &written(released_on),
        &written(due),
        "/map#map=",
    ] {
        assert!(text.contains(word), "{word}");
    }
    let english = shelf.get(&format!("{}?lang=en", Shelf::dataset_path()), &BROWSER);
    assert!(english.text().contains(&dataset.title.en));
}
