//! `/revisions`: change sets, for those who change the same features.

use serde_json::Value;

use super::{Reader, TOWN, VILLAGE, live};
use crate::city::City;

fn listed(reader: &Reader<'_>, query: &str) -> Vec<Value> {
    let answer = reader.get(&format!("/revisions?{query}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["revisions"].as_array().unwrap().clone()
}

fn reasons(listed: &[Value]) -> Vec<&str> {
    let of_jana = listed.iter().filter(|one| one["by"] == "jana");
    of_jana.map(|one| one["reason"].as_str().unwrap()).collect()
}

#[test]
fn change_sets_are_listed_and_shown_to_who_changes_the_same_features() {
    for city in City::start_both() {
        let jana = Reader::new(&city, "jana", "editor", Some(TOWN));
        live(&jana, "R-1");
        let colleague = Reader::new(&city, "karel", "editor", Some(TOWN));
        let elsewhere = Reader::new(&city, "petr", "editor", Some(VILLAGE));
        let planner = Reader::new(&city, "eva", "planner", None);
        let administrator = Reader::new(&city, "sprava", "administrator", None);
        let life = ["gone", "moved", "noted", "higher", "new"];
        for reader in [&jana, &colleague, &administrator] {
            assert_eq!(reasons(&listed(reader, "limit=100")), life);
        }
        assert_eq!(reasons(&listed(&elsewhere, "limit=100")), [""; 0]);
        assert!(listed(&planner, "").is_empty());
        assert_eq!(city.get("/revisions").status, 401);
        let town = format!("municipality={TOWN}&limit=100");
        assert_eq!(reasons(&listed(&administrator, &town)), life);
        let village = format!("municipality={VILLAGE}&limit=100");
        assert_eq!(reasons(&listed(&administrator, &village)), [""; 0]);
        filters(&colleague, &life);
        one(&city, &colleague, [&elsewhere, &planner]);
    }
}

fn filters(reader: &Reader<'_>, life: &[&str]) {
    let check = |query: &str, expected: &[&str]| {
        assert_eq!(reasons(&listed(reader, query)), expected, "{query}");
    };
    check("layer=street-lights&author=jana", life);
    check("layer=trees&author=jana", &[]);
    check("author=nikdo", &[]);
    check("datetime=../2020-01-01", &[]);
    check("datetime=2020-01-01/..&author=jana", life);
    let answer = reader.get("/revisions?author=jana&limit=2").json();
    assert_eq!(reasons(answer["revisions"].as_array().unwrap()), life[..2]);
    let next = answer["links"]
        .as_array()
        .unwrap()
        .iter()
        .find(|link| link["rel"] == "next");
    let next = next.unwrap()["href"]
        .as_str()
        .unwrap()
        .replace(&reader.city.url("/revisions?"), "");
    check(&next, &life[2..4]);
    assert_eq!(reader.get("/revisions?layer=nothing").status, 404);
    assert_eq!(reader.get("/revisions?datetime=x").status, 400);
}

fn one(city: &City, colleague: &Reader<'_>, strangers: [&Reader<'_>; 2]) {
    let moved = &listed(colleague, "author=jana")[1];
    assert_eq!(moved["touched"][0]["layer"], "street-lights");
    assert_eq!(moved["touched"][0]["features"], 1);
    let path = format!("/revisions/{}", moved["revision"]);
    let shown = colleague.get(&path).json();
    let metres = &shown["changes"][0]["differences"][0]["geometry"]["moved_metres"];
    assert!(metres.as_f64().unwrap() > 7.0, "{shown}");
    assert_eq!(city.get(&path).status, 401);
    for stranger in strangers {
        assert_eq!(stranger.get(&path).status, 404);
    }
    for nothing in ["0", "99999", "x", "-1"] {
        assert_eq!(
            colleague.get(&format!("/revisions/{nothing}")).status,
            404,
            "{nothing}"
        );
    }
    let page = colleague.get(&format!("{path}?f=html"));
    for word in [
        "jana",
        "moved",
        "R-1",
        "posun až o 7,",
        &format!("{path}/undo"),
    ] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    let page = colleague.get("/revisions?f=html&author=jana");
    assert!(
        page.text().contains(&format!("{path}?f=html")),
        "{}",
        page.text()
    );
}

#[test]
fn a_large_change_set_is_shown_by_pages() {
    let city = City::start();
    let administrator = Reader::new(&city, "sprava", "administrator", None);
    let all = listed(&administrator, "limit=100");
    let largest = all.iter().max_by_key(|one| {
        let touched = one["touched"].as_array().unwrap();
        touched
            .iter()
            .map(|layer| layer["features"].as_u64().unwrap())
            .sum::<u64>()
    });
    let path = format!("/revisions/{}", largest.unwrap()["revision"]);
    let whole = administrator.get(&format!("{path}?limit=100")).json();
    let first: Vec<_> = whole["changes"].as_array().unwrap().clone();
    assert_eq!(first.len(), 100);
    let mut next = format!("{path}?limit=33");
    let mut seen = Vec::new();
    while seen.len() < 99 {
        let page = administrator.get(&next).json();
        seen.extend(page["changes"].as_array().unwrap().clone());
        let links = page["links"].as_array().unwrap();
        let link = links.iter().find(|link| link["rel"] == "next").unwrap();
        next = link["href"].as_str().unwrap().replace(&city.url(""), "");
    }
    assert_eq!(seen, first[..99]);
}
