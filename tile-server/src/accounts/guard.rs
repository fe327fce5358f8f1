//! What keeps guessing slow: how often anybody may try to log in, and how many passwords are hashed at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use tokio::sync::Semaphore;

/// How long attempts are counted.
const WINDOW: Duration = Duration::from_mins(15);
/// How many attempts one account takes in that time.
const PER_ACCOUNT: u32 = 10;
/// How many one address makes; an office behind one address has many people.
const PER_ADDRESS: u32 = 100;
/// How many accounts and addresses are remembered at once.
const REMEMBERED: u64 = 100_000;
/// How many passwords are hashed at once; each takes 19 MB.
const HASHED_AT_ONCE: usize = 4;

/// Counts attempts to log in, of this server alone.
pub(crate) struct LoginGuard {
    attempts: Cache<String, Arc<Attempts>>,
    /// The right to hash a password.
    pub(crate) hashing: Semaphore,
}

struct Attempts {
    since: Instant,
    count: AtomicU32,
}

impl Default for LoginGuard {
    fn default() -> Self {
        let attempts = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(WINDOW);
        Self {
            attempts: attempts.build(),
            hashing: Semaphore::new(HASHED_AT_ONCE),
        }
    }
}

impl LoginGuard {
    /// Counts one more attempt; the error says after how many seconds to come again.
    ///
    /// It is counted before it is known to fail, so that many at once cannot pass together.
    pub(crate) fn admit(&self, account: &str, address: &str) -> Result<(), u64> {
        self.count(format!("at {address}"), PER_ADDRESS)?;
        self.count(of_account(account), PER_ACCOUNT)
    }

    /// Forgets the attempts at an account whose owner has come in.
    pub(crate) fn forgive(&self, account: &str) {
        self.attempts.invalidate(&of_account(account));
    }

    fn count(&self, key: String, limit: u32) -> Result<(), u64> {
        let first = || {
            Arc::new(Attempts {
                since: Instant::now(),
                count: AtomicU32::new(0),
            })
        };
        let attempts = self.attempts.get_with(key, first);
        if attempts.count.fetch_add(1, Ordering::Relaxed) < limit {
            return Ok(());
        }
        Err(WINDOW.saturating_sub(attempts.since.elapsed()).as_secs() + 1)
    }
}

fn of_account(name: &str) -> String {
    let name: String = name.chars().take(super::NAME_MAX).collect();
    format!("of {}", name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_and_an_address_take_so_many_attempts() {
        let guard = LoginGuard::default();
        for _ in 0..PER_ACCOUNT {
            assert_eq!(guard.admit("jana", "10.0.0.1"), Ok(()));
        }
        let refused = guard.admit("Jana", "10.0.0.2");
        assert!(
            refused.is_err_and(|wait| (890..=901).contains(&wait)),
            "{refused:?}"
        );
        assert_eq!(guard.admit("petr", "10.0.0.1"), Ok(()));
        guard.forgive("jana");
        assert_eq!(guard.admit("jana", "10.0.0.1"), Ok(()));
        for number in 0..PER_ADDRESS {
            let _ = guard.admit(&format!("user{number}"), "10.0.0.1");
        }
        assert!(guard.admit("eva", "10.0.0.1").is_err());
        assert_eq!(guard.admit("eva", "10.0.0.3"), Ok(()));
    }
}
