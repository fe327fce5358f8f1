//! Conflicts for programs: what is shown, what is decided, and what is refused.

use geo_types::Geometry;
use layers::merge::ReceiptQuery;
use serde_json::json;

use super::{Clerk, Field, LAMPS, TOWN, degrees, store_of};
use crate::answer::Answer;
use crate::city::City;

#[test]
fn what_waits_is_taken_and_taken_back() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let clerk = Clerk::of(&city, "eva", TOWN);
        let id = field.features(LAMPS, TOWN)[0].id;
        let before = field.value(LAMPS, id, "circuit");
        let path = field.collide(LAMPS, id, "circuit", [json!("7"), json!("8")]);
        let shown = clerk.get(&path).json();
        assert_eq!(shown["base"]["value"], before);
        assert_eq!(
            (&shown["current"]["value"], &shown["current"]["by"]),
            (&json!("7"), &json!("jana"))
        );
        assert_eq!(
            (&shown["mine"]["value"], &shown["mine"]["by"]),
            (&json!("8"), &json!("petr"))
        );
        assert_eq!(shown["choices"], json!(["theirs", "mine", "typed"]));

        let decided = clerk.decide(&path, &json!({ "choice": "mine" }));
        assert_eq!(decided.status, 200, "{}", decided.text());
        let decided = decided.json();
        assert_eq!(field.value(LAMPS, id, "circuit"), "8");
        assert_eq!(
            (&decided["state"], &decided["decision"]["by"]),
            (&json!("decided"), &json!("eva"))
        );
        assert_eq!(field.count(), 0);
        // The decision is an operation of its own.
        let operation = decided["decision"]["operation"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let query = ReceiptQuery {
            id: Some(operation),
            ..ReceiptQuery::default()
        };
        let receipt = &store.receipts(&query).unwrap()[0];
        assert_eq!(receipt.recorded.operation.author, "eva");
        assert_eq!(receipt.revision, Some(field.head()));

        let opened = clerk.reopen(&path);
        assert_eq!(
            (&opened["state"], &opened["current"]["value"]),
            (&json!("open"), &json!("7"))
        );
        assert_eq!(
            (field.value(LAMPS, id, "circuit"), field.count()),
            (json!("7"), 1)
        );
        // A second time, with a value of neither.
        let typed = clerk.decide(&path, &json!({ "choice": "typed", "value": "9" }));
        assert_eq!(typed.status, 200, "{}", typed.text());
        assert_eq!(field.value(LAMPS, id, "circuit"), "9");
    }
}

#[test]
fn what_stands_is_kept_without_a_revision_and_with_a_receipt() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let clerk = Clerk::of(&city, "eva", TOWN);
        let id = field.features(LAMPS, TOWN)[0].id;
        let path = field.collide(LAMPS, id, "circuit", [json!("7"), json!("8")]);
        let head = field.head();
        let decided = clerk.decide(&path, &json!({ "choice": "theirs" }));
        assert_eq!(decided.status, 200, "{}", decided.text());
        assert_eq!(
            (field.head(), field.value(LAMPS, id, "circuit")),
            (head, json!("7"))
        );
        let operation = decided.json()["decision"]["operation"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let query = ReceiptQuery {
            id: Some(operation),
            ..ReceiptQuery::default()
        };
        assert_eq!(store.receipts(&query).unwrap().len(), 1);
        // There is nothing to decide twice.
        let again = clerk.decide(&path, &json!({ "choice": "mine" }));
        assert_eq!(again.status, 409, "{}", again.text());
        assert_eq!(clerk.reopen(&path)["state"], "open");
        assert_eq!((field.head(), field.count()), (head, 1));
    }
}

#[test]
fn who_saw_something_else_is_told_how_it_is() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let clerk = Clerk::of(&city, "eva", TOWN);
        let id = field.features(LAMPS, TOWN)[0].id;
        let path = field.collide(LAMPS, id, "circuit", [json!("7"), json!("8")]);
        let decision = format!("{path}/decision");
        let choice = json!({ "choice": "mine" });
        assert_eq!(clerk.post(&decision, "", &choice).status, 428);
        let seen = clerk.get(&path);
        // Somebody goes on meanwhile.
        let other = field.collide(LAMPS, id, "circuit", [json!("77"), json!("88")]);
        let refused = clerk.post(&decision, seen.header("etag"), &choice);
        assert_eq!(refused.status, 412, "{}", refused.text());
        assert_eq!(refused.json()["current"]["current"]["value"], "77");
        assert_eq!(field.value(LAMPS, id, "circuit"), "77");
        let decided = clerk.post(&decision, refused.header("etag"), &choice);
        assert_eq!(decided.status, 200, "{}", decided.text());
        assert_eq!(
            (field.value(LAMPS, id, "circuit"), field.count()),
            (json!("8"), 1)
        );
        // Where somebody went on from a decision, taking it back leaves what they made.
        let done = clerk.decide(&other, &json!({ "choice": "typed", "value": "99" }));
        assert_eq!(done.status, 200, "{}", done.text());
        assert_eq!(clerk.reopen(&path)["current"]["value"], "99");
        assert_eq!(
            (field.value(LAMPS, id, "circuit"), field.count()),
            (json!("99"), 1)
        );
    }
}

#[test]
fn a_value_that_is_wrong_is_refused_with_every_reason() {
    let city = City::start();
    let store = store_of(&city);
    let field = Field { store: &*store };
    let clerk = Clerk::of(&city, "eva", TOWN);
    let id = field.features(LAMPS, TOWN)[0].id;
    let path = field.collide(LAMPS, id, "height", [json!(51.5), json!(52.5)]);
    for (body, status) in [
        (json!({ "choice": "typed", "value": 600.0 }), 422),
        (json!({ "choice": "typed", "value": "vysoká" }), 422),
        (json!({ "choice": "typed" }), 400),
        (json!({ "choice": "both" }), 400),
        (json!({ "choice": "mine", "colour": "red" }), 400),
    ] {
        let answer = clerk.decide(&path, &body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    let wrong = clerk
        .decide(&path, &json!({ "choice": "typed", "value": 600.0 }))
        .json();
    assert_eq!(wrong["findings"][0]["code"], "out-of-range");
    assert_eq!(field.count(), 1);
    assert_eq!(clerk.get("/conflicts/nothing").status, 404);
}

#[test]
fn the_whole_feature_comes_back_or_goes() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let clerk = Clerk::of(&city, "eva", TOWN);
        let lamps = field.features(LAMPS, TOWN);
        // Removed, and edited by somebody who did not know.
        let gone = field.collide_by_removing(LAMPS, lamps[0].id, true);
        let shown = clerk.get(&gone).json();
        assert_eq!(shown["current"]["value"], json!(null));
        assert_eq!(shown["mine"]["value"]["properties"]["note"], "upraveno");
        let kept = clerk.decide(&gone, &json!({ "choice": "theirs" }));
        assert_eq!(kept.status, 200, "{}", kept.text());
        assert_eq!(field.feature(LAMPS, lamps[0].id), None);
        clerk.reopen(&gone);
        let back = clerk.decide(&gone, &json!({ "choice": "mine" }));
        assert_eq!(back.status, 200, "{}", back.text());
        let found = field.feature(LAMPS, lamps[0].id).unwrap();
        assert_eq!(found.geometry, lamps[0].geometry);
        assert_eq!(field.value(LAMPS, lamps[0].id, "note"), "upraveno");
        clerk.reopen(&gone);
        assert_eq!(field.feature(LAMPS, lamps[0].id), None);

        // Edited, and removed by somebody who did not know.
        let there = field.collide_by_removing(LAMPS, lamps[1].id, false);
        assert_eq!(clerk.get(&there).json()["mine"]["value"], json!(null));
        let removed = clerk.decide(&there, &json!({ "choice": "mine" }));
        assert_eq!(removed.status, 200, "{}", removed.text());
        assert_eq!(field.feature(LAMPS, lamps[1].id), None);
        clerk.reopen(&there);
        assert_eq!(field.value(LAMPS, lamps[1].id, "note"), "upraveno");
    }
}

#[test]
fn a_position_is_taken_or_typed() {
    for city in City::start_both() {
        let store = store_of(&city);
        let field = Field { store: &*store };
        let clerk = Clerk::of(&city, "eva", TOWN);
        let lamp = field.features(LAMPS, TOWN).remove(0);
        let Some(Geometry::Point(from)) = lamp.geometry else {
            panic!("a lamp is a point");
        };
        let path = field.collide_by_moving(LAMPS, lamp.id, [1.5, 4.0]);
        // In millimetres.
        let east = || match field.feature(LAMPS, lamp.id).unwrap().geometry {
            Some(Geometry::Point(at)) => ((at.x() - from.x()) * 1000.0).round() as i64,
            other => panic!("{other:?}"),
        };
        assert_eq!(east(), 1500);
        let taken = clerk.decide(&path, &json!({ "choice": "mine" }));
        assert_eq!(taken.status, 200, "{}", taken.text());
        assert_eq!(east(), 4000);
        clerk.reopen(&path);
        assert_eq!(east(), 1500);
        let wanted = degrees([from.x() + 9.0, from.y()]);
        let value = json!({ "type": "Point", "coordinates": wanted });
        let typed: Answer = clerk.decide(&path, &json!({ "choice": "typed", "value": value }));
        assert_eq!(typed.status, 200, "{}", typed.text());
        assert_eq!(east(), 9000);
    }
}

#[test]
fn lists_are_paged_and_counted() {
    let city = City::start();
    let store = store_of(&city);
    let field = Field { store: &*store };
    let clerk = Clerk::of(&city, "eva", TOWN);
    let lamps = field.features(LAMPS, TOWN);
    let paths: Vec<_> = lamps
        .iter()
        .take(5)
        .map(|lamp| field.collide(LAMPS, lamp.id, "circuit", [json!("7"), json!("8")]))
        .collect();
    clerk.decide(&paths[0], &json!({ "choice": "theirs" }));
    let list = |query: &str| clerk.get(&format!("/conflicts?f=json{query}")).json();
    let first = list("&limit=3");
    assert_eq!(first["conflicts"].as_array().unwrap().len(), 3);
    assert_eq!(
        first["open"],
        json!([{ "layer": LAMPS, "municipality": TOWN, "count": 4 }])
    );
    let next = first["links"][1]["href"].as_str().unwrap();
    let rest = clerk.get(&next.replace(&city.url(""), "")).json();
    assert_eq!(rest["conflicts"].as_array().unwrap().len(), 1);
    assert_eq!(
        rest["links"].as_array().unwrap().len(),
        1,
        "no page follows"
    );
    let lengths = [
        "&state=decided",
        "&state=all",
        "&layer=trees",
        "&municipality=564729",
    ]
    .map(|query| list(query)["conflicts"].as_array().unwrap().len());
    assert_eq!(lengths, [1, 5, 0, 0]);
}
