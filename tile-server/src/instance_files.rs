//! What belongs to an instance and must be kept with its store: configuration, definitions, published and staff files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use layers::store::GeoPackageStore;
use layers::{FeatureStore, OfficeStore, RecordKind, Revision};

use crate::attachments::{ContentHash, needed};
use crate::commands::Refused;
use crate::instance::{ATTACHMENTS, CONFIG_FILE, DEFINITIONS, Instance, STORE_FILE};

/// A store as it was saved for a backup.
pub(crate) struct SavedStore {
    path: PathBuf,
    /// Its newest revision.
    pub(crate) revision: Revision,
    /// The keys of the releases that it knows, which are also the folders of their files.
    releases: Vec<String>,
    /// The files that hang on its features.
    attachments: Vec<ContentHash>,
}

impl Instance {
    /// Writes the store as it stands now into a file in a folder; refuses a database, which has its own tools.
    pub(crate) fn save_store(&self, folder: &Path) -> anyhow::Result<SavedStore> {
        if self.database()?.is_some() {
            return Err(Refused(
                "the store is a database: back it up with pg_dump, or with PostgreSQL's archive of every change, and the \
                 instance folder beside it; docs/backups.md shows how"
                    .to_owned(),
            )
            .into());
        }
        let (live, path) = (self.path(STORE_FILE), folder.join("obzor.gpkg"));
        let layers = std::sync::Arc::new(self.layers()?);
        GeoPackageStore::open(&live, std::sync::Arc::clone(&layers))
            .with_context(|| format!("cannot open {}", live.display()))?
            .save_as(&path)?;
        // What was saved is opened as a store, so that a backup is known to be one.
        let saved = GeoPackageStore::open(&path, layers).context("the saved store")?;
        let releases = saved.records(RecordKind::Release)?.into_iter();
        Ok(SavedStore {
            revision: saved.head()?,
            releases: releases.map(|record| record.key).collect(),
            attachments: needed(&saved)?.into_keys().collect(),
            path,
        })
    }

    /// Returns the path in the instance of everything to keep, and where it is now.
    pub(crate) fn files_to_keep(
        &self,
        saved: &SavedStore,
    ) -> anyhow::Result<Vec<(String, PathBuf)>> {
        let mut files = vec![(STORE_FILE.to_owned(), saved.path.clone())];
        let releases = saved
            .releases
            .iter()
            .map(|key| format!("public/releases/{key}"));
        let named = [CONFIG_FILE, DEFINITIONS, "staff"].map(str::to_owned);
        for name in named.into_iter().chain(releases) {
            let path = self.path(&name);
            list_files(&name, &path, &mut files)
                .with_context(|| format!("cannot read {}", path.display()))?;
        }
        let attachments = self.attachment_files()?;
        for sha256 in &saved.attachments {
            let path = attachments.path(sha256);
            if path.is_file() {
                files.push((format!("{ATTACHMENTS}/{}", sha256.path()), path));
            } else {
                tracing::warn!("attachment {sha256} is not in the backup: its file is missing");
            }
        }
        Ok(files)
    }
}

/// Lists a file, or all files in a folder by name; nothing when it is not there.
fn list_files(name: &str, path: &Path, files: &mut Vec<(String, PathBuf)>) -> anyhow::Result<()> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
        Ok(file) if file.is_file() => {
            files.push((name.to_owned(), path.to_owned()));
            return Ok(());
        }
        Ok(_) => {}
    }
    let mut entries: Vec<_> = fs::read_dir(path)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Some(file) = entry.file_name().to_str().map(str::to_owned) else {
            bail!("{} has a name that is not UTF-8", entry.path().display());
        };
        list_files(&format!("{name}/{file}"), &entry.path(), files)?;
    }
    Ok(())
}
