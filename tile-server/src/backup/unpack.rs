//! Unpacking a backup into an empty folder, which is an instance only when all of it is there.

use std::fs::{self, File};
use std::io::{self, BufReader, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use zip::ZipArchive;

use super::manifest::{FileEntry, Manifest};
use super::verify::Zip;
use crate::checksum::digest;
use crate::work_folder::remove;

/// The folder that is there until everything is in its place.
const UNFINISHED: &str = "restoring";

/// Makes the folder, or sees that there is nothing in it but what a broken restore left; false when there is more.
pub(crate) fn prepare_folder(folder: &Path) -> io::Result<bool> {
    fs::create_dir_all(folder)?;
    let is_empty = fs::read_dir(folder)?.next().is_none();
    let unfinished = folder.join(UNFINISHED);
    if !is_empty && !unfinished.is_dir() {
        return Ok(false);
    }
    // What a restore moved out of its working folder is part of an instance that never was whole.
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path == unfinished {
            continue;
        }
        if path.is_dir() {
            remove(&path)?;
        } else {
            fs::remove_file(&path)?;
        }
    }
    remove(&unfinished)?;
    fs::create_dir(&unfinished)?;
    Ok(true)
}

/// Writes every file of a checked backup, checks it again, and puts all in place when it is on disk.
pub(crate) fn unpack(backup: &Path, manifest: &Manifest, folder: &Path) -> anyhow::Result<()> {
    let file = File::open(backup).context("cannot read the backup")?;
    let mut zip = ZipArchive::new(BufReader::new(file)).context("cannot read the backup")?;
    let staging = folder.join(UNFINISHED);
    for file in &manifest.files {
        write_file(&mut zip, file, &staging)
            .with_context(|| format!("cannot restore {}", file.path))?;
    }
    for entry in fs::read_dir(&staging)? {
        let entry = entry?;
        let place = folder.join(entry.file_name());
        fs::rename(entry.path(), &place)
            .with_context(|| format!("cannot put {} in place", place.display()))?;
    }
    File::open(folder)?.sync_all()?;
    // The last act: a folder that holds this one is not an instance yet.
    fs::remove_dir(&staging).context("cannot finish the restore")?;
    Ok(File::open(folder)?.sync_all()?)
}

fn write_file(zip: &mut Zip, file: &FileEntry, staging: &Path) -> anyhow::Result<()> {
    let path = staging.join(&file.path);
    let parent = path.parent().unwrap_or(staging);
    fs::create_dir_all(parent)?;
    // It may hold what is for the office only.
    let mut new = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    io::copy(&mut zip.by_name(&file.path)?, &mut new)?;
    new.sync_all()?;
    new.rewind()?;
    if digest(&mut new)? != (file.bytes, file.sha256.clone()) {
        bail!("what was written is not what the manifest says");
    }
    Ok(File::open(parent)?.sync_all()?)
}
