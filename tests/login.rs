//! Who asks: logins in browsers, one-time links, tokens, and when each of them ends.

use serde_json::Value;

use crate::answer::Answer;
use crate::city::City;

mod accounts;
mod broker;
mod sessions;
mod tokens;
mod users;

const PASSWORD: &str = "koza leze pro vodu";
const FORM: &str = "application/x-www-form-urlencoded";

/// A browser that keeps one cookie, as far as HTTP sees it.
pub(crate) struct Browser<'a> {
    city: &'a City,
    cookie: String,
}

impl<'a> Browser<'a> {
    fn new(city: &'a City) -> Self {
        let cookie = String::new();
        Self { city, cookie }
    }

    /// Returns a browser in which a user with a password has logged in.
    fn logged_in(city: &'a City, name: &str) -> Self {
        let mut browser = Self::new(city);
        let answer = browser.log_in(name, PASSWORD);
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }

    fn log_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/login", &[("name", name), ("password", password)])
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let answer = self.city.get_with(path, &self.headers());
        self.keep_cookie(&answer);
        answer
    }

    /// Sends a form as a page of the city does.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, fields, &[("sec-fetch-site", "same-origin")])
    }

    fn post_with(&mut self, path: &str, fields: &[(&str, &str)], more: &[(&str, &str)]) -> Answer {
        let headers = [&self.headers()[..], more, &[("content-type", FORM)]].concat();
        let answer =
            Answer::try_send("POST", &self.city.url(path), &headers, form(fields)).unwrap();
        self.keep_cookie(&answer);
        answer
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        if self.cookie.is_empty() {
            Vec::new()
        } else {
            vec![("cookie", &self.cookie)]
        }
    }

    /// Returns the cookie by which it is known.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    fn keep_cookie(&mut self, answer: &Answer) {
        if let Some((cookie, _)) = answer.header("set-cookie").split_once(';') {
            let is_cleared = cookie.ends_with('=');
            self.cookie = if is_cleared {
                String::new()
            } else {
                cookie.to_owned()
            };
        }
    }

    /// Whether somebody is logged in.
    fn is_in(&mut self) -> bool {
        let answer = self.get("/account");
        assert!([200, 303].contains(&answer.status), "{}", answer.status);
        answer.status == 200
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        let byte = |b: u8| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Runs `obzor` on the city's instance; it must succeed.
fn obzor(city: &City, arguments: &[&str]) -> String {
    let (code, said) = city.obzor(arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said.trim().to_owned()
}

/// Adds a user with a password who edits the features of a municipality, and returns a browser in which they logged in.
pub(crate) fn logged_in<'a>(city: &'a City, name: &str, municipality: i64) -> Browser<'a> {
    add_user(city, name, &municipality.to_string());
    Browser::logged_in(city, name)
}

/// Adds a user with a password who edits the features of a municipality.
fn add_user(city: &City, name: &str, municipality: &str) {
    obzor(city, &["user", "add", name, "--municipality", municipality]);
    let link = obzor(city, &["user", "link", name]);
    let answer = accept(&mut Browser::new(city), &link, "", PASSWORD);
    assert_eq!(answer.status, 303, "{}", answer.text());
}

/// Follows a one-time link and fills in its form.
fn accept(browser: &mut Browser<'_>, link: &str, name: &str, password: &str) -> Answer {
    let (_, key) = link.split_once("key=").unwrap();
    let fields = [
        ("key", key),
        ("name", name),
        ("password", password),
        ("again", password),
    ];
    browser.post("/invitation", &fields)
}

/// Returns the one-time link that the server printed.
fn printed_link(city: &City) -> String {
    let log = city.log();
    let link = log
        .lines()
        .find(|line| line.contains("/invitation?key="))
        .unwrap();
    link.trim().to_owned()
}

/// Changes members of every record of a kind, as if time had passed.
fn rewrite(city: &City, kind: &str, member: &str, value: &Value) {
    let sql = if city.is_in_database() {
        format!(
            "UPDATE obzor_store.records SET body = jsonb_set(body::jsonb, '{{{member}}}', '{value}')::json
             WHERE kind = '{kind}'"
        )
    } else {
        format!(
            "UPDATE obzor_records SET body = json_set(body, '$.{member}', json('{value}')) WHERE kind = '{kind}'"
        )
    };
    city.execute(&sql);
}

/// Returns the audit log as it is printed, and the events of it that are meant, the oldest first.
fn events(city: &City, is_meant: impl Fn(&Value) -> bool) -> (String, Vec<Value>) {
    let found = obzor(city, &["audit", "search", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&found).unwrap();
    let events = rows.into_iter().rev().map(|row| row["event"].clone());
    let events = events.filter(is_meant).collect();
    (found, events)
}
