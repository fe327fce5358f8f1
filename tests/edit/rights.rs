//! What is somebody else's stays as it is, and what is hidden stays hidden.

use std::fs;

use serde_json::{Value, json};

use super::{Editor, LAMPS, TOWN, VILLAGE, feature, lamp, obzor, one_of, stored};
use crate::answer::Answer;
use crate::city::City;
use crate::clients::shipped;

#[test]
fn another_municipalitys_lamp_is_refused_by_every_method() {
    for city in City::start_both() {
        let mayor = Editor::new(&city, "starosta", VILLAGE);
        let theirs = one_of(&city, "street-lights", TOWN);
        let seen = city.get(&theirs);
        let etag = seen.header("etag");
        let moved = json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": [13.9, 50.43] } });
        let taken = feature(&json!({ "municipality_code": VILLAGE }));
        for (method, body) in [
            ("PATCH", &feature(&json!({ "circuit": "7" }))),
            ("PATCH", &moved),
            ("PATCH", &taken),
            ("DELETE", &Value::Null),
        ] {
            let answer = mayor.send(method, &theirs, etag, body);
            assert_eq!(answer.status, 403, "{method} {body}: {}", answer.text());
        }
        assert_eq!(
            mayor.send("POST", LAMPS, "", &lamp(TOWN, "X-1")).status,
            403
        );
        assert_eq!(city.get(&theirs).text(), seen.text());
        // Nor can one's own be given away; moving it beyond the border gives it to nobody.
        let own = one_of(&city, "street-lights", VILLAGE);
        let etag = city.get(&own).header("etag").to_owned();
        let given = mayor.send(
            "PATCH",
            &own,
            &etag,
            &feature(&json!({ "municipality_code": TOWN })),
        );
        assert_eq!(given.status, 403);
        let away = json!({ "type": "Feature", "geometry": seen.json()["geometry"] });
        let away = mayor.send("PATCH", &own, &etag, &away);
        assert_eq!(
            (away.status, &away.json()["properties"]["municipality_code"]),
            (200, &json!(VILLAGE))
        );
    }
}

#[test]
fn a_token_is_needed_and_must_work() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let path = one_of(&city, "street-lights", TOWN);
    let etag = city.get(&path).header("etag").to_owned();
    let expired = obzor(&city, &["user", "token", "jana", "--expires", "0"]);
    let refused = |authorization: Option<&str>| {
        for (method, path) in [
            ("POST", LAMPS),
            ("PATCH", path.as_str()),
            ("DELETE", path.as_str()),
        ] {
            let mut headers = vec![("if-match", etag.as_str())];
            headers.extend(authorization.map(|value| ("authorization", value)));
            let answer = city.ask(method, path, &headers);
            assert_eq!(answer.status, 401, "{method} {authorization:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    };
    let bearer = |token: &str| format!("Bearer {}", token.trim());
    refused(None);
    refused(Some("Bearer obzor_0"));
    refused(Some(&bearer(&expired)));
    refused(Some("Basic amFuYTpoZXNsbw=="));
    assert_eq!(
        city.get_with(&path, &[("authorization", "Bearer obzor_0")])
            .status,
        401
    );
    // The token works as the password of Basic, until it is revoked.
    let etag_now = jana.get(&path).header("etag").to_owned();
    jana.patch(&path, &etag_now, &json!({ "circuit": "7" }));
    obzor(&city, &["user", "revoke", "jana"]);
    refused(Some(&bearer(&jana.token)));
    let again = obzor(&city, &["user", "token", "jana"]);
    assert_eq!(
        city.get_with(&path, &[("authorization", &bearer(&again))])
            .status,
        200
    );
    obzor(&city, &["user", "remove", "jana"]);
    refused(Some(&bearer(&again)));
    assert_eq!(obzor(&city, &["user", "list"]).trim(), "");
}

#[test]
fn a_secret_is_kept_nowhere() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    jana.add_lamp(TOWN, "T-1");
    let secret = jana.token.as_bytes();
    assert_eq!(secret.len(), "obzor_".len() + 64);
    let folder = city.store().parent().unwrap().to_owned();
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.push(city.file("log"));
    assert!(files.len() >= 2);
    for file in files {
        let content = fs::read(&file).unwrap();
        let found = content.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "the secret is in {}", file.display());
    }
}

#[test]
fn a_hidden_layer_looks_like_one_that_is_not_there() {
    let city = City::start();
    let jana = Editor::new(&city, "jana", TOWN);
    let own_of = |layer: &str| {
        let rows = format!("FROM \"{layer}\" WHERE municipality_code = {TOWN} LIMIT 1");
        stored(&city, &format!("SELECT id {rows}"))
    };
    let hidden = shipped().1.into_iter().map(|layer| layer.id.to_string());
    let hidden = hidden.map(|layer| (own_of(&layer), layer));
    let (own, hidden) = hidden.into_iter().find(|(own, _)| !own.is_empty()).unwrap();
    let body = lamp(TOWN, "X-1");
    let strangers = |method: &str, layer: &str| {
        let path = format!("/collections/{layer}/items/1");
        let answer = city.ask(method, &path, &[]);
        (answer.status, answer.text().to_owned())
    };
    for method in ["GET", "PATCH", "DELETE"] {
        assert_eq!(
            strangers(method, &hidden),
            strangers(method, "nothing"),
            "{method}"
        );
    }
    // An editor knows the layer, and of its features only those of its municipality.
    let path = format!("/collections/{hidden}/items");
    let unknown = jana.send("POST", "/collections/nothing/items", "", &body);
    assert_eq!(unknown.status, 404);
    assert_eq!(jana.send("POST", &path, "", &body).status, 422);
    assert_eq!(jana.get(&format!("{path}/{own}")).status, 200);
    assert_eq!(city.get(&format!("{path}/{own}")).status, 404);
    let mayor = Editor::new(&city, "starosta", VILLAGE);
    for method in ["GET", "PATCH", "DELETE"] {
        let theirs = mayor.send(
            method,
            &format!("{path}/{own}"),
            "\"1-1.cs\"",
            &feature(&json!({})),
        );
        let absent = mayor.send(
            method,
            &format!("{path}/0"),
            "\"1-1.cs\"",
            &feature(&json!({})),
        );
        assert_eq!(
            (theirs.status, theirs.text()),
            (404, absent.text()),
            "{method}"
        );
    }
}

#[test]
fn a_row_that_is_not_public_is_seen_by_its_editors_only() {
    let city = City::start();
    let (jana, mayor) = (
        Editor::new(&city, "jana", TOWN),
        Editor::new(&city, "starosta", VILLAGE),
    );
    let (path, etag) = jana.add_lamp(TOWN, "T-1");
    assert!(city.get(&path).json()["properties"].get("note").is_none());
    let hidden = jana.patch(&path, &etag, &json!({ "public": false, "note": "u školy" }));
    assert_eq!(hidden.header("cache-control"), "private, no-cache");
    assert_eq!(city.get(&path).status, 404);
    assert_eq!(mayor.get(&path).status, 404);
    let etag = hidden.header("etag");
    assert_eq!(mayor.send("DELETE", &path, etag, &Value::Null).status, 404);
    let seen = jana.get(&path);
    assert_eq!(seen.json()["properties"]["note"], "u školy");
    jana.patch(&path, seen.header("etag"), &json!({ "public": true }));
    assert_eq!(city.get(&path).status, 200);
    assert!(!city.get(&path).text().contains("u školy"));
}

#[test]
fn a_page_from_elsewhere_may_read_and_not_write() {
    let city = City::shared();
    for (path, methods) in [
        (LAMPS.to_owned(), "GET, HEAD, OPTIONS, POST"),
        (
            format!("{LAMPS}/1"),
            "GET, HEAD, OPTIONS, PATCH, PUT, DELETE",
        ),
    ] {
        let answer: Answer = city.ask("OPTIONS", &path, &[("origin", "https://elsewhere.example")]);
        assert_eq!((answer.status, answer.header("allow")), (204, methods));
        let shared = answer.header("access-control-allow-methods");
        assert_eq!(shared, "GET, HEAD, OPTIONS");
        let headers = answer.header("access-control-allow-headers");
        assert!(!headers.contains("Authorization"), "{headers}");
        assert_eq!(city.ask("TRACE", &path, &[]).header("allow"), methods);
    }
}
