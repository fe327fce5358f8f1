//! The spool: where one import at a time keeps its working copies. What a killed one left behind is removed by the next.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::work_folder::WorkFolder;

/// The working folder of the import that holds it; emptied when it is dropped.
pub(crate) struct ImportSpool(WorkFolder);

impl ImportSpool {
    /// Takes the working folder and empties it; none when another import has it.
    pub(crate) fn take(spool: &Path) -> io::Result<Option<Self>> {
        let folder = WorkFolder::take(&spool.join("import.lock"), &spool.join("import"))?;
        Ok(folder.map(Self))
    }

    /// Copies a file and those that belong to it into the folder, and returns the copy, which nobody may write to.
    pub(crate) fn copy(&self, file: &Path) -> io::Result<PathBuf> {
        for part in parts(file)? {
            let copy = self.0.path(part.file_name().unwrap_or_default());
            fs::copy(&part, &copy)?;
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
