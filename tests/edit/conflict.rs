//! Two editors of one feature: the later one is told, sees both versions and can try again.

use std::thread;

use serde_json::{Value, json};

use super::{Editor, LAMPS, TOWN, feature, id_of, lamp, one_of, stored};
use crate::city::City;

#[test]
fn a_stale_edit_is_refused_and_nothing_is_lost() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let petr = Editor::new(&city, "petr", TOWN);
        let path = one_of(&city, "street-lights", TOWN);
        // One reads with a token and one without; both tags name the version.
        let (hers, his) = (jana.get(&path), city.get(&path));
        assert_ne!(hers.header("etag"), his.header("etag"));
        jana.patch(&path, hers.header("etag"), &json!({ "circuit": "7" }));

        let change = feature(&json!({ "height": 9.5 }));
        let stale = petr.send("PATCH", &path, his.header("etag"), &change);
        assert_eq!(stale.status, 412);
        let problem = stale.json();
        assert_eq!(problem["current"]["properties"]["circuit"], "7");
        assert_eq!(problem["yours"]["properties"]["circuit"], "7");
        assert_eq!(problem["yours"]["properties"]["height"], 9.5);
        assert_ne!(problem["current"]["properties"]["height"], 9.5);
        let removal = petr.send("DELETE", &path, his.header("etag"), &Value::Null);
        assert_eq!(
            (removal.status, &removal.json()["yours"]),
            (412, &Value::Null)
        );

        petr.patch(&path, stale.header("etag"), &json!({ "height": 9.5 }));
        let both = city.get(&path).json();
        assert_eq!(both["properties"]["circuit"], "7");
        assert_eq!(both["properties"]["height"], 9.5);
        let id = id_of(&path);
        let row = format!("FROM \"street-lights\" WHERE id = '{id}'");
        assert_eq!(
            stored(
                &city,
                &format!("SELECT circuit || '|' || height || '|' || rev {row}")
            ),
            "7|9.5|3"
        );
    }
}

#[test]
fn of_many_at_once_one_wins_and_the_others_are_told() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let path = one_of(&city, "street-lights", TOWN);
        let etag = city.get(&path).header("etag").to_owned();
        let statuses: Vec<u16> = thread::scope(|scope| {
            let racers: Vec<_> = (0..8)
                .map(|racer| {
                    let change = feature(&json!({ "circuit": format!("r{racer}") }));
                    let (jana, path, etag) = (&jana, &path, &etag);
                    scope.spawn(move || jana.send("PATCH", path, etag, &change).status)
                })
                .collect();
            racers
                .into_iter()
                .map(|racer| racer.join().unwrap())
                .collect()
        });
        let count = |status| statuses.iter().filter(|one| **one == status).count();
        assert_eq!((count(200), count(412)), (1, 7), "{statuses:?}");
    }
}

#[test]
fn who_does_not_say_what_was_seen_is_asked_to() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let path = one_of(&city, "street-lights", TOWN);
    let etag = city.get(&path).header("etag").to_owned();
    let change = feature(&json!({ "circuit": "7" }));
    for method in ["PATCH", "DELETE"] {
        for (tag, status) in [
            (String::new(), 428),
            ("*".to_owned(), 428),
            (format!("W/{etag}"), 412),
            ("\"1-1.cs\"".to_owned(), 412),
            ("nonsense".to_owned(), 412),
        ] {
            let answer = jana.send(method, &path, &tag, &change);
            assert_eq!(answer.status, status, "{method} {tag}");
        }
    }
    // A change that changes nothing makes no new version, so it can be repeated.
    let same = city.get(&path).json();
    let again = jana.send("PATCH", &path, &etag, &same);
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(city.get(&path).header("etag"), etag);
    assert_eq!(
        city.get_with(&path, &[("if-none-match", &etag)]).status,
        304
    );
}

#[test]
fn a_removed_feature_is_gone_and_its_tag_names_nothing_else() {
    for city in City::start_both() {
        let jana = Editor::new(&city, "jana", TOWN);
        let (path, etag) = jana.add_lamp(TOWN, "T-1");
        assert_eq!(jana.send("DELETE", &path, &etag, &Value::Null).status, 204);
        assert_eq!(city.get(&path).status, 404);
        assert_eq!(jana.send("DELETE", &path, &etag, &Value::Null).status, 404);
        let (_, new) = jana.add_lamp(TOWN, "T-1");
        assert_ne!(new, etag);
        assert_eq!(
            city.get(&format!("{LAMPS}?code=T-1")).json()["numberMatched"],
            1
        );
    }
}

#[test]
fn a_new_feature_sent_twice_under_its_own_id_is_made_once() {
    const ID: &str = "0192f0c1-8a52-7c3e-9d0b-5a1e6f7a8b9c";
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let mut lamp = lamp(TOWN, "SL-twice");
    lamp["id"] = json!(ID);
    let made = jana.send("POST", LAMPS, "", &lamp);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("location"), city.url(&format!("{LAMPS}/{ID}")));
    let again = jana.send("POST", LAMPS, "", &lamp);
    assert_eq!(again.status, 409, "{}", again.text());
    assert_eq!(again.json()["current"]["id"], ID);
    assert_eq!(again.header("etag"), made.header("etag"));
    lamp["id"] = json!(17);
    let wrong = jana.send("POST", LAMPS, "", &lamp);
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.json()["findings"][0]["field"], "id");
}
