//! Writing a backup: a zip of the instance's files as they are.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::MANIFEST;
use super::manifest::{FORMAT, FileEntry, Manifest, VERSION};
use crate::checksum::digest;

/// From how many bytes on an entry needs zip64.
const LARGE: u64 = u32::MAX as u64;

/// What goes into a backup.
pub(crate) struct Contents {
    /// When it is made (RFC 3339, UTC).
    pub(crate) made_at: String,
    /// Where the list of erasures is kept.
    pub(crate) evidence: Option<String>,
    /// The newest revision in it.
    pub(crate) revision: i64,
    /// The path of each file in the instance, and where its bytes are now.
    pub(crate) files: Vec<(String, PathBuf)>,
}

/// Writes a backup into an empty file.
pub(crate) fn write(file: &File, contents: Contents) -> anyhow::Result<Manifest> {
    let mut manifest = Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: contents.made_at,
        evidence: contents.evidence,
        revision: contents.revision,
        files: Vec::new(),
    };
    for (path, place) in &contents.files {
        let read = File::open(place).and_then(|mut file| digest(&mut file));
        let (bytes, sha256) = read.with_context(|| format!("cannot read {}", place.display()))?;
        manifest.files.push(FileEntry {
            path: path.clone(),
            bytes,
            sha256,
        });
    }
    let mut zip = ZipWriter::new(BufWriter::new(file));
    let text = serde_json::to_vec_pretty(&manifest).expect("a manifest has only plain values");
    zip.start_file(MANIFEST, options(text.len() as u64))?;
    zip.write_all(&text)?;
    for ((path, place), entry) in contents.files.iter().zip(&manifest.files) {
        zip.start_file(path.as_str(), options(entry.bytes))?;
        let written = File::open(place).and_then(|mut file| io::copy(&mut file, &mut zip));
        written.with_context(|| format!("cannot take {} into the backup", place.display()))?;
    }
    let written = zip.finish()?.into_inner();
    written
        .map_err(io::IntoInnerError::into_error)
        .context("cannot write the backup")?;
    Ok(manifest)
}

fn options(bytes: u64) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o600)
        .large_file(bytes >= LARGE)
}
