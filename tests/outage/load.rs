//! Fifty requests a second: maps that want tiles, readers of features, and editors who do as the documentation says.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{PAGE, TILE};
use crate::answer::Answer;
use crate::city::{City, run};
use crate::replicas::{Times, say};

/// How often each of the ten asks.
const TURN: Duration = Duration::from_millis(200);
const TOWN: i64 = 562_971;
const LAMPS: &str = "/collections/street-lights/items";

/// What all of them saw.
#[derive(Default)]
pub(super) struct All {
    pub(super) tiles: Seen,
    pub(super) pages: Seen,
    pub(super) changes: Seen,
    pub(super) creates: Seen,
    took: Duration,
}

/// Lets ten ask a city until something is done.
pub(super) fn on(city: &City, until_done: impl FnOnce()) -> All {
    let token = &token(city, TOWN);
    let lamps = city.psql(&format!(
        "SELECT id FROM obzor.\"street-lights\" WHERE municipality_code = {TOWN} AND public ORDER BY fid LIMIT 2"
    ));
    let stop = &AtomicBool::new(false);
    let client = || Client {
        city,
        stop,
        token,
        seen: Seen::default(),
    };
    let mut all = All::default();
    let start = Instant::now();
    thread::scope(|scope| {
        let maps = [(); 5]
            .map(|()| client())
            .map(|one| scope.spawn(|| one.read(TILE)));
        let readers = [(); 2]
            .map(|()| client())
            .map(|one| scope.spawn(|| one.read(PAGE)));
        let paths = lamps.lines().map(|id| (client(), format!("{LAMPS}/{id}")));
        let changing: Vec<_> = paths
            .map(|(one, path)| scope.spawn(move || one.change(&path)))
            .collect();
        let one = client();
        let creating = scope.spawn(|| one.create(TOWN));
        until_done();
        stop.store(true, Ordering::Relaxed);
        for (to, from) in [
            (&mut all.tiles, maps.into_iter().collect()),
            (&mut all.pages, readers.into_iter().collect()),
            (&mut all.changes, changing),
            (&mut all.creates, vec![creating]),
        ] {
            let from: Vec<ScopedJoinHandle<'_, Seen>> = from;
            for one in from {
                to.add(one.join().unwrap());
            }
        }
    });
    all.took = start.elapsed();
    all
}

impl All {
    pub(super) fn print(&mut self) {
        let kinds = [
            ("tiles", &mut self.tiles),
            ("features", &mut self.pages),
            ("changes", &mut self.changes),
            ("new features", &mut self.creates),
        ];
        let asked: usize = kinds.iter().map(|(_, seen)| seen.asked).sum();
        let rate = asked as f64 / self.took.as_secs_f64();
        say(&format!("{asked} requests, {rate:.0} per second:"));
        for (what, seen) in kinds {
            seen.answered.print(&format!("  {what} answered"));
            seen.refused.print(&format!("  {what} refused"));
        }
    }
}

/// What one of the ten saw.
#[derive(Default)]
pub(super) struct Seen {
    asked: usize,
    pub(super) answered: Times,
    pub(super) refused: Times,
    /// What was to be written, each thing once.
    pub(super) written: usize,
}

impl Seen {
    fn note(&mut self, answer: &Answer, start: Instant) {
        self.asked += 1;
        let times = if answer.status == 503 {
            assert!(!answer.header("retry-after").is_empty());
            &mut self.refused
        } else {
            &mut self.answered
        };
        times.0.push(start.elapsed());
    }

    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.answered.0.extend(other.answered.0);
        self.refused.0.extend(other.refused.0);
        self.written += other.written;
    }
}

/// Somebody who asks again and again, until told to stop.
struct Client<'a> {
    city: &'a City,
    stop: &'a AtomicBool,
    token: &'a str,
    seen: Seen,
}

impl Client<'_> {
    /// Gets a path; tiles must come whatever happens.
    fn read(mut self, path: &str) -> Seen {
        while !self.stop.load(Ordering::Relaxed) {
            let start = Instant::now();
            let answer = self.city.get(path);
            self.seen.note(&answer, start);
            let always = path == TILE;
            assert!(answer.status == 200 || (!always && answer.status == 503));
            thread::sleep(TURN.saturating_sub(start.elapsed()));
        }
        self.seen
    }

    /// Changes a lamp again and again.
    fn change(mut self, path: &str) -> Seen {
        let mut etag = self
            .send("GET", path, "", &Value::Null)
            .header("etag")
            .to_owned();
        while !self.stop.load(Ordering::Relaxed) {
            let circuit = format!("{}", self.seen.written);
            let body = json!({ "type": "Feature", "properties": { "circuit": circuit } });
            let (answer, may_be_written) = self.insist("PATCH", path, &etag, &body);
            match answer.status {
                200 => {}
                412 => {
                    assert!(may_be_written, "a server said that nothing was written");
                    let current = &answer.json()["current"]["properties"]["circuit"];
                    assert_eq!(*current, circuit.as_str(), "the edit is lost");
                }
                other => panic!("{other}: {}", answer.text()),
            }
            answer.header("etag").clone_into(&mut etag);
            self.seen.written += 1;
        }
        self.seen
    }

    /// Adds lamps, each with an id of its own.
    fn create(mut self, municipality: i64) -> Seen {
        while !self.stop.load(Ordering::Relaxed) {
            let id = Uuid::now_v7().to_string();
            let mut body = crate::edit::lamp(municipality, &id);
            body["id"] = json!(id);
            let (answer, may_be_written) = self.insist("POST", LAMPS, "", &body);
            match answer.status {
                201 => assert!(answer.header("location").ends_with(&id)),
                409 => {
                    assert!(may_be_written, "a server said that nothing was written");
                    assert_eq!(answer.json()["current"]["id"], id);
                }
                other => panic!("{other}: {}", answer.text()),
            }
            self.seen.written += 1;
        }
        self.seen
    }

    /// Sends the same until it is not told to wait; and whether it was ever told that the outcome is unknown.
    fn insist(&mut self, method: &str, path: &str, etag: &str, body: &Value) -> (Answer, bool) {
        let mut is_unknown = false;
        loop {
            let start = Instant::now();
            let answer = self.send(method, path, etag, body);
            self.seen.note(&answer, start);
            thread::sleep(TURN.saturating_sub(start.elapsed()));
            if answer.status != 503 {
                return (answer, is_unknown);
            }
            is_unknown |= answer.text().contains("Nevíme");
        }
    }

    fn send(&self, method: &str, path: &str, etag: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", bearer.as_str()),
            ("content-type", "application/geo+json"),
        ];
        if !etag.is_empty() {
            headers.push(("if-match", etag));
        }
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        Answer::try_send(method, &self.city.url(path), &headers, text).unwrap()
    }
}

/// Adds an editor and returns a token.
pub(crate) fn token(city: &City, municipality: i64) -> String {
    let obzor = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_obzor"))
            .args(arguments)
            .arg("--instance")
            .arg(city.instance())
            .env("OBZOR_STORE", city.database().url())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let code = municipality.to_string();
    obzor(&["user", "add", "jana", "--municipality", &code]);
    obzor(&["user", "token", "jana"])
}

/// Tells how many processes the machine runs for the city's server: its threads.
pub(super) fn threads(city: &City) -> usize {
    let pid = city.pid().to_string();
    run("ls", &[&format!("/proc/{pid}/task")]).lines().count()
}
