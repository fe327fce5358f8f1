//! One connection to the database with its prepared statements, and what its errors mean.

use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

use postgres::error::{DbError, SqlState};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use postgres::{Client, Config, Error, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::column::Sql;
use super::roles::PROGRAM;
use crate::StoreError;

/// How soon a server that is there answers an empty question.
const ALIVE_WITHIN: Duration = Duration::from_secs(2);
/// How many statements a connection keeps prepared: a few for each layer.
const KEPT_STATEMENTS: usize = 256;

/// The owner of the store, as SQL finds it.
const OWNER: &str = "SELECT nspowner FROM pg_namespace WHERE nspname = 'obzor_store'";
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

/// Turns the engine's error into ours.
pub(super) fn store_error(act: &'static str, error: &Error) -> StoreError {
    match error.code() {
        Some(
            &SqlState::LOCK_NOT_AVAILABLE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::T_R_SERIALIZATION_FAILURE,
        ) => StoreError::Busy,
        Some(_) if is_reshaped(error) => StoreError::MissingColumn,
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => StoreError::ReadOnly,
        Some(
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::TOO_MANY_CONNECTIONS,
        ) => StoreError::Unreachable(detail(error)),
        None if error.is_closed() || is_from_network(error) => {
            StoreError::Unreachable(detail(error))
        }
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => StoreError::Unusable(format!(
            "its role may not {act} ({}); docs/database-roles.md says which role a server needs, and `obzor migrate` \
             with the address of the owner adds what the store lacks",
            detail(error)
        )),
        _ => StoreError::Engine {
            act,
            detail: detail(error),
        },
    }
}

/// Whether a statement does not fit the tables as they are now.
fn is_reshaped(error: &Error) -> bool {
    let stale = |error: &DbError| error.message().starts_with("cached plan must not change");
    match error.code() {
        Some(&SqlState::UNDEFINED_COLUMN) => true,
        Some(&SqlState::FEATURE_NOT_SUPPORTED) => error.as_db_error().is_some_and(stale),
        _ => false,
    }
}

fn is_from_network(error: &Error) -> bool {
    error
        .source()
        .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// Returns what the error and all its causes say; none of them tells the password.
pub(super) fn detail(error: &Error) -> String {
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
    /// Opens a connection.
    pub(super) fn connect(config: &Config, tls: MakeRustlsConnect) -> Result<Self, Error> {
        let mut session = Self {
            client: config.connect(tls)?,
            prepared: HashMap::new(),
            open: false,
        };
        session.settle()?;
        session.take_role()?;
        Ok(session)
    }

    /// Makes the settings; again when the extension has come meanwhile.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        self.client.batch_execute(SETTINGS)
    }

    /// Works as the role of the program from now on, if there is one and the login role is its member.
    pub(super) fn take_role(&mut self) -> Result<(), Error> {
        self.client.batch_execute(&format!(
            "SELECT set_config('role', rolname, false) FROM pg_roles
             WHERE rolname = {PROGRAM} AND pg_has_role(session_user, oid, 'MEMBER')"
        ))
    }

    /// Returns the connection itself.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Asks for an answer; an error says that the server closed the connection or does not answer at all.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        self.client.is_valid(ALIVE_WITHIN)
    }

    /// Begins a transaction; it is rolled back unless [`Session::commit`] is called.
    pub(super) fn begin(&mut self, how: &str) -> Result<(), Error> {
        self.client.batch_execute(&format!("BEGIN {how}"))?;
        self.open = true;
        Ok(())
    }

    /// Begins a transaction in which the owner of the store works, whichever role the session has; an error when the
    /// login role is not its member.
    pub(super) fn begin_as_owner(&mut self, how: &str) -> Result<(), Error> {
        self.begin(how)?;
        self.become_owner().map(drop)
    }

    /// Whether the login role may work as the owner of the store.
    pub(super) fn may_own(&mut self) -> Result<bool, Error> {
        let sql = format!("SELECT pg_has_role(session_user, ({OWNER}), 'MEMBER')");
        Ok(self.query(&sql, &[])?[0].get(0))
    }

    /// Lets the owner of the store work until the end of the transaction; returns the role that did before.
    pub(super) fn become_owner(&mut self) -> Result<String, Error> {
        let before = self.query("SELECT current_setting('role')", &[])?[0].get(0);
        self.client.batch_execute(&format!(
            "SELECT set_config('role', coalesce(pg_get_userbyid(({OWNER})), 'none'), true)"
        ))?;
        Ok(before)
    }

    /// Lets a role work until the end of the transaction.
    pub(super) fn become_role(&mut self, role: String) -> Result<(), Error> {
        let sql = "SELECT set_config('role', $1, true)";
        self.query(sql, &[Sql::Text(role)]).map(drop)
    }

    /// Commits the transaction.
    pub(super) fn commit(&mut self) -> Result<(), Error> {
        self.client.batch_execute("COMMIT")?;
        self.open = false;
        Ok(())
    }

    /// Rolls the transaction back.
    pub(super) fn roll_back(&mut self) -> Result<(), Error> {
        self.client.batch_execute("ROLLBACK")?;
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
    pub(super) fn without_transaction(mut self) -> Option<Self> {
        if self.open {
            self.roll_back().ok()?;
        }
        (!self.client.is_closed()).then_some(self)
    }

    /// Runs a statement that is kept prepared and returns its rows.
    pub(super) fn query(&mut self, sql: &str, values: &[Sql]) -> Result<Vec<Row>, Error> {
        let statement = self.prepare(sql)?;
        let done = self.client.query(&statement, &references(values));
        self.forgetting(done)
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
        let done = self.client.execute(&statement, &references(values));
        self.forgetting(done)
    }

    /// Forgets the prepared statements when the tables have changed since.
    fn forgetting<T>(&mut self, done: Result<T, Error>) -> Result<T, Error> {
        done.inspect_err(|error| {
            if is_reshaped(error) {
                self.prepared.clear();
            }
        })
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
