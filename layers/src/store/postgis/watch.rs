//! Waiting for revisions on a connection of its own, which hears of each commit and notices when the server is gone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use postgres::Error;
use postgres::fallible_iterator::FallibleIterator;

use super::connection::{During, Session};
use super::pool::{Pool, discard};
use crate::{Revision, StoreError};

/// How often a standby is asked, which cannot notify.
const POLL: Duration = Duration::from_millis(50);
/// How long it is until the server is looked for again, after the first time and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The newest revision; whether this is a standby; whether it shows what its primary has committed, as far as it can
/// tell: it is connected, and has replayed what it received or what was committed less than a second ago.
const STATE: &str = "SELECT head, standby, NOT standby OR (
    EXISTS (SELECT FROM pg_stat_wal_receiver) AND coalesce(
      pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn()
      OR clock_timestamp() - pg_last_xact_replay_timestamp() < '1 second', false))
  FROM obzor_store.state, pg_is_in_recovery() standby";

/// The one who waits for revisions.
#[derive(Default)]
pub(super) struct Watch {
    ear: Mutex<Ear>,
    is_behind: AtomicBool,
}

#[derive(Default)]
struct Ear {
    session: Option<Session>,
    /// How many times in a row the server was not there.
    failures: u32,
}

/// What the server said last.
struct State {
    head: Revision,
    is_standby: bool,
}

impl Watch {
    /// Whether the last answer came from a standby that is behind its primary.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Relaxed)
    }

    /// Waits for a revision after one, at most for some time, and returns the newest.
    ///
    /// A notification only wakes: what is new says the state. One that was lost costs no more than the time.
    pub(super) fn wait(
        &self,
        pool: &Pool,
        after: Revision,
        at_most: Duration,
    ) -> Result<Revision, StoreError> {
        let _look = pool.look();
        let mut ear = self.ear.lock().unwrap_or_else(PoisonError::into_inner);
        match self.hear(&mut ear, pool, after, at_most) {
            Ok(head) => {
                ear.failures = 0;
                pool.is_back();
                pool.hear_of(head);
                Ok(head)
            }
            Err(error) => {
                discard(ear.session.take().into_iter().collect());
                if let StoreError::Unreachable(why) = &error {
                    pool.is_away(why);
                }
                let pause = PAUSES.0 * 2_u32.saturating_pow(ear.failures.min(8));
                ear.failures += 1;
                thread::sleep(pause.min(PAUSES.1));
                Err(error)
            }
        }
    }

    fn hear(
        &self,
        ear: &mut Ear,
        pool: &Pool,
        after: Revision,
        at_most: Duration,
    ) -> Result<Revision, StoreError> {
        let Some(session) = &mut ear.session else {
            let session = ear.session.insert(pool.connect()?);
            let state = self.ask(session)?;
            if !state.is_standby {
                let listen = session.client().batch_execute("LISTEN obzor_revision");
                listen.during("listen for revisions")?;
            }
            // What was committed before it listened, it did not hear.
            return self.ask(session).map(|state| state.head);
        };
        let mut state = self.ask(session)?;
        if state.head <= after && !state.is_standby {
            wait_for_notice(session, at_most).during("wait for a revision")?;
            state = self.ask(session)?;
        }
        let mut left = at_most;
        while state.head <= after && state.is_standby && !left.is_zero() {
            thread::sleep(POLL);
            left = left.saturating_sub(POLL);
            state = self.ask(session)?;
        }
        Ok(state.head)
    }

    fn ask(&self, session: &mut Session) -> Result<State, StoreError> {
        let act = "read the newest revision";
        session
            .check()
            .map_err(|error| StoreError::Unreachable(format!("it does not answer: {error}")))?;
        let rows = session.query(STATE, &[]).during(act)?;
        let row = &rows[0];
        self.is_behind
            .store(!row.get::<_, bool>(2), Ordering::Relaxed);
        Ok(State {
            head: Revision(row.get(0)),
            is_standby: row.get(1),
        })
    }
}

/// Waits until the server notifies of something, and forgets all that it has notified of.
fn wait_for_notice(session: &mut Session, at_most: Duration) -> Result<(), Error> {
    let mut notices = session.client().notifications();
    notices.timeout_iter(at_most).next()?;
    notices.iter().for_each(|_| Ok(()))
}
