//! What was not moved keeps its coordinates to the last bit, and what was moved lies where it should.

use serde_json::{Value, json};

use super::{Editor, LAMPS, TOWN, bytes, lamp, one_of, stored};
use crate::answer::Answer;
use crate::city::City;

#[test]
fn what_is_sent_back_as_it_was_read_keeps_its_bytes() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        for (layer, field) in [
            ("street-lights", "note"),
            ("green-areas", "note"),
            ("lighting-cables", "note"),
        ] {
            let path = one_of(&city, layer, TOWN);
            let before = bytes(&city, layer, &path);
            let seen = city.get(&path);
            let mut sent = seen.json();
            sent["properties"][field] = json!("změněno");
            let answer = jana.send("PATCH", &path, seen.header("etag"), &sent);
            assert_eq!(answer.status, 200, "{layer}: {}", answer.text());
            assert_eq!(answer.json()["properties"][field], "změněno");
            assert_eq!(bytes(&city, layer, &path), before, "{layer}");
        }
    }
}

#[test]
fn only_the_vertex_that_was_moved_moves() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let path = one_of(&city, "green-areas", TOWN);
    let before = bytes(&city, "green-areas", &path);
    let seen = city.get(&path);
    let mut sent = seen.json();
    let area = &mut sent["geometry"]["coordinates"];
    let ring = if area[0][0][0].is_array() {
        &mut area[0][0]
    } else {
        &mut area[0]
    };
    // Not the first, which is the last too.
    let moved = ring[1][0].as_f64().unwrap() + 0.000_000_5;
    ring[1][0] = json!(moved);
    let answer = jana.send("PATCH", &path, seen.header("etag"), &sent);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let after = bytes(&city, "green-areas", &path);
    assert_eq!(after.len(), before.len());
    // Sixteen bytes in hexadecimal make a position; as written, the ring may run the other way round.
    let positions = |hex: &str| {
        let skip = hex.len() % 32;
        let mut all: Vec<_> = (skip..hex.len())
            .step_by(32)
            .map(|at| hex[at..at + 32].to_owned())
            .collect();
        all.sort();
        all
    };
    let (before, after) = (positions(&before), positions(&after));
    let gone = before
        .iter()
        .filter(|position| !after.contains(position))
        .count();
    assert!(
        (1..=3).contains(&gone),
        "{gone} of {} positions changed",
        before.len()
    );
}

#[test]
fn a_position_in_s_jtsk_is_stored_as_it_is() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let mut sent = lamp(TOWN, "T-1");
        sent["geometry"]["coordinates"] = json!([-808_123.456_789, -998_765.432_1]);
        let bearer = format!("Bearer {}", jana.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/geo+json"),
            (
                "content-crs",
                "<http://www.opengis.net/def/crs/EPSG/0/5514>",
            ),
        ];
        let made = Answer::try_send("POST", &city.url(LAMPS), &headers, &sent.to_string()).unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
        let position: Value = made.json()["geometry"]["coordinates"].clone();
        let place = "FROM \"street-lights\" WHERE code = 'T-1'";
        let hex = stored(&city, &format!("SELECT hex(geom) {place}"));
        let number = |number: f64| {
            number
                .to_le_bytes()
                .iter()
                .fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"))
        };
        assert!(
            hex.ends_with(&format!(
                "{}{}",
                number(-808_123.456_789),
                number(-998_765.432_1)
            )),
            "{hex}"
        );
        assert!(
            (position[0].as_f64().unwrap() - 13.37).abs() < 0.5,
            "{position}"
        );
    }
}

#[test]
fn a_feature_is_edited_in_each_system_and_what_did_not_move_keeps_its_bytes() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let path = one_of(&city, "green-areas", TOWN);
        let before = bytes(&city, "green-areas", &path);
        let bearer = format!("Bearer {}", jana.token);
        for crs in ["EPSG/0/5514", "EPSG/0/4326", "EPSG/0/4258", "EPSG/0/3857"] {
            let uri = format!("http://www.opengis.net/def/crs/{crs}");
            let seen = jana.get(&format!("{path}?crs={uri}"));
            let mut sent = seen.json();
            sent["properties"]["note"] = json!(crs);
            let headers = [
                ("authorization", bearer.as_str()),
                ("content-type", "application/geo+json"),
                ("if-match", seen.header("etag")),
                ("content-crs", seen.header("content-crs")),
            ];
            let url = city.url(&path);
            let answer = Answer::try_send("PUT", &url, &headers, &sent.to_string()).unwrap();
            assert_eq!(answer.status, 200, "{crs}: {}", answer.text());
            assert_eq!(answer.json()["properties"]["note"], crs);
            assert_eq!(
                answer.header("content-crs"),
                "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
            );
            assert_eq!(bytes(&city, "green-areas", &path), before, "{crs}");
        }
    }
}
