//! Public files: where the files of releases lie, what kind each is, and how a release gets there whole.
//!
//! A release is public when its record is in the store; its folder is put in place before that, so a folder without a
//! record is what a killed publication left.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use catalog::Release;
use layers::{OfficeStore, RecordKind};
use opendata::{MANIFEST, REPORT};

use crate::work_folder::{WorkFolder, remove};

/// The public files of an instance.
#[derive(Clone, Debug)]
pub(crate) struct PublicFiles {
    releases: PathBuf,
    staging: PathBuf,
    lock: PathBuf,
}

/// A file that anybody may download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicFile {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its media type as registered with IANA.
    pub(crate) media_type: &'static str,
    /// Its SHA-256 in hexadecimal digits, if the release's record says it.
    pub(crate) sha256: Option<String>,
}

impl PublicFiles {
    /// Names the folder of public files, and that of working files, without looking at them.
    pub(crate) fn at(public: &Path, spool: &Path) -> Self {
        Self {
            releases: public.join("releases"),
            staging: public.join("staging"),
            lock: spool.join("publish.lock"),
        }
    }

    /// Returns a file of a release: one that its record names, its manifest or its report.
    pub(crate) fn file(&self, release: &Release, name: &str) -> Option<PublicFile> {
        if release.withdrawn_at.is_some() {
            return None;
        }
        let listed = release.files.iter().find(|file| file.name == name);
        let media_type = match listed {
            Some(file) => file.format.media_type(),
            None if [MANIFEST, REPORT].contains(&name) => "application/json",
            None => return None,
        };
        Some(PublicFile {
            path: self.folder(release).join(name),
            media_type,
            sha256: listed.map(|file| file.sha256.clone()),
        })
    }

    /// Takes the right to publish and removes what a killed publication left; none when another program publishes.
    pub(crate) fn take(&self, store: &dyn OfficeStore) -> anyhow::Result<Option<Publisher<'_>>> {
        let staging = WorkFolder::take(&self.lock, &self.staging)
            .with_context(|| format!("cannot prepare {}", self.staging.display()))?;
        let Some(staging) = staging else {
            return Ok(None);
        };
        let records = store.records(RecordKind::Release)?;
        let published = |key: &str| records.iter().any(|record| record.key == key);
        self.remove_orphans(published)
            .with_context(|| format!("cannot clean {}", self.releases.display()))?;
        Ok(Some(Publisher {
            files: self,
            staging,
        }))
    }

    fn folder(&self, release: &Release) -> PathBuf {
        self.releases.join(release.key())
    }

    /// Removes the folders of releases that no record names.
    fn remove_orphans(&self, published: impl Fn(&str) -> bool) -> io::Result<()> {
        for dataset in entries(&self.releases)? {
            for release in entries(&dataset)? {
                let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
                let key = Path::new(&name(&dataset)).join(name(&release));
                if !published(&key.to_string_lossy()) {
                    remove(&release)?;
                }
            }
        }
        Ok(())
    }
}

/// The right to publish, which one program has at a time.
pub(crate) struct Publisher<'a> {
    files: &'a PublicFiles,
    staging: WorkFolder,
}

impl Publisher<'_> {
    /// Makes an empty folder for the files of the next release of a dataset.
    pub(crate) fn stage(&self, dataset: &str) -> io::Result<PathBuf> {
        let folder = self.staging.path(dataset);
        remove(&folder)?;
        fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Puts a staged folder where the release's files belong, safe from a power cut; its record must follow.
    pub(crate) fn put(&self, staged: &Path, release: &Release) -> io::Result<()> {
        for file in entries(staged)? {
            sync(&file)?;
        }
        sync(staged)?;
        let folder = self.files.folder(release);
        let dataset = folder.parent().unwrap_or(&self.files.releases);
        fs::create_dir_all(dataset)?;
        fs::rename(staged, &folder)?;
        sync(dataset)?;
        sync(&self.files.releases)
    }
}

/// Returns the paths of what is in a folder; nothing when it is not there.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read?.map(|entry| Ok(entry?.path())).collect(),
    }
}

/// Waits until a file, or the names in a folder, are on disk.
fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
