//! Looking for values in the files of an instance, byte by byte, also in archives and compressed files.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use anyhow::Context;
use flate2::read::MultiGzDecoder;
use layers::store::{Redactor, file_holds};
use zip::ZipArchive;

use super::places::{Way, way};
use crate::attachments::ContentHash;
use crate::instance::Instance;

/// How many bytes are read at once, and how many of them are looked at again with the next.
const CHUNK: usize = 8 << 20;
const OVERLAP: usize = 4096;
/// How deep archives may lie in archives.
const DEPTH: usize = 4;
const ZIP: &[u8] = b"PK\x03\x04";
const GZIP: &[u8] = b"\x1f\x8b";
const SQLITE: &[u8] = b"SQLite format 3\0";

/// The files in which a value stands, by what is done with them.
#[derive(Default)]
pub(super) struct Found {
    pub(super) files: Vec<String>,
    pub(super) releases: Vec<String>,
    pub(super) by_hand: Vec<String>,
    /// Files that hang on features.
    pub(super) attachments: Vec<ContentHash>,
}

/// Looks through the files of an instance; `releases` are the keys of those that are known.
pub(super) fn find(
    instance: &Instance,
    redactor: &Redactor,
    releases: &[String],
) -> anyhow::Result<Found> {
    let mut found = Found::default();
    if redactor.needles().is_empty() {
        return Ok(found);
    }
    let mut all = Vec::new();
    list("", &instance.path(""), &mut all).context("složku instance nelze přečíst")?;
    for name in all {
        let way = way(&name);
        if matches!(way, Way::Store | Way::Detach | Way::Leave) {
            continue;
        }
        let path = instance.path(&name);
        let holds = holds(&path, redactor).with_context(|| format!("{name} nelze přečíst"))?;
        if !holds {
            continue;
        }
        let release = releases.iter().find(|key| {
            let inside = name.strip_prefix("public/releases/");
            inside
                .and_then(|rest| rest.strip_prefix(key.as_str()))
                .is_some_and(|rest| rest.starts_with('/'))
        });
        match (way, release) {
            (Way::ByHand, _) => found.by_hand.push(name),
            (_, Some(key)) if !found.releases.contains(key) => found.releases.push(key.clone()),
            (_, Some(_)) => {}
            (_, None) => found.files.push(name),
        }
    }
    in_attachments(instance, redactor, &mut found)?;
    Ok(found)
}

/// Looks through the files that hang on features, wherever their folder is, and through what is on its way there.
fn in_attachments(
    instance: &Instance,
    redactor: &Redactor,
    found: &mut Found,
) -> anyhow::Result<()> {
    let files = instance.attachment_files()?;
    let mut all = Vec::new();
    if files.folder().is_dir() {
        list("", files.folder(), &mut all).context("složku příloh nelze přečíst")?;
    }
    for name in all {
        let path = files.folder().join(&name);
        let holds = holds(&path, redactor);
        if !holds.with_context(|| format!("{} nelze přečíst", path.display()))? {
            continue;
        }
        match name.replace('/', "").parse() {
            Ok(sha256) => found.attachments.push(sha256),
            Err(_no_hash) => found.files.push(path.to_string_lossy().into_owned()),
        }
    }
    Ok(())
}

/// Lists the files of a folder and of those in it; links are not followed.
fn list(name: &str, path: &Path, all: &mut Vec<String>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(path)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let file = entry.file_name().to_string_lossy().into_owned();
        let inside = if name.is_empty() {
            file
        } else {
            format!("{name}/{file}")
        };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(&inside, &entry.path(), all)?;
        } else if kind.is_file() {
            all.push(inside);
        }
    }
    Ok(())
}

/// Whether a value stands in a file.
fn holds(path: &Path, redactor: &Redactor) -> anyhow::Result<bool> {
    let mut file = File::open(path)?;
    let mut head = [0; 16];
    let length = file.read(&mut head)?;
    file.rewind()?;
    // A text in a page of a database may be in pieces.
    if head[..length] == *SQLITE && file_holds(path, redactor).unwrap_or(false) {
        return Ok(true);
    }
    Ok(search(BufReader::new(file), redactor, 0)?)
}

/// Whether a value stands in what is read, or in what is packed in it.
fn search(mut from: impl Read, redactor: &Redactor, depth: usize) -> io::Result<bool> {
    let mut head = Vec::new();
    from.by_ref().take(16).read_to_end(&mut head)?;
    let whole = io::Cursor::new(head.clone()).chain(from);
    if depth < DEPTH && head.starts_with(ZIP) {
        let mut bytes = Vec::new();
        io::copy(&mut { whole }, &mut bytes)?;
        return Ok(redactor.is_in(&bytes) || in_zip(&bytes, redactor, depth)?);
    }
    if depth < DEPTH && head.starts_with(GZIP) {
        return search(
            MultiGzDecoder::new(Box::new(whole) as Box<dyn Read>),
            redactor,
            depth + 1,
        );
    }
    plain(whole, redactor)
}

fn in_zip(bytes: &[u8], redactor: &Redactor, depth: usize) -> io::Result<bool> {
    let Ok(mut zip) = ZipArchive::new(io::Cursor::new(bytes)) else {
        return Ok(false);
    };
    for place in 0..zip.len() {
        let entry = zip.by_index(place).map_err(io::Error::other)?;
        if search(Box::new(entry) as Box<dyn Read + '_>, redactor, depth + 1)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn plain(mut from: impl Read, redactor: &Redactor) -> io::Result<bool> {
    let mut window = Vec::new();
    loop {
        let read = from.by_ref().take(CHUNK as u64).read_to_end(&mut window)?;
        if redactor.is_in(&window) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        let seen = window.len().saturating_sub(OVERLAP);
        window.drain(..seen);
    }
}
