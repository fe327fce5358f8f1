//! Exports that are kept for a while: made once for all who see the same, under a bound of disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use layers::{Language, LayerView, Revision};
use tokio::sync::Semaphore;

use crate::checksum::digest;
use crate::city::City;
use crate::work_folder::WorkFolder;

use super::{ExportError, ExportFormat};

/// How long a file is kept that nobody asks for.
const KEPT: Duration = Duration::from_mins(10);
/// How often is looked for files that were kept long enough.
const LOOK: Duration = Duration::from_mins(1);
/// How many files are made at once.
const AT_ONCE: usize = 4;
/// How many servers may work on one instance at once.
const MOST_SERVERS: u32 = 16;

/// What makes two exports the same file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExportKey {
    /// Equal for all who see the same of the layer.
    pub(crate) view: LayerView,
    /// The last revision that the view shows.
    pub(crate) revision: Revision,
    /// The query but for format and language.
    pub(crate) question: String,
    pub(crate) format: ExportFormat,
    pub(crate) language: Language,
}

/// A file that was made; gone when nobody holds it.
#[derive(Debug)]
pub(crate) struct ExportFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    /// In hexadecimal digits.
    pub(crate) sha256: String,
}

/// A file that one makes at a time, and when it was last asked for.
struct Held {
    key: ExportKey,
    file: Arc<Mutex<Option<Arc<ExportFile>>>>,
    asked: Instant,
}

/// The exports of a server.
pub(crate) struct Exports {
    folder: WorkFolder,
    /// Bytes of all files that are kept.
    most: u64,
    turns: Semaphore,
    made: AtomicU64,
    held: Mutex<Vec<Held>>,
}

impl Exports {
    /// Takes a folder in the spool and removes what killed servers left there; `most` bytes are kept.
    pub(crate) fn at(spool: &Path, most: u64) -> io::Result<Self> {
        let mut own = None;
        for number in 0..MOST_SERVERS {
            let folder = spool.join(format!("export-{number}"));
            if own.is_some() && !folder.exists() {
                continue;
            }
            let lock = spool.join(format!("export-{number}.lock"));
            let taken = WorkFolder::take(&lock, &folder)?;
            own = own.or(taken);
        }
        let folder = own.ok_or_else(|| io::Error::other("too many servers on one instance"))?;
        // A library that orders features writes to a nameless file, and takes no folder for it; it fails when set before.
        let _ = tempfile::env::override_temp_dir(&folder.path(""));
        Ok(Self {
            folder,
            most,
            turns: Semaphore::new(AT_ONCE),
            made: AtomicU64::new(0),
            held: Mutex::default(),
        })
    }

    /// Returns the file of a key, which is made unless it is kept; without a key it is made for one who asks.
    pub(crate) fn file(
        &self,
        key: Option<ExportKey>,
        make: impl FnOnce(&Path) -> Result<u64, ExportError>,
    ) -> Result<Arc<ExportFile>, ExportError> {
        let Some(key) = key else {
            return self.make(make);
        };
        let held = self.held(key);
        let mut file = lock(&held);
        // An erasure may have removed it.
        if let Some(kept) = file.as_ref().filter(|kept| kept.path.exists()) {
            return Ok(Arc::clone(kept));
        }
        let fresh = self.make(make)?;
        *file = Some(Arc::clone(&fresh));
        drop(file);
        self.make_room();
        Ok(fresh)
    }

    /// Forgets what nobody asked for lately.
    pub(crate) fn forget(&self) {
        let mut held = lock(&self.held);
        held.retain(|one| one.asked.elapsed() < KEPT || Arc::strong_count(&one.file) > 1);
    }

    /// Removes all files: the server stops, and what still runs beside it holds them to the end.
    pub(crate) fn give_up(&self) {
        self.folder.give_up();
    }

    fn held(&self, key: ExportKey) -> Arc<Mutex<Option<Arc<ExportFile>>>> {
        let mut all = lock(&self.held);
        if let Some(held) = all.iter_mut().find(|held| held.key == key) {
            held.asked = Instant::now();
            return Arc::clone(&held.file);
        }
        let file = Arc::default();
        all.push(Held {
            key,
            file: Arc::clone(&file),
            asked: Instant::now(),
        });
        file
    }

    fn make(
        &self,
        make: impl FnOnce(&Path) -> Result<u64, ExportError>,
    ) -> Result<Arc<ExportFile>, ExportError> {
        let turn = self.turns.try_acquire().ok();
        let _turn = turn.ok_or(ExportError::Busy)?;
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        // Removed from here on, whatever happens.
        let mut file = ExportFile {
            path: self.folder.path(number.to_string()),
            bytes: 0,
            rows: 0,
            sha256: String::new(),
        };
        file.rows = make(&file.path)?;
        (file.bytes, file.sha256) = digest(&mut fs::File::open(&file.path)?)?;
        Ok(Arc::new(file))
    }

    /// Forgets what was not asked for the longest, until the rest has room; what is being made is not counted yet.
    fn make_room(&self) {
        let mut held = lock(&self.held);
        held.sort_by_key(|one| std::cmp::Reverse(one.asked));
        let mut sum = 0;
        held.retain(|one| {
            let bytes = one.file.try_lock().ok();
            let bytes = bytes.and_then(|file| file.as_ref().map(|file| file.bytes));
            sum += bytes.unwrap_or(0);
            bytes.is_none() || sum <= self.most
        });
    }
}

impl Drop for ExportFile {
    fn drop(&mut self) {
        // What a database library was writing when it was given up lies beside it.
        for ending in ["", ".draft"] {
            let mut path = self.path.clone().into_os_string();
            path.push(ending);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!("an export stays in the spool: {error}");
                }
                _ => {}
            }
        }
    }
}

/// Starts to forget what was kept long enough, until the city is dropped.
pub(crate) fn attend(city: &Arc<City>) {
    let city = Arc::downgrade(city);
    thread::spawn(move || {
        loop {
            thread::sleep(LOOK);
            let Some(city) = city.upgrade() else {
                return;
            };
            city.exports.forget();
        }
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
