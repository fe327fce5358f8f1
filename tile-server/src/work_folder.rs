//! Working folders: one program at a time has one; what a killed program left behind is removed by the next.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A folder of working files, empty when it is taken and removed when it is dropped.
pub(crate) struct WorkFolder {
    folder: PathBuf,
    /// Held as long as the file is open; the system releases it when the program dies.
    _lock: File,
}

impl WorkFolder {
    /// Takes and empties the folder; none when another program has it.
    pub(crate) fn take(lock: &Path, folder: &Path) -> io::Result<Option<Self>> {
        for path in [lock, folder].into_iter().filter_map(Path::parent) {
            fs::create_dir_all(path)?;
        }
        let lock = File::create(lock)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        remove(folder)?;
        fs::create_dir(folder)?;
        Ok(Some(Self {
            folder: folder.to_owned(),
            _lock: lock,
        }))
    }

    /// Returns where a file of that name lies in the folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }

    /// Removes the folder before it is dropped, where others may hold it for longer than the program has.
    pub(crate) fn give_up(&self) {
        if let Err(error) = remove(&self.folder) {
            tracing::warn!("working files stay in {}: {error}", self.folder.display());
        }
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Removes a folder with all that is in it; nothing is wrong when it is not there.
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
