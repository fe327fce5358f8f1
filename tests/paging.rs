//! Pages of features in any order, also while others edit: none is missing and none comes twice.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::city::City;
use crate::edit::{Editor, TOWN};

const LAMPS: &str = "/collections/street-lights/items";
/// How many edit at once; an edit waits for the disk.
const WRITERS: usize = 4;
/// How often each does: fifty edits in a second together, and some to spare.
const PACE: Duration = Duration::from_millis(55);

fn next(page: &Value, city: &City) -> Option<String> {
    let links = page["links"].as_array().unwrap();
    let link = links.iter().find(|link| link["rel"] == "next")?;
    Some(link["href"].as_str().unwrap().replace(&city.url(""), ""))
}

/// Returns the features of all pages, one page after the other.
fn all_pages(city: &City, query: &str) -> Vec<Value> {
    let (mut all, mut path) = (Vec::new(), Some(format!("{LAMPS}?{query}")));
    while let Some(this) = path {
        let answer = city.get(&this);
        assert_eq!(answer.status, 200, "{this}: {}", answer.text());
        let page = answer.json();
        all.extend(page["features"].as_array().unwrap().iter().cloned());
        path = next(&page, city);
    }
    all
}

fn id(feature: &Value) -> String {
    feature["id"].as_str().unwrap().to_owned()
}

#[test]
fn sorted_pages_are_the_whole_in_order() {
    for city in City::start_both() {
        let whole = all_pages(&city, "limit=10000");
        assert!(whole.len() > 100, "{} lamps", whole.len());
        let mut expected = whole.clone();
        let height = |feature: &Value| feature["properties"]["height"].as_f64();
        let code = |feature: &Value| feature["properties"]["code"].as_str().unwrap().to_owned();
        // What is unknown comes last.
        expected.sort_by(|one, other| {
            let by_height = match (height(one), height(other)) {
                (Some(one), Some(other)) => other.total_cmp(&one),
                (one, other) => one.is_none().cmp(&other.is_none()),
            };
            by_height.then(code(one).cmp(&code(other)))
        });
        for query in [
            "sortby=-height,code&limit=10000",
            "sortby=-height,%2Bcode&limit=700",
            "sortby=-height,+code&limit=900",
            "sortby=-height,code&limit=800&bbox=12,48,19,52",
        ] {
            let ids = |all: &[Value]| all.iter().map(id).collect::<Vec<_>>();
            let found: Vec<Value> = all_pages(&city, query);
            let (found, expected) = (ids(&found), ids(&expected));
            // Lamps of one height and code stand in the order of their numbers.
            assert_eq!(found, expected, "{query}");
        }
        let page = city
            .get(&format!("{LAMPS}?sortby=-height,code&limit=5&offset=7"))
            .json();
        let some = page["features"].as_array().unwrap().iter().map(id);
        assert!(some.eq(expected[7..12].iter().map(id)));
    }
}

#[test]
fn properties_are_those_that_are_asked_for() {
    let city = City::shared();
    let page = city
        .get(&format!(
            "{LAMPS}?limit=3&properties=height,code&sortby=code"
        ))
        .json();
    for feature in page["features"].as_array().unwrap() {
        let names: Vec<_> = feature["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["code", "height"]);
        assert!(feature["geometry"].is_object() && feature["title"].is_string());
    }
    let none = city.get(&format!("{LAMPS}?limit=1&properties=")).json();
    assert_eq!(none["features"][0]["properties"], json!({}));
}

#[test]
fn what_is_wrong_with_an_order_is_named() {
    let city = City::shared();
    let cursor = next(
        &city.get(&format!("{LAMPS}?sortby=height&limit=1")).json(),
        &city,
    )
    .unwrap();
    let cursor = cursor
        .split("cursor=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    for (query, part) in [
        ("sortby=heigth".to_owned(), "did you mean `height`?"),
        ("sortby=luminaires".to_owned(), "`luminaires`"),
        ("sortby=".to_owned(), "`sortby`"),
        ("sortby=code,-code".to_owned(), "each once"),
        ("properties=height,cod".to_owned(), "did you mean `code`?"),
        (format!("cursor={cursor}"), "`cursor`"),
        (format!("cursor={cursor}&sortby=height,code"), "`cursor`"),
        (format!("cursor={cursor}&sortby=code"), "`cursor`"),
        ("cursor=5&sortby=height".to_owned(), "`cursor`"),
        ("cursor=x".to_owned(), "`cursor`"),
    ] {
        let answer = city.get_with(&format!("{LAMPS}?{query}"), &[("accept-language", "en")]);
        assert_eq!(answer.status, 400, "{query}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(part), "{query}: {detail}");
    }
}

/// Edits lamps, adds some named after the writer and removes them, until it is told to stop; returns how often.
fn edit(jana: &Editor<'_>, lamps: &[String], writer: usize, is_over: &AtomicBool) -> u32 {
    let mut edits = 0_u32;
    while !is_over.load(Ordering::Relaxed) {
        let start = Instant::now();
        if edits % 10 == 9 {
            let (path, etag) = jana.add_lamp(TOWN, &format!("P-{writer}-{edits}"));
            assert_eq!(jana.send("DELETE", &path, &etag, &Value::Null).status, 204);
        } else {
            let path = &lamps[edits as usize % lamps.len()];
            let seen = jana.get(path);
            let height = 3.0 + f64::from(edits % 37) / 4.0;
            let change = json!({ "properties": { "height": height } });
            let answer = jana.send("PATCH", path, seen.header("etag"), &change);
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        edits += 1;
        thread::sleep(PACE.saturating_sub(start.elapsed()));
    }
    edits
}

#[test]
fn under_edits_no_feature_is_missing_and_none_comes_twice() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let before: BTreeSet<_> = all_pages(&city, "limit=1000").iter().map(id).collect();
        let own = all_pages(&city, &format!("municipality_code={TOWN}&limit=1000"));
        let own: Vec<_> = own
            .iter()
            .map(|lamp| format!("{LAMPS}/{}", id(lamp)))
            .collect();
        let is_over = AtomicBool::new(false);
        let start = Instant::now();
        let (edits, rounds) = thread::scope(|scope| {
            let parts = own.chunks(own.len().div_ceil(WRITERS)).enumerate();
            let (jana, is_over) = (&jana, &is_over);
            let editing = parts
                .map(|(writer, lamps)| scope.spawn(move || edit(jana, lamps, writer, is_over)))
                .collect::<Vec<_>>();
            let mut rounds = 0;
            while start.elapsed() < Duration::from_secs(4) {
                for query in [
                    "limit=190",
                    "limit=370&sortby=-height",
                    "limit=230&sortby=height,code",
                ] {
                    let found = all_pages(&city, query);
                    let different: BTreeSet<_> = found.iter().map(id).collect();
                    assert_eq!(different.len(), found.len(), "{query}: some came twice");
                    let missing: Vec<_> = before.difference(&different).collect();
                    assert!(missing.is_empty(), "{query}: {missing:?}");
                }
                rounds += 1;
            }
            is_over.store(true, Ordering::Relaxed);
            let edits = editing.into_iter().map(|one| one.join().unwrap());
            (edits.sum::<u32>(), rounds)
        });
        let rate = f64::from(edits) / start.elapsed().as_secs_f64();
        let told = format!("{rounds} rounds under {rate:.0} edits a second");
        // Not `eprintln!`: the test runner would keep it to itself.
        let _ = writeln!(std::io::stderr(), "{told}");
        assert!(edits > 20, "{told}");
    }
}
