//! Uploads that may be broken off and resumed: what was promised, and the bytes that are here so far. Knows no HTTP.
//!
//! An upload is a folder with `plan.json`, `data`, and `done` once the file is attached. What a client was told of is on
//! disk, so a server that is killed forgets nothing that it confirmed.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use layers::{FeatureId, PrivacyClass};
use ring::digest::{Algorithm, Context};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::files::entries;
use super::hash::ContentHash;

const PLAN: &str = "plan.json";
const DATA: &str = "data";
const DONE: &str = "done";

/// What somebody promised to send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) by: String,
    pub(crate) layer: String,
    pub(crate) feature: FeatureId,
    /// How many bytes it has.
    pub(crate) length: u64,
    pub(crate) sha256: ContentHash,
    pub(crate) name: String,
    pub(crate) caption: String,
    pub(crate) privacy: PrivacyClass,
}

/// Why an upload does not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// There is none of that name, or it is somebody else's.
    #[error("there is no such upload")]
    NoSuchUpload,
    /// Another request is sending to it.
    #[error("another request is sending to it")]
    InUse,
    /// The piece does not begin where the others end.
    #[error("the pieces so far end at {is}")]
    WrongOffset { is: u64 },
    /// More came than was promised.
    #[error("more came than was promised")]
    TooMuch,
    /// The checksum of the piece is another one; the piece was not kept.
    #[error("the piece has another checksum")]
    WrongSum,
    /// The folder failed.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// The folder of all uploads.
#[derive(Clone, Debug)]
pub(crate) struct Uploads {
    folder: PathBuf,
}

/// One upload.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) id: Uuid,
    pub(crate) plan: Plan,
    folder: PathBuf,
}

impl Uploads {
    /// Names the folder without looking at it.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Begins an upload; the plan comes last, so that a folder without one is what a killed server left.
    pub(crate) fn begin(&self, plan: Plan) -> io::Result<Upload> {
        let id = Uuid::now_v7();
        let folder = self.folder.join(id.to_string());
        fs::create_dir_all(&folder)?;
        File::create_new(folder.join(DATA))?;
        let draft = folder.join("plan.draft");
        let mut file = File::create_new(&draft)?;
        file.write_all(&serde_json::to_vec(&plan)?)?;
        file.sync_all()?;
        fs::rename(draft, folder.join(PLAN))?;
        File::open(&folder)?.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        Ok(Upload { id, plan, folder })
    }

    /// Finds somebody's upload.
    pub(crate) fn find(&self, id: Uuid, by: &str) -> Result<Upload, UploadError> {
        let found = Upload::read(&self.folder.join(id.to_string()))?;
        let own = found.filter(|upload| upload.plan.by == by);
        own.ok_or(UploadError::NoSuchUpload)
    }

    /// Returns somebody's uploads.
    pub(crate) fn of(&self, by: &str) -> io::Result<Vec<Upload>> {
        let mut own = Vec::new();
        for folder in entries(&self.folder)? {
            own.extend(Upload::read(&folder)?.filter(|upload| upload.plan.by == by));
        }
        Ok(own)
    }

    /// Removes what nobody sent anything to for that long, and returns how many there were.
    pub(crate) fn expire(&self, after: Duration) -> io::Result<usize> {
        let mut gone = 0;
        for folder in entries(&self.folder)? {
            let last = last_change(&folder)?;
            let age = SystemTime::now().duration_since(last).unwrap_or_default();
            if age >= after && !is_in_use(&folder) {
                crate::work_folder::remove(&folder)?;
                gone += 1;
            }
        }
        Ok(gone)
    }
}

fn last_change(folder: &Path) -> io::Result<SystemTime> {
    let mut last = fs::metadata(folder)?.modified()?;
    for file in entries(folder)? {
        last = last.max(fs::metadata(file)?.modified()?);
    }
    Ok(last)
}

fn is_in_use(folder: &Path) -> bool {
    let data = File::open(folder.join(DATA));
    data.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

impl Upload {
    fn read(folder: &Path) -> io::Result<Option<Self>> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let Ok(id) = name.parse() else {
            return Ok(None);
        };
        let plan = match fs::read(folder.join(PLAN)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => serde_json::from_slice(&read?)?,
        };
        Ok(Some(Self {
            id,
            plan,
            folder: folder.to_owned(),
        }))
    }

    /// Returns how many bytes are here.
    pub(crate) fn offset(&self) -> io::Result<u64> {
        if self.is_done() {
            return Ok(self.plan.length);
        }
        Ok(fs::metadata(self.data())?.len())
    }

    /// Whether the file is attached.
    pub(crate) fn is_done(&self) -> bool {
        self.folder.join(DONE).exists()
    }

    /// Returns where the bytes are.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join(DATA)
    }

    /// Goes on where the pieces end; one request at a time does.
    pub(crate) fn resume(&self, offset: u64, sum: Option<Sum>) -> Result<Piece, UploadError> {
        if self.is_done() {
            let is = self.plan.length;
            return Err(UploadError::WrongOffset { is });
        }
        let file = File::options().append(true).open(self.data())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(UploadError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let is = file.metadata()?.len();
        if is != offset {
            return Err(UploadError::WrongOffset { is });
        }
        Ok(Piece {
            file,
            from: offset,
            to: offset,
            most: self.plan.length,
            sum,
        })
    }

    /// Notes that the file is attached; its name stays so that a client that did not hear of it can ask.
    pub(crate) fn done(&self) -> io::Result<()> {
        File::create(self.folder.join(DONE))?.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        fs::remove_file(self.data())
    }

    /// Removes it with all that was sent.
    pub(crate) fn forget(&self) -> io::Result<()> {
        crate::work_folder::remove(&self.folder)
    }
}

/// The checksum that a client sends with a piece.
pub(crate) struct Sum {
    so_far: Context,
    expected: Vec<u8>,
}

impl Sum {
    /// Begins to compare.
    pub(crate) fn new(algorithm: &'static Algorithm, expected: Vec<u8>) -> Self {
        Self {
            so_far: Context::new(algorithm),
            expected,
        }
    }
}

/// Some bytes that come in one request; with a checksum they count only when all of them are right.
pub(crate) struct Piece {
    file: File,
    from: u64,
    to: u64,
    most: u64,
    sum: Option<Sum>,
}

impl Piece {
    /// Adds bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        if self.to + bytes.len() as u64 > self.most {
            return Err(UploadError::TooMuch);
        }
        self.file.write_all(bytes)?;
        self.to += bytes.len() as u64;
        if let Some(sum) = &mut self.sum {
            sum.so_far.update(bytes);
        }
        Ok(())
    }

    /// Puts the bytes on disk and returns where they end; `is_whole` says that the request ended as it should.
    pub(crate) fn end(mut self, is_whole: bool) -> Result<u64, UploadError> {
        let sum = self.sum.take();
        if sum.is_some_and(|sum| !is_whole || sum.so_far.finish().as_ref() != sum.expected) {
            self.file.set_len(self.from)?;
            return Err(UploadError::WrongSum);
        }
        self.file.sync_data()?;
        Ok(self.to)
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        // A request that was given up: what nobody compared does not count.
        if self.sum.is_some() && self.to > self.from {
            let _ = self.file.set_len(self.from);
        }
    }
}

#[cfg(test)]
mod tests;
