//! Connections to the file: one that writes, a pool of those that only read.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, OpenFlags};

use super::{blob, filter};
use crate::{Bbox, StoreError};

/// How long a writer waits for another program.
const WAIT_FOR_WRITER: Duration = Duration::from_secs(5);
/// To how many bytes the write-ahead journal is cut back after a large commit.
const JOURNAL_KEPT: i64 = 64 << 20;
/// How many KiB of changed pages a writer holds before it must write some of them more than once.
const WRITER_CACHE: i64 = 256 << 10;
/// How many connections wait for their next reader; more are opened when needed and closed after.
const IDLE_READERS: usize = 8;
/// How many statements a connection keeps prepared: a few for each layer.
const KEPT_STATEMENTS: usize = 256;

/// Says what was being done when the engine failed.
pub(super) trait During<T> {
    /// Turns the engine's error into ours; `act` completes "the store failed while it was to …".
    fn during(self, act: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for rusqlite::Result<T> {
    fn during(self, act: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                StoreError::Busy
            }
            _ => StoreError::Engine {
                act,
                detail: error.to_string(),
            },
        })
    }
}

/// Opens the connection that writes; `flags` say whether the file may be new.
pub(super) fn open_writer(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL_KEPT)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE)?;
    // Each statement with triggers keeps what it would undo: in memory, not in a file of its own.
    connection.pragma_update(None, "temp_store", "memory")?;
    prepare(&connection)?;
    Ok(connection)
}

/// Turns on the write-ahead journal; a new file gets its header first, as others look for it in the file itself.
pub(super) fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "wal")
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(WAIT_FOR_WRITER)?;
    connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
    add_functions(connection)
}

type Edge = fn(Bbox) -> f64;

/// Adds the functions that `GeoPackage` triggers call, and `obzor_meets(geom, min_x, min_y, max_x, max_y)`.
pub(super) fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    let edges: [(&str, Edge); 4] = [
        ("ST_MinX", |bbox| bbox.min[0]),
        ("ST_MinY", |bbox| bbox.min[1]),
        ("ST_MaxX", |bbox| bbox.max[0]),
        ("ST_MaxY", |bbox| bbox.max[1]),
    ];
    for (name, edge) in edges {
        connection.create_scalar_function(
            name,
            1,
            flags,
            move |args| Ok(box_of(args).map(edge)),
        )?;
    }
    connection.create_scalar_function("ST_IsEmpty", 1, flags, |args| Ok(box_of(args).is_none()))?;
    filter::add_functions(connection)?;
    connection.create_scalar_function("obzor_meets", 5, flags, |args| {
        let wanted = Bbox::new([args.get(1)?, args.get(2)?], [args.get(3)?, args.get(4)?]);
        Ok(box_of(args).is_some_and(|bbox| bbox.intersects(&wanted)))
    })
}

fn box_of(args: &Context<'_>) -> Option<Bbox> {
    blob::bbox(args.get_raw(0).as_blob().ok()?)
}

/// Locks; a panic of another thread leaves nothing half done here, as its transaction was rolled back.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The connections that only read.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Makes an empty pool for a file.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            idle: Mutex::default(),
        }
    }

    /// Closes those that wait for their next reader.
    pub(super) fn close(&self) {
        lock(&self.idle).clear();
    }

    /// Takes a connection for one reader; it comes back when dropped.
    pub(super) fn take(&self) -> Result<Reader<'_>, StoreError> {
        let idle = lock(&self.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path).during("open the file for reading")?,
        };
        Ok(Reader {
            readers: self,
            connection: Some(connection),
        })
    }
}

/// A connection on loan from [`Readers`].
pub(super) struct Reader<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("taken only by drop")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let clean = connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        let mut idle = lock(&self.readers.idle);
        if clean && idle.len() < IDLE_READERS {
            idle.push(connection);
        }
    }
}
