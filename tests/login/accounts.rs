//! Passwords and one-time links.

use std::time::{Duration, Instant};

use super::{Browser, PASSWORD, accept, add_user, obzor, printed_link, rewrite};
use crate::city::City;

#[test]
fn the_first_to_come_becomes_the_administrator_once() {
    let city = City::start();
    let link = printed_link(&city);
    let path = link.split_once(&city.url("")).unwrap().1.to_owned();
    let mut browser = Browser::new(&city);
    // Looking at the link does not use it up, nor does a form that is not right.
    for _ in 0..2 {
        assert_eq!(browser.get(&path).status, 200);
    }
    assert_eq!(accept(&mut browser, &link, "karel", "koza").status, 422);
    assert_eq!(accept(&mut browser, &link, "karel!", PASSWORD).status, 422);
    let answer = accept(&mut browser, &link, "karel", PASSWORD);
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/account")
    );
    assert!(browser.is_in());
    let list = obzor(&city, &["user", "list"]);
    assert!(
        list.starts_with("karel: ") && list.contains("má heslo"),
        "{list}"
    );
    let mut second = Browser::new(&city);
    assert_eq!(accept(&mut second, &link, "petr", PASSWORD).status, 404);
    assert_eq!(second.get(&path).status, 404);
    // Nobody is invited where there is a user.
    let city = city.restart();
    let log = city.log();
    assert!(!log.contains("/invitation"), "{log}");
    assert!(Browser::new(&city).log_in("karel", PASSWORD).status == 303);
}

#[test]
fn the_first_link_works_for_a_day_and_while_there_is_nobody() {
    let city = City::start();
    let link = printed_link(&city);
    let city = city.restart();
    assert!(!city.log().contains("/invitation"), "it is still unused");
    obzor(&city, &["user", "add", "jana", "--all-municipalities"]);
    assert_eq!(
        accept(&mut Browser::new(&city), &link, "eva", PASSWORD).status,
        404
    );
    obzor(&city, &["user", "remove", "jana"]);
    rewrite(
        &city,
        "one-time-link",
        "ends_at",
        &"2026-01-01T00:00:00Z".into(),
    );
    assert_eq!(
        accept(&mut Browser::new(&city), &link, "eva", PASSWORD).status,
        404
    );
    let city = city.restart();
    let answer = accept(
        &mut Browser::new(&city),
        &printed_link(&city),
        "eva",
        PASSWORD,
    );
    assert_eq!(answer.status, 303);
}

#[test]
fn nobody_learns_who_has_an_account() {
    let city = City::start();
    add_user(&city, "jana", "562971");
    obzor(&city, &["user", "add", "bez-hesla", "--all-municipalities"]);
    let mut browser = Browser::new(&city);
    let mut told = Vec::new();
    let mut slowest = Duration::ZERO;
    let mut fastest = Duration::MAX;
    for name in ["jana", "nikdo", "bez-hesla", "jana", "nikdo", "bez-hesla"] {
        let start = Instant::now();
        let answer = browser.log_in(name, "jiné heslo, delší");
        (slowest, fastest) = (slowest.max(start.elapsed()), fastest.min(start.elapsed()));
        assert_eq!(answer.status, 403);
        told.push(answer.text().to_owned());
    }
    assert!(told.iter().all(|text| *text == told[0]));
    // All of them hash a password, which is most of the time that an answer takes.
    assert!(fastest * 10 > slowest, "{fastest:?} {slowest:?}");
    assert!(!browser.is_in());
}

#[test]
fn guessing_is_slow() {
    let city = City::start();
    add_user(&city, "jana", "562971");
    let mut browser = Browser::new(&city);
    let guesses: Vec<_> = (0..12)
        .map(|n| browser.log_in("jana", &format!("pokus {n}")))
        .collect();
    let statuses: Vec<_> = guesses.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [[403; 10].to_vec(), [429; 2].to_vec()].concat());
    let wait: u64 = guesses[10].header("retry-after").parse().unwrap();
    assert!((600..=901).contains(&wait), "{wait}");
    // Nor does the right one help now; others come in.
    assert_eq!(browser.log_in("jana", PASSWORD).status, 429);
    add_user(&city, "petr", "562971");
    Browser::logged_in(&city, "petr");
}

#[test]
fn a_password_is_changed_by_who_knows_it() {
    let city = City::start();
    add_user(&city, "jana", "562971");
    let (mut here, mut elsewhere) = (
        Browser::logged_in(&city, "jana"),
        Browser::logged_in(&city, "jana"),
    );
    let before = here.cookie.clone();
    let mut change = |current: &str, password: &str, again: &str| {
        let fields = [
            ("current", current),
            ("password", password),
            ("again", again),
        ];
        here.post("/account/password", &fields).status
    };
    assert_eq!(
        change("něco jiného", "nové heslo je tu", "nové heslo je tu"),
        422
    );
    assert_eq!(change(PASSWORD, "krátké", "krátké"), 422);
    assert_eq!(
        change(PASSWORD, "nové heslo je tu", "nové heslo je jinde"),
        422
    );
    assert!(elsewhere.is_in());
    assert_eq!(
        change(PASSWORD, "nové heslo je tu", "nové heslo je tu"),
        303
    );
    assert!(here.is_in() && here.cookie != before);
    assert!(!elsewhere.is_in());
    assert_eq!(elsewhere.log_in("jana", PASSWORD).status, 403);
    assert_eq!(elsewhere.log_in("jana", "nové heslo je tu").status, 303);
}

#[test]
fn the_command_line_sets_a_password_and_ends_logins() {
    let city = City::start();
    add_user(&city, "jana", "562971");
    let mut browser = Browser::logged_in(&city, "jana");
    let link = obzor(&city, &["user", "link", "jana"]);
    let (code, said) = city.obzor(&["user", "password", "jana"]);
    assert_eq!(
        code,
        Some(3),
        "no password comes from an empty input: {said}"
    );
    assert!(browser.is_in());
    obzor_with_input(&city, &["user", "password", "jana"], "docela nové heslo\n");
    assert!(!browser.is_in());
    assert_eq!(browser.log_in("jana", "docela nové heslo").status, 303);
    // A link that was made before does not work any more.
    assert_eq!(
        accept(&mut Browser::new(&city), &link, "", PASSWORD).status,
        404
    );
    obzor(&city, &["user", "disable", "jana"]);
    assert!(!browser.is_in());
    assert_eq!(browser.log_in("jana", "docela nové heslo").status, 403);
    obzor(&city, &["user", "enable", "jana"]);
    assert!(!browser.is_in(), "a login that ended stays ended");
    assert_eq!(browser.log_in("jana", "docela nové heslo").status, 303);
    obzor(&city, &["user", "remove", "jana"]);
    assert!(!browser.is_in());
    let (code, _) = city.obzor(&["user", "password", "nikdo"]);
    assert_eq!(code, Some(3));
}

fn obzor_with_input(city: &City, arguments: &[&str], input: &str) {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut program = Command::new(env!("CARGO_BIN_EXE_obzor"))
        .args(arguments)
        .arg("--instance")
        .arg(city.instance())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    program
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    assert!(program.wait().unwrap().success());
}
