//! Tokens of QGIS, GDAL and other programs.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_postgres::Database;

use super::{Browser, add_user, events, obzor, rewrite};
use crate::answer::Answer;
use crate::city::{City, run};

const TOWN: &str = "562971";

/// Returns the path of one of the town's lamps, hidden from the public.
fn hidden_lamp(city: &City, token: &str) -> String {
    let items = "/collections/street-lights/items";
    let page = city
        .get(&format!("{items}?limit=1&municipality_code={TOWN}"))
        .json();
    let path = format!("{items}/{}", page["features"][0]["id"].as_str().unwrap());
    let etag = city.get(&path).header("etag").to_owned();
    let hidden = patch(city, &path, token, &etag, &json!({ "public": false }));
    assert_eq!(hidden, 200);
    assert_eq!(city.get(&path).status, 404);
    path
}

fn patch(city: &City, path: &str, token: &str, etag: &str, properties: &Value) -> u16 {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("if-match", etag),
        ("content-type", "application/geo+json"),
    ];
    let body = json!({ "type": "Feature", "properties": properties }).to_string();
    Answer::try_send("PATCH", &city.url(path), &headers, body)
        .unwrap()
        .status
}

/// Asks by curl with a token as the password; returns the status.
fn curl(city: &City, path: &str, token: &str) -> String {
    let user = format!("qgis:{token}");
    let arguments = [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-u",
        &user,
        &city.url(path),
    ];
    run("curl", &arguments)
}

#[test]
fn a_token_is_made_in_the_browser_and_shown_once() {
    let city = City::start();
    add_user(&city, "jana", TOWN);
    let mut browser = Browser::logged_in(&city, "jana");
    let fields = [("name", "QGIS doma"), ("kind", "personal"), ("days", "90")];
    let page = browser.post("/account/tokens", &fields);
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, "no-store")
    );
    let (_, rest) = page.text().split_once("<code class=\"secret\">").unwrap();
    let token = rest.split_once('<').unwrap().0.to_owned();
    assert!(token.starts_with("obzor_") && token.len() == 70, "{token}");
    let path = format!("/collections/street-lights/items?limit=1&municipality_code={TOWN}");
    assert_eq!(curl(&city, &path, &token), "200");
    let again = browser.get("/account");
    assert!(again.text().contains("QGIS doma") && !again.text().contains(&token));
    for days in ["0", "367", "", "x"] {
        let fields = [("name", "x"), ("days", days)];
        assert_eq!(
            browser.post("/account/tokens", &fields).status,
            422,
            "{days}"
        );
    }
    // A token makes no tokens, nor sees the page of the account.
    let bearer = format!("Bearer {token}");
    assert_eq!(
        city.get_with("/account", &[("authorization", &bearer)])
            .status,
        303
    );
    // Its owner revokes it, nobody else.
    let id = obzor(&city, &["user", "list"]);
    let id = id
        .split("token ")
        .nth(1)
        .unwrap()
        .split_once(' ')
        .unwrap()
        .0
        .to_owned();
    add_user(&city, "petr", TOWN);
    let fields = [("token", id.as_str())];
    assert_eq!(
        Browser::logged_in(&city, "petr")
            .post("/account/tokens/revoke", &fields)
            .status,
        303
    );
    let lamp = browser.get(&path).json()["features"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let lamp = format!("/collections/street-lights/items/{lamp}");
    assert_eq!(curl(&city, &lamp, &token), "200");
    assert_eq!(browser.post("/account/tokens/revoke", &fields).status, 303);
    assert_eq!(curl(&city, &lamp, &token), "401");
}

#[test]
fn a_token_for_reading_writes_nothing() {
    let city = City::start();
    obzor(&city, &["user", "add", "jana", "--municipality", TOWN]);
    let writes = obzor(&city, &["user", "token", "jana"]);
    let reads = obzor(
        &city,
        &["user", "token", "jana", "--read-only", "--label", "QGIS"],
    );
    let path = hidden_lamp(&city, &writes);
    let bearer = format!("Bearer {reads}");
    let seen = city.get_with(&path, &[("authorization", &bearer)]);
    assert_eq!(seen.status, 200);
    let etag = seen.header("etag");
    assert_eq!(
        patch(&city, &path, &reads, etag, &json!({ "circuit": "7" })),
        403
    );
    assert_eq!(
        patch(&city, &path, &writes, etag, &json!({ "circuit": "7" })),
        200
    );
    let list = obzor(&city, &["user", "list"]);
    assert!(
        list.contains("jen čte") && list.contains("„QGIS“, použit"),
        "{list}"
    );
}

#[test]
fn a_token_may_be_for_fewer_municipalities() {
    let city = City::start();
    obzor(&city, &["user", "add", "jana", "--all-municipalities"]);
    let whole = obzor(&city, &["user", "token", "jana"]);
    let narrow = obzor(
        &city,
        &["user", "token", "jana", "--municipality", "564729"],
    );
    let path = hidden_lamp(&city, &whole);
    let status = |token: &str| {
        let bearer = format!("Bearer {token}");
        city.get_with(&path, &[("authorization", &bearer)]).status
    };
    assert_eq!((status(&whole), status(&narrow)), (200, 404));
    // A role that holds everywhere gives nothing to such a token.
    obzor(&city, &["user", "add", "eva", "--role", "administrator"]);
    let [whole, narrow] = [&[][..], &["--municipality", "564729"]]
        .map(|only| obzor(&city, &[&["user", "token", "eva"], only].concat()));
    assert_eq!((status(&whole), status(&narrow)), (200, 404));
}

#[test]
fn ogrinfo_reads_with_a_token_as_the_password() {
    let city = City::start();
    obzor(&city, &["user", "add", "jana", "--municipality", TOWN]);
    let token = obzor(&city, &["user", "token", "jana"]);
    let path = hidden_lamp(&city, &token);
    let read = |token: &str| {
        let output = Command::new("ogrinfo")
            .args([
                "-ro",
                "-al",
                "-so",
                &format!("GeoJSON:{}?f=json", city.url(&path)),
            ])
            .env("GDAL_HTTP_USERPWD", format!("jana:{token}"))
            .env("GDAL_HTTP_AUTH", "BASIC")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).contains("Feature Count: 1")
    };
    assert!(read(&token));
    assert!(!read("obzor_wrong"));
    obzor(&city, &["user", "revoke", "jana"]);
    assert!(!read(&token));
}

#[test]
fn a_revoked_token_stops_within_a_second_on_every_server() {
    let city = City::start_in(Database::fresh());
    let replica = city.replica(&[("OBZOR_STORE", city.database().url())]);
    obzor(&city, &["user", "add", "jana", "--municipality", TOWN]);
    let token = obzor(&city, &["user", "token", "jana"]);
    let path = hidden_lamp(&city, &token);
    let list = obzor(&city, &["user", "list"]);
    let id = list
        .split("token ")
        .nth(1)
        .unwrap()
        .split_once(' ')
        .unwrap()
        .0
        .to_owned();
    for server in [&city, &replica] {
        assert_eq!(curl(server, &path, &token), "200");
    }
    obzor(&city, &["user", "revoke", "jana", "--token", &id]);
    let start = Instant::now();
    for server in [&city, &replica] {
        assert_eq!(curl(server, &path, &token), "401");
    }
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    // A disabled user's tokens rest.
    let token = obzor(&city, &["user", "token", "jana"]);
    for (act, status) in [("disable", "401"), ("enable", "200")] {
        obzor(&city, &["user", act, "jana"]);
        for server in [&city, &replica] {
            assert_eq!(curl(server, &path, &token), status, "{act}");
        }
    }
}

/// Makes a token with the form of the account and returns it.
fn made(browser: &mut Browser<'_>, choices: &[(&str, &str)]) -> String {
    let fields = [&[("name", "QGIS"), ("days", "9")], choices].concat();
    let page = browser.post("/account/tokens", &fields);
    let (_, rest) = page.text().split_once("<code class=\"secret\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// Tries to add, change and remove lamps of a municipality that could not be so; returns the statuses.
fn tried(city: &City, token: &str, municipality: i64) -> [u16; 3] {
    let items = "/collections/street-lights/items";
    let page = city.get(&format!("{items}?limit=1&municipality_code={municipality}"));
    let lamp = page.json()["features"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (bearer, lamp) = (format!("Bearer {token}"), format!("{items}/{lamp}"));
    let headers = [
        ("authorization", bearer.as_str()),
        ("if-match", "\"0.cs.0\""),
        ("content-type", "application/geo+json"),
    ];
    let body = json!({ "properties": { "municipality_code": municipality } }).to_string();
    [("POST", items), ("PATCH", &lamp), ("DELETE", &lamp)].map(|(method, path)| {
        let body = if method == "DELETE" { "" } else { &body };
        Answer::try_send(method, &city.url(path), &headers, body)
            .unwrap()
            .status
    })
}

#[test]
fn a_token_does_less_than_its_maker_and_never_more() {
    let city = City::start();
    let (town, other, foreign) = (562_971, 563_099, 564_729);
    add_user(&city, "jana", TOWN);
    let both = ["--municipality", TOWN, "563099"];
    obzor(
        &city,
        &[&["user", "grant", "jana", "--role", "editor"][..], &both].concat(),
    );
    let mut jana = Browser::logged_in(&city, "jana");
    let all = [
        ("operation", "create"),
        ("operation", "update"),
        ("operation", "delete"),
    ];
    let whole = made(&mut jana, &all);
    let reads = made(&mut jana, &[]);
    let mends = made(
        &mut jana,
        &[("operation", "update"), ("municipality", TOWN)],
    );
    let greedy = made(
        &mut jana,
        &[&all[..], &[("municipality", "564729")]].concat(),
    );
    // Who may is told 422 or 412, because nothing else of it is right; who may not, 403.
    assert_eq!(tried(&city, &whole, town), [422, 412, 412]);
    assert_eq!(tried(&city, &whole, other), [422, 412, 412]);
    assert_eq!(tried(&city, &whole, foreign), [403, 403, 403]);
    assert_eq!(tried(&city, &reads, town), [403, 403, 403]);
    assert_eq!(tried(&city, &mends, town), [403, 412, 403]);
    assert_eq!(tried(&city, &mends, other), [403, 403, 403]);
    assert_eq!(tried(&city, &greedy, foreign), [403, 403, 403]);
    let page = jana.get("/account");
    assert!(
        page.text().contains("číst, měnit – Chomutov"),
        "{}",
        page.text()
    );
    // What its maker loses, it loses too.
    obzor(
        &city,
        &[
            "user",
            "grant",
            "jana",
            "--role",
            "editor",
            "--municipality",
            "563099",
        ],
    );
    assert_eq!(tried(&city, &whole, town), [403, 403, 403]);
    assert_eq!(tried(&city, &whole, other), [422, 412, 412]);
    assert_eq!(tried(&city, &mends, town), [403, 403, 403]);
    // Nor does it get back more than it had.
    obzor(&city, &["user", "grant", "jana", "--role", "administrator"]);
    assert_eq!(tried(&city, &mends, town), [403, 412, 403]);
    assert_eq!(tried(&city, &mends, other), [403, 403, 403]);
}

#[test]
fn refused_tokens_are_written_down_and_a_flood_of_them_is_not() {
    let city = City::start();
    for name in ["jana", "petr"] {
        obzor(&city, &["user", "add", name, "--municipality", TOWN]);
    }
    let [revoked, rests, ended] =
        ["jana", "jana", "petr"].map(|name| obzor(&city, &["user", "token", name]));
    obzor(&city, &["user", "revoke", "jana"]);
    let rests_now = obzor(&city, &["user", "token", "jana"]);
    obzor(&city, &["user", "disable", "jana"]);
    rewrite(&city, "token", "expires_at", &json!("2026-01-01T00:00:00Z"));
    drop(rests);
    let path = "/collections/street-lights/items?limit=1";
    let password = "koza leze pro vodu";
    for shown in [&revoked, &rests_now, &ended, password] {
        assert_eq!(curl(&city, path, shown), "401");
    }
    for number in 0..30 {
        assert_eq!(curl(&city, path, &format!("obzor_{number}")), "401");
    }
    let (found, refused) = events(&city, |event| event["act"] == "login-refused");
    let told = refused.iter().map(|event| {
        assert_eq!(
            (&event["actor"], &event["address"]),
            (&json!("?"), &json!("127.0.0.1"))
        );
        let subject = event["subject"].as_str().unwrap_or("-");
        let words: Vec<_> = subject.split(' ').enumerate().collect();
        // Which token it is changes from run to run.
        let words = words
            .iter()
            .map(|(place, word)| if *place == 1 { "…" } else { word });
        (words.collect::<Vec<_>>().join(" "), event["times"].as_u64())
    });
    let nothing = ("-".to_owned(), None);
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("token …".to_owned(), None),
            ("token … of jana".to_owned(), None),
            ("token … of petr".to_owned(), None),
            nothing.clone(),
            nothing.clone(),
            (nothing.0, Some(5)),
        ]
    );
    for secret in [&revoked, &rests_now, &ended, password] {
        assert!(!found.contains(secret), "{secret}");
    }
    // The event of a token that was revoked and the one of its use name it alike.
    let (_, revocations) = events(&city, |event| event["act"] == "token-revoked");
    let name = refused[0]["subject"].as_str().unwrap();
    let is_named = |event: &Value| event["before"].as_str().unwrap().starts_with(name);
    assert!(revocations.iter().any(is_named), "{name}: {revocations:?}");
}
