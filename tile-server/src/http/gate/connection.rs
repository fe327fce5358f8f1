//! What is known of one connection: what waits for its client, since when, and whether that is too long.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::config::HttpLimits;

/// How long a client may be slower than is allowed, which covers a lost packet or a sleeping telephone.
const PATIENCE: Duration = Duration::from_secs(10);
/// By how much later the head is waited for here: the server below says 408 at the time itself.
const SLACK: Duration = Duration::from_secs(1);

/// One connection, as its stream and its requests tell of it.
pub(crate) struct Connection {
    /// Whether nobody on the way can read it.
    pub(crate) is_encrypted: bool,
    /// Requests that are being answered.
    requests: Cell<usize>,
    /// Since when a head is waited for of which something is here; a new connection owes one at once.
    head_since: Cell<Option<Instant>>,
    /// When something was last read or written.
    moved: Cell<Instant>,
    /// What a handler waits for.
    pub(super) body: Flow,
    /// What the client is to take.
    pub(super) answer: Flow,
}

/// Why a connection is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooSlow {
    /// The head of a request does not come.
    Head,
    /// Nothing comes at all.
    Idle,
    /// The body of a request comes too slowly.
    Body,
    /// The answer is taken too slowly.
    Answer,
}

impl TooSlow {
    /// Returns a word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Body => "body",
            Self::Answer => "answer",
        }
    }
}

impl Connection {
    /// Begins with a connection that was just accepted.
    pub(crate) fn new(is_encrypted: bool) -> Self {
        let now = Instant::now();
        Self {
            is_encrypted,
            requests: Cell::new(0),
            head_since: Cell::new(Some(now)),
            moved: Cell::new(now),
            body: Flow::default(),
            answer: Flow::default(),
        }
    }

    /// Says what the client owes for too long; nothing while it does its part.
    pub(crate) fn too_slow(&self, limits: &HttpLimits) -> Option<TooSlow> {
        let now = Instant::now();
        if self.answer.is_too_slow(limits, now) {
            return Some(TooSlow::Answer);
        }
        if self.body.is_too_slow(limits, now) {
            return Some(TooSlow::Body);
        }
        if self.requests.get() > 0 {
            return None;
        }
        match self.head_since.get() {
            Some(since) if now - since > limits.head + SLACK => Some(TooSlow::Head),
            None if now - self.moved.get() > limits.idle + SLACK => Some(TooSlow::Idle),
            _ => None,
        }
    }

    /// Notes that a request begins to be answered.
    pub(super) fn begin(&self) {
        self.requests.set(self.requests.get() + 1);
        self.head_since.set(None);
    }

    /// Notes that a request is answered.
    pub(super) fn end(&self) {
        self.requests.set(self.requests.get() - 1);
        self.moved.set(Instant::now());
    }

    /// Notes bytes that came in.
    pub(super) fn read(&self) {
        let now = Instant::now();
        self.moved.set(now);
        if self.requests.get() == 0 && self.head_since.get().is_none() {
            self.head_since.set(Some(now));
        }
    }

    /// Notes bytes that went out; `all` says that no more of them wait.
    pub(super) fn wrote(&self, bytes: usize, all: bool) {
        self.moved.set(Instant::now());
        self.answer.moved(bytes);
        if all {
            self.answer.rests();
        } else {
            self.answer.waits();
        }
    }
}

/// Bytes that move one way, and since when they are waited for.
#[derive(Default)]
pub(super) struct Flow {
    bytes: Cell<u64>,
    /// When the wait began, and the bytes that had moved by then.
    waiting: Cell<Option<(Instant, u64)>>,
}

impl Flow {
    pub(super) fn moved(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes as u64);
    }

    /// Notes that the client is waited for; a wait that lasts goes on.
    pub(super) fn waits(&self) {
        if self.waiting.get().is_none() {
            self.waiting.set(Some((Instant::now(), self.bytes.get())));
        }
    }

    /// Notes that nothing is waited for.
    pub(super) fn rests(&self) {
        self.waiting.set(None);
    }

    /// Whether too little moved for as long as the patience lasts; if enough did, a new wait begins.
    fn is_too_slow(&self, limits: &HttpLimits, now: Instant) -> bool {
        let Some((since, before)) = self.waiting.get() else {
            return false;
        };
        let waited = now - since;
        if waited < PATIENCE {
            return false;
        }
        let moved = (self.bytes.get() - before) as f64;
        if moved < limits.slowest as f64 * waited.as_secs_f64() {
            return true;
        }
        self.waiting.set(Some((now, self.bytes.get())));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigFile;

    const KIB: usize = 1024;

    /// Moves so many bytes, evenly, in 20 seconds during which they are waited for; says whether that was too slow.
    fn check(bytes: usize, is_too_slow: bool) {
        let config = ConfigFile::default().resolve().expect("sound");
        let flow = Flow::default();
        flow.waits();
        let (start, _) = flow.waiting.get().expect("it waits");
        let seen = (1..=20).any(|second| {
            flow.moved(bytes / 20);
            flow.is_too_slow(&config.http, start + Duration::from_secs(second))
        });
        assert_eq!(seen, is_too_slow, "{bytes} bytes");
    }

    #[test]
    fn a_kibibyte_per_second_is_enough() {
        check(0, true);
        check(19 * KIB, true);
        check(20 * KIB, false);
        check(2000 * KIB, false);
    }
}
