//! A load of so many requests per second, which goes on as planned when answers are late.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::city::City;
use crate::gate::connect_from;
use crate::replicas::say;

/// What is asked for, how often, and by whom.
#[derive(Clone, Copy)]
pub(super) struct Load<'a> {
    pub(super) paths: &'a [&'a str],
    /// Requests per second of all clients together.
    pub(super) rate: f64,
    /// Each has one connection.
    pub(super) clients: usize,
    /// The last parts of the addresses from which they come, in turn.
    pub(super) from: &'a [u8],
}

/// What the clients saw.
#[derive(Default)]
pub(super) struct Seen {
    /// The times of answers by status, from when the request was planned.
    times: BTreeMap<u16, Vec<Duration>>,
    /// Requests without an answer.
    pub(super) failed: usize,
}

impl Load<'_> {
    /// Puts the load on a city for so many seconds.
    pub(super) fn on(self, city: &City, seconds: u64) -> Seen {
        let start = Instant::now();
        let end = start + Duration::from_secs(seconds);
        thread::scope(|scope| {
            let client = |place| scope.spawn(move || self.ask_on(city, place, start, end));
            let clients: Vec<_> = (0..self.clients).map(client).collect();
            let mut all = Seen::default();
            for client in clients {
                all.add(client.join().unwrap());
            }
            all
        })
    }

    fn ask_on(self, city: &City, place: usize, start: Instant, end: Instant) -> Seen {
        let mut seen = Seen::default();
        let turn = Duration::from_secs_f64(self.clients as f64 / self.rate);
        let mut planned = start + turn.mul_f64(place as f64 / self.clients as f64);
        let from = self.from[place % self.from.len()];
        let mut stream = None;
        for path in self.paths.iter().cycle().skip(place) {
            // Who is late because the answer was late asks at once, and not for what was missed.
            planned = planned.max(Instant::now().checked_sub(turn).unwrap_or(planned));
            if planned >= end {
                break;
            }
            thread::sleep(planned.saturating_duration_since(Instant::now()));
            let open = stream.get_or_insert_with(|| connect_from(from, city));
            if let Ok(status) = ask(open, path) {
                let times = seen.times.entry(status).or_default();
                times.push(planned.elapsed());
            } else {
                seen.failed += 1;
                stream = None;
            }
            planned += turn;
        }
        seen
    }
}

impl Seen {
    fn add(&mut self, other: Self) {
        for (status, times) in other.times {
            self.times.entry(status).or_default().extend(times);
        }
        self.failed += other.failed;
    }

    pub(super) fn statuses(&self) -> impl Iterator<Item = u16> {
        self.times.keys().copied()
    }

    /// Returns how many answers had the status.
    pub(super) fn number(&self, status: u16) -> usize {
        self.times.get(&status).map_or(0, Vec::len)
    }

    /// Returns the time within which 99 of 100 good answers came.
    pub(super) fn p99(&self) -> Duration {
        self.times
            .get(&200)
            .map_or(Duration::MAX, |times| rank(times, 0.99))
    }

    pub(super) fn print(&self, what: &str) {
        say(&format!("{what}: {} failed", self.failed));
        for (status, times) in &self.times {
            let [half, most, all] = [0.5, 0.99, 1.0].map(|share| rank(times, share));
            say(&format!(
                "  {status}: {}, p50 {half:.1?}, p99 {most:.1?}, max {all:.1?}",
                times.len()
            ));
        }
    }
}

fn rank(times: &[Duration], share: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

/// Asks for a path on an open connection, reads the whole answer and returns its status.
pub(super) fn ask(stream: &mut TcpStream, path: &str) -> io::Result<u16> {
    // In one piece: the system would hold back the second until the first is acknowledged.
    let request = format!("GET {path} HTTP/1.1\r\nHost: city\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut buffer = vec![0; 64 * 1024];
    let mut filled = 0;
    let head = loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        let end = buffer[..filled]
            .windows(4)
            .position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    let mut rest = (head + length).saturating_sub(filled);
    while rest > 0 {
        let most = rest.min(buffer.len());
        let read = stream.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        rest -= read;
    }
    Ok(text["http/1.1 ".len()..][..3].parse().unwrap())
}
