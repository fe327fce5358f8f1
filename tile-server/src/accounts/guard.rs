//! What keeps guessing slow: how often anybody may try to log in, and how many passwords are hashed at once.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::counter::Counter;

/// How long attempts are counted.
const WINDOW: Duration = Duration::from_mins(15);
/// How many attempts one account takes in that time.
const PER_ACCOUNT: u64 = 10;
/// How many one address makes; an office behind one address has many people.
const PER_ADDRESS: u64 = 100;
/// How many passwords are hashed at once; each takes 19 MB.
const HASHED_AT_ONCE: usize = 4;

/// Counts attempts to log in, of this server alone.
pub(crate) struct LoginGuard {
    attempts: Counter,
    /// The right to hash a password.
    pub(crate) hashing: Semaphore,
}

impl Default for LoginGuard {
    fn default() -> Self {
        Self {
            attempts: Counter::over(WINDOW),
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
        self.attempts.forget(&of_account(account));
    }

    fn count(&self, key: String, limit: u64) -> Result<(), u64> {
        let counted = self.attempts.one_more(key);
        if counted.number <= limit {
            return Ok(());
        }
        Err(counted.left.as_secs() + 1)
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
