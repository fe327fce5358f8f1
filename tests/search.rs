//! Search as people type: without diacritics, in any order, by number, and never out of date.

use std::io::Write;
use std::time::Instant;

use serde_json::Value;

use crate::city::City;
use crate::gdal::execute;

fn find(city: &City, text: &str) -> Vec<Value> {
    let query = text
        .replace(' ', "+")
        .replace('č', "%C4%8D")
        .replace('ě', "%C4%9B");
    let answer = city.get(&format!("/search?limit=50&q={query}"));
    assert_eq!(answer.status, 200, "{text}: {}", answer.text());
    answer.json()["results"].as_array().unwrap().clone()
}

fn titles(hits: &[Value]) -> Vec<&str> {
    hits.iter()
        .map(|hit| hit["title"].as_str().unwrap())
        .collect()
}

#[test]
fn a_municipality_comes_first_by_its_name() {
    let city = City::shared();
    for text in ["Děčany", "decany", "DECANY", "deca"] {
        let hits = find(&city, text);
        assert_eq!(hits[0]["layer"], "municipalities", "{text}");
        assert_eq!(hits[0]["title"], "Děčany", "{text}");
    }
}

#[test]
fn an_address_is_found_in_any_order_and_with_the_usual_abbreviation() {
    let city = City::shared();
    let page = city.get("/collections/addresses/items?limit=1").json();
    let properties = &page["features"][0]["properties"];
    let number = properties["house_number"].to_string();
    let village = properties["municipality_name"].as_str().unwrap();
    for text in [
        format!("{village} {number}"),
        format!("{number} {village}"),
        format!("{village} č.p. {number}"),
    ] {
        let hits = find(&city, &text);
        assert!(
            hits.iter()
                .any(|hit| hit["id"] == page["features"][0]["id"]),
            "{text}: {:?}",
            titles(&hits)
        );
    }
}

#[test]
fn a_parcel_is_found_by_its_number_and_narrowed_by_its_cadastral_area() {
    let city = City::shared();
    let page = city.get("/collections/parcels/items?limit=1").json();
    let feature = &page["features"][0];
    let number = feature["properties"]["label_number"].as_str().unwrap();
    let area = feature["properties"]["cadastral_area_name"]
        .as_str()
        .unwrap();
    let by_number = find(&city, number);
    assert!(
        titles(&by_number)[0].starts_with(number),
        "{:?}",
        titles(&by_number)
    );
    let narrowed = find(&city, &format!("{number} {area}"));
    assert_eq!(narrowed[0]["id"], feature["id"], "{:?}", titles(&narrowed));
    assert!(
        narrowed
            .iter()
            .all(|hit| hit["title"].as_str().unwrap().contains(area))
    );
}

#[test]
fn a_hit_leads_to_its_feature_and_lies_where_the_feature_is() {
    let city = City::shared();
    for hit in find(&city, "decany") {
        let layer = hit["layer"].as_str().unwrap();
        let feature = city
            .get(&format!("/collections/{layer}/items/{}", hit["fid"]))
            .json();
        assert_eq!(feature["id"], hit["id"]);
        let number = |value: &Value| value.as_f64().unwrap();
        for axis in 0..2 {
            let range = number(&hit["bbox"][axis])..=number(&hit["bbox"][axis + 2]);
            assert!(range.contains(&number(&hit["center"][axis])), "{hit}");
        }
    }
}

#[test]
fn what_is_removed_or_renamed_by_another_program_is_found_so_at_once() {
    let city = City::start();
    assert_eq!(find(&city, "decany")[0]["title"], "Děčany");
    let rename = "UPDATE municipalities SET name = 'Nové Přejmenované' WHERE name = 'Děčany'";
    execute(&city.store(), rename);
    assert_eq!(find(&city, "nove prejm")[0]["layer"], "municipalities");
    assert!(
        find(&city, "decany")
            .iter()
            .all(|hit| hit["layer"] != "municipalities")
    );
    execute(
        &city.store(),
        "DELETE FROM municipalities WHERE name = 'Nové Přejmenované'",
    );
    assert!(find(&city, "nove prejm").is_empty());
}

#[test]
fn nobody_finds_what_is_not_public() {
    let city = City::start();
    let title = city.get("/collections/switchboards/items?limit=1").json()["features"][0].clone();
    let code = title["properties"]["code"].as_str().unwrap();
    let is_it = |hit: &Value| hit["id"] == title["id"];
    assert!(find(&city, code).iter().any(is_it), "{code}");
    execute(
        &city.store(),
        &format!(
            "UPDATE switchboards SET public = 0 WHERE fid = {}",
            title["fid"]
        ),
    );
    assert!(!find(&city, code).iter().any(is_it), "{code}");
}

#[test]
fn a_word_that_is_a_little_wrong_finds_what_was_meant() {
    let city = City::shared();
    for text in ["decnay", "decny", "dečamy"] {
        let hits = find(&city, text);
        assert_eq!(hits[0]["title"], "Děčany", "{text}");
    }
    // A number is never taken for another, and a short word for none.
    assert!(find(&city, "987654321").is_empty());
    assert!(find(&city, "xq").is_empty());
    let page = city.get_with("/search?q=decnay", &[("Accept", "text/html")]);
    assert!(page.text().contains("/what-is-here?"), "{}", page.text());
}

#[test]
#[ignore = "slow: measures"]
fn how_long_a_search_takes() {
    let city = City::shared();
    let page = city.get("/collections/parcels/items?limit=300").json();
    let parcels = page["features"].as_array().unwrap().iter().map(|parcel| {
        let values = &parcel["properties"];
        let number = values["label_number"].as_str().unwrap();
        format!(
            "{number} {}",
            values["cadastral_area_name"].as_str().unwrap()
        )
    });
    let words = [
        "decany",
        "deca",
        "1",
        "12",
        "d",
        "decnay",
        "zahradni 5",
        "svetelne misto",
    ];
    let texts: Vec<String> = parcels.chain(words.map(str::to_owned)).collect();
    find(&city, "decany");
    let mut times: Vec<_> = texts
        .iter()
        .map(|text| {
            let start = Instant::now();
            find(&city, text);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let (count, median, late, last) = (times.len(), at(50), at(99), at(100));
    // Not `println!`: the test runner would keep it to itself.
    let told = format!("{count} searches: median {median:?}, p99 {late:?}, longest {last:?}");
    let _ = writeln!(std::io::stderr(), "{told}");
}
