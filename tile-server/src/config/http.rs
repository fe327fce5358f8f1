//! `[http]` of `obzor.toml`: how much of the server clients may take, and how slow they may be.

use std::num::NonZero;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The section exactly as written; what it leaves out has a default.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpEntry {
    /// Connections at once.
    connections: Option<usize>,
    /// Connections at once of one address.
    connections_per_address: Option<usize>,
    /// Requests at once, those that wait for their turn among them.
    requests: Option<usize>,
    /// Requests that are worked on at once; eight for each processor.
    at_work: Option<usize>,
    /// Requests at once of one address.
    requests_per_address: Option<usize>,
    /// Seconds in which the head of a request must be here, the handshake of HTTPS before it.
    head_seconds: Option<u64>,
    /// KiB that the head of a request may have.
    head_kib: Option<usize>,
    /// Seconds that a connection may say nothing between two requests.
    idle_seconds: Option<u64>,
    /// Bytes per second below which a client that sends a body, or takes an answer, is cut off.
    slowest: Option<u64>,
    /// MiB of answers that wait for those who take them.
    answers_mib: Option<usize>,
}

/// The limits, checked and complete.
#[derive(Clone, Debug)]
pub(crate) struct HttpLimits {
    pub(crate) connections: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) requests: usize,
    pub(crate) at_work: usize,
    pub(crate) requests_per_address: usize,
    pub(crate) head: Duration,
    /// In bytes.
    pub(crate) head_size: usize,
    pub(crate) idle: Duration,
    /// Bytes per second.
    pub(crate) slowest: u64,
    /// In bytes.
    pub(crate) answers: usize,
}

impl HttpEntry {
    /// Fills in the defaults; names every number that cannot be a limit.
    pub(super) fn resolve(self, problems: &mut Vec<String>) -> HttpLimits {
        let mut limit = |name: &str, written: Option<usize>, default: usize| {
            if written == Some(0) {
                problems.push(format!("http.{name}: must be at least 1"));
            }
            written.unwrap_or(default)
        };
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let seconds = |written: Option<u64>| written.map(|number| number as usize);
        HttpLimits {
            connections: limit("connections", self.connections, 2000),
            connections_per_address: limit(
                "connections_per_address",
                self.connections_per_address,
                256,
            ),
            requests: limit("requests", self.requests, 128),
            at_work: limit("at_work", self.at_work, 8 * processors),
            requests_per_address: limit("requests_per_address", self.requests_per_address, 64),
            head: Duration::from_secs(limit("head_seconds", seconds(self.head_seconds), 10) as u64),
            head_size: limit("head_kib", self.head_kib, 16) * 1024,
            idle: Duration::from_secs(limit("idle_seconds", seconds(self.idle_seconds), 60) as u64),
            slowest: limit("slowest", seconds(self.slowest), 1024) as u64,
            answers: limit("answers_mib", self.answers_mib, 256) * 1024 * 1024,
        }
    }
}
