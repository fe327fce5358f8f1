//! The layout of the zip: stored entries with plain names, one right after another, and nothing between them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use zip::CompressionMethod;
use zip::read::ZipFile;

use super::super::container::LARGE;
use super::{Problem, Zip};

/// How long the sizes of a large entry are in its header.
const LARGE_SIZES: u16 = 20;
/// How long a name may be.
const LONGEST_NAME: usize = 200;

/// An entry that lies where it should.
pub(super) struct LaidOut {
    pub(super) path: String,
    pub(super) index: usize,
    pub(super) bytes: u64,
}

/// Checks where every entry lies and returns those that may be read.
///
/// Those that overlap others are not among them, so that a small file cannot keep a reader busy for long.
pub(super) fn check_layout(
    zip: &mut Zip,
    mut file: &File,
    problems: &mut Vec<Problem>,
) -> Vec<LaidOut> {
    if zip.has_duplicate_names() {
        problems.push(Problem::SameName);
    }
    let mut entries = Vec::new();
    let mut end = 0;
    for index in 0..zip.len() {
        let Ok(entry) = zip.by_index_raw(index) else {
            problems.push(Problem::HeaderDiffers(format!("{}. položka", index + 1)));
            continue;
        };
        let path = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let start = entry.header_start();
        let own_header = own_header(&entry);
        let mut found = entry_problems(&entry, &path);
        let bytes = entry.size();
        let data = entry.data_start().unwrap_or(start);
        drop(entry);
        if !begins_with(&mut file, start, &own_header).unwrap_or(false) {
            found.push(Problem::HeaderDiffers(path.clone()));
        }
        let is_in_place = start == end;
        if !is_in_place {
            problems.push(Problem::OutOfPlace(path.clone()));
        }
        end = end.max(data.saturating_add(bytes));
        let is_sound = found.is_empty() && is_in_place;
        problems.extend(found);
        if is_sound {
            entries.push(LaidOut { path, index, bytes });
        }
    }
    if end != zip.central_directory_start() {
        problems.push(Problem::BytesBeforeList);
    }
    entries
}

fn entry_problems<R: Read>(entry: &ZipFile<'_, R>, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !is_plain(path) {
        problems.push(Problem::UnsafeName(path.to_owned()));
    }
    let is_stored = entry.compression() == CompressionMethod::Stored
        && entry.compressed_size() == entry.size()
        && !entry.encrypted();
    if !is_stored {
        problems.push(Problem::NotStored(path.to_owned()));
    }
    problems
}

/// Returns the header that an entry should have before its data, as far as it is known: no byte where none is needed.
fn own_header<R: Read>(entry: &ZipFile<'_, R>) -> Vec<Option<u8>> {
    let is_large = entry.size() >= LARGE;
    let size = if is_large { LARGE } else { entry.size() } as u32;
    let name = entry.name_raw();
    let sizes = if is_large { LARGE_SIZES } else { 0 };
    let mut header = b"PK\x03\x04".map(Some).to_vec();
    // The version that is needed to read it, then no flags and no compression, then a time.
    header.extend([None; 2]);
    header.extend([Some(0); 4]);
    header.extend([None; 4]);
    for number in [entry.crc32(), size, size] {
        header.extend(number.to_le_bytes().map(Some));
    }
    for length in [name.len() as u16, sizes] {
        header.extend(length.to_le_bytes().map(Some));
    }
    header.extend(name.iter().copied().map(Some));
    header.extend(std::iter::repeat_n(None, usize::from(sizes)));
    header
}

/// Whether the bytes from `start` on are the expected ones.
fn begins_with(file: &mut &File, start: u64, expected: &[Option<u8>]) -> io::Result<bool> {
    let mut found = vec![0; expected.len()];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut found)?;
    let mut pairs = expected.iter().zip(&found);
    Ok(pairs.all(|(expected, found)| expected.is_none_or(|expected| expected == *found)))
}

/// Whether a name is a path of plain letters that stays in its folder.
fn is_plain(path: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    path.len() <= LONGEST_NAME
        && path.split('/').all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(is_plain)
        })
}
