//! The container: a zip whose entries lie one after another as they are, the manifest first, sealed by a checksum.
//!
//! The comment at the end of the zip holds the SHA-256 of every byte before its digits. So a change of any byte shows,
//! also of one that no entry holds. It guards against damage, not against a forger: a signature is still to come.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::manifest::{FORMAT, FileEntry};
use super::{Contents, MANIFEST, PackageError};
use crate::checksum::{Hashing, digest, hexadecimal};

/// What the comment of the zip begins with; the digits follow.
pub(super) const SEAL: &str = "obzor-package sha256 ";
/// How many digits a SHA-256 has.
pub(super) const DIGITS: usize = 64;
/// From how many bytes on an entry needs zip64.
pub(super) const LARGE: u64 = u32::MAX as u64;
/// How many bytes at the beginning of a file tell a package.
const HEAD: usize = 256;

/// One entry and where its bytes are.
pub(crate) struct Entry {
    path: String,
    content: Content,
}

enum Content {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// A package as it was written.
pub(crate) struct Written {
    pub(crate) bytes: u64,
    /// The SHA-256 of the whole file.
    pub(crate) sha256: String,
}

impl Entry {
    pub(super) fn file(path: &str, file: PathBuf) -> Self {
        Self {
            path: path.to_owned(),
            content: Content::File(file),
        }
    }

    pub(super) fn bytes(path: &str, bytes: Vec<u8>) -> Self {
        Self {
            path: path.to_owned(),
            content: Content::Bytes(bytes),
        }
    }

    pub(super) fn json(path: &str, json: &Json) -> Self {
        Self::bytes(path, json.to_string().into_bytes())
    }

    /// Returns what the manifest says of the entry.
    pub(super) fn describe(&self) -> Result<FileEntry, PackageError> {
        let (bytes, sha256) = self.with_content(|content| digest(content))?;
        Ok(FileEntry {
            path: self.path.clone(),
            bytes,
            sha256,
        })
    }

    fn with_content<T>(
        &self,
        act: impl FnOnce(&mut dyn Read) -> io::Result<T>,
    ) -> Result<T, PackageError> {
        match &self.content {
            Content::Bytes(bytes) => act(&mut bytes.as_slice()),
            Content::File(path) => File::open(path).and_then(|mut file| act(&mut file)),
        }
        .map_err(PackageError::at(Path::new(&self.path)))
    }
}

/// Writes a package into an empty file.
pub(crate) fn write(
    file: &File,
    Contents {
        manifest, entries, ..
    }: &Contents,
) -> Result<Written, PackageError> {
    let mut zip = ZipWriter::new(BufWriter::new(file));
    let text = serde_json::to_vec_pretty(manifest).expect("a manifest has only plain values");
    add(&mut zip, MANIFEST, text.len() as u64, &mut text.as_slice())?;
    for (entry, described) in entries.iter().zip(&manifest.files) {
        entry
            .with_content(|content| Ok(add(&mut zip, &entry.path, described.bytes, content)))??;
    }
    zip.set_comment(format!("{SEAL}{}", "0".repeat(DIGITS)))
        .map_err(PackageError::WriteContainer)?;
    zip.finish()
        .map_err(PackageError::WriteContainer)?
        .into_inner()
        .map_err(|error| PackageError::WriteContainer(error.into_error().into()))?;
    seal(file).map_err(|error| PackageError::WriteContainer(error.into()))
}

fn add(
    zip: &mut ZipWriter<BufWriter<&File>>,
    path: &str,
    bytes: u64,
    content: &mut dyn Read,
) -> Result<(), PackageError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .large_file(bytes >= LARGE);
    zip.start_file(path, options)
        .and_then(|()| Ok(io::copy(content, zip)?))
        .map(drop)
        .map_err(PackageError::WriteContainer)
}

/// Puts the checksum of everything before it in the place of its digits.
fn seal(mut file: &File) -> io::Result<Written> {
    let bytes = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut hash = Sha256::new();
    let sealed = bytes - DIGITS as u64;
    io::copy(
        &mut BufReader::new(file).take(sealed),
        &mut Hashing(&mut hash),
    )?;
    let digits = hexadecimal(&hash.clone().finalize());
    file.seek(SeekFrom::Start(sealed))?;
    file.write_all(digits.as_bytes())?;
    hash.update(digits.as_bytes());
    Ok(Written {
        bytes,
        sha256: hexadecimal(&hash.finalize()),
    })
}

/// Whether a file begins as a package does, damaged or not.
pub(crate) fn looks_like_a_package(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD as u64).read_to_end(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    Ok(head.starts_with("PK\u{3}\u{4}") && head.contains(MANIFEST) && head.contains(FORMAT))
}
