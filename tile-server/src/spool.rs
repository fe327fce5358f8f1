//! The spool: where one import at a time keeps its working copies. What a killed one left behind is removed by the next.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::work_folder::WorkFolder;

/// From how many bytes on a file is read where it lies: a copy takes its room once more, and time.
const LARGE: u64 = 32 << 20;

/// A file that is read twice, and must be the same both times.
pub(crate) struct Held {
    pub(crate) path: PathBuf,
    /// What showed of it at first; none of a copy, which nobody may write to.
    stamp: Option<Stamp>,
}

/// What shows that a file was changed, or that another one has taken its place.
#[derive(PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    bytes: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

/// The working folder of the import that holds it; emptied when it is dropped.
pub(crate) struct ImportSpool(WorkFolder);

impl ImportSpool {
    /// Takes the working folder and empties it; none when another import has it.
    pub(crate) fn take(spool: &Path) -> io::Result<Option<Self>> {
        let folder = WorkFolder::take(&spool.join("import.lock"), &spool.join("import"))?;
        Ok(folder.map(Self))
    }

    /// Copies a file and those that belong to it into the folder, unless it is large and stands alone.
    pub(crate) fn hold(&self, file: &Path) -> io::Result<Held> {
        let parts = parts(file)?;
        let found = fs::metadata(file)?;
        if found.len() >= LARGE && parts.len() == 1 && !has_log(file)? {
            return Ok(Held {
                path: file.canonicalize()?,
                stamp: Some(Stamp::of(&found)),
            });
        }
        Ok(Held {
            path: self.copy(file, &parts)?,
            stamp: None,
        })
    }

    fn copy(&self, file: &Path, parts: &[PathBuf]) -> io::Result<PathBuf> {
        for part in parts {
            let copy = self.0.path(part.file_name().unwrap_or_default());
            fs::copy(part, &copy)?;
            let mut permissions = fs::metadata(&copy)?.permissions();
            permissions.set_readonly(true);
            fs::set_permissions(&copy, permissions)?;
        }
        Ok(self.0.path(file.file_name().unwrap_or_default()))
    }

    /// Returns where a file of that name lies in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }
}

impl Held {
    /// Whether the file is still what it was.
    pub(crate) fn is_unchanged(&self) -> io::Result<bool> {
        let Some(stamp) = &self.stamp else {
            return Ok(true);
        };
        Ok(*stamp == Stamp::of(&fs::metadata(&self.path)?))
    }
}

impl Stamp {
    fn of(found: &Metadata) -> Self {
        Self {
            file: (found.dev(), found.ino()),
            bytes: found.len(),
            written: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

/// Whether a file is a database with a log of its own, beside which even a reader writes (SQLite file format, section
/// 1.3.3).
fn has_log(file: &Path) -> io::Result<bool> {
    const READ_VERSION: usize = 19;
    let mut head = Vec::new();
    File::open(file)?
        .take(READ_VERSION as u64 + 1)
        .read_to_end(&mut head)?;
    Ok(head.starts_with(b"SQLite format 3\0") && head.get(READ_VERSION) != Some(&1))
}

/// Returns the file itself, what belongs to a shapefile, and the log of a GeoPackage that is still open elsewhere.
fn parts(file: &Path) -> io::Result<Vec<PathBuf>> {
    const SHAPEFILE: [&str; 5] = ["shp", "shx", "dbf", "prj", "cpg"];
    let is_part = |path: &Path| {
        let ending = path.extension().unwrap_or_default();
        SHAPEFILE
            .iter()
            .any(|part| ending.eq_ignore_ascii_case(part))
    };
    let mut parts = vec![file.to_owned()];
    let mut log = file.to_owned().into_os_string();
    log.push("-wal");
    parts.extend(Some(PathBuf::from(log)).filter(|log| log.is_file()));
    if is_part(file) {
        let folder = file.parent().filter(|folder| folder.as_os_str() != "");
        for entry in fs::read_dir(folder.unwrap_or(Path::new(".")))? {
            let path = entry?.path();
            let is_other = path.file_name() != file.file_name();
            if is_other && path.file_stem() == file.file_stem() && is_part(&path) {
                parts.push(path);
            }
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// Writes a file of that size that begins like a database which keeps its log like this.
    fn database(folder: &TempDir, name: &str, bytes: u64, log: u8) -> PathBuf {
        let path = folder.path().join(name);
        let mut head = b"SQLite format 3\0\x10\0".to_vec();
        head.extend([log, log]);
        fs::write(&path, head).expect("written");
        let file = File::options().write(true).open(&path).expect("opened");
        file.set_len(bytes).expect("sparse");
        path
    }

    #[test]
    fn only_what_is_large_and_stands_alone_is_read_where_it_lies() {
        let folder = TempDir::new().expect("a folder");
        let spool = ImportSpool::take(&folder.path().join("spool"));
        let spool = spool.expect("a folder").expect("free");
        let is_copied = |file: &Path| {
            spool.hold(file).expect("held").path != file.canonicalize().expect("there")
        };
        let alone = database(&folder, "alone.gpkg", LARGE, 1);
        assert!(!is_copied(&alone));
        assert!(is_copied(&database(&folder, "small.gpkg", LARGE - 1, 1)));
        assert!(is_copied(&database(&folder, "logged.gpkg", LARGE, 2)));
        fs::write(folder.path().join("alone.gpkg-wal"), "").expect("written");
        assert!(is_copied(&alone));
    }

    #[test]
    fn a_large_file_that_changes_is_noticed() {
        let folder = TempDir::new().expect("a folder");
        let spool = ImportSpool::take(&folder.path().join("spool"));
        let spool = spool.expect("a folder").expect("free");
        let file = database(&folder, "stromy.gpkg", LARGE, 1);
        let held = spool.hold(&file).expect("held");
        assert!(held.is_unchanged().expect("there"));
        fs::rename(database(&folder, "other.gpkg", LARGE, 1), &file).expect("replaced");
        assert!(!held.is_unchanged().expect("there"));
    }
}
