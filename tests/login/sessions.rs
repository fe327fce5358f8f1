//! Logins in browsers: what a cookie is good for, and when it ends.

use serde_json::json;
use test_postgres::Database;

use super::{Browser, PASSWORD, add_user, obzor, rewrite};
use crate::answer::Answer;
use crate::city::City;
use crate::edit::lamp;

const LAMPS: &str = "/collections/street-lights/items";

/// Adds a lamp with the cookie of a browser and these headers; returns the status.
fn add_lamp(browser: &Browser<'_>, code: &str, headers: &[(&str, &str)]) -> u16 {
    let url = browser.city.url(LAMPS);
    let kind = [("content-type", "application/geo+json")];
    let headers = [&browser.headers()[..], headers, &kind].concat();
    let body = lamp(562_971, code).to_string();
    Answer::try_send("POST", &url, &headers, body)
        .unwrap()
        .status
}

#[test]
fn a_cookie_writes_from_a_page_of_this_server_only() {
    let city = City::start();
    add_user(&city, "jana", "562971");
    let browser = Browser::logged_in(&city, "jana");
    let (own, other) = (city.url(""), "http://evil.example");
    let cases = [
        (vec![("sec-fetch-site", "same-origin")], 201),
        (vec![("origin", own.as_str())], 201),
        (vec![], 403),
        (vec![("origin", other)], 403),
        (vec![("origin", "null")], 403),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (vec![("sec-fetch-site", "none")], 403),
        (
            vec![("sec-fetch-site", "cross-site"), ("origin", own.as_str())],
            403,
        ),
    ];
    for (number, (headers, status)) in cases.into_iter().enumerate() {
        assert_eq!(
            add_lamp(&browser, &format!("T-{number}"), &headers),
            status,
            "{headers:?}"
        );
    }
    let send = |headers: &[(&str, &str)]| {
        let kind = [("content-type", "application/json")];
        let headers = [&browser.headers()[..], headers, &kind].concat();
        let answer = Answer::try_send("POST", &city.url("/operations"), &headers, "[]");
        answer.unwrap().status
    };
    assert_eq!(send(&[("sec-fetch-site", "same-origin")]), 200);
    assert_eq!(send(&[("origin", other)]), 403);
    // Nor is anybody logged in or out from elsewhere.
    let mut stranger = Browser::new(&city);
    for (path, headers) in [
        ("/login", vec![("origin", other)]),
        ("/logout", vec![("sec-fetch-site", "cross-site")]),
        ("/account/tokens", vec![]),
    ] {
        let fields = [("name", "jana"), ("password", PASSWORD)];
        assert_eq!(
            stranger.post_with(path, &fields, &headers).status,
            403,
            "{path}"
        );
        assert!(stranger.cookie.is_empty());
    }
}

#[test]
fn a_stolen_cookie_is_worth_nothing_after_logout() {
    for city in City::start_both() {
        add_user(&city, "jana", "562971");
        let mut browser = Browser::logged_in(&city, "jana");
        let mut thief = Browser {
            city: &city,
            cookie: browser.cookie.clone(),
        };
        assert!(thief.is_in());
        assert_eq!(browser.post("/logout", &[]).status, 303);
        assert!(browser.cookie.is_empty());
        let write = [("sec-fetch-site", "same-origin")];
        assert_eq!(add_lamp(&thief, "T-1", &write), 401);
        // Whoever brings it is nobody, reads as everybody does, and loses it.
        let cookie = thief.cookie.clone();
        let read = thief.get(&format!("{LAMPS}?limit=1"));
        assert_eq!(read.status, 200);
        assert!(!thief.is_in() && thief.cookie.is_empty(), "{cookie}");
    }
}

#[test]
fn a_session_ends_by_itself() {
    let city = City::start();
    add_user(&city, "jana", "562971");
    let now = chrono::Utc::now();
    for (member, hours, is_in) in [
        ("used_at", 1, true),
        ("used_at", 3, false),
        ("began_at", 23, true),
        ("began_at", 25, false),
    ] {
        let mut browser = Browser::logged_in(&city, "jana");
        let at = now - chrono::TimeDelta::hours(hours);
        rewrite(&city, "session", member, &json!(at));
        assert_eq!(browser.is_in(), is_in, "{member} {hours} hours ago");
        assert_eq!(browser.cookie.is_empty(), !is_in);
        obzor(&city, &["user", "sessions", "jana", "--end"]);
    }
}

#[test]
fn a_login_gets_a_cookie_of_its_own() {
    let city = City::start();
    add_user(&city, "jana", "562971");
    // A cookie that somebody planted before is not taken over.
    let mut browser = Browser::new(&city);
    browser.cookie = "obzor-session=planted".to_owned();
    let answer = browser.log_in("jana", PASSWORD);
    let header = answer.header("set-cookie");
    assert!(
        header.ends_with("; HttpOnly; SameSite=Lax; Path=/"),
        "{header}"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(browser.cookie.len(), "obzor-session=".len() + 64);
    let first = browser.cookie.clone();
    browser.log_in("jana", PASSWORD);
    assert_ne!(browser.cookie, first);
    let mut old = Browser {
        city: &city,
        cookie: first,
    };
    assert!(browser.is_in() && !old.is_in());
}

#[test]
fn behind_https_the_cookie_is_bound_to_the_host() {
    let city = City::start_on(|instance| {
        let file = instance.join("obzor.toml");
        let config = std::fs::read_to_string(&file).unwrap();
        std::fs::write(
            &file,
            format!("public_url = \"https://mapa.example\"\n{config}"),
        )
        .unwrap();
    });
    add_user(&city, "jana", "562971");
    let answer = Browser::new(&city).log_in("jana", PASSWORD);
    let header = answer.header("set-cookie");
    assert!(header.starts_with("__Host-obzor="), "{header}");
    assert!(
        header.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"),
        "{header}"
    );
    // Without the prefix another host could have planted it.
    let (_, secret) = header.split_once('=').unwrap();
    let plain = format!("obzor-session={}", secret.split_once(';').unwrap().0);
    assert_eq!(city.get_with("/account", &[("cookie", &plain)]).status, 303);
}

#[test]
fn a_login_works_and_ends_on_every_server() {
    let city = City::start_in(Database::fresh());
    let replica = city.replica(&[("OBZOR_STORE", city.database().url())]);
    add_user(&city, "jana", "562971");
    let mut here = Browser::logged_in(&city, "jana");
    let mut there = Browser {
        city: &replica,
        cookie: here.cookie.clone(),
    };
    assert!(there.is_in());
    here.post("/logout", &[]);
    assert!(!there.is_in());
}

#[test]
fn who_came_and_who_was_refused_is_written_down() {
    for city in City::start_both() {
        add_user(&city, "jana", "562971");
        let typed = "heslo misto jmena";
        assert_ne!(Browser::new(&city).log_in(typed, "nic").status, 303);
        let mut browser = Browser::logged_in(&city, "jana");
        assert_eq!(browser.post("/logout", &[]).status, 303);
        let found = obzor(&city, &["audit", "search", "--json"]);
        let rows: Vec<serde_json::Value> = serde_json::from_str(&found).unwrap();
        let acts = rows.iter().map(|row| {
            let event = &row["event"];
            format!("{} {}", event["actor"], event["act"])
        });
        let acts: std::collections::BTreeSet<_> = acts.collect();
        for act in [
            "\"?\" \"login-refused\"",
            "\"jana\" \"login\"",
            "\"jana\" \"logout\"",
        ] {
            assert!(acts.contains(act), "{act} is not in {acts:?}");
        }
        assert!(!found.contains(typed), "{found}");
    }
}
