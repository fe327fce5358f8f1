//! Where a package is put together: working files in the spool, and beside its place the draft that becomes it.
//!
//! A note in the spool says where the draft is, so that the next build, or `obzor serve`, removes what a killed one left.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::work_folder::WorkFolder;

const NOTE: &str = "package.draft";
const DRAFT_ENDING: &str = "draft";

/// The right to build a package of an instance; one at a time has it.
pub(crate) struct PackageSpool {
    work: WorkFolder,
    note: PathBuf,
}

/// A package that is being written; gone when it is dropped before [`Draft::publish`].
pub(crate) struct Draft<'a> {
    spool: &'a PackageSpool,
    path: PathBuf,
    place: PathBuf,
    file: File,
}

impl PackageSpool {
    /// Takes the spool and removes what a killed build left; none when a build is running.
    pub(crate) fn take(spool: &Path) -> io::Result<Option<Self>> {
        let Some(work) = WorkFolder::take(&spool.join("package.lock"), &spool.join("package"))?
        else {
            return Ok(None);
        };
        let taken = Self {
            work,
            note: spool.join(NOTE),
        };
        taken.remove_draft()?;
        Ok(Some(taken))
    }

    /// Returns the folder for working files.
    pub(crate) fn folder(&self) -> PathBuf {
        self.work.path("")
    }

    /// Begins the draft of the package that is to be at `place`.
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
        fs::write(&self.note, path.as_os_str().as_encoded_bytes())?;
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Draft {
            spool: self,
            path,
            place,
            file,
        })
    }

    /// Removes the draft that the note names, and the note.
    fn remove_draft(&self) -> io::Result<()> {
        let named = match fs::read_to_string(&self.note) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            named => PathBuf::from(named?),
        };
        if named
            .extension()
            .is_some_and(|ending| ending == DRAFT_ENDING)
        {
            match fs::remove_file(&named) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::remove_file(&self.note)
    }
}

impl Draft<'_> {
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
        if let Err(error) = self.spool.remove_draft() {
            tracing::warn!("the draft {} stays: {error}", self.path.display());
        }
    }
}
