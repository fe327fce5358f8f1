//! How often something happened of late, by name.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;

/// How many names are remembered at once.
const REMEMBERED: u64 = 100_000;

/// Counts what happens within a time that begins with the first of a name.
pub(super) struct Counter {
    window: Duration,
    counts: Cache<String, Arc<Count>>,
}

struct Count {
    since: Instant,
    number: AtomicU64,
}

/// How often it happened, this time included, and how long it is still counted.
pub(super) struct Counted {
    pub(super) number: u64,
    pub(super) left: Duration,
}

impl Counter {
    /// Makes a counter that forgets a name after this time.
    pub(super) fn over(window: Duration) -> Self {
        let counts = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(window);
        Self {
            window,
            counts: counts.build(),
        }
    }

    /// Counts one more of a name.
    pub(super) fn one_more(&self, name: String) -> Counted {
        let first = || {
            Arc::new(Count {
                since: Instant::now(),
                number: AtomicU64::new(0),
            })
        };
        let count = self.counts.get_with(name, first);
        Counted {
            number: count.number.fetch_add(1, Ordering::Relaxed) + 1,
            left: self.window.saturating_sub(count.since.elapsed()),
        }
    }

    /// Forgets what was counted of a name.
    pub(super) fn forget(&self, name: &str) {
        self.counts.invalidate(name);
    }
}
