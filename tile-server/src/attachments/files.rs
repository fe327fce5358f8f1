//! Where the bytes of attachments lie: one file for each SHA-256, in a folder of the instance. The one place to change for
//! an object storage.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use uuid::Uuid;

use crate::checksum::digest;

use super::hash::{ContentHash, FOLDER_DIGITS};

const LOCK: &str = "lock";
/// Where files lie that are not whole yet; on the same file system, so that a whole one only gets a name.
pub(crate) const INCOMING: &str = "incoming";

/// The folder of the files.
#[derive(Clone, Debug)]
pub(crate) struct AttachmentFiles {
    folder: PathBuf,
}

/// A file that is there.
#[derive(Clone, Debug)]
pub(crate) struct FileThere {
    pub(crate) sha256: ContentHash,
    pub(crate) bytes: u64,
    pub(crate) modified: SystemTime,
}

impl AttachmentFiles {
    /// Names the folder without looking at it.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder of what is not whole yet.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    /// Returns where the bytes of that hash lie.
    pub(crate) fn path(&self, sha256: &ContentHash) -> PathBuf {
        self.folder.join(sha256.path())
    }

    /// Gives a whole file its place, safe from a power cut; nothing is done when the same bytes are there.
    ///
    /// Both names lead to the bytes then; the caller removes the old one.
    pub(crate) fn keep(&self, whole: &Path, sha256: &ContentHash) -> io::Result<()> {
        let place = self.path(sha256);
        let folder = place.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        File::open(whole)?.sync_all()?;
        match fs::hard_link(whole, &place) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        File::open(folder)?.sync_all()?;
        File::open(&self.folder)?.sync_all()
    }

    /// Copies the bytes of that hash from another folder, compared with it; false when they are not there, or others.
    pub(crate) fn copy_from(&self, other: &Self, sha256: &ContentHash) -> io::Result<bool> {
        let incoming = self.incoming();
        fs::create_dir_all(&incoming)?;
        let draft = incoming.join(format!("{}.copy", Uuid::now_v7()));
        match fs::copy(other.path(sha256), &draft) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            copied => copied?,
        };
        let (_, is) = digest(&mut File::open(&draft)?)?;
        let is_same = is == sha256.as_str();
        let kept = if is_same {
            self.keep(&draft, sha256)
        } else {
            Ok(())
        };
        fs::remove_file(&draft)?;
        kept.map(|()| is_same)
    }

    /// Removes the bytes of that hash; nothing is wrong when they are not there.
    pub(crate) fn remove(&self, sha256: &ContentHash) -> io::Result<()> {
        match fs::remove_file(self.path(sha256)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Lists the files, by hash.
    pub(crate) fn all(&self) -> io::Result<Vec<FileThere>> {
        let mut found = Vec::new();
        for folder in entries(&self.folder)? {
            let first = name(&folder);
            if first.len() != FOLDER_DIGITS || !folder.is_dir() {
                continue;
            }
            for file in entries(&folder)? {
                let Ok(sha256) = format!("{first}{}", name(&file)).parse() else {
                    continue;
                };
                let about = fs::metadata(&file)?;
                found.push(FileThere {
                    sha256,
                    bytes: about.len(),
                    modified: about.modified()?,
                });
            }
        }
        found.sort_by(|a, b| a.sha256.cmp(&b.sha256));
        Ok(found)
    }

    /// Waits until nobody removes files, and keeps them from it as long as the answer is held.
    pub(crate) fn while_nobody_removes(&self) -> io::Result<File> {
        let lock = self.lock_file()?;
        lock.lock_shared()?;
        Ok(lock)
    }

    /// Waits until nobody adds files, and keeps them from it as long as the answer is held.
    pub(crate) fn while_nobody_adds(&self) -> io::Result<File> {
        let lock = self.lock_file()?;
        lock.lock()?;
        Ok(lock)
    }

    fn lock_file(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        options.open(self.folder.join(LOCK))
    }
}

/// Returns the paths of what is in a folder; nothing when it is not there.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read?.map(|entry| Ok(entry?.path())).collect(),
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
