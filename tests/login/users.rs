//! The pages of users: what an administrator does there, and that nobody else finds them.

use std::time::{Duration, Instant};

use serde_json::Value;
use test_postgres::Database;

use super::{Browser, PASSWORD, accept, add_user, events, obzor};
use crate::answer::Answer;
use crate::city::City;

const TOWN: &str = "562971";
const LAMPS: &str = "/collections/street-lights/items";

/// Adds somebody with a password who manages users.
fn add_administrator(city: &City, name: &str) {
    obzor(city, &["user", "add", name, "--role", "administrator"]);
    let link = obzor(city, &["user", "link", name]);
    assert_eq!(
        accept(&mut Browser::new(city), &link, "", PASSWORD).status,
        303
    );
}

/// Returns every way through a door of users, as the rights matrix lists them.
fn doors() -> Vec<(String, String)> {
    let lines = include_str!("../../docs/rights-matrix.md").lines();
    let doors: Vec<_> = lines
        .filter_map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let [_, path, methods, "administrators who are logged in", _] = cells[..] else {
                return None;
            };
            let method = methods.split(',').next()?;
            Some((method.to_owned(), path.trim_matches('`').to_owned()))
        })
        .collect();
    assert!(doors.len() >= 10, "{doors:?}");
    doors
}

/// Gives somebody every role of the policy but the administrator's.
fn grant_every_other_role(city: &City, name: &str) {
    let policy: toml::Table = include_str!("../../layers/policy.toml").parse().unwrap();
    let roles = policy["roles"].as_array().unwrap().iter();
    let roles = roles.map(|role| role["id"].as_str().unwrap());
    for role in roles.filter(|role| *role != "administrator") {
        let mut grant = vec!["user", "grant", name, "--role", role];
        if ["editor", "field-worker"].contains(&role) {
            grant.push("--all-municipalities");
        }
        obzor(city, &grant);
    }
}

/// Returns the one-time link that a page shows.
fn shown_link(page: &Answer) -> String {
    let (_, rest) = page.text().split_once("<code class=\"secret\">").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// Tries to add a lamp that is not right; whoever may add one is told that (422).
fn try_to_add(server: &City, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let kind = "application/geo+json";
    let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
    let body = format!("{{\"properties\":{{\"municipality_code\":{TOWN}}}}}");
    let answer = Answer::try_send("POST", &server.url(LAMPS), &headers, body);
    answer.unwrap().status
}

#[test]
fn only_an_administrator_finds_the_pages_of_users() {
    let city = City::start();
    add_user(&city, "petr", TOWN);
    add_administrator(&city, "karel");
    grant_every_other_role(&city, "petr");
    let token = format!("Bearer {}", obzor(&city, &["user", "token", "karel"]));
    obzor(&city, &["user", "add", "eva", "--role", "planner"]);
    let (mut petr, mut karel) = (
        Browser::logged_in(&city, "petr"),
        Browser::logged_in(&city, "karel"),
    );
    for (method, path) in doors() {
        let path = path.replace("{name}", "eva");
        let ask = |browser: &mut Browser<'_>, path: &str| match method.as_str() {
            "GET" => browser.get(path),
            _ => browser.post(path, &[]),
        };
        let (hidden, absent) = (ask(&mut petr, &path), ask(&mut petr, "/nic-takoveho"));
        assert_eq!(
            (hidden.status, hidden.text()),
            (404, absent.text()),
            "{path}"
        );
        let stranger = ask(&mut Browser::new(&city), &path);
        assert_eq!(stranger.status, 303, "{path}");
        assert!(stranger.header("location").starts_with("/login?"), "{path}");
        // Whoever has a token of an administrator is not logged in.
        let headers = [
            ("authorization", token.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        assert_eq!(city.ask(&method, &path, &headers).status, 303, "{path}");
        // Nor does a page from elsewhere do anything in the name of one.
        if method == "POST" {
            let elsewhere = [("sec-fetch-site", "cross-site")];
            assert_eq!(
                karel.post_with(&path, &[], &elsewhere).status,
                403,
                "{path}"
            );
        }
        let status = ask(&mut karel, &path).status;
        assert!(
            [200, 303, 422].contains(&status),
            "{method} {path}: {status}"
        );
    }
    assert_eq!(karel.get("/users/nikdo").status, 404);
    assert_eq!(karel.post("/users/nikdo/disable", &[]).status, 404);
    let mut stranger = Browser::new(&city);
    assert!(
        stranger
            .get("/users")
            .header("location")
            .ends_with("next=%2Fusers")
    );
}

#[test]
fn what_an_administrator_changes_holds_at_once_on_every_server() {
    let city = City::start_in(Database::fresh());
    let replica = city.replica(&[("OBZOR_STORE", city.database().url())]);
    add_administrator(&city, "karel");
    let mut karel = Browser::logged_in(&city, "karel");
    let mut change = |path: &str, fields: &[(&str, &str)]| {
        let answer = karel.post(path, fields);
        assert!(
            [200, 303].contains(&answer.status),
            "{path}: {}",
            answer.text()
        );
        answer
    };
    let editor = [("name", "jana"), ("role", "editor"), ("municipality", TOWN)];
    assert_eq!(
        change("/users", &editor).header("location"),
        "/users/jana?lang=cs"
    );
    let link = shown_link(&change("/users/jana/link", &[]));
    assert_eq!(
        accept(&mut Browser::new(&city), &link, "", PASSWORD).status,
        303
    );
    let token = obzor(&city, &["user", "token", "jana"]);
    let mut jana = Browser::logged_in(&city, "jana");
    let mut expect = |expected: u16, is_in: bool, what: &str| {
        let start = Instant::now();
        for server in [&city, &replica] {
            assert_eq!(try_to_add(server, &token), expected, "{what}");
            let mut there = Browser {
                city: server,
                cookie: jana.cookie.clone(),
            };
            assert_eq!(there.is_in(), is_in, "{what}");
        }
        let took = start.elapsed();
        assert!(took < Duration::from_secs(1), "{what}: {took:?}");
        if !is_in {
            jana.log_in("jana", PASSWORD);
        }
    };
    expect(422, true, "an editor");
    change("/users/jana/roles/withdraw", &[("role", "editor")]);
    expect(403, true, "no role");
    change(
        "/users/jana/roles",
        &[("role", "editor"), ("municipality", "563099")],
    );
    expect(403, true, "an editor of elsewhere");
    change("/users/jana/roles", &[("role", "editor"), ("all", "yes")]);
    expect(422, true, "an editor of all");
    change("/users/jana/sessions/end", &[]);
    expect(422, false, "without logins");
    change("/users/jana/disable", &[]);
    expect(401, false, "disabled");
    change("/users/jana/enable", &[]);
    expect(422, false, "enabled");
    change("/users/jana/tokens/revoke", &[]);
    expect(401, true, "without tokens");
}

#[test]
fn the_last_administrator_who_can_log_in_stays() {
    let city = City::start();
    add_administrator(&city, "karel");
    // One who has never set a password cannot log in either.
    obzor(&city, &["user", "add", "eva", "--role", "administrator"]);
    let mut karel = Browser::logged_in(&city, "karel");
    let role = [("role", "administrator")];
    for (path, fields) in [
        ("/users/karel/disable", &[][..]),
        ("/users/karel/roles/withdraw", &role),
    ] {
        let answer = karel.post(path, fields);
        assert_eq!(answer.status, 422);
        let told = "karel je jediný správce, který se může přihlásit";
        assert!(answer.text().contains(told), "{}", answer.text());
    }
    let (code, said) = city.obzor(&["user", "disable", "karel"]);
    assert!(
        code == Some(3) && said.contains("only administrator"),
        "{said}"
    );
    add_administrator(&city, "adam");
    assert_eq!(karel.post("/users/karel/roles/withdraw", &role).status, 303);
    assert_eq!(karel.get("/users").status, 404);
    let (code, _) = city.obzor(&["user", "withdraw", "adam", "--role", "administrator"]);
    assert_eq!(code, Some(3));
}

#[test]
fn a_form_that_is_not_right_changes_nothing() {
    let city = City::start();
    add_administrator(&city, "karel");
    let mut karel = Browser::logged_in(&city, "karel");
    let before = obzor(&city, &["user", "list"]);
    let cases: [&[(&str, &str)]; 7] = [
        &[("name", "jana"), ("role", "editor")],
        &[("name", "jana"), ("role", "editor"), ("municipality", "1")],
        &[("name", "jana"), ("role", "editor"), ("municipality", "x")],
        &[
            ("name", "jana"),
            ("role", "planner"),
            ("municipality", TOWN),
        ],
        &[("name", "jana"), ("role", "nic"), ("all", "yes")],
        &[("name", ".."), ("role", "planner")],
        &[("name", "karel"), ("role", "planner")],
    ];
    for fields in cases {
        let answer = karel.post("/users", fields);
        assert_eq!(answer.status, 422, "{fields:?}");
        assert!(answer.text().contains("role=\"alert\""));
    }
    assert_eq!(obzor(&city, &["user", "list"]), before);
}

/// Says who did what, and what was before and after.
fn in_words(event: &Value) -> String {
    let of = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
    // Whose account of the system it is, and which token, changes from run to run.
    let actor = match of("role").as_str() {
        "command line" => "clerk".to_owned(),
        _ => of("actor"),
    };
    let [before, after] = ["before", "after"].map(|name| {
        let text = of(name);
        let rest = text.split_once(": ").map(|(_, rest)| rest.to_owned());
        rest.unwrap_or(text)
    });
    format!(
        "{actor} as {}: {}, {before} > {after}",
        of("role"),
        of("act")
    )
}

#[test]
fn every_change_of_an_account_says_who_whom_and_what() {
    for city in City::start_both() {
        add_administrator(&city, "karel");
        let mut karel = Browser::logged_in(&city, "karel");
        karel.post(
            "/users",
            &[("name", "jana"), ("role", "editor"), ("municipality", TOWN)],
        );
        karel.post("/users/jana/roles", &[("role", "planner")]);
        let link = shown_link(&karel.post("/users/jana/link", &[]));
        assert_eq!(
            accept(&mut Browser::new(&city), &link, "", PASSWORD).status,
            303
        );
        let token = obzor(&city, &["user", "token", "jana", "--read-only"]);
        obzor(&city, &["user", "revoke", "jana"]);
        karel.post("/users/jana/sessions/end", &[]);
        karel.post("/users/jana/disable", &[]);
        obzor(&city, &["user", "remove", "jana"]);
        let (found, of_jana) = events(&city, |event| event["subject"] == "jana");
        let told: Vec<_> = of_jana.iter().map(in_words).collect();
        let admin = "karel as administrator";
        let clerk = "clerk as command line";
        assert_eq!(
            told,
            [
                format!("{admin}: user-changed, - > editor {TOWN}"),
                format!("{admin}: user-changed, editor {TOWN} > editor {TOWN}, planner"),
                format!("{admin}: link-made, - > -"),
                "jana as one-time link: password-set, - > -".to_owned(),
                format!("{clerk}: token-issued, - > read"),
                format!("{clerk}: token-revoked, read > -"),
                format!("{admin}: sessions-ended, - > -"),
                format!(
                    "{admin}: user-changed, editor {TOWN}, planner > editor {TOWN}, planner; disabled"
                ),
                format!("{clerk}: user-changed, editor {TOWN}, planner; disabled > -"),
            ]
        );
        let key = link.split_once("key=").unwrap().1;
        for secret in [PASSWORD, &token, key] {
            assert!(!found.contains(secret), "{secret}");
        }
        // Each event says by which request it came, or that it came by none.
        let (_, all) = events(&city, |event| event["act"] != "anchor");
        for event in all {
            assert!(event["request"].is_string(), "{event}");
            assert!(event["role"].is_string(), "{event}");
        }
        obzor(&city, &["audit", "verify"]);
    }
}
