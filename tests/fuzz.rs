//! Filters that nobody would write: the examples of the standard, broken at random, for as long as is wanted.

use std::io::Write;
use std::time::{Duration, Instant};

use layers::cql2::{Filter, read_json, read_text};
use layers::crs::Crs;
use layers::{Audience, LayerSet, LayerView};
use serde_json::{Map, Value as Json};

/// How long reading and binding one filter may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is put among the words of a filter.
const PIECES: [&str; 32] = [
    "(",
    ")",
    ",",
    "'",
    "\"",
    "''",
    "{",
    "}",
    "[",
    "]",
    ":",
    " AND ",
    " OR ",
    "NOT ",
    " IN ",
    " LIKE ",
    " BETWEEN ",
    " IS NULL",
    "CASEI(",
    "S_INTERSECTS(",
    "BBOX(",
    "POLYGON((",
    "DATE('",
    "INTERVAL(",
    "-",
    "1e308",
    "9999999999999999999",
    "\u{301}",
    "ž",
    "\0",
    "height",
    "{\"op\":\"and\",\"args\":[",
];

/// Numbers that follow a seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % end.max(1)
    }

    /// Returns a place in a text where a character begins, or its end.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn range(&mut self, text: &str) -> std::ops::Range<usize> {
        let (one, other) = (self.place(text), self.place(text));
        one.min(other)..one.max(other)
    }

    fn broken(&mut self, examples: &[String]) -> String {
        let mut text = examples[self.below(examples.len())].clone();
        for _ in 0..=self.below(6) {
            let range = self.range(&text);
            match self.below(5) {
                0 => text.replace_range(range, ""),
                1 => text.insert_str(range.start, PIECES[self.below(PIECES.len())]),
                2 => text.replace_range(range, PIECES[self.below(PIECES.len())]),
                3 => {
                    let again = text[range.clone()].repeat(1 + self.below(50));
                    text.insert_str(range.end, &again);
                }
                _ => {
                    let other = &examples[self.below(examples.len())];
                    let part = &other[self.range(other)];
                    text.replace_range(range, part);
                }
            }
        }
        text
    }
}

fn examples() -> Vec<String> {
    let read: Map<String, Json> =
        serde_json::from_str(include_str!("../layers/src/cql2/tests/standard.json")).unwrap();
    let texts = read
        .values()
        .flat_map(|one| one["text"].as_array().unwrap());
    let texts = texts.map(|text| text.as_str().unwrap().to_owned());
    let json = read.values().map(|one| one["json"].to_string());
    texts.chain(json).collect()
}

/// Reads, writes and binds a filter; what is wrong with it must have words and a place in it.
fn check(text: &str, is_text: bool, view: &LayerView) -> bool {
    let start = Instant::now();
    let read_it = if is_text {
        read_text(text)
    } else {
        read_json(text)
    };
    let faults = match &read_it {
        Err(fault) => vec![fault.clone()],
        Ok(filter) => {
            // JSON takes any name of a function, text only an identifier.
            let as_json = read_json(&filter.to_json().to_string());
            let as_text = is_text.then(|| read_text(&filter.to_string()));
            for again in as_text.into_iter().chain([as_json]) {
                match again {
                    Ok(again) => assert!(again == *filter, "{text}"),
                    // Written out, it may have become larger than a filter may be.
                    Err(fault) => assert!(fault.text.en.contains("at most"), "{text}: {fault}"),
                }
            }
            Filter::bind(filter, view, Crs::Wgs84)
                .err()
                .unwrap_or_default()
        }
    };
    for fault in faults {
        let said = fault.describe(text);
        assert!(
            !said.cs.is_empty() && said.cs != said.en,
            "{text}: {said:?}"
        );
    }
    assert!(start.elapsed() < PATIENCE, "{text}: {:?}", start.elapsed());
    read_it.is_ok()
}

fn run(seed: u64, time: Duration) {
    let (examples, layers) = (examples(), LayerSet::shipped().unwrap());
    let view = Audience::PUBLIC
        .view(layers.named("street-lights").unwrap())
        .unwrap();
    let (mut dice, start) = (Dice(seed), Instant::now());
    let (mut tried, mut fine) = (0_u64, 0_u64);
    while start.elapsed() < time {
        let text = dice.broken(&examples);
        for is_text in [true, false] {
            fine += u64::from(check(&text, is_text, &view));
            tried += 1;
        }
    }
    assert!(fine > 0 && fine < tried / 2, "{fine} of {tried}");
    // Not `eprintln!`: the test runner would keep it to itself.
    let _ = writeln!(
        std::io::stderr(),
        "{tried} filters, {fine} of them can be read"
    );
}

#[test]
fn broken_filters_end_in_an_answer() {
    run(0x0b20_0001, Duration::from_secs(2));
}

#[test]
#[ignore = "slow: ten minutes of broken filters"]
fn broken_filters_end_in_an_answer_for_ten_minutes() {
    // What a run has found comes again with its seed.
    let seed = match std::env::var("OBZOR_FUZZ_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => std::process::id().into(),
    };
    let _ = writeln!(std::io::stderr(), "seed {seed}");
    run(seed, Duration::from_mins(10));
}
