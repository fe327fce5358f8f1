//! Connections to the database: a pool with an upper bound, each with its prepared statements.

use std::collections::HashMap;
use std::error::Error as _;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use postgres::{Client, Config, Error, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::column::Sql;
use crate::StoreError;

/// How many connections one store has at most; the server allows a hundred to all its clients by default.
const MOST_SESSIONS: usize = 32;
/// How many connections wait for their next use; more are closed.
const IDLE_SESSIONS: usize = 8;
/// How long one waits for a connection when all are taken, and for the server when a new one is opened.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How many statements a connection keeps prepared: a few for each layer.
const KEPT_STATEMENTS: usize = 256;

/// What every connection sets: how long a writer waits for another program, how long a statement may take at all, and
/// where the extension's functions are, whichever schema it was put in.
const SETTINGS: &str = "SET lock_timeout = '5s'; SET statement_timeout = '60s'; SET TimeZone = 'UTC'; \
     SET client_min_messages = 'warning'; \
     SELECT set_config('search_path', coalesce((SELECT quote_ident(nspname) FROM pg_extension e \
       JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'postgis') || ', ', '') || 'pg_temp', false)";

/// Says what was being done when the database failed.
pub(super) trait During<T> {
    /// Turns the engine's error into ours; `act` completes "the store failed while it was to …".
    fn during(self, act: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for Result<T, Error> {
    fn during(self, act: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| store_error(act, &error))
    }
}

fn store_error(act: &'static str, error: &Error) -> StoreError {
    match error.code() {
        Some(
            &SqlState::LOCK_NOT_AVAILABLE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::T_R_SERIALIZATION_FAILURE,
        ) => StoreError::Busy,
        Some(
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::TOO_MANY_CONNECTIONS,
        ) => StoreError::Unreachable(detail(error)),
        None if error.is_closed() || is_from_network(error) => {
            StoreError::Unreachable(detail(error))
        }
        _ => StoreError::Engine {
            act,
            detail: detail(error),
        },
    }
}

fn is_from_network(error: &Error) -> bool {
    error
        .source()
        .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// Returns what the error and all its causes say; none of them tells the password.
fn detail(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A connection with what it keeps.
pub(super) struct Session {
    client: Client,
    prepared: HashMap<String, Statement>,
    /// Whether a transaction is open.
    open: bool,
}

impl Session {
    fn connect(config: &Config, tls: MakeRustlsConnect) -> Result<Self, Error> {
        let mut session = Self {
            client: config.connect(tls)?,
            prepared: HashMap::new(),
            open: false,
        };
        session.settle()?;
        Ok(session)
    }

    /// Makes the settings; again when the extension has come meanwhile.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        self.client.batch_execute(SETTINGS)
    }

    /// Returns the connection itself.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Begins a transaction; it is rolled back unless [`Session::commit`] is called.
    pub(super) fn begin(&mut self, how: &str) -> Result<(), Error> {
        self.client.batch_execute(&format!("BEGIN {how}"))?;
        self.open = true;
        Ok(())
    }

    /// Commits the transaction.
    pub(super) fn commit(&mut self) -> Result<(), Error> {
        self.client.batch_execute("COMMIT")?;
        self.open = false;
        Ok(())
    }

    /// Marks a place in the transaction to which it can go back.
    pub(super) fn savepoint(&mut self) -> Result<(), Error> {
        self.client.batch_execute("SAVEPOINT here")
    }

    /// Keeps what was done since the last mark.
    pub(super) fn release(&mut self) -> Result<(), Error> {
        self.client.batch_execute("RELEASE here")
    }

    /// Undoes what was done since the last mark.
    pub(super) fn back_to_savepoint(&mut self) -> Result<(), Error> {
        self.client.batch_execute("ROLLBACK TO here; RELEASE here")
    }

    /// Rolls back what is open; none when the connection is of no more use.
    fn without_transaction(mut self) -> Option<Self> {
        if self.open {
            self.client.batch_execute("ROLLBACK").ok()?;
            self.open = false;
        }
        (!self.client.is_closed()).then_some(self)
    }

    /// Runs a statement that is kept prepared and returns its rows.
    pub(super) fn query(&mut self, sql: &str, values: &[Sql]) -> Result<Vec<Row>, Error> {
        let statement = self.prepare(sql)?;
        self.client.query(&statement, &references(values))
    }

    /// Runs a statement that is kept prepared and returns what is read of its rows, of which it holds but a few.
    pub(super) fn collect<T>(
        &mut self,
        sql: &str,
        values: &[Sql],
        mut read: impl FnMut(&Row) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let statement = self.prepare(sql)?;
        let rows = self.client.query_raw(&statement, references(values))?;
        rows.filter_map(|row| Ok(read(&row))).collect()
    }

    /// Runs a statement that is kept prepared and returns its first row, if it has one.
    pub(super) fn first(&mut self, sql: &str, values: &[Sql]) -> Result<Option<Row>, Error> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    /// Runs a statement that is kept prepared and returns how many rows it changed.
    pub(super) fn execute(&mut self, sql: &str, values: &[Sql]) -> Result<u64, Error> {
        let statement = self.prepare(sql)?;
        self.client.execute(&statement, &references(values))
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        if self.prepared.len() >= KEPT_STATEMENTS {
            self.prepared.clear();
        }
        let statement = self.client.prepare(sql)?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Returns values as the engine takes them.
pub(super) fn references(values: &[Sql]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as _).collect()
}

/// The connections of one store.
pub(super) struct Pool {
    config: Config,
    tls: MakeRustlsConnect,
    sessions: Mutex<Sessions>,
    returned: Condvar,
}

#[derive(Default)]
struct Sessions {
    idle: Vec<Session>,
    lent: usize,
}

impl Pool {
    /// Makes an empty pool.
    pub(super) fn new(config: Config, tls: MakeRustlsConnect) -> Self {
        Self {
            config,
            tls,
            sessions: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Takes a connection; it comes back when dropped, without a transaction.
    pub(super) fn take(&self) -> Result<Lent<'_>, StoreError> {
        let all_lent = |sessions: &mut Sessions| sessions.lent >= MOST_SESSIONS;
        let waited = self
            .returned
            .wait_timeout_while(self.lock(), PATIENCE, all_lent);
        let (mut sessions, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(StoreError::Busy);
        }
        sessions.lent += 1;
        drop(sessions);
        let mut lent = Lent {
            pool: self,
            session: None,
        };
        while let Some(mut session) = self.pop_idle() {
            // The server may have been restarted since.
            if session.client.check_connection().is_ok() {
                lent.session = Some(session);
                return Ok(lent);
            }
        }
        let session = Session::connect(&self.config, self.tls.clone());
        lent.session = Some(session.map_err(|error| StoreError::Unreachable(detail(&error)))?);
        Ok(lent)
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
        if sessions.idle.len() < IDLE_SESSIONS {
            sessions.idle.extend(clean);
        }
        drop(sessions);
        self.pool.returned.notify_one();
    }
}
