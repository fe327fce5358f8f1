//! What is wrong with an edit is told all at once, in the client's language, and nothing is written.

use serde_json::{Value, json};

use super::{Editor, LAMPS, TOWN, feature, lamp, one_of};
use crate::answer::Answer;
use crate::city::City;

/// Returns field and code of every finding, in order.
fn findings(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 422, "{}", answer.text());
    let problem = answer.json();
    let pair = |finding: &Value| {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        (text("field"), text("code"))
    };
    let mut all: Vec<_> = problem["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(pair)
        .collect();
    all.sort();
    all
}

fn check(answer: &Answer, expected: &[(&str, &str)]) {
    let mut expected: Vec<_> = expected
        .iter()
        .map(|(field, code)| ((*field).to_owned(), (*code).to_owned()))
        .collect();
    expected.sort();
    assert_eq!(findings(answer), expected, "{}", answer.text());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let taken =
        city.get(&one_of(&city, "street-lights", TOWN)).json()["properties"]["code"].clone();
    let mut wrong = lamp(TOWN, taken.as_str().unwrap());
    wrong["geometry"]["coordinates"] = json!([50.46, 13.4]);
    let properties = &mut wrong["properties"];
    properties["heigth"] = json!(5);
    properties["status"] = json!(999);
    properties["height"] = json!(1000);
    properties["switchboard"] = Value::Null;
    properties["inspected_on"] = json!("31. 12. 2025");
    properties["luminaires"] = json!([{ "power": -1.0 }, { "power": "x", "lamp": 1 }, 7]);
    let answer = jana.send("POST", LAMPS, "", &wrong);
    check(
        &answer,
        &[
            ("", "outside-area"),
            ("", "duplicate-key"),
            ("heigth", "unknown-field"),
            ("status", "not-in-code-list"),
            ("height", "out-of-range"),
            ("switchboard", "missing"),
            ("inspected_on", "wrong-type"),
            ("luminaires[1].power", "wrong-type"),
            ("luminaires[1].lamp", "unknown-field"),
            ("luminaires[2]", "wrong-type"),
        ],
    );
    let text = answer.text();
    assert!(
        text.contains("\"nearest\":\"height\"") && text.contains("povinný údaj chybí"),
        "{text}"
    );
    assert_eq!(answer.header("content-language"), "cs");
    // The same of a change, in English, and nothing was written by either.
    let path = one_of(&city, "street-lights", TOWN);
    let before = city.get(&path);
    let change = feature(
        &json!({ "status": null, "height": -1, "luminaires": [{ "power": -1.0 }], "tenant": "x" }),
    );
    let bearer = format!("Bearer {}", jana.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("if-match", before.header("etag")),
        ("accept-language", "en"),
    ];
    let answer =
        Answer::try_send("PATCH", &city.url(&path), &headers, &change.to_string()).unwrap();
    check(
        &answer,
        &[
            ("status", "missing"),
            ("height", "out-of-range"),
            ("luminaires[0].power", "out-of-range"),
            ("tenant", "unknown-field"),
        ],
    );
    assert!(answer.text().contains("is mandatory and has no value"));
    assert_eq!(city.get(&path).text(), before.text());
}

#[test]
fn what_would_be_right_is_told_where_it_is_known() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let untyped = jana.send(
        "POST",
        LAMPS,
        "",
        &json!({ "properties": { "status": 999 } }),
    );
    assert!(findings(&untyped).contains(&(String::new(), "malformed".to_owned())));
    let problem = untyped.json();
    let all = problem["findings"].as_array().unwrap();
    let status = all.iter().find(|f| f["field"] == "status").unwrap();
    assert_eq!(status["allowed"], json!([0, 1, 2, 99]));
}

#[test]
fn a_geometry_is_checked_and_the_place_is_told() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let path = one_of(&city, "green-areas", TOWN);
    let etag = city.get(&path).header("etag").to_owned();
    let reshape = |geometry: Value| {
        // A merge patch need not repeat the type, which never changes.
        let body = json!({ "geometry": geometry });
        jana.send("PATCH", &path, &etag, &body)
    };
    let polygon = |rings: Value| json!({ "type": "Polygon", "coordinates": rings });
    let bow_tie = json!([
        [13.40, 50.46],
        [13.42, 50.48],
        [13.42, 50.46],
        [13.40, 50.48],
        [13.40, 50.46]
    ]);
    let answer = reshape(polygon(json!([bow_tie])));
    check(&answer, &[("", "self-intersection")]);
    let at = &answer.json()["findings"][0]["at"];
    assert!((at[0].as_f64().unwrap() - 13.41).abs() < 1e-4, "{at}");
    let square = json!([
        [13.40, 50.46],
        [13.42, 50.46],
        [13.42, 50.48],
        [13.40, 50.48],
        [13.40, 50.46]
    ]);
    let outside = json!([
        [13.50, 50.46],
        [13.52, 50.46],
        [13.52, 50.48],
        [13.50, 50.46]
    ]);
    check(
        &reshape(polygon(json!([square, outside]))),
        &[("", "hole-outside")],
    );
    let unclosed = json!([
        [13.40, 50.46],
        [13.42, 50.46],
        [13.42, 50.48],
        [13.40, 50.48]
    ]);
    check(
        &reshape(polygon(json!([unclosed, [[1, 2]]]))),
        &[("", "malformed"), ("", "malformed")],
    );
    check(
        &reshape(json!({ "type": "Point", "coordinates": [13.4, 50.46] })),
        &[("", "wrong-geometry")],
    );
    check(&reshape(Value::Null), &[("", "geometry-presence")]);
    check(&reshape(json!({ "type": "Circle" })), &[("", "malformed")]);
}

#[test]
fn a_body_must_be_json_of_a_known_type_and_size() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let bearer = format!("Bearer {}", jana.token);
    let post = |media_type: &str, crs: &str, body: &str| {
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("content-type", media_type),
        ];
        if !crs.is_empty() {
            headers.push(("content-crs", crs));
        }
        Answer::try_send("POST", &city.url(LAMPS), &headers, body)
            .unwrap()
            .status
    };
    let lamp = lamp(TOWN, "T-1").to_string();
    assert_eq!(post("text/plain", "", &lamp), 415);
    assert_eq!(post("application/geo+json", "", "{\"type\":"), 400);
    assert_eq!(
        post(
            "application/geo+json",
            "<http://www.opengis.net/def/crs/EPSG/0/2065>",
            &lamp
        ),
        400
    );
    assert_eq!(post("application/geo+json", "", &"[".repeat(100_000)), 400);
    for odd in [
        "null",
        "7",
        "[]",
        "{}",
        "{\"type\":\"Feature\",\"properties\":7}",
    ] {
        assert_eq!(post("application/geo+json", "", odd), 422, "{odd}");
    }
    let long = format!("{}{lamp}", " ".repeat(4 * 1024 * 1024));
    assert_eq!(post("application/geo+json", "", &long), 413);
    for reason in ["x".repeat(501), "a%00b".to_owned()] {
        let path = format!("{LAMPS}?reason={reason}");
        let answer = jana.send("POST", &path, "", &super::lamp(TOWN, "T-1"));
        assert_eq!(answer.status, 400, "{reason}");
    }
    assert_eq!(
        city.get(&format!("{LAMPS}?code=T-1")).json()["numberMatched"],
        0
    );
    assert_eq!(post("application/geo+json; charset=utf-8", "", &lamp), 201);
}
