//! The connections of a store: so many at most, none that is dead, and no waiting for a server that is away.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postgres::Config;
use postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::{Session, detail};
use super::tls;
use crate::store::Connections;
use crate::{Revision, StoreError};

/// How many connections one store has at most; the server allows a hundred to all its clients by default.
const MOST_SESSIONS: usize = 32;
/// How many connections wait for their next use; more are closed.
const IDLE_SESSIONS: usize = 8;
/// How long one waits for a connection when all are taken, and for the server when a new one is opened.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connections of one store.
///
/// While the server is away, one caller at a time looks whether it is back; the others are told at once.
pub(super) struct Pool {
    config: Config,
    tls: MakeRustlsConnect,
    sessions: Mutex<Sessions>,
    changed: Condvar,
    /// The newest revision that any session has told of; less than all revisions at first.
    head_heard: AtomicI64,
}

#[derive(Default)]
struct Sessions {
    idle: Vec<Session>,
    lent: usize,
    waiting: usize,
    /// Whether the server did not answer when it was last asked.
    away: bool,
    /// How many are looking whether it is back.
    looking: usize,
}

impl Pool {
    /// Makes an empty pool.
    pub(super) fn new(config: Config, tls: MakeRustlsConnect) -> Self {
        Self {
            config,
            tls,
            sessions: Mutex::default(),
            changed: Condvar::new(),
            head_heard: AtomicI64::new(i64::MIN),
        }
    }

    /// Takes a connection; it comes back when dropped, without a transaction.
    pub(super) fn take(&self) -> Result<Lent<'_>, StoreError> {
        let (mut lent, _look) = self.place()?;
        while let Some(mut session) = self.pop_idle() {
            match session.check() {
                Ok(()) => {
                    lent.session = Some(session);
                    return Ok(lent);
                }
                // The server was restarted since, or closed it.
                Err(_) if session.client().is_closed() => {}
                Err(error) => {
                    discard(vec![session]);
                    self.is_away(&detail(&error));
                    return Err(StoreError::Unreachable(detail(&error)));
                }
            }
        }
        lent.session = Some(self.connect()?);
        Ok(lent)
    }

    /// Opens a connection beside those of the pool, and learns from that whether the server is there.
    pub(super) fn connect(&self) -> Result<Session, StoreError> {
        match Session::connect(&self.config, self.tls.clone()) {
            Ok(session) => {
                self.is_back();
                Ok(session)
            }
            Err(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) => {
                tracing::warn!("the database takes no more connections");
                Err(StoreError::Busy)
            }
            Err(error) => {
                self.is_away(&detail(&error));
                Err(StoreError::Unreachable(detail(&error)))
            }
        }
    }

    /// Makes the caller the one who looks whether the server is back, until the value is dropped.
    pub(super) fn look(&self) -> Look<'_> {
        self.lock().looking += 1;
        Look { pool: self }
    }

    /// Keeps in mind that the server does not answer, and gives up the connections that waited for their next use.
    pub(super) fn is_away(&self, why: &str) {
        let mut sessions = self.lock();
        if !sessions.away {
            tracing::warn!("the database cannot be reached: {why}");
        }
        sessions.away = true;
        let idle = std::mem::take(&mut sessions.idle);
        drop(sessions);
        self.changed.notify_all();
        discard(idle);
    }

    /// Keeps in mind that there is a revision.
    pub(super) fn hear_of(&self, head: Revision) {
        self.head_heard.fetch_max(head.0, Ordering::AcqRel);
    }

    /// Returns the newest revision that was heard of; none at first.
    pub(super) fn head_heard(&self) -> Option<Revision> {
        let head = self.head_heard.load(Ordering::Acquire);
        (head != i64::MIN).then_some(Revision(head))
    }

    /// Keeps in mind that the server answers.
    pub(super) fn is_back(&self) {
        let mut sessions = self.lock();
        if std::mem::take(&mut sessions.away) {
            tracing::info!("the database can be reached again");
        }
    }

    /// Returns how many connections are used and how many wait for their use, or somebody for them.
    pub(super) fn connections(&self) -> Connections {
        let sessions = self.lock();
        Connections {
            in_use: sessions.lent,
            idle: sessions.idle.len(),
            waited_for: sessions.waiting,
        }
    }

    /// Whether the server answered when it was last asked.
    pub(super) fn is_there(&self) -> bool {
        !self.lock().away
    }

    /// Waits for the right to one more connection, unless the server is away and somebody looks for it already.
    fn place(&self) -> Result<(Lent<'_>, Option<Look<'_>>), StoreError> {
        let waits = |sessions: &mut Sessions| sessions.lent >= MOST_SESSIONS && !sessions.away;
        let mut sessions = self.lock();
        sessions.waiting += 1;
        let waited = self.changed.wait_timeout_while(sessions, PATIENCE, waits);
        let (mut sessions, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        sessions.waiting -= 1;
        if waited.timed_out() {
            return Err(StoreError::Busy);
        }
        if sessions.away && (sessions.looking > 0 || sessions.lent >= MOST_SESSIONS) {
            let why = "it did not answer a moment ago".to_owned();
            return Err(StoreError::Unreachable(why));
        }
        sessions.lent += 1;
        let look = sessions.away.then(|| {
            sessions.looking += 1;
            Look { pool: self }
        });
        let lent = Lent {
            pool: self,
            session: None,
        };
        Ok((lent, look))
    }

    fn pop_idle(&self) -> Option<Session> {
        self.lock().idle.pop()
    }

    /// Locks; a panic of another thread leaves nothing half done here.
    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    /// Closes the connections on a thread of its own: closing blocks, and whoever drops the store may not.
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.lock().idle);
        let closed = std::thread::spawn(move || drop(idle)).join();
        if closed.is_err() {
            tracing::warn!("the connections to the database were not closed in order");
        }
    }
}

/// Closes connections on a thread of its own, which may wait for ever for a server that does not answer.
pub(super) fn discard(sessions: Vec<Session>) {
    if !sessions.is_empty() {
        std::thread::spawn(move || drop(sessions));
    }
}

/// The duty of looking whether the server is back.
pub(super) struct Look<'a> {
    pool: &'a Pool,
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.pool.lock().looking -= 1;
    }
}

/// A connection on loan from a [`Pool`].
pub(super) struct Lent<'a> {
    pool: &'a Pool,
    session: Option<Session>,
}

impl Deref for Lent<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session.as_ref().expect("taken only by drop")
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("taken only by drop")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let clean = self.session.take().and_then(Session::without_transaction);
        let mut sessions = self.pool.lock();
        sessions.lent -= 1;
        if sessions.idle.len() < IDLE_SESSIONS && !sessions.away {
            sessions.idle.extend(clean);
        }
        drop(sessions);
        self.pool.changed.notify_one();
    }
}

/// Makes the pool of an address.
pub(super) fn pool(address: &str) -> Result<Pool, StoreError> {
    let (mut config, tls) = tls::read(address)?;
    if config.get_application_name().is_none() {
        config.application_name("obzor");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if config.get_tcp_user_timeout().is_none() {
        // The other end may be gone without a word; that is noticed also by who waits for an answer.
        config
            .tcp_user_timeout(Duration::from_secs(15))
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5));
    }
    Ok(Pool::new(config, tls))
}
