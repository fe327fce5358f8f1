//! A feature that is sent whole replaces all that its editor sees, and nothing that they do not.

use serde_json::{Value, json};

use super::{Editor, LAMPS, TOWN, VILLAGE, lamp};
use crate::city::City;

#[test]
fn what_a_whole_feature_does_not_mention_is_empty_afterwards() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let mut whole = lamp(TOWN, "T-1");
        whole["properties"]["height"] = json!(6.5);
        let made = jana.send("POST", LAMPS, "", &whole);
        let path = made.header("location").replace(&city.url(""), "");
        let etag = made.header("etag");
        assert_eq!(jana.send("PUT", &path, "", &whole).status, 428);
        assert_eq!(jana.send("PUT", &path, "\"1-1.cs\"", &whole).status, 412);

        let mut other = lamp(TOWN, "T-2");
        other["geometry"]["coordinates"] = json!([13.4041, 50.4606]);
        let put = jana.send("PUT", &path, etag, &other);
        assert_eq!(put.status, 200, "{}", put.text());
        let (now, before) = (put.json(), made.json());
        assert_eq!(now["id"], before["id"]);
        assert_eq!(now["properties"]["code"], "T-2");
        assert_eq!(now["properties"]["height"], Value::Null);
        assert_ne!(now["geometry"], before["geometry"]);
        // What comes back as it was read changes nothing.
        let again = jana.send("PUT", &path, put.header("etag"), &now);
        assert_eq!(
            (again.status, again.header("etag")),
            (200, put.header("etag"))
        );
    }
}

#[test]
fn a_whole_feature_must_be_whole_and_stay_ones_own() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let (path, etag) = jana.add_lamp(TOWN, "T-1");
    let mut without = lamp(TOWN, "T-1");
    without.as_object_mut().unwrap().remove("geometry");
    without["properties"]
        .as_object_mut()
        .unwrap()
        .remove("code");
    let refused = jana.send("PUT", &path, &etag, &without);
    assert_eq!(refused.status, 422, "{}", refused.text());
    let findings = refused.json()["findings"].as_array().unwrap().clone();
    let codes: Vec<_> = findings
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["missing", "geometry-presence"], "{findings:?}");
    let given = jana.send("PUT", &path, &etag, &lamp(VILLAGE, "T-1"));
    assert_eq!(given.status, 403);
    let elsewhere = format!("{LAMPS}/0192f0c1-8a52-7c3e-9d0b-5a1e6f7a8b9c");
    assert_eq!(
        jana.send("PUT", &elsewhere, &etag, &lamp(TOWN, "T-1"))
            .status,
        404
    );
}
