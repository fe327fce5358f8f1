//! `/events`: what an open map hears of an edit, and what it does not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::city::City;
use crate::gdal::execute;

/// An open stream of events, read line by line.
pub(crate) struct Listener {
    lines: BufReader<TcpStream>,
}

impl Listener {
    pub(crate) fn open(city: &City, query: &str) -> Self {
        Self::open_as(city, query, None)
    }

    /// Opens a stream for who shows a token.
    pub(crate) fn open_as(city: &City, query: &str, token: Option<&str>) -> Self {
        let address = city.url("");
        let address = address.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(25)))
            .unwrap();
        let shown = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let shown = shown.unwrap_or_default();
        write!(
            stream,
            "GET /events{query} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: gzip\r\n{shown}\r\n"
        )
        .unwrap();
        let mut listener = Self {
            lines: BufReader::new(stream),
        };
        listener.line_with("retry: ");
        listener
    }

    /// Reads until a line holds the text and returns that line.
    fn line_with(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).unwrap();
            assert!(length > 0, "the stream ended before {text:?}");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for the sign that the stream lives though nothing changes.
    pub(crate) fn heartbeat(&mut self) {
        self.line_with(": still here");
    }

    /// Returns the next change that is told.
    pub(crate) fn event(&mut self) -> Value {
        self.line_with("event: tiles");
        let line = self.line_with("data: ");
        serde_json::from_str(line.strip_prefix("data: ").unwrap()).unwrap()
    }
}

#[test]
fn an_edit_by_another_program_is_told_with_its_tiles() {
    let city = City::start();
    let mut trees = Listener::open(&city, "?layers=trees,parcels");
    let mut lights = Listener::open(&city, "?layers=street-lights");
    let hidden = "UPDATE \"parcels\" SET title_sheet = 'SECRET' WHERE fid < 4";
    execute(&city.store(), hidden);
    let edited = Instant::now();
    execute(&city.store(), "DELETE FROM \"trees\" WHERE fid = 1");
    execute(&city.store(), hidden);
    let event = trees.event();
    let waited = edited.elapsed();
    assert!(waited < Duration::from_secs(10), "{waited:?}");
    let layers = event["layers"].as_object().unwrap();
    assert_eq!(layers.keys().collect::<Vec<_>>(), ["trees"], "{event}");
    let tiles = layers["trees"].as_array().unwrap();
    let of_zoom = |zoom: &str| {
        let names = tiles.iter().map(|tile| tile.as_str().unwrap());
        names.filter(|name| name.starts_with(zoom)).count()
    };
    assert!((1..=4).contains(&of_zoom("16/")), "{event}");

    execute(&city.store(), "DELETE FROM \"trees\" WHERE fid = 2");
    let revisions = [&event, &trees.event()].map(|event| event["revision"].as_i64().unwrap());
    assert_eq!(
        revisions[1] - revisions[0],
        4,
        "three hidden ones are between"
    );

    execute(&city.store(), "DELETE FROM \"street-lights\" WHERE fid = 1");
    let event = lights.event();
    assert_eq!(event["layers"].as_object().unwrap().len(), 1, "{event}");
    assert!(event["layers"]["street-lights"].is_array(), "{event}");
}

#[test]
fn a_quiet_stream_says_that_it_is_alive_and_ends_when_the_server_stops() {
    let mut city = City::start();
    let mut listener = Listener::open(&city, "");
    listener.line_with(": still here");
    let stopped_in = city.stop();
    assert!(stopped_in < Duration::from_secs(5), "{stopped_in:?}");
    let mut rest = Vec::new();
    listener.lines.read_to_end(&mut rest).unwrap();
    assert!(!String::from_utf8_lossy(&rest).contains("event:"));
}

#[test]
fn a_stream_is_neither_compressed_nor_kept_by_a_proxy() {
    let city = City::shared();
    let address = city.url("");
    let address = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /events HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: gzip\r\n\r\n"
    )
    .unwrap();
    let head: Vec<String> = BufReader::new(stream)
        .lines()
        .map(|line| line.unwrap().to_lowercase())
        .take_while(|line| !line.is_empty())
        .collect();
    for expected in [
        "content-type: text/event-stream",
        "cache-control: no-cache",
        "x-accel-buffering: no",
    ] {
        assert!(
            head.iter().any(|line| line.starts_with(expected)),
            "{expected} is missing: {head:?}"
        );
    }
    assert!(!head.iter().any(|line| line.contains("gzip")), "{head:?}");
}

#[test]
fn a_layer_that_is_not_public_has_no_events() {
    let city = City::shared();
    for layer in ["no-such-layer", "leases"] {
        assert_eq!(
            city.get(&format!("/events?layers={layer}")).status,
            404,
            "{layer}"
        );
    }
}
