//! Where a large file is put together: working files in the spool, and beside its place the draft that becomes it.
//!
//! A note in the spool says where the draft is, so that the next program, or `obzor serve`, removes what a killed one left.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::work_folder::WorkFolder;

/// The kinds of files that are put together so.
pub(crate) const PACKAGE: &str = "package";
pub(crate) const BACKUP: &str = "backup";

const DRAFT_ENDING: &str = "draft";

/// The right to make one kind of file of an instance; one program at a time has it.
pub(crate) struct DraftSpool {
    work: WorkFolder,
    note: PathBuf,
}

/// A file that is being written; gone when it is dropped before [`Draft::publish`].
pub(crate) struct Draft<'a> {
    spool: &'a DraftSpool,
    path: PathBuf,
    place: PathBuf,
    file: File,
}

impl DraftSpool {
    /// Takes the spool of one kind of file and removes what a killed program left; none when another has it.
    pub(crate) fn take(spool: &Path, kind: &str) -> io::Result<Option<Self>> {
        let lock = spool.join(format!("{kind}.lock"));
        let Some(work) = WorkFolder::take(&lock, &spool.join(kind))? else {
            return Ok(None);
        };
        let taken = Self {
            work,
            note: spool.join(format!("{kind}.draft")),
        };
        taken.remove_draft();
        Ok(Some(taken))
    }

    /// Returns the folder for working files.
    pub(crate) fn folder(&self) -> PathBuf {
        self.work.path("")
    }

    /// Begins the draft of the file that is to be at `place`.
    ///
    /// It fails when a file of the draft's name is there: it is somebody else's.
    pub(crate) fn begin(&self, place: &Path) -> io::Result<Draft<'_>> {
        let place = std::path::absolute(place)?;
        let mut path = place.clone().into_os_string();
        path.push(".");
        path.push(DRAFT_ENDING);
        let path = PathBuf::from(path);
        if path.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // The note first: a killed program must not leave a draft that nobody knows of.
        fs::write(&self.note, path.as_os_str().as_encoded_bytes())?;
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path);
        match file {
            Ok(file) => Ok(Draft {
                spool: self,
                path,
                place,
                file,
            }),
            Err(error) => {
                fs::remove_file(&self.note)?;
                Err(error)
            }
        }
    }

    /// Removes the draft that the note names, and the note; what cannot be removed stays noted for the next.
    fn remove_draft(&self) {
        let Ok(named) = fs::read(&self.note) else {
            return;
        };
        let draft = PathBuf::from(OsString::from_vec(named));
        let is_draft = draft.extension().is_some_and(|end| end == DRAFT_ENDING);
        let removed = match is_draft.then(|| fs::remove_file(&draft)) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        if let Err(error) = removed.and_then(|()| fs::remove_file(&self.note)) {
            tracing::warn!("the draft {} stays: {error}", draft.display());
        }
    }
}

impl Draft<'_> {
    /// Returns where the draft is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file to write to.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Puts the draft in its place, whole and on disk; what was there is there until then.
    pub(crate) fn publish(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, &self.place)?;
        let folder = self.place.parent().unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        self.spool.remove_draft();
    }
}
